"""The platforms that Pants, its wheels and the helper binaries all exist for."""

from __future__ import annotations

from dataclasses import dataclass

from bootstrap.errors import BootstrapError


@dataclass(frozen=True)
class Platform:
    """A platform under the name that Pants gives it.

    `system` and `machine` are what Python's `platform` module calls it; `wheel_tags` are the tags
    of the wheels that run on it, in pip's words.
    """

    name: str
    system: str
    machine: str
    wheel_tags: tuple[str, ...]


LINUX_X86_64 = Platform(
    "linux_x86_64",
    "Linux",
    "x86_64",
    ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
)
LINUX_ARM64 = Platform(
    "linux_arm64",
    "Linux",
    "aarch64",
    ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
)
MACOS_ARM64 = Platform("macos_arm64", "Darwin", "arm64", ("macosx_11_0_arm64",))

SUPPORTED = (LINUX_X86_64, LINUX_ARM64, MACOS_ARM64)


def platform_of(system: str, machine: str) -> Platform:
    """Find the supported platform. Raises BootstrapError when there is none."""
    for platform in SUPPORTED:
        if (platform.system, platform.machine) == (system, machine):
            return platform
    names = ", ".join(platform.name for platform in SUPPORTED)
    raise BootstrapError(f"{system} on {machine} is not supported; supported are {names}")
