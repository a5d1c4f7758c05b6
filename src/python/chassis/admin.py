"""A plain-text HTTP port of its own for whoever runs the service: probes and metrics.

It stands beside a port that speaks TLS, for the kubelet and Prometheus, and answers on threads of
its own, so that neither TLS nor a busy server is in their way. It says nothing of the business.
"""

import os
import socket
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, Protocol
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app
from structlog.typing import FilteringBoundLogger

from chassis.address import ListenError, check_listenable, join

MAX_THREADS = 16
"""Requests at once; a connection beyond that is closed unanswered."""

_SECONDS = 5.0
"""How long a client may be silent."""

StartResponse = Callable[..., Any]
App = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class Readiness(Protocol):
    """Knows whether calls may be sent here; a `chassis.health.HealthBoard` does."""

    def unwell(self) -> list[str]:
        """Name what speaks against it, for a person to read; nothing if nothing does."""


def admin_app(
    readiness: Readiness,
    registry: CollectorRegistry,
    details: Callable[[], Sequence[str]] = tuple,
) -> App:
    """Make the WSGI application.

    details: gives lines for a person to read besides whether it is ready.

    /livez: 200, as long as the process answers at all.
    /readyz: 200 if calls may be sent, else 503 with what speaks against it; then the details.
    /metrics: what Prometheus scrapes.
    """
    metrics: App = make_wsgi_app(registry)

    def livez(_: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        return _text(start, HTTPStatus.OK, "ok")

    def readyz(_: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        if unwell := readiness.unwell():
            lines = [*unwell, *details()]
            return _text(start, HTTPStatus.SERVICE_UNAVAILABLE, "\n".join(lines))
        return _text(start, HTTPStatus.OK, "\n".join(["ok", *details()]))

    pages = {"/livez": livez, "/readyz": readyz, "/metrics": metrics}

    def app(environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        page = pages.get(environ["PATH_INFO"])
        if page is None:
            return _text(start, HTTPStatus.NOT_FOUND, "no such page")
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _text(start, HTTPStatus.METHOD_NOT_ALLOWED, "GET only", ("Allow", "GET, HEAD"))
        return page(environ, start)

    return app


@contextmanager
def admin_port(host: str, port: int, app: App, log: FilteringBoundLogger) -> Iterator[int]:
    """Serve `app` on a port (0: any free one), whose number is given, while the block runs.

    Raises ListenError.
    """
    check_listenable(host, port)
    try:
        server = (_ServerV6 if ":" in host else _Server)((host, port), _Handler)
    except OSError as error:
        raise ListenError(f"cannot listen on {join(host, port)}: {error.strerror}") from error
    server.set_app(app)
    thread = threading.Thread(target=server.serve_forever, name="admin", daemon=True)
    thread.start()
    try:
        log.info("admin listening", address=join(host, server.server_port))
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(_SECONDS)


def _text(
    start: StartResponse, status: HTTPStatus, text: str, *headers: tuple[str, str]
) -> Iterable[bytes]:
    body = f"{text}\n".encode()
    start(
        f"{status.value} {status.phrase}",
        [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            *headers,
        ],
    )
    return [body]


class _Server(ThreadingMixIn, WSGIServer):
    """Serves each connection on a thread, as many at once as `MAX_THREADS`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, *arguments: Any) -> None:
        self._free = threading.BoundedSemaphore(MAX_THREADS)
        super().__init__(*arguments)
        this = weakref.ref(self)

        def forked() -> None:
            # A child does not serve: were its socket open, connections would wait for nobody.
            if (inherited := this()) is not None:
                inherited.socket.close()

        os.register_at_fork(after_in_child=forked)

    def server_bind(self) -> None:
        # http.server's own asks the name service for our name, and for as long as that takes.
        TCPServer.server_bind(self)
        host, port = self.server_address[:2]
        self.server_name, self.server_port = str(host), port
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, _: Any, __: Any) -> None:
        """A client that goes away in mid-answer is no news."""


class _ServerV6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    timeout = _SECONDS
    server_version = "admin"
    sys_version = ""

    def address_string(self) -> str:
        return str(self.client_address[0])  # Not its name, which would have to be asked for.

    def log_message(self, *_: Any) -> None:
        """Probes and scrapes come every few seconds: no lines."""
