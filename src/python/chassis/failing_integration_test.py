"""A server that hears no more of its calls ends its process, which says why."""

import json
import sys

import grpc

from chassis.address import join
from chassis.interceptors.call import RpcKind
from chassis.testing.four_kinds import ask
from chassis.testing.process import ServiceProcess, python_environment
from chassis.testing.running import HOST

PROGRAM = """
import os
from chassis.aio import completions, loop_server
from chassis.grpc_service import GrpcService
from chassis.grpc_service_settings import GrpcServiceSettings
from chassis.health import OVERALL, HealthBoard
from chassis.lifecycle import leave
from chassis.logs import configure_logs
from chassis.settings import load_settings
from chassis.testing.bodies import echo
from chassis.testing.four_kinds import four_kinds
from chassis.workers.program import Program


class Broken:
    def __init__(self, queue):
        self.queue = queue

    def poll(self, *deadline):
        if deadline:
            raise MemoryError("no event can be made")
        return self.queue.poll()  # The thread waits for the first call, of which it tells.


class Completions(completions.Completions):
    def start(self):
        self.queue = Broken(self.queue)
        super().start()


loop_server.Completions = Completions
configure_logs("INFO", "json")
service = GrpcService([four_kinds(echo)], HealthBoard({OVERALL: ()}), {})
settings = load_settings(GrpcServiceSettings, os.environ)
leave(service.run(settings, "broken", Program.own(os.environ)))
"""


def test_a_server_that_hears_no_more_of_its_calls_ends_its_process() -> None:
    """So that whoever runs it starts another, rather than that all calls hang."""
    command = [sys.executable, "-c", PROGRAM]
    environment = {**python_environment(), "SERVER_KIND": "asyncio", "DRAIN_SECONDS": "3600"}
    with ServiceProcess(command, environment) as process:
        port = process.port()
        with grpc.insecure_channel(join(HOST, port)) as channel:
            answer = ask(channel, RpcKind.UNARY)
        exit_code = process.wait()
        lines = [json.loads(line) for line in process.log.splitlines() if line.startswith("{")]
        assert not process.port_file.exists()
    assert 1 == exit_code
    assert grpc.StatusCode.UNAVAILABLE == answer.code
    heard, failed = (line for line in lines if line["level"] == "critical")
    assert "gRPC cannot be asked any more what it has done" == heard["event"]
    assert "MemoryError: no event can be made" in json.dumps(heard)
    assert "the server has failed" == failed["event"]
