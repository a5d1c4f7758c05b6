"""Load by h2load on real servers: what counts as a call that went well."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from bench.h2load import PACKAGE, PROGRAM, Call, H2Load
from bench.handler import PATH, REPLY, REQUEST, SERVICE, add_to
from bench.load import LoadError
from bench.testing.programs import need

CALL = Call(PATH, REQUEST.SerializeToString(), REPLY.SerializeToString())


@pytest.fixture(autouse=True)
def _program() -> None:
    need(PROGRAM, PACKAGE)


@pytest.fixture()
def serve() -> Iterator[Callable[[Callable[[Any], None]], str]]:
    """Starts a server and gives its address."""
    server = grpc.server(ThreadPoolExecutor(4))

    def start(add: Callable[[Any], None]) -> str:
        add(server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        return f"127.0.0.1:{port}"

    yield start
    server.stop(0).wait()


def test_calls_that_bring_the_reply_are_timed(serve: Any) -> None:
    address = serve(lambda server: add_to(server, "threads"))
    load = H2Load().drive(address, CALL, 200)
    assert 200 == load.requests
    assert 0 < load.p50_seconds <= load.p99_seconds <= load.seconds < 60


def test_refused_calls_are_no_result(serve: Any) -> None:
    """HTTP says 200 of them, too."""
    with pytest.raises(LoadError, match="not all calls went well: of 100, 100 were answered"):
        H2Load().drive(serve(lambda _: None), CALL, 100)


def test_other_replies_are_no_result(serve: Any) -> None:
    def add(server: Any) -> None:
        handler: Any = grpc.unary_unary_rpc_method_handler(lambda _, __: b"short")
        generic = grpc.method_handlers_generic_handler(SERVICE, {"Get": handler})
        server.add_generic_rpc_handlers((generic,))

    with pytest.raises(LoadError, match="not all calls went well"):
        H2Load().drive(serve(add), CALL, 100)


def test_a_server_that_is_not_there_is_no_result() -> None:
    with pytest.raises(LoadError):
        H2Load().drive("127.0.0.1:1", CALL, 10)


def test_a_load_that_takes_too_long_is_ended(serve: Any) -> None:
    address = serve(lambda server: add_to(server, "threads"))
    with pytest.raises(LoadError, match="took over 0.01 s"):
        H2Load(timeout_seconds=0.01).drive(address, CALL, 100_000)


def test_a_machine_without_the_program_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LoadError, match="apt install nghttp2-client"):
        H2Load().check()
