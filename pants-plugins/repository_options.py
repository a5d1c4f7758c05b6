"""The repository's own pants.toml: a plugin is tested with the versions that it will run with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pants.option.config import Config


@dataclass(frozen=True)
class RepositoryOptions:
    """Options as pants.toml sets them."""

    config: Config

    @classmethod
    def read(cls, path: Path, environ: Mapping[str, str]) -> RepositoryOptions:
        """Reads pants.toml. What it takes from the environment is taken from `environ`."""
        file = _File(str(path), path.read_bytes())
        return cls(Config.load([file], seed_values={"buildroot": str(Path.cwd())}, env=environ))

    def arguments(self, scope: str, *options: str) -> tuple[str, ...]:
        """Command-line arguments that repeat what pants.toml says of `options`."""
        return tuple(
            f"--{scope}-{option.replace('_', '-')}={value}"
            for option in options
            for value in self.config.get(scope, option)
        )


@dataclass(frozen=True)
class _File:
    """A file as `Config.load` wants it."""

    path: str
    content: bytes
