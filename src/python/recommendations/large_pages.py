"""Memory for large arrays in which every look goes to another place.

A processor finds memory by a table of pages, and remembers some thousand of them. Hundreds of
megabytes are a hundred thousand ordinary pages, so that nearly every look waits for the table
first. Of large pages there are a hundred. Where the system has none, ordinary ones serve.
"""

import mmap
from array import array
from contextlib import suppress
from typing import Any, TypeAlias, TypeVar

LARGE_PAGE = 2 << 20
"""What is smaller stays as it is."""

T = TypeVar("T", int, float)
Numbers: TypeAlias = "array[T] | memoryview[T]"
Bytes: TypeAlias = bytes | mmap.mmap
"""A slice of either is of type bytes."""

_ADVICE: int | None = getattr(mmap, "MADV_HUGEPAGE", None)


def in_large_pages(numbers: "array[T]") -> "Numbers[T]":
    """Give the same numbers, to read from."""
    content = memoryview(numbers).cast("B")
    if content.nbytes < LARGE_PAGE:
        return numbers
    typecode: Any = numbers.typecode
    view: memoryview[T] = memoryview(_copy(content)).toreadonly()[: content.nbytes].cast(typecode)
    return view


def bytes_in_large_pages(content: bytes) -> Bytes:
    """Give the same bytes, to read from."""
    return content if len(content) < LARGE_PAGE else _copy(content)


def _copy(content: bytes | memoryview) -> mmap.mmap:
    size = -(-len(content) // LARGE_PAGE) * LARGE_PAGE
    memory = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if _ADVICE is not None:
        with suppress(OSError):
            memory.madvise(_ADVICE)
    # One page after the other: calls on other threads would wait for all of them.
    rest = memoryview(content)
    while rest:
        memory.write(rest[:LARGE_PAGE])
        rest = rest[LARGE_PAGE:]
    return memory
