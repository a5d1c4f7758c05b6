"""A port for us and nobody else."""

import socket
from contextlib import ExitStack

import pytest

from chassis.address import ListenError
from chassis.server_options import ServerOptions
from chassis.testing.running import aio_server, threaded_server
from chassis.workers import reserved_port as module
from chassis.workers.reserved_port import reserved_port

HOST = "127.0.0.1"


@pytest.mark.parametrize("host", [HOST, "localhost", "0.0.0.0", "::", "::1"])  # noqa: S104
def test_servers_of_ours_can_share_it(host: str) -> None:
    options = ServerOptions(share_port=True)
    with reserved_port(host, 0) as port:
        servers = [make([], options=options) for make in (threaded_server, aio_server)]
        for server in servers:
            assert port == server.listen(host, port)
            server.start()
        socket.create_connection((HOST if host != "::1" else host, port), timeout=30).close()
        for server in servers:
            server.stop(0).wait(30)
            server.close()


def test_nobody_else_can_have_it() -> None:
    with reserved_port(HOST, 0) as port:
        for reuse_address in (0, 1):
            with socket.socket() as other:
                other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse_address)
                with pytest.raises(OSError, match="Address already in use"):
                    other.bind((HOST, port))


def test_it_cannot_be_reserved_twice() -> None:
    """Not even before the first one's workers listen."""
    expected = pytest.raises(ListenError, match="Address already in use")
    with reserved_port(HOST, 0) as port, expected, reserved_port(HOST, port):
        pass


def test_nobody_is_let_in_while_no_worker_listens() -> None:
    with reserved_port(HOST, 0) as port, pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port), timeout=30)


def test_it_is_free_afterwards() -> None:
    with reserved_port(HOST, 0) as port:
        pass
    with reserved_port(HOST, port) as again:
        assert port == again


def test_connections_of_a_predecessor_that_linger_are_not_in_the_way() -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((HOST, port)) as client:
            connection, _ = server.accept()
            connection.close()  # Whoever closes first keeps the port in TIME_WAIT.
            assert b"" == client.recv(1)
    with reserved_port(HOST, port) as again:
        assert port == again


def test_a_port_that_is_free_at_one_address_only_is_not_the_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If any will do, another is tried; here the host's second address has it at first."""
    with ExitStack() as others:
        offered = others.enter_context(reserved_port(HOST, 0))
        bind_all, taken = module._bind_all, [offered, offered]

        def unlucky(host: str, port: int, sockets: ExitStack) -> int:
            return bind_all(host, taken.pop() if taken else port, sockets)

        monkeypatch.setattr(module, "_bind_all", unlucky)
        with reserved_port(HOST, 0) as port:
            assert offered != port


@pytest.mark.parametrize("sharing", [False, True])
def test_who_listens_is_in_the_way(sharing: bool) -> None:
    """Also if others may share the port: it is not ours."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(sharing))
        listener.bind((HOST, 0))
        listener.listen()
        port = listener.getsockname()[1]
        expected = pytest.raises(ListenError, match=f"{port}: Address already in use")
        with expected, reserved_port(HOST, port):
            pass


def test_an_address_of_somebody_else_is_an_error() -> None:
    with pytest.raises(ListenError, match="192.0.2.1:0: "), reserved_port("192.0.2.1", 0):
        pass


def test_a_name_without_an_address_is_an_error() -> None:
    with pytest.raises(ListenError, match="nowhere.invalid"), reserved_port("nowhere.invalid", 0):
        pass
