"""What grpcio itself can do: a handler that gives the same bytes each time, and nothing else.

Unparsed, unlogged, unmeasured: the ceiling of any service on grpcio. The reply is as long as that
of `tutorial_servicer` to a call for all its mysteries. Writes its port to PORT_FILE and stops at
SIGTERM.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import uvloop

from bench.baselines.tutorial_servicer import PlainServicer
from chassis.port_file import port_file
from chassis.signals import StopSignals
from recommendations_pb2 import MYSTERY, RecommendationRequest

THREADS = 10
SERVICE, METHOD = "Recommendations", "Recommend"


def main(argv: Sequence[str]) -> int:
    """Serve until told to stop, and give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("threads", "asyncio"))
    arguments = parser.parse_args(argv)
    file = Path(os.environ["PORT_FILE"])
    if arguments.kind == "threads":
        _serve_on_threads(file)
    else:
        uvloop.run(_serve_on_loop(file))
    return 0


def three_mysteries() -> bytes:
    """Give the reply."""
    request = RecommendationRequest(category=MYSTERY, max_results=3)
    return PlainServicer().answer(request).SerializeToString()


def _serve_on_threads(file: Path) -> None:
    reply = three_mysteries()
    with ThreadPoolExecutor(THREADS) as pool, StopSignals() as signals:
        server = grpc.server(pool)
        port = _prepared(server, lambda _, __: reply)
        server.start()
        with port_file(file, port):
            signals.wait()
        server.stop(0).wait()


async def _serve_on_loop(file: Path) -> None:
    reply = three_mysteries()

    async def give(_: bytes, __: Any) -> bytes:
        return reply

    server = grpc.aio.server()
    port = _prepared(server, give)
    await server.start()
    with StopSignals() as signals, port_file(file, port):
        await asyncio.to_thread(signals.wait)
    await server.stop(0)


def _prepared(server: Any, behavior: Any) -> int:
    handlers: Any = {METHOD: grpc.unary_unary_rpc_method_handler(behavior)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    server.add_registered_method_handlers(SERVICE, handlers)
    return int(server.add_insecure_port("127.0.0.1:0"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
