"""Visitors who keep their connections open and do nothing take no page from others."""

import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from chassis.testing.waiting import wait_until
from marketplace.testing.recommendations_servicer import recommendations_server
from marketplace.testing.shop_process import a_shop
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb

SECONDS = 30.0
CROWD = 60
"""Several times as many as there are threads, and as seconds that anybody waits for a page."""
PATIENCE_SECONDS = 10.0
ONCE = b"GET /healthz HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A shop with one worker process."""
    with (
        recommendations_server(lambda *_: pb.RecommendResponse()) as address,
        a_shop(address, WEB_WORKERS="1") as (_, url),
    ):
        yield url


@contextmanager
def connections(url: str, number: int) -> Iterator[list[socket.socket]]:
    port = int(url.rpartition(":")[2])
    with ExitStack() as stack:
        yield [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), SECONDS))
            for _ in range(number)
        ]


def assert_a_page_is_served(url: str) -> None:
    with httpx.Client(trust_env=False, timeout=PATIENCE_SECONDS) as visitor:
        assert httpx.codes.OK == visitor.get(f"{url}/healthz").status_code


def read_to_the_end(connection: socket.socket) -> bytes:
    answer = b""
    while part := connection.recv(65536):
        answer += part
    return answer


def test_connections_that_say_nothing_hold_no_thread(url: str) -> None:
    """Browsers open some ahead of need."""
    with connections(url, CROWD):
        assert_a_page_is_served(url)


def test_connections_that_are_not_closed_after_the_last_answer_hold_nobody_up(url: str) -> None:
    with connections(url, CROWD) as crowd:
        for each in crowd:
            each.sendall(ONCE)
        assert_a_page_is_served(url)
        for each in crowd:
            assert read_to_the_end(each).startswith(b"HTTP/1.1 200 ")
        assert_a_page_is_served(url)


def test_whoever_says_nothing_is_let_go(url: str) -> None:
    with connections(url, 1) as (silent,):
        assert b"" == silent.recv(1)


def test_whoever_does_not_close_is_let_go(url: str) -> None:
    """Not by a reset at first, for what was sent must arrive."""
    with connections(url, 1) as (lazy,):
        lazy.sendall(ONCE)
        assert read_to_the_end(lazy).startswith(b"HTTP/1.1 200 ")
        wait_until(lambda: is_refused(lazy), SECONDS)


def test_what_follows_the_last_request_costs_nobody_the_answer(url: str) -> None:
    with connections(url, 1) as (talkative,):
        talkative.sendall(ONCE + b"?" * 50_000)
        assert read_to_the_end(talkative).startswith(b"HTTP/1.1 200 ")


def test_whoever_never_stops_is_let_go(url: str) -> None:
    with connections(url, 1) as (endless,):
        endless.sendall(ONCE)
        wait_until(lambda: is_refused(endless, b"?" * 10_000), SECONDS)


def test_whoever_vanishes_after_asking_is_no_trouble(url: str) -> None:
    with connections(url, CROWD) as crowd:
        for each in crowd:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            each.sendall(ONCE)
            each.close()  # By a reset.
        assert_a_page_is_served(url)


def is_refused(connection: socket.socket, data: bytes = b"?") -> bool:
    """Whether the other end takes nothing more."""
    try:
        connection.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        return True
    return False
