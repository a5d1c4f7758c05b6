"""The images that Pants has built for a test, and containers of them."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

SECONDS = 180.0
"""Time that no command needs, unless it hangs."""
PORTS = {"marketplace": 5000, "recommendations": 50051}
PACKAGES = {"training": "recommendations"}
# As compose.yaml and Kubernetes' restricted profile have it.
HARDENED = (
    *("--read-only", "--tmpfs=/tmp", "--user=10001:10001", "--cap-drop=ALL"),
    *("--security-opt=no-new-privileges", "--memory=384m", "--pids-limit=128"),
)


def docker(*words: str, seconds: float = SECONDS) -> str:
    """What the docker command prints."""
    return _call(words, seconds).stdout.strip()


@dataclass(frozen=True)
class Image:
    """An image of a service, and its bill of materials as Pants wrote it."""

    service: str
    identity: str
    bill: dict[str, object]

    @property
    def package(self) -> str:
        """The package that is its own."""
        return PACKAGES.get(self.service, self.service)


@dataclass(frozen=True)
class Container:
    """A running container of a service."""

    service: str
    identity: str

    def address(self) -> str:
        """Where its port is published, on this machine alone."""
        return docker("port", self.identity, str(PORTS[self.service]))

    def python(self, code: str) -> str:
        """What code prints that runs inside."""
        return docker("exec", self.identity, "/app/bin/python", "-c", code)

    def stop(self) -> int:
        """Ask it to stop, and give its exit code."""
        docker("stop", "--time=30", self.identity)
        return int(docker("inspect", "--format={{.State.ExitCode}}", self.identity))

    def wait(self) -> int:
        """Wait until it ends by itself, and give its exit code."""
        return int(docker("wait", self.identity))

    def logs(self) -> list[dict[str, object]]:
        """The lines of its log."""
        log = _call(("logs", self.identity), SECONDS).stderr
        return [json.loads(line) for line in log.splitlines()]


class Start(Protocol):
    """Starts a container of an image, hardened, with settings by keyword."""

    def __call__(self, image: Image, **environ: str) -> Container: ...


def built_image(service: str) -> Image:
    """The image that Pants built for this run. Skips where it left it out; in CI that fails."""
    folder = Path(f"src.docker.{service}")
    if not folder.exists():
        reason = "Pants has built no images: it says why"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    info = json.loads((folder / "image.docker-info.json").read_text())
    bill = json.loads((folder / "image.cdx.json").read_text())
    return Image(service, info["image_id"], bill)


def _call(words: Sequence[str], seconds: float) -> subprocess.CompletedProcess[str]:
    command = ("docker", *words)
    # The builder that Pants uses: others write other layers.
    environ = {**os.environ, "DOCKER_BUILDKIT": "0"}
    done = subprocess.run(
        command, capture_output=True, check=False, env=environ, text=True, timeout=seconds
    )
    if done.returncode:
        raise AssertionError(f"docker {words[0]}: {done.stderr}")
    return done
