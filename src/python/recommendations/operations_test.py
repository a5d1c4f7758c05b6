"""What whoever runs the service sees of it: probes, metrics, limits, on both kinds of server."""

import http.client
import os
import random
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from chassis.address import ListenError
from chassis.grpc_settings import ServerKind
from chassis.testing.recording_log import RecordingLog
from chassis.workers.program import Program
from onlinebooks.recommendations.v1 import recommendations_pb2 as v1
from onlinebooks.recommendations.v1.recommendations_pb2_grpc import RecommendationsServiceStub
from recommendations.app import new_service
from recommendations.catalog_csv import load_default
from recommendations.settings import RecommendationsSettings

WAIT = 30.0
HOST = "127.0.0.1"
PROGRAM = Program((), {})


@pytest.fixture(params=["threads", "asyncio"])
def kind(request: pytest.FixtureRequest) -> ServerKind:
    made: ServerKind = request.param
    return made


class Run:
    """The service on this thread, with a script beside it."""

    def __init__(self, kind: ServerKind) -> None:
        self.log = RecordingLog()
        self._settings = RecommendationsSettings(listen_port=0, admin_port=0, server_kind=kind)
        self._error: BaseException | None = None

    def __call__(self, script: Callable[[grpc.Channel], None]) -> int:
        thread = threading.Thread(target=self._beside, args=(script,))
        thread.start()
        service = new_service(load_default(), random.Random(7), lambda _: self.log.logger)
        exit_code = service.run(self._settings, "recommendations", PROGRAM)
        thread.join(WAIT)
        if self._error:
            raise self._error
        return exit_code

    def admin(self, path: str) -> tuple[int, str]:
        """Ask the admin port."""
        address = self.log.lines_of("admin listening")[0]["address"]
        connection = http.client.HTTPConnection(address, timeout=WAIT)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def _beside(self, script: Callable[[grpc.Channel], None]) -> None:
        address = self.log.wait_for("listening", seconds=WAIT)[0]["address"]
        try:
            with grpc.insecure_channel(address) as channel:
                script(channel)
        except BaseException as error:
            self._error = error
        finally:
            os.kill(os.getpid(), signal.SIGTERM)


def recommend(channel: grpc.Channel, category: Any) -> grpc.StatusCode:
    stub = RecommendationsServiceStub(channel)
    call = stub.Recommend.future(v1.RecommendRequest(category=category), timeout=WAIT)
    code: grpc.StatusCode = call.code()
    return code


def test_probes_answer_beside_the_service(kind: ServerKind) -> None:
    run = Run(kind)

    def script(_: grpc.Channel) -> None:
        assert (200, "ok\n") == run.admin("/livez")
        assert (200, "ok\n") == run.admin("/readyz")

    assert 0 == run(script)


def test_metrics_tell_of_calls_and_of_the_process(kind: ServerKind) -> None:
    run = Run(kind)

    def script(channel: grpc.Channel) -> None:
        assert grpc.StatusCode.OK == recommend(channel, v1.BOOK_CATEGORY_FANTASY)
        assert grpc.StatusCode.INVALID_ARGUMENT == recommend(channel, 99)
        run.log.wait_for("call", 2)
        _, text = run.admin("/metrics")
        labels = (
            'grpc_method="Recommend",'
            'grpc_service="onlinebooks.recommendations.v1.RecommendationsService",'
            'grpc_type="unary"'
        )
        assert f'grpc_server_handled_total{{grpc_code="OK",{labels}}} 1.0' in text
        assert f'grpc_server_handled_total{{grpc_code="INVALID_ARGUMENT",{labels}}} 1.0' in text
        assert f"grpc_server_handling_seconds_count{{{labels}}} 2.0" in text
        assert "process_resident_memory_bytes " in text
        assert ("event_loop_lag_seconds_count" in text) is (kind == "asyncio")

    assert 0 == run(script)


def test_a_port_that_is_taken_is_an_error(kind: ServerKind) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        settings = RecommendationsSettings(listen_port=port, server_kind=kind)
        service = new_service(load_default(), random.Random(7), lambda _: RecordingLog().logger)
        with pytest.raises(ListenError, match="Address already in use"):
            service.run(settings, "recommendations", PROGRAM)


def test_an_admin_port_that_is_taken_is_an_error(kind: ServerKind, tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        settings = RecommendationsSettings(
            listen_port=0,
            admin_port=taken.getsockname()[1],
            server_kind=kind,
            port_file=tmp_path / "port",
        )
        service = new_service(load_default(), random.Random(7), lambda _: RecordingLog().logger)
        with pytest.raises(ListenError, match="Address already in use"):
            service.run(settings, "recommendations", PROGRAM)
    assert [] == list(tmp_path.iterdir())


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    """Whatever serves is gone when the service is."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        if "_poll_wrapper" not in thread.name:  # gRPC's own, one for the process.
            thread.join(WAIT)
            assert not thread.is_alive(), thread.name
