"""HTTP/2 by hand, for tests of what a server does with peers that do not follow it.

Frames and header blocks as in RFC 9113 and RFC 7541; nothing is checked, so that all can be wrong.
"""

from collections.abc import Iterable

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE = range(9)
CONTINUATION = 9
END_STREAM, END_HEADERS, ACK = 0x1, 0x4, 0x1


def frame(kind: int, flags: int, stream: int, payload: bytes, length: int | None = None) -> bytes:
    """Make a frame; `length` is what it says of its payload's, which is the truth unless given."""
    said = len(payload) if length is None else length
    head = said.to_bytes(3, "big") + bytes((kind & 0xFF, flags & 0xFF))
    return head + (stream & 0xFFFFFFFF).to_bytes(4, "big") + payload


def settings(values: Iterable[tuple[int, int]] = ()) -> bytes:
    """Make a frame of settings, by number."""
    payload = b"".join(
        number.to_bytes(2, "big") + value.to_bytes(4, "big") for number, value in values
    )
    return frame(SETTINGS, 0, 0, payload)


def header_block(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Make a block of headers, none of them indexed or compressed."""
    return b"".join(b"\x00" + _string(name) + _string(value) for name, value in headers)


def request_headers(path: str, *more: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """Give the headers of a gRPC call of "/package.Service/Method"."""
    return [
        (b":method", b"POST"),
        (b":scheme", b"http"),
        (b":path", path.encode()),
        (b":authority", b"localhost"),
        (b"content-type", b"application/grpc"),
        (b"te", b"trailers"),
        *more,
    ]


def message(body: bytes, flag: int = 0, length: int | None = None) -> bytes:
    """Make what gRPC puts into data frames; `length` is what it says of the body's."""
    said = len(body) if length is None else length
    return bytes((flag,)) + said.to_bytes(4, "big") + body


def _string(text: bytes) -> bytes:
    if len(text) < 127:
        return bytes((len(text),)) + text
    rest, more = len(text) - 127, bytearray(b"\x7f")
    while rest >= 128:
        more.append(rest % 128 | 128)
        rest //= 128
    more.append(rest)
    return bytes(more) + text
