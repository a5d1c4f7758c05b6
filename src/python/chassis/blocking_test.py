"""Methods that block, on both kinds of server."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from chassis.blocking import PartlyBlocking
from chassis.deadline import time_left
from chassis.interceptors.deadline import DeadlineBudget
from chassis.server_options import ServerOptions
from chassis.service import Service
from chassis.testing.running import BOTH, MakeServer, connected

WAIT = 30.0
THREADS = 2


class Servicer:
    """One method that waits until it is let go, and one that answers at once."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.waiting = threading.Semaphore(0)
        self.names: set[str] = set()
        self.left: list[float | None] = []

    def wait(self, request: bytes, context: Any) -> bytes:
        self.names.add(threading.current_thread().name)
        self.left.append(time_left())
        self.waiting.release()
        assert self.open.wait(WAIT)
        return request

    def answer(self, request: bytes, context: Any) -> bytes:
        return threading.current_thread().name.encode()


def add(servicer: Any, server: Any) -> None:
    handlers: dict[str, Any] = {
        name: grpc.unary_unary_rpc_method_handler(getattr(servicer, name))
        for name in ("wait", "answer")
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("S", handlers),))


@pytest.fixture(params=BOTH, ids=["threads", "asyncio"])
def make_server(request: pytest.FixtureRequest) -> MakeServer:
    made: MakeServer = request.param
    return made


@pytest.fixture()
def servicer() -> Iterator[Servicer]:
    made = Servicer()
    yield made
    made.open.set()


def start(channel: grpc.Channel, method: str) -> Any:
    untyped: Any = channel
    return untyped.unary_unary(f"/S/{method}").future(b"request", timeout=WAIT)


def test_others_are_answered_while_every_blocking_call_waits(
    make_server: MakeServer, servicer: Servicer
) -> None:
    """Though more of them wait than the server has threads."""
    with ThreadPoolExecutor(THREADS, thread_name_prefix="apart") as pool:
        service = Service("S", PartlyBlocking(servicer, ["wait"], pool), add)
        server = make_server(
            [service], [DeadlineBudget(WAIT)], options=ServerOptions(threads=THREADS)
        )
        with connected(server) as channel:
            waiting = [start(channel, "wait") for _ in range(3 * THREADS)]
            for _ in range(THREADS):
                assert servicer.waiting.acquire(timeout=WAIT)
            name = start(channel, "answer").result(WAIT)
            assert not name.startswith(b"apart")
            servicer.open.set()
            assert [b"request"] * len(waiting) == [call.result(WAIT) for call in waiting]
    assert all(name.startswith("apart") for name in servicer.names)
    assert all(left is not None and 0 < left <= WAIT for left in servicer.left)
