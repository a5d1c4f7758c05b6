"""Cuts a shared object down to what is loaded: without symbols for debuggers and linkers.

strip(1) does so too, but bases without a package manager have none; and it moves segments, which
breaks what patchelf has been at, as in wheels that bring libraries along. Here every byte that is
loaded stays where it is.

The format is that of the System V ABI, chapters 4 and 5.
"""

import ctypes

# Of 64 bits, least significant byte first: x86_64 and arm64.
MAGIC = b"\x7fELF\x02\x01"
SHARED_OBJECT = 3
IN_MEMORY = 0x2
ALIGNMENT = 8


class Header(ctypes.LittleEndianStructure):
    """What a file begins with."""

    _fields_ = (
        ("magic", ctypes.c_char * 16),
        ("type", ctypes.c_uint16),
        ("machine", ctypes.c_uint16),
        ("version", ctypes.c_uint32),
        ("entry", ctypes.c_uint64),
        ("segments", ctypes.c_uint64),
        ("sections", ctypes.c_uint64),
        ("flags", ctypes.c_uint32),
        ("size", ctypes.c_uint16),
        ("segment_size", ctypes.c_uint16),
        ("segment_count", ctypes.c_uint16),
        ("section_size", ctypes.c_uint16),
        ("section_count", ctypes.c_uint16),
        ("names", ctypes.c_uint16),
    )


class Segment(ctypes.LittleEndianStructure):
    """What the loader goes by."""

    _fields_ = (
        ("type", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("offset", ctypes.c_uint64),
        ("address", ctypes.c_uint64),
        ("physical_address", ctypes.c_uint64),
        ("file_size", ctypes.c_uint64),
        ("memory_size", ctypes.c_uint64),
        ("alignment", ctypes.c_uint64),
    )


class Section(ctypes.LittleEndianStructure):
    """What linkers and debuggers go by. All zeros: none."""

    _fields_ = (
        ("name", ctypes.c_uint32),
        ("type", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("address", ctypes.c_uint64),
        ("offset", ctypes.c_uint64),
        ("size", ctypes.c_uint64),
        ("link", ctypes.c_uint32),
        ("info", ctypes.c_uint32),
        ("alignment", ctypes.c_uint64),
        ("entry_size", ctypes.c_uint64),
    )


def loaded_part(content: bytes) -> bytes:
    """Give a shared object without what is never loaded, or what is none as it is.

    Sections that are loaded stay known, by their numbers: symbols of the dynamic linker name them.
    Raises ValueError for a file that is cut off.
    """
    data = bytearray(content)
    if not content.startswith(MAGIC):
        return content
    header = Header.from_buffer(data)
    if header.type != SHARED_OBJECT or not header.section_count:
        return content
    segments = (Segment * header.segment_count).from_buffer(data, header.segments)
    sections = (Section * header.section_count).from_buffer(data, header.sections)
    end = max(segment.offset + segment.file_size for segment in segments)
    names = sections[header.names]
    texts = content[names.offset : names.offset + names.size]
    for number, section in enumerate(sections):
        if number != header.names and not section.flags & IN_MEMORY:
            ctypes.memset(ctypes.addressof(section), 0, ctypes.sizeof(section))
    texts += bytes(-(end + len(texts)) % ALIGNMENT)
    names.offset = end
    header.sections = end + len(texts)
    cut = bytes(data[:end]) + texts + bytes(sections)
    return cut if len(cut) < len(content) else content
