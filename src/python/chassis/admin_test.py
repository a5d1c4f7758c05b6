"""The port for probes and metrics, over real connections."""

import http.client
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from prometheus_client import CollectorRegistry, Counter

from chassis.address import ListenError
from chassis.admin import MAX_THREADS, admin_app, admin_port
from chassis.health import OVERALL, HealthBoard
from chassis.testing.recording_log import RecordingLog
from chassis.testing.waiting import wait_until

HOST = "127.0.0.1"
WAIT = 60.0


class Admin:
    """A port with a board and a registry behind it."""

    def __init__(self) -> None:
        self.board = HealthBoard({OVERALL: {"store", "cache"}})
        self.registry = CollectorRegistry()
        self.log = RecordingLog()
        self.port = 0

    @contextmanager
    def running(self, host: str = HOST, port: int = 0) -> Iterator["Admin"]:
        app = admin_app(self.board, self.registry, self.board.details)
        with admin_port(host, port, app, self.log.logger) as self.port:
            yield self

    def ask(self, path: str, method: str = "GET", host: str = HOST) -> tuple[int, str]:
        connection = http.client.HTTPConnection(host, self.port, timeout=WAIT)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()


def test_a_process_that_answers_is_alive() -> None:
    with Admin().running() as admin:
        assert (200, "ok\n") == admin.ask("/livez")


def test_ready_is_what_is_healthy() -> None:
    with Admin().running() as admin:
        admin.board.report("store", well=True)
        assert (503, "cache\n") == admin.ask("/readyz")
        admin.board.report("cache", well=True)
        assert (200, "ok\n") == admin.ask("/readyz")


def test_details_follow_whether_it_is_ready_or_not() -> None:
    with Admin().running() as admin:
        admin.board.report("store", well=True)
        admin.board.describe("store", lambda: "two days old")
        assert (503, "cache\nstore: two days old\n") == admin.ask("/readyz")
        admin.board.report("cache", well=True)
        assert (200, "ok\nstore: two days old\n") == admin.ask("/readyz")


def test_a_service_that_stops_is_alive_but_not_ready() -> None:
    with Admin().running() as admin:
        admin.board.report("store", well=True)
        admin.board.report("cache", well=True)
        admin.board.stop()
        assert (503, "stopping\n") == admin.ask("/readyz")
        assert (200, "ok\n") == admin.ask("/livez")


def test_metrics_are_what_the_registry_holds() -> None:
    with Admin().running() as admin:
        Counter("books_sold", "Books sold.", registry=admin.registry).inc(3)
        status, text = admin.ask("/metrics")
    assert 200 == status
    assert "books_sold_total 3.0" in text


def test_a_fork_does_not_keep_the_port() -> None:
    """Once the parent is gone nobody would answer there."""
    release, ended = os.pipe()
    told, tell = os.pipe()
    with Admin().running() as admin:
        if not (child := os.fork()):
            os.close(ended)
            os.write(tell, b"begun")
            os.read(release, 1)
            os._exit(0)
        assert b"begun" == os.read(told, 10)
        assert (200, "ok\n") == admin.ask("/livez")
    try:
        with pytest.raises(ConnectionRefusedError):
            admin.ask("/livez")
    finally:
        for each in (ended, release, told, tell):
            os.close(each)
        assert (child, 0) == os.waitpid(child, 0)


@pytest.mark.parametrize("path", ["/", "/metrics/", "/livez/x", "/../etc/passwd"])
def test_there_is_nothing_else(path: str) -> None:
    with Admin().running() as admin:
        assert (404, "no such page\n") == admin.ask(path)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_can_be_changed(method: str) -> None:
    with Admin().running() as admin:
        assert (405, "GET only\n") == admin.ask("/livez", method)


def test_it_says_where_it_listens() -> None:
    with Admin().running() as admin:
        (line,) = admin.log.lines_of("admin listening")
    assert f"{HOST}:{admin.port}" == line["address"]


def test_it_listens_on_ipv6_too() -> None:
    with Admin().running("::1") as admin:
        assert (200, "ok\n") == admin.ask("/livez", host="::1")


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        error = pytest.raises(ListenError, match=f"{port}: Address already in use")
        with error, Admin().running(port=port):
            pass


def test_silent_connections_leave_room_for_others() -> None:
    """Those beyond the bound are closed, and when one goes, the next is answered."""
    with Admin().running() as admin:
        silent = [socket.create_connection((HOST, admin.port)) for _ in range(MAX_THREADS)]
        with socket.create_connection((HOST, admin.port), timeout=WAIT) as one_too_many:
            assert b"" == one_too_many.recv(1)
        for connection in silent:
            connection.close()
        wait_until(lambda: _answer(admin) == (200, "ok\n"), WAIT)


def _answer(admin: Admin) -> tuple[int, str] | None:
    try:
        return admin.ask("/livez")
    except (http.client.HTTPException, OSError):
        return None


def test_rubbish_harms_nothing() -> None:
    with Admin().running() as admin:
        for rubbish in (b"\x00\xff\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b""):
            with socket.create_connection((HOST, admin.port), timeout=WAIT) as connection:
                connection.sendall(rubbish)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(4096):
                    pass
        assert (200, "ok\n") == admin.ask("/livez")
