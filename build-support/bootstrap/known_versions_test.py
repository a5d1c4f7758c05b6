"""What pants.toml states of the helper binaries."""

import os
from pathlib import Path

from bootstrap.binaries import BINARIES, BUF, PEX, Binary
from bootstrap.known_versions import KnownVersion, as_toml, differences, stated_in
from bootstrap.platforms import LINUX_X86_64, SUPPORTED, platform_of
from bootstrap.testing import REPOSITORY

LOCKS = REPOSITORY / "build-support" / "bootstrap"
PANTS_TOML = (REPOSITORY / "pants.toml").read_text()
DIGEST = "b" * 64
ONE = KnownVersion("buf", f"1.0|linux_x86_64|{DIGEST}|10")
OTHER = KnownVersion("buf", f"1.0|linux_x86_64|{DIGEST}|11")


def test_an_entry_is_version_platform_digest_and_size() -> None:
    known = KnownVersion.of(BUF, "1.0", LINUX_X86_64, b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert KnownVersion("buf", f"1.0|linux_x86_64|{empty}|0") == known


def test_what_is_written_is_what_is_read() -> None:
    assert {ONE} == stated_in(as_toml([ONE], LOCKS))


def test_equal_entries_do_not_differ() -> None:
    assert [] == differences([ONE], {ONE, KnownVersion("another tool", "1|p|0|1")})


def test_a_binary_that_pants_toml_leaves_out_is_no_difference() -> None:
    assert [] == differences([ONE], {KnownVersion("another tool", "1|p|0|1")})


def test_a_difference_is_told_from_both_sides() -> None:
    expected = [f"[buf] lacks {ONE.entry}", f"[buf] should not state {OTHER.entry}"]
    assert expected == differences([ONE], {OTHER})


def used() -> list[Binary]:
    """The binaries that pants.toml configures. Pants refuses sections of backends that are off."""
    scopes = {one.scope for one in stated_in(PANTS_TOML)}
    return [binary for binary in BINARIES if binary.scope in scopes]


def test_pants_toml_takes_pex_and_buf_from_here() -> None:
    assert {PEX, BUF} <= set(used())


def test_pants_toml_states_every_binary_for_every_platform_once() -> None:
    """At the version that the locks pin, and under the name that the launcher gives the file."""
    expected = sorted(
        (binary.scope, binary.version(LOCKS), platform.name)
        for binary in used()
        for platform in SUPPORTED
    )
    stated = [(one.scope, *one.entry.split("|")[:2]) for one in stated_in(PANTS_TOML)]
    assert expected == sorted(stated)
    for binary in used():
        assert f"%(env.ONLINEBOOKS_TOOLS)s/{binary.file_name}" in PANTS_TOML


def test_the_unpacked_binaries_are_those_that_pants_toml_states() -> None:
    """The very files that the launcher that runs this test has unpacked for this platform."""
    tools = Path(os.environ["ONLINEBOOKS_TOOLS"])
    here = platform_of(os.uname().sysname, os.uname().machine)
    computed = [
        KnownVersion.of(binary, version, here, (tools / binary.file(version)).read_bytes())
        for binary in used()
        for version in [binary.version(LOCKS)]
    ]
    stated = {one for one in stated_in(PANTS_TOML) if f"|{here.name}|" in one.entry}
    assert [] == differences(computed, stated)
