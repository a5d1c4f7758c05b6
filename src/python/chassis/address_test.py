"""Addresses to listen on, and what is wrong with those that one cannot."""

import ipaddress
import socket

import pytest

from chassis.address import ListenError, check_listenable, join

EVERY_INTERFACE = str(ipaddress.IPv4Address(0))


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80"), ("a.example", "a.example:80")],
)
def test_host_and_port_are_joined(host: str, expected: str) -> None:
    assert expected == join(host, 80)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", EVERY_INTERFACE, "::"])
def test_a_free_port_can_be_listened_on(host: str) -> None:
    check_listenable(host, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", EVERY_INTERFACE])
def test_a_port_that_is_taken_is_named(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError) as error:
            check_listenable(host, port)
    assert f"cannot listen on {host}:{port}: Address already in use" == str(error.value)


def test_a_port_whose_connections_linger_can_be_listened_on() -> None:
    """A service must be able to start again at once."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            connection, _ = server.accept()
            connection.close()  # This end closes first, so it is the one that lingers.
    check_listenable("127.0.0.1", port)


def test_an_address_of_another_machine_is_named() -> None:
    with pytest.raises(ListenError, match="cannot listen on 192.0.2.1:80: Cannot assign"):
        check_listenable("192.0.2.1", 80)


def test_a_name_that_does_not_exist_is_named() -> None:
    with pytest.raises(ListenError, match="cannot listen on no-such-host.invalid:80: "):
        check_listenable("no-such-host.invalid", 80)
