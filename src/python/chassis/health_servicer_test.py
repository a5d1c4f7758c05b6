"""grpc.health.v1 over a real channel, an exhausted server among the cases."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub

from chassis.health import OVERALL, HealthBoard
from chassis.health_messages import MAX_WATCHES
from chassis.interceptors.access_log import AccessLog
from chassis.interceptors.call import RpcKind
from chassis.server_options import ServerOptions
from chassis.testing.four_kinds import SERVICE_NAME, four_kinds, start
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import BOTH, MakeServer, connected

SERVING = HealthCheckResponse.SERVING
NOT_SERVING = HealthCheckResponse.NOT_SERVING
SERVICE_UNKNOWN = HealthCheckResponse.SERVICE_UNKNOWN
WAIT = 60.0

list_response: Any = vars(health_pb2)["HealthListResponse"]
stub_of: Callable[[grpc.Channel], Any] = HealthStub


@pytest.fixture(params=BOTH, ids=["threads", "asyncio"])
def make_server(request: pytest.FixtureRequest) -> MakeServer:
    made: MakeServer = request.param
    return made


def board() -> HealthBoard:
    return HealthBoard({OVERALL: {"store"}, SERVICE_NAME: {"store"}, "shop.Ping": ()})


def check(channel: grpc.Channel, service: str) -> Any:
    return stub_of(channel).Check(HealthCheckRequest(service=service), timeout=WAIT).status


def watch(channel: grpc.Channel, service: str) -> Any:
    return stub_of(channel).Watch(HealthCheckRequest(service=service), timeout=3 * WAIT)


def test_check_tells_the_truth(make_server: MakeServer) -> None:
    health = board()
    with connected(make_server([], board=health)) as channel:
        assert NOT_SERVING == check(channel, OVERALL)
        health.report("store", well=True)
        assert SERVING == check(channel, OVERALL)
        health.stop()
        assert NOT_SERVING == check(channel, OVERALL)


def test_check_of_a_service_that_does_not_exist_is_not_found(make_server: MakeServer) -> None:
    with connected(make_server([], board=board())) as channel:
        call = stub_of(channel).Check.future(HealthCheckRequest(service="shop.None"), timeout=WAIT)
        assert grpc.StatusCode.NOT_FOUND == call.code()


def test_list_tells_the_truth_of_every_service(make_server: MakeServer) -> None:
    with connected(make_server([], board=board())) as channel:
        call: Any = channel.unary_unary(
            "/grpc.health.v1.Health/List", response_deserializer=list_response.FromString
        )
        statuses = call(b"", timeout=WAIT).statuses
    expected = {OVERALL: NOT_SERVING, SERVICE_NAME: NOT_SERVING, "shop.Ping": SERVING}
    assert expected == {name: each.status for name, each in statuses.items()}


def test_watch_streams_each_change(make_server: MakeServer) -> None:
    health = board()
    with connected(make_server([], board=health)) as channel:
        changes = watch(channel, SERVICE_NAME)
        assert NOT_SERVING == next(changes).status
        health.report("store", well=True)
        assert SERVING == next(changes).status
        health.stop()
        assert NOT_SERVING == next(changes).status


def test_watch_of_a_service_that_does_not_exist_goes_on_as_unknown(make_server: MakeServer) -> None:
    """So the protocol asks, for the service might yet come."""
    with connected(make_server([], board=board())) as channel:
        changes = watch(channel, "shop.None")
        assert SERVICE_UNKNOWN == next(changes).status
        assert changes.is_active()
        changes.cancel()


def test_open_watches_do_not_hold_up_the_end(make_server: MakeServer) -> None:
    """They hear of it, then end as unavailable, so that the client looks elsewhere."""
    health = board()
    with connected(make_server([], board=health)) as channel:
        changes = watch(channel, "shop.Ping")
        assert SERVING == next(changes).status
        health.stop()
        health.close()
        assert NOT_SERVING == next(changes).status
        with pytest.raises(grpc.RpcError):
            next(changes)
        assert grpc.StatusCode.UNAVAILABLE == changes.code()


def test_a_watch_that_its_client_cancels_makes_room_for_another(make_server: MakeServer) -> None:
    log = RecordingLog()
    with connected(make_server([], [AccessLog(log.logger)], board())) as channel:
        for number in range(1, 2 * MAX_WATCHES + 1):
            changes = watch(channel, OVERALL)
            assert NOT_SERVING == next(changes).status
            changes.cancel()
            log.wait_for("call", number)
    assert {"CANCELLED"} == {line["grpc_code"] for line in log.lines}


def test_watches_are_bounded_and_the_rest_refused_at_once(make_server: MakeServer) -> None:
    with connected(make_server([], board=board())) as channel:
        open_ones = [watch(channel, OVERALL) for _ in range(MAX_WATCHES)]
        assert {NOT_SERVING} == {next(changes).status for changes in open_ones}
        with pytest.raises(grpc.RpcError):
            next(one_too_many := watch(channel, OVERALL))
        assert grpc.StatusCode.RESOURCE_EXHAUSTED == one_too_many.code()
        assert NOT_SERVING == check(channel, OVERALL)


def test_health_is_answered_while_every_thread_is_busy(make_server: MakeServer) -> None:
    """All threads of the server are taken, and as many calls again wait in line."""
    threads = 3
    release = threading.Event()
    busy = threading.Semaphore(0)

    def body(requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
        busy.release()
        assert release.wait(WAIT)
        yield from requests

    health = board()
    options = ServerOptions(threads=threads)
    server = make_server([four_kinds(body)], board=health, options=options)
    with connected(server) as channel, ExitStack() as at_end:
        at_end.callback(release.set)
        calls = [start(channel, RpcKind.UNARY) for _ in range(2 * threads)]
        for _ in range(threads):
            assert busy.acquire(timeout=WAIT)
        changes = watch(channel, OVERALL)
        assert NOT_SERVING == next(changes).status
        health.report("store", well=True)
        assert SERVING == next(changes).status
        assert SERVING == check(channel, OVERALL)
        assert not any(call.done() for call in calls)
        release.set()
        assert [b"request"] * len(calls) == [call.result(WAIT) for call in calls]


def test_reflection_names_every_service_with_what_it_consists_of(make_server: MakeServer) -> None:
    reflect: Any = ServerReflectionStub
    with connected(make_server([four_kinds(_never)], board=board())) as channel:
        stub = reflect(channel)
        requests = [
            ServerReflectionRequest(list_services=""),
            ServerReflectionRequest(file_containing_symbol="grpc.health.v1.Health"),
        ]
        services, file = stub.ServerReflectionInfo(iter(requests), timeout=WAIT)
    expected = {SERVICE_NAME, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}
    assert expected == {each.name for each in services.list_services_response.service}
    assert file.file_descriptor_response.file_descriptor_proto


def _never(_: Iterator[bytes], __: Any) -> Iterator[bytes]:
    raise AssertionError
