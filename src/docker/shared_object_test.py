"""What is cut off shared objects, and that they work without."""

import ctypes
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from shared_object import Header, Section, Segment, loaded_part

# As wheels ship them: with all that a debugger wants; without; rearranged by patchelf.
FAT = "uvloop.loop"
THIN = "grpc._cython.cygrpc"
REARRANGED = psycopg.pq.PGconn.__module__
SECONDS = 60.0


def content(module: str) -> bytes:
    """The file of an extension module."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_bytes()


def header(file: bytes) -> Header:
    """What a file begins with."""
    return Header.from_buffer_copy(file)


def segments(file: bytes) -> list[Segment]:
    """What the loader goes by."""
    read = header(file)
    return list((Segment * read.segment_count).from_buffer_copy(file, read.segments))


def sections(file: bytes) -> dict[str, Section]:
    """What a debugger goes by, by name."""
    read = header(file)
    all_of_them = (Section * read.section_count).from_buffer_copy(file, read.sections)
    names = file[all_of_them[read.names].offset :]
    return {
        names[each.name :].partition(b"\0")[0].decode(): each for each in all_of_them if each.type
    }


@pytest.mark.parametrize(
    "module", [FAT, THIN, REARRANGED, "orjson.orjson", "sqlalchemy.engine._row_cy"]
)
def test_every_byte_that_is_loaded_stays_where_it_is(module: str) -> None:
    """But for what the header says of sections, which no loader reads."""
    before = content(module)
    after = loaded_part(before)
    assert (
        bytes(header(before))[: Header.sections.offset]
        == bytes(header(after))[: Header.sections.offset]
    )
    start = ctypes.sizeof(Header)
    for segment in segments(before):
        end = segment.offset + segment.file_size
        assert before[max(start, segment.offset) : end] == after[max(start, segment.offset) : end]
    assert list(map(bytes, segments(before))) == list(map(bytes, segments(after)))


def test_symbols_for_debuggers_are_cut_off_and_those_for_the_loader_are_still_found() -> None:
    before, after = sections(content(FAT)), sections(loaded_part(content(FAT)))
    assert {".symtab", ".strtab", ".debug_info", ".dynsym", ".shstrtab"} <= before.keys()
    loaded = {name for name, section in before.items() if section.flags & 2}
    assert loaded | {".shstrtab"} == after.keys()
    assert bytes(before[".dynsym"]) == bytes(after[".dynsym"])


def test_most_of_a_module_with_symbols_goes() -> None:
    assert len(loaded_part(content(FAT))) < len(content(FAT)) / 5


def test_a_module_that_was_cut_works(tmp_path: Path) -> None:
    spec = find_spec("uvloop")
    assert spec is not None
    assert spec.origin is not None
    package = shutil.copytree(Path(spec.origin).parent, tmp_path / "uvloop")
    (module,) = package.glob("loop.*.so")
    module.write_bytes(loaded_part(module.read_bytes()))

    code = (
        "import asyncio, uvloop.loop\n"
        "loop = uvloop.Loop()\n"
        "print(loop.run_until_complete(asyncio.sleep(0, uvloop.loop.__file__)))\n"
        "loop.close()"
    )
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )

    assert (f"{module}\n", "", 0) == (done.stdout, done.stderr, done.returncode)


def test_a_file_that_would_grow_stays_as_it_is() -> None:
    """patchelf puts what is loaded last, and the table of sections in the middle."""
    spec = find_spec(REARRANGED)
    assert spec is not None
    assert spec.origin is not None
    libraries = Path(spec.origin).parents[1] / "psycopg_binary.libs"
    (library,) = libraries.glob("libk5crypto*")
    before = library.read_bytes()
    assert before == loaded_part(before)


@pytest.mark.parametrize("module", [FAT, THIN, REARRANGED])
def test_cutting_twice_is_cutting_once(module: str) -> None:
    once = loaded_part(content(module))
    assert once == loaded_part(once)


@pytest.mark.parametrize(
    "other",
    [
        b"",
        b"/* GNU ld script */ INPUT(libz.so.1)",
        b"\x7fELF\x01\x01" + bytes(100),  # of 32 bits
        b"\x7fELF\x02\x02" + bytes(100),  # of a processor with the other order of bytes
        b"\x7fELF\x02\x01" + bytes(100),  # of no type
    ],
)
def test_what_is_no_shared_object_of_these_processors_stays_as_it_is(other: bytes) -> None:
    assert other == loaded_part(other)


def test_a_file_that_is_cut_off_is_refused() -> None:
    with pytest.raises(ValueError, match="Buffer size too small"):
        loaded_part(content(FAT)[:1000])
