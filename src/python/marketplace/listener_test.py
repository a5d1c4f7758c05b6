"""The socket that visitors come in by."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chassis.address import ListenError
from marketplace.listener import listen

OURS = "127.0.77.1"
"""An address of this machine at which nobody else is given a port that has just been left."""


@contextmanager
def visitor(host: str, port: int) -> Iterator[socket.socket]:
    with socket.create_connection((host, port), timeout=30) as connection:
        yield connection


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])  # noqa: S104 - is the test.
def test_visitors_get_in(host: str) -> None:
    with listen(host, 0) as listener:
        port = listener.getsockname()[1]
        assert port > 0
        with visitor("localhost", port):
            pass


def test_a_port_that_is_taken_is_an_error_that_names_it() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(ListenError) as error:
            listen("127.0.0.1", port)
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" == str(error.value)


def test_a_port_is_free_as_soon_as_it_is_left() -> None:
    """A restart does not wait for the connections of before to be forgotten."""
    with listen(OURS, 0) as listener:
        port = listener.getsockname()[1]
        with visitor(OURS, port):
            accepted, _ = listener.accept()
            accepted.close()
    with listen(OURS, port):
        pass


@pytest.mark.parametrize(
    ("host", "reason"),
    [("192.0.2.1", "Cannot assign requested address"), ("no-such-host.invalid", "not known")],
)
def test_an_address_of_others_is_an_error(host: str, reason: str) -> None:
    with pytest.raises(ListenError, match=f"cannot listen on {host}:0: .*{reason}") as error:
        listen(host, 0)
    assert "\n" not in str(error.value)
