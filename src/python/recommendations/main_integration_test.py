"""The service as a process of its own: its signals, its exit codes, what it prints."""

import signal
import socket
from pathlib import Path

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckResponse

from onlinebooks.recommendations.v1 import recommendations_pb2 as v1
from onlinebooks.recommendations.v1.recommendations_pb2_grpc import RecommendationsServiceStub
from recommendations import legacy_servicer, v1_servicer
from recommendations.testing.calls import OpenCall, connect, health
from recommendations.testing.variants import Variant

WAIT = 60.0
SIGNALS = [signal.SIGTERM, signal.SIGINT]


def test_it_is_ready_under_each_of_its_names_when_the_port_file_is_there(variant: Variant) -> None:
    with variant.process() as service, connect(service.port()) as channel:
        for name in ("", legacy_servicer.SERVICE_NAME, v1_servicer.SERVICE_NAME):
            assert HealthCheckResponse.SERVING == health(channel, name)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_it_cleanly(number: signal.Signals, variant: Variant) -> None:
    with variant.process() as service:
        service.port()
        service.send(number)
        assert 0 == service.wait()
        assert not service.port_file.exists()
        assert "Traceback" not in service.log


@pytest.mark.parametrize("number", SIGNALS)
def test_a_call_in_flight_survives_the_signal(number: signal.Signals, variant: Variant) -> None:
    with (
        variant.process(GRACE_SECONDS=str(WAIT)) as service,
        connect(service.port()) as channel,
    ):
        call = OpenCall(channel)
        service.send(number)
        variant.wait_for_all(service, "stopping")
        assert 1 == call.finish()
        assert grpc.StatusCode.OK == call.code()
        assert 0 == service.wait()


def test_while_it_drains_it_is_not_ready_yet_answers(variant: Variant) -> None:
    with variant.process(DRAIN_SECONDS="3600") as service, connect(service.port()) as channel:
        assert HealthCheckResponse.SERVING == health(channel)
        service.send(signal.SIGTERM)
        variant.wait_for_all(service, "draining")
        assert HealthCheckResponse.NOT_SERVING == health(channel)
        request = v1.RecommendRequest(category=v1.BOOK_CATEGORY_FANTASY)
        response = RecommendationsServiceStub(channel).Recommend(request, timeout=WAIT)
        assert 10 == len(response.recommendations)
        service.send(signal.SIGTERM)
        assert 128 + signal.SIGTERM == service.wait()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_second_signal_ends_it_now(number: signal.Signals, variant: Variant) -> None:
    with variant.process(GRACE_SECONDS="3600") as service, connect(service.port()) as channel:
        call = OpenCall(channel)
        service.send(signal.SIGTERM)
        variant.wait_for_all(service, "stopping")
        service.send(number)
        assert 128 + number == service.wait()
        assert call.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)


def test_a_call_that_outlives_the_grace_period_does_not_keep_it_alive(variant: Variant) -> None:
    with variant.process(GRACE_SECONDS="0.1") as service, connect(service.port()) as channel:
        OpenCall(channel)
        service.send(signal.SIGTERM)
        assert 0 == service.wait()
        assert "the grace period is over" in service.log


def test_a_port_that_is_taken_ends_it_with_one_line_and_1(variant: Variant) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with variant.process(LISTEN_PORT=str(port)) as service:
            assert 1 == service.wait()
            said = [line for line in service.log.splitlines() if not line.startswith("{")]
    assert [f"recommendations: cannot listen on 127.0.0.1:{port}: Address already in use"] == said


def test_wrong_settings_end_it_with_a_list_and_2(variant: Variant) -> None:
    with variant.process(LISTEN_PORT="tcp://10.0.0.1:50051", DRAIN_SECONDS="soon") as service:
        assert 2 == service.wait()
        expected = [
            "recommendations: the settings are wrong:",
            "  LISTEN_PORT: 'tcp://10.0.0.1:50051' is not a whole number",
            "  DRAIN_SECONDS: 'soon' is not a number",
        ]
        assert expected == service.log.splitlines()


def test_a_wrong_catalogue_ends_it_with_a_list_and_2(tmp_path: Path, variant: Variant) -> None:
    path = tmp_path / "books.csv"
    path.write_text("id,title,authors,year,categories\n1,,,,\n2,,,,\n")
    with variant.process("--catalogue", str(path)) as service:
        assert 2 == service.wait()
        assert "line 2: " in service.log
        assert "line 3: " in service.log
        assert "Traceback" not in service.log
