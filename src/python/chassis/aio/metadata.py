"""Metadata that gRPC sends."""

import re
from collections.abc import Iterable
from typing import Any

from chassis.interceptors.call import Metadata

_is_key = re.compile(r"[0-9a-z_.-]+").fullmatch
_is_text = re.compile(r"[ -~]*").fullmatch
_is_ascii = re.compile(rb"[ -~]*").fullmatch


def sendable(metadata: Iterable[Any]) -> Metadata:
    """Give metadata as they were given.

    gRPC ends the call of whoever sends others, with a status that says nothing to anybody. Raises
    TypeError for what are no pairs of a string with a string or bytes, and ValueError for keys and
    values that HTTP/2 or gRPC have no place for. Its text does not tell the value.
    """
    pairs = tuple(metadata)
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError("metadata are pairs of a key and a value")
        key, value = pair
        if not isinstance(key, str):
            raise TypeError("a key of metadata is a string")
        if not _is_key(key):
            raise ValueError(f"{key!r} cannot be a key of metadata")
        if key.endswith("-bin"):
            is_fit = isinstance(value, bytes)
        elif isinstance(value, bytes):
            is_fit = _is_ascii(value) is not None
        elif isinstance(value, str):
            is_fit = _is_text(value) is not None
        else:
            raise TypeError(f"the value of {key!r} in metadata is neither a string nor bytes")
        if not is_fit:
            raise ValueError(f"the value of {key!r} in metadata cannot be sent")
    return pairs
