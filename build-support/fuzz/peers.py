"""Peers that break HTTP/2, each in a way of its own; what they send is up to a seed."""

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from chassis.testing import http2
from chassis.testing.http2 import END_HEADERS, END_STREAM, frame

V1 = "/onlinebooks.recommendations.v1.RecommendationsService/Recommend"
LEGACY = "/Recommendations/Recommend"
PATHS = (V1, LEGACY, "/grpc.health.v1.Health/Check", "/no.such.Service/Method")

Sent = list[bytes]
"""Frames, or what stands for them, in their order."""
_OPENING = http2.PREFACE + http2.settings()


def garbage_preface(rng: Random) -> Sent:
    """What is no HTTP/2 at all, or only at first."""
    start = http2.PREFACE[: rng.randrange(len(http2.PREFACE))] if rng.random() < 0.5 else b""
    return [start + rng.randbytes(rng.randrange(1, 200)) for _ in range(rng.randrange(1, 20))]


def random_frames(rng: Random) -> Sent:
    """Frames of any kind, flags and stream with any payload."""
    return [_OPENING, *(_any_frame(rng) for _ in range(rng.randrange(1, 60)))]


def wrong_lengths(rng: Random) -> Sent:
    """Frames that say that they are longer, up to 16 MiB, or shorter than they are."""
    frames = [_OPENING]
    for _ in range(rng.randrange(1, 20)):
        payload = rng.randbytes(rng.choice((0, 1, 8, 100, 16_384, 20_000)))
        length = rng.choice((0, 1, 5, 7, 16_384, 16_385, 2**24 - 1))
        frames.append(
            frame(rng.randrange(10), rng.randrange(256), rng.randrange(8), payload, length)
        )
    return frames


def bad_headers(rng: Random) -> Sent:
    """Header blocks that are none, among others that are."""
    frames = [_OPENING]
    for stream in range(1, 2 * rng.randrange(2, 40), 2):
        block = bytearray(http2.header_block(http2.request_headers(rng.choice(PATHS))))
        for _ in range(rng.randrange(4)):
            block[rng.randrange(len(block))] = rng.randrange(128)
        if rng.random() < 0.3:
            block = bytearray(rng.randbytes(rng.randrange(1, 300)))
        frames.append(frame(http2.HEADERS, END_HEADERS | END_STREAM, stream, bytes(block)))
    return frames


def path_not_utf8(rng: Random) -> Sent:
    """Calls of methods whose names are no text."""
    frames = [_OPENING]
    for stream in range(1, 2 * rng.randrange(2, 10), 2):
        headers = http2.request_headers(V1)
        headers[2] = (b":path", b"/no.such.Service/" + rng.randbytes(4) + b"\xff")
        block = http2.header_block(headers)
        frames.append(frame(http2.HEADERS, END_HEADERS | END_STREAM, stream, block))
    return frames


def odd_metadata(rng: Random) -> Sent:
    """Well-formed header blocks of calls that nobody should make."""
    odd = (
        (b"grpc-timeout", rng.choice((b"", b"-1S", b"99999999999H", b"1X", b"\xff"))),
        (b"grpc-encoding", rng.choice((b"gzip", b"none-such", b"\x00"))),
        (b"content-type", rng.choice((b"text/html", b"application/grpc+json", b""))),
        (b"x-request-id", rng.choice((b"'; DROP TABLE books", b"\x1b[2J", b"a" * 8000))),
        (b"key-bin", rng.randbytes(20)),
        (b"Upper-Case", b"x"),
        (b":path", b"relative"),
        (b":status", b"200"),
        (rng.randbytes(8), rng.randbytes(8)),
        (b"long", b"x" * rng.choice((1000, 9000, 20_000))),
    )
    frames = [_OPENING]
    for stream in range(1, 2 * rng.randrange(2, 30), 2):
        headers = http2.request_headers(rng.choice(PATHS), *rng.sample(odd, rng.randrange(1, 4)))
        block = http2.header_block(headers)
        frames.append(frame(http2.HEADERS, END_HEADERS, stream, block))
        frames.append(frame(http2.DATA, END_STREAM, stream, http2.message(b"")))
    return frames


def bad_messages(rng: Random) -> Sent:
    """Calls whose data frames hold no message, half of one, several, or a bomb that is none."""
    frames = [_OPENING]
    for stream in range(1, 2 * rng.randrange(2, 40), 2):
        body = rng.randbytes(rng.randrange(60))
        bad = rng.choice(
            (
                body,
                http2.message(body, rng.randrange(256)),
                http2.message(body, 0, 2**32 - 1),
                http2.message(body, 0, len(body) + rng.randrange(1, 9)),
                http2.message(body) * rng.randrange(2, 5),
                http2.message(body)[: rng.randrange(5)],
                http2.message(rng.randbytes(200), 1),
            )
        )
        block = http2.header_block(http2.request_headers(rng.choice(PATHS)))
        frames.append(frame(http2.HEADERS, END_HEADERS, stream, block))
        frames.append(frame(http2.DATA, END_STREAM, stream, bad))
    return frames


