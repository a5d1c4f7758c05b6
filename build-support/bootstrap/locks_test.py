"""Pins are read as uv and people write them."""

from pathlib import Path

import pytest

from bootstrap.errors import BootstrapError
from bootstrap.locks import pinned_version

LOCK = """\
# pex==0.1 is a remark
buf-bin==1.75.0 \\
    --hash=sha256:1111 \\
    --hash=sha256:2222
pantsbuild-pants==2.17.1 --hash=sha256:3333
pex-tool==9.9
ujson==5.11.0 ; python_full_version < '3.10' \\
    --hash=sha256:4444
"""


@pytest.mark.parametrize(
    ("distribution", "version"),
    [
        ("buf-bin", "1.75.0"),
        ("pantsbuild.pants", "2.17.1"),
        ("Buf_Bin", "1.75.0"),
        ("ujson", "5.11.0"),
    ],
)
def test_pinned_version(tmp_path: Path, distribution: str, version: str) -> None:
    (tmp_path / "a.lock").write_text(LOCK)
    assert version == pinned_version(tmp_path / "a.lock", distribution)


def test_what_is_not_pinned_is_an_error(tmp_path: Path) -> None:
    """Neither a remark nor a longer name is a pin."""
    (tmp_path / "a.lock").write_text(LOCK)
    with pytest.raises(BootstrapError, match=r"a\.lock pins no version of pex"):
        pinned_version(tmp_path / "a.lock", "pex")
