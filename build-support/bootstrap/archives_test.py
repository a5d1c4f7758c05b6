"""Archives depend on their content alone."""

import hashlib
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from bootstrap.archives import reordered_zip, script_of, tar_of

LINE = b"#!/usr/bin/env python3\n"


def zip_of(entries: list[tuple[str, str, int, int]], line: bytes = b"") -> bytes:
    """A zip after a first line; entries have name, text, mode and year."""
    output = io.BytesIO(line)
    output.seek(len(line))
    with zipfile.ZipFile(output, "w") as archive:
        for name, text, mode, year in entries:
            entry = zipfile.ZipInfo(name, (year, 1, 2, 3, 4, 6))
            entry.external_attr = mode << 16
            archive.writestr(entry, text)
    return output.getvalue()


def test_tar_has_known_bytes() -> None:
    """The digest was computed once; any Python on any machine must arrive at it."""
    digest = hashlib.sha256(tar_of("buf/bin/buf", b"binary")).hexdigest()
    assert "b9b1e5a11ebae34b94ec362cf64554bdfc236d51e08fd402b4be6ece6dd5c6e6" == digest


def test_tar_holds_one_executable_file_of_nobody() -> None:
    with tarfile.open(fileobj=io.BytesIO(tar_of("buf/bin/buf", b"binary"))) as archive:
        [entry] = archive.getmembers()
        content = archive.extractfile(entry)
        assert content is not None
        assert b"binary" == content.read()
    assert ("buf/bin/buf", 0o755, 0, "") == (entry.name, entry.mode, entry.uid, entry.uname)


def test_zips_that_differ_in_order_modes_and_times_become_equal() -> None:
    one = zip_of(
        [("b", "2", 0o100644, 2000), ("a/", "", 0o040755, 2001), ("a/x", "1", 0o100711, 1999)]
    )
    two = zip_of(
        [("a/x", "1", 0o100755, 1980), ("a/", "", 0o040700, 1980), ("b", "2", 0o100600, 1980)]
    )
    assert one != two
    assert reordered_zip(one) == reordered_zip(two)


def test_other_content_gives_another_zip() -> None:
    one = zip_of([("a", "1", 0o100644, 2000)])
    two = zip_of([("a", "2", 0o100644, 2000)])
    assert reordered_zip(one) != reordered_zip(two)


def test_an_executable_bit_is_content() -> None:
    one = zip_of([("a", "1", 0o100644, 2000)])
    two = zip_of([("a", "1", 0o100755, 2000)])
    assert reordered_zip(one) != reordered_zip(two)


def test_a_reordered_zip_still_runs(tmp_path: Path) -> None:
    """The line that names the interpreter stays in front, and Python finds the entries."""
    entries = [
        ("z.py", "word = 'it runs'", 0o100644, 2000),
        ("__main__.py", "import z; print(z.word)", 0o100644, 2000),
    ]
    content = reordered_zip(zip_of(entries, LINE))
    assert content.startswith(LINE)
    (tmp_path / "program").write_bytes(content)
    command = [sys.executable, str(tmp_path / "program")]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=dict(os.environ), check=False
    )
    assert "it runs\n" == done.stdout


def test_script_of_a_wheel() -> None:
    wheel = zip_of(
        [
            ("x_bin/__init__.py", "", 0o100644, 2000),
            ("x_bin-1.data/scripts/x", "binary", 0o100644, 2000),
        ]
    )
    assert b"binary" == script_of(wheel, "x")
    with pytest.raises(KeyError):
        script_of(wheel, "y")
