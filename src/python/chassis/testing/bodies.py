"""What a method of `four_kinds` may do."""

import threading
from collections.abc import Iterator
from typing import Any

import grpc

_SECONDS = 60.0


def echo(requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
    """Answer each request with itself."""
    yield from requests


def failing(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
    """Read all requests and find nothing."""
    # A server that ends a call while its client still sends looks INTERNAL to grpc.aio, at times.
    list(requests)
    context.abort(grpc.StatusCode.NOT_FOUND, "none")
    yield b""


def hanging(_: Iterator[bytes], context: Any) -> Iterator[bytes]:
    """Answer once, and then wait until the client goes away; with an error if it stays."""
    ended = threading.Event()
    if not context.add_callback(ended.set):
        ended.set()  # It has gone already.
    yield b"first"
    if not ended.wait(_SECONDS):
        raise TimeoutError("the client did not go away")
    yield b"second"
