"""Platforms by the names of Python's `platform` module."""

import pytest

from bootstrap.errors import BootstrapError
from bootstrap.platforms import LINUX_ARM64, LINUX_X86_64, MACOS_ARM64, Platform, platform_of


@pytest.mark.parametrize(
    ("system", "machine", "expected"),
    [
        ("Linux", "x86_64", LINUX_X86_64),
        ("Linux", "aarch64", LINUX_ARM64),
        ("Darwin", "arm64", MACOS_ARM64),
    ],
)
def test_supported_platforms(system: str, machine: str, expected: Platform) -> None:
    assert expected == platform_of(system, machine)


@pytest.mark.parametrize(
    ("system", "machine"), [("Darwin", "x86_64"), ("Windows", "AMD64"), ("Linux", "riscv64")]
)
def test_others_are_refused_by_name(system: str, machine: str) -> None:
    with pytest.raises(BootstrapError, match=f"{system} on {machine} is not supported"):
        platform_of(system, machine)
