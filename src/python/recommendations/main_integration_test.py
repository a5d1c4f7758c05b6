"""The service as a process of its own: its signals, its exit codes, what it prints."""

import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub

from chassis.testing.process import ServiceProcess, python_environment
from onlinebooks.recommendations.v1 import recommendations_pb2 as v1
from onlinebooks.recommendations.v1.recommendations_pb2_grpc import RecommendationsServiceStub
from recommendations import legacy_servicer, v1_servicer

WAIT = 30.0
KINDS = ["threads", "asyncio"]
both_kinds = pytest.mark.parametrize("kind", KINDS)
SIGNALS = [signal.SIGTERM, signal.SIGINT]


def process(*argv: str, **environ: str) -> ServiceProcess:
    command = [sys.executable, "-m", "recommendations.main", *argv]
    return ServiceProcess(command, {**python_environment(), **environ})


def channel_to(service: ServiceProcess) -> grpc.Channel:
    return grpc.insecure_channel(f"127.0.0.1:{service.port()}")


def health(channel: grpc.Channel, name: str = "") -> Any:
    stub: Any = HealthStub(channel)
    return stub.Check(HealthCheckRequest(service=name), timeout=WAIT).status


class OpenCall:
    """A call in flight for as long as one likes: a reflection stream with a request to come."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._finish = threading.Event()
        stub: Any = ServerReflectionStub
        self._call = stub(channel).ServerReflectionInfo(self._requests(), timeout=WAIT)
        assert next(self._call).HasField("list_services_response")

    def finish(self) -> int:
        """Send the last request; give how many responses came after the first."""
        self._finish.set()
        return len(list(self._call))

    def code(self) -> grpc.StatusCode:
        """Wait for the end of the call and give its code."""
        code: grpc.StatusCode = self._call.code()
        return code

    def _requests(self) -> Iterator[ServerReflectionRequest]:
        yield ServerReflectionRequest(list_services="")
        self._finish.wait(WAIT)
        yield ServerReflectionRequest(list_services="")


@both_kinds
@pytest.mark.parametrize("name", ["", legacy_servicer.SERVICE_NAME, v1_servicer.SERVICE_NAME])
def test_it_is_ready_under_each_of_its_names_when_the_port_file_is_there(
    name: str, kind: str
) -> None:
    with process(SERVER_KIND=kind) as service, channel_to(service) as channel:
        assert HealthCheckResponse.SERVING == health(channel, name)


@both_kinds
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_it_cleanly(number: signal.Signals, kind: str) -> None:
    with process(SERVER_KIND=kind) as service:
        service.port()
        service.send(number)
        assert 0 == service.wait()
        assert not service.port_file.exists()
        assert "Traceback" not in service.log


@both_kinds
@pytest.mark.parametrize("number", SIGNALS)
def test_a_call_in_flight_survives_the_signal(number: signal.Signals, kind: str) -> None:
    with (
        process(GRACE_SECONDS=str(WAIT), SERVER_KIND=kind) as service,
        channel_to(service) as channel,
    ):
        call = OpenCall(channel)
        service.send(number)
        service.wait_for_log('"stopping"')
        assert 1 == call.finish()
        assert grpc.StatusCode.OK == call.code()
        assert 0 == service.wait()


@both_kinds
def test_while_it_drains_it_is_not_ready_yet_answers(kind: str) -> None:
    with process(DRAIN_SECONDS="3600", SERVER_KIND=kind) as service, channel_to(service) as channel:
        assert HealthCheckResponse.SERVING == health(channel)
        service.send(signal.SIGTERM)
        service.wait_for_log('"draining"')
        assert HealthCheckResponse.NOT_SERVING == health(channel)
        request = v1.RecommendRequest(category=v1.BOOK_CATEGORY_FANTASY)
        response = RecommendationsServiceStub(channel).Recommend(request, timeout=WAIT)
        assert 10 == len(response.recommendations)
        service.send(signal.SIGTERM)
        assert 128 + signal.SIGTERM == service.wait()


@both_kinds
@pytest.mark.parametrize("number", SIGNALS)
def test_a_second_signal_ends_it_now(number: signal.Signals, kind: str) -> None:
    with process(GRACE_SECONDS="3600", SERVER_KIND=kind) as service, channel_to(service) as channel:
        call = OpenCall(channel)
        service.send(signal.SIGTERM)
        service.wait_for_log('"stopping"')
        service.send(number)
        assert 128 + number == service.wait()
        assert call.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)


@both_kinds
def test_a_call_that_outlives_the_grace_period_does_not_keep_it_alive(kind: str) -> None:
    with process(GRACE_SECONDS="0.1", SERVER_KIND=kind) as service, channel_to(service) as channel:
        OpenCall(channel)
        service.send(signal.SIGTERM)
        assert 0 == service.wait()
        assert "the grace period is over" in service.log


def test_a_port_that_is_taken_ends_it_with_one_line_and_1() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with process(LISTEN_PORT=str(port)) as service:
            assert 1 == service.wait()
            said = [line for line in service.log.splitlines() if not line.startswith("{")]
    assert [f"recommendations: cannot listen on 127.0.0.1:{port}: Address already in use"] == said


def test_wrong_settings_end_it_with_a_list_and_2() -> None:
    with process(LISTEN_PORT="tcp://10.0.0.1:50051", DRAIN_SECONDS="soon") as service:
        assert 2 == service.wait()
        expected = [
            "recommendations: the settings are wrong:",
            "  LISTEN_PORT: 'tcp://10.0.0.1:50051' is not a whole number",
            "  DRAIN_SECONDS: 'soon' is not a number",
        ]
        assert expected == service.log.splitlines()


def test_a_wrong_catalogue_ends_it_with_a_list_and_2(tmp_path: Path) -> None:
    path = tmp_path / "books.csv"
    path.write_text("id,title,authors,year,categories\n1,,,,\n2,,,,\n")
    with process("--catalogue", str(path)) as service:
        assert 2 == service.wait()
        assert "line 2: " in service.log
        assert "line 3: " in service.log
        assert "Traceback" not in service.log
