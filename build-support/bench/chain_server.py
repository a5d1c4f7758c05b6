"""A server to be measured, as a process of its own: bare grpcio, or all that the chassis adds.

Started by `bench.interceptors`. Writes its port to PORT_FILE and stops at SIGTERM.
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

from bench.handler import SERVICE, Kind, add_to
from chassis.grpc_service import GrpcService
from chassis.grpc_service_settings import GrpcServiceSettings
from chassis.health import OVERALL, HealthBoard
from chassis.lifecycle import leave
from chassis.logs import configure_logs
from chassis.port_file import port_file
from chassis.service import Service
from chassis.signals import StopSignals
from chassis.workers.program import Program

HOST = "127.0.0.1"
BARE, CHASSIS = "bare", "chassis"


def main(argv: Sequence[str]) -> int:
    """Serve until told to stop, and give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("around", choices=(BARE, CHASSIS), help="what is around the handler")
    parser.add_argument("kind", choices=("threads", "asyncio"))
    parser.add_argument("--threads", type=int, default=16)
    arguments = parser.parse_args(argv)
    settings = GrpcServiceSettings(
        listen_host=HOST,
        server_kind=arguments.kind,
        server_threads=arguments.threads,
        port_file=Path(os.environ["PORT_FILE"]),
        log_format="json",
        max_calls=10_000,
    )
    if arguments.around == CHASSIS:
        return _serve_with_chassis(settings)
    if arguments.kind == "threads":
        return _serve_bare_threads(settings)
    return uvloop.run(_serve_bare_loop(settings))


def _serve_with_chassis(settings: GrpcServiceSettings) -> int:
    configure_logs(settings.log_level, settings.log_format)
    service = Service(SERVICE, None, lambda _, server: add_to(server, settings.server_kind))
    board = HealthBoard({OVERALL: ()})
    return GrpcService([service], board, {}).run(settings, "bench", Program.own(os.environ))


def _serve_bare_threads(settings: GrpcServiceSettings) -> int:
    with ThreadPoolExecutor(settings.server_threads) as pool, StopSignals() as signals:
        server = grpc.server(pool, options=settings.server_options().channel_arguments())
        port = _prepared(server, "threads")
        server.start()
        with port_file(settings.port_file, port):
            signals.wait()
        server.stop(0).wait()
    return 0


async def _serve_bare_loop(settings: GrpcServiceSettings) -> int:
    server = grpc.aio.server(options=settings.server_options().channel_arguments())
    port = _prepared(server, "asyncio")
    await server.start()
    with StopSignals() as signals, port_file(settings.port_file, port):
        await asyncio.to_thread(signals.wait)
    await server.stop(0)
    return 0


def _prepared(server: Any, kind: Kind) -> int:
    add_to(server, kind)
    return int(server.add_insecure_port(f"{HOST}:0"))


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
