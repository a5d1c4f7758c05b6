import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from devstack.probes import port_in, serves_grpc, serves_http
from devstack.testing.waiting import wait_until

HOST = "127.0.0.1"


@pytest.fixture()
def closed_port() -> Iterator[int]:
    """A port at which nobody listens, and that nobody else is given meanwhile."""
    with socket.socket() as bound:
        bound.bind((HOST, 0))
        yield bound.getsockname()[1]


@pytest.fixture()
def silent_port() -> Iterator[int]:
    """A port at which connections are accepted and nothing is said."""
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]


class QuietHandler(WSGIRequestHandler):
    """Logs no requests."""

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Say nothing."""


@contextmanager
def http_server(status: str) -> Iterator[int]:
    """A real server that answers so at /readyz."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response(status if environ["PATH_INFO"] == "/readyz" else "404 Not Found", [])
        return []

    with make_server(HOST, 0, app, handler_class=QuietHandler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def grpc_server(status: int) -> Iterator[str]:
    """A real server whose overall health has this status."""
    servicer = health.HealthServicer()
    servicer.set(health.OVERALL_HEALTH, status)
    server = grpc.server(ThreadPoolExecutor(1))
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port(f"{HOST}:0")
    server.start()
    try:
        yield f"{HOST}:{port}"
    finally:
        server.stop(None).wait()


def test_a_port_file_that_is_not_there_yet_has_no_port(tmp_path: Path) -> None:
    assert port_in(tmp_path / "port") is None


def test_a_port_file_has_the_port_with_or_without_a_newline(tmp_path: Path) -> None:
    file = tmp_path / "port"
    for text in ("50051", "50051\n"):
        file.write_text(text)
        port = port_in(file)
        assert port == 50051


def test_http_is_ready_at_200() -> None:
    with http_server("200 OK") as port:
        wait_until("readiness", lambda: serves_http(HOST, port, "/readyz"))


@pytest.mark.parametrize(
    "status", ["204 No Content", "302 Found", "404 Not Found", "503 Service Unavailable"]
)
def test_http_is_not_ready_at_any_other_status(status: str) -> None:
    with http_server(status) as port:
        assert serves_http(HOST, port, "/readyz") is None


def test_http_is_not_ready_while_nobody_listens(closed_port: int) -> None:
    assert serves_http(HOST, closed_port, "/readyz") is None


def test_http_is_not_ready_when_the_server_is_silent(silent_port: int) -> None:
    assert serves_http(HOST, silent_port, "/readyz") is None


def test_grpc_is_ready_when_serving() -> None:
    with grpc_server(health_pb2.HealthCheckResponse.SERVING) as address:
        wait_until("readiness", lambda: serves_grpc(address))


def test_grpc_is_not_ready_when_not_serving() -> None:
    with grpc_server(health_pb2.HealthCheckResponse.NOT_SERVING) as address:
        assert serves_grpc(address) is None


def test_grpc_is_not_ready_while_nobody_listens(closed_port: int) -> None:
    assert serves_grpc(f"{HOST}:{closed_port}") is None


def test_grpc_is_not_ready_when_the_server_is_silent(silent_port: int) -> None:
    assert serves_grpc(f"{HOST}:{silent_port}") is None


def test_a_proxy_for_the_rest_of_the_world_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "grpc_proxy", "https_proxy"):
        monkeypatch.setenv(name, f"http://{HOST}:{closed_port}")
    with (
        grpc_server(health_pb2.HealthCheckResponse.SERVING) as address,
        http_server("200 OK") as port,
    ):
        wait_until("readiness", lambda: serves_grpc(address))
        wait_until("readiness", lambda: serves_http(HOST, port, "/readyz"))