def settings_flood(rng: Random) -> Sent:
    """Settings with any values, over and over."""
    values = [(rng.randrange(10), rng.randrange(2**32)) for _ in range(rng.randrange(6))]
    return [_OPENING, *[http2.settings(values)] * rng.randrange(10, 200)]


def ping_flood(rng: Random) -> Sent:
    """Pings without pause, which want an answer each."""
    pings = [frame(http2.PING, 0, 0, rng.randbytes(8)) for _ in range(rng.randrange(10, 200))]
    return [_OPENING, *pings]


def rapid_reset(rng: Random) -> Sent:
    """Calls that are cancelled as soon as they are made (CVE-2023-44487)."""
    frames = [_OPENING]
    for stream in range(1, 2 * rng.randrange(10, 150), 2):
        block = http2.header_block(http2.request_headers(rng.choice(PATHS)))
        frames.append(frame(http2.HEADERS, END_HEADERS, stream, block))
        if rng.random() < 0.5:
            frames.append(frame(http2.DATA, END_STREAM, stream, http2.message(b"\x10\x01")))
        frames.append(frame(http2.RST_STREAM, 0, stream, rng.randrange(16).to_bytes(4, "big")))
    return frames


def reset_flood(rng: Random) -> Sent:
    """Cancellations and windows of streams that never were."""
    kinds = (http2.RST_STREAM, http2.WINDOW_UPDATE)
    return [
        _OPENING,
        *(
            frame(rng.choice(kinds), 0, rng.randrange(1, 99), rng.randbytes(4))
            for _ in range(rng.randrange(10, 100))
        ),
    ]


def endless_headers(rng: Random) -> Sent:
    """A header block that is continued without end (CVE-2024-27316), or by another stream."""
    headers = http2.request_headers(V1)
    frames = [_OPENING, frame(http2.HEADERS, 0, 1, http2.header_block(headers))]
    stream = rng.choice((1, 1, 3))
    for number in range(rng.randrange(5, 100)):
        more = http2.header_block([(b"more-%d" % number, b"x" * rng.randrange(200))])
        frames.append(frame(http2.CONTINUATION, 0, stream, more))
    return frames


def unfinished_calls(rng: Random) -> Sent:
    """Many calls, none of which says what it asks for."""
    path = rng.choice(PATHS)
    block = http2.header_block(http2.request_headers(path, (b"grpc-timeout", b"2S")))
    streams = range(1, 2 * rng.randrange(10, 200), 2)
    return [_OPENING, *(frame(http2.HEADERS, END_HEADERS, stream, block) for stream in streams)]


def truncated(rng: Random) -> Sent:
    """Any of the others, which is cut off somewhere."""
    whole = b"".join(rng.choice((random_frames, bad_headers, bad_messages, odd_metadata))(rng))
    return [whole[: rng.randrange(1, len(whole))]]


def _any_frame(rng: Random) -> bytes:
    payload = rng.randbytes(rng.choice((0, 1, 4, 5, 6, 8, 30, 200)))
    stream = rng.choice((0, 1, 2, 3, rng.randrange(2**32)))
    return frame(rng.randrange(16), rng.randrange(256), stream, payload)


Peer = Callable[[Random], Sent]
PEERS: Sequence[Peer] = (
    garbage_preface,
    random_frames,
    wrong_lengths,
    bad_headers,
    path_not_utf8,
    odd_metadata,
    bad_messages,
    settings_flood,
    ping_flood,
    rapid_reset,
    reset_flood,
    endless_headers,
    unfinished_calls,
    truncated,
)


@dataclass(slots=True)
class Visit:
    """One connection: what was sent, as far as the server took it, and all that came back."""

    frames: int = 0
    received: bytearray = field(default_factory=bytearray)


def visit(address: tuple[str, int], sent: Sent, patience_seconds: float) -> Visit:
    """Connect, send it all, and take what comes until nothing does for a time.

    The server may have had enough at any time, or nothing more to say.
    """
    seen = Visit()
    with suppress(OSError), socket.create_connection(address, timeout=10.0) as connection:
        for piece in sent:
            connection.sendall(piece)
            seen.frames += 1
        connection.settimeout(patience_seconds)
        while block := connection.recv(65_536):
            seen.received += block
    return seen
