"""The doctor on the cache and on the helper binaries in it."""

from pathlib import Path

from bootstrap.binaries import BINARIES, BUF, HADOLINT, PEX, Binary
from bootstrap.findings import Finding
from bootstrap.known_versions import KnownVersion
from bootstrap.platforms import LINUX_X86_64
from bootstrap.storage import binary_findings, cache_finding

LOCKS = Path(__file__).parent


def unpack(target: Path, binary: Binary, content: bytes) -> Path:
    """Put a file where the launcher puts the binary."""
    file = target / "tools" / binary.file(binary.version(LOCKS))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def stating(binary: Binary, content: bytes) -> str:
    """A pants.toml that states the file of one binary."""
    known = KnownVersion.of(binary, binary.version(LOCKS), LINUX_X86_64, content)
    return f'[{binary.scope}]\nknown_versions = [\n  "{known.entry}",\n]\n'


def findings(target: Path, pants_toml: str) -> dict[str, Finding]:
    """Findings by the scope of the binary."""
    found = binary_findings(target, LOCKS, pants_toml)
    return {binary.scope: finding for binary, finding in zip(BINARIES, found)}


def test_binaries_that_are_not_there_yet(tmp_path: Path) -> None:
    details = {finding.detail for finding in findings(tmp_path, "").values()}
    assert {"not unpacked yet"} == details


def test_binaries_are_compared_with_pants_toml(tmp_path: Path) -> None:
    """One as stated, one altered since, one that no backend uses."""
    buf = unpack(tmp_path, BUF, b"buf")
    hadolint = unpack(tmp_path, HADOLINT, b"hadolint")
    pex = unpack(tmp_path, PEX, b"altered")
    got = findings(tmp_path, stating(BUF, b"buf") + stating(PEX, b"pex"))
    assert f"{buf}, as pants.toml states" == got["buf"].detail
    assert f"{hadolint}, unused by pants.toml" == got["hadolint"].detail
    assert f"{pex}, NOT the file that pants.toml states" == got["pex-cli"].detail
    assert [True, True, False] == [got[scope].usable for scope in ("buf", "hadolint", "pex-cli")]


def test_a_cache_that_is_not_there_yet_can_be_made(tmp_path: Path) -> None:
    finding = cache_finding(tmp_path / "cache" / "onlinebooks" / "key")
    assert "nothing installed yet" in finding.detail
    assert ": 0 MB used" in finding.detail


def test_the_size_of_the_cache_is_that_of_its_files(tmp_path: Path) -> None:
    """Of all installations together, links not followed."""
    (tmp_path / "build-1").mkdir()
    (tmp_path / "build-1" / "content").write_bytes(bytes(3_500_000))
    (tmp_path / "key").symlink_to("build-1")
    finding = cache_finding(tmp_path / "key")
    assert ": 3 MB used" in finding.detail
    assert "holds what this checkout needs" in finding.detail
    assert finding.usable


def test_a_cache_below_a_file_is_not_usable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    finding = cache_finding(tmp_path / "file" / "onlinebooks" / "key")
    assert ("MISSING", True) == (finding.status, "not writable" in finding.detail)
