"""The client against real servers that refuse, hang, stop or are none."""

import socket
import threading
from collections.abc import Callable
from functools import partial

import grpc
import pytest

from chassis.deadline import Budget
from marketplace.category import Category
from marketplace.errors import (
    NoRecommendations,
    NoTimeLeft,
    RecommendationsDown,
    RecommendationsRefused,
    RecommendationsTooOld,
    RecommendationsTooSlow,
)
from marketplace.service_address import ServiceAddress
from marketplace.testing.recommendations_client import (
    AMPLE,
    a_client,
    the_answer_to,
)
from marketplace.testing.recommendations_servicer import recommendations_server
from marketplace.testing.sockets import refusing_address, socket_server
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb

SHORT = 2.0
"""A deadline that is reached, though as a rule not before a busy server has begun with a call."""
TURNS = 10
"""How often a call is made until one of them has reached a server that may be busier."""


@pytest.mark.parametrize("code", sorted(set(grpc.StatusCode) - {grpc.StatusCode.OK}, key=str))
def test_every_status_becomes_a_plain_error_that_names_it(code: grpc.StatusCode) -> None:
    def answer(_: pb.RecommendRequest, context: grpc.ServicerContext) -> pb.RecommendResponse:
        context.abort(code, "why not")

    with pytest.raises(NoRecommendations) as error:
        the_answer_to(recommendations_server(answer))
    expected: dict[grpc.StatusCode, type[Exception]] = {
        grpc.StatusCode.UNAVAILABLE: RecommendationsDown,
        grpc.StatusCode.RESOURCE_EXHAUSTED: RecommendationsDown,
        grpc.StatusCode.ABORTED: RecommendationsDown,
        grpc.StatusCode.CANCELLED: RecommendationsDown,
        grpc.StatusCode.DEADLINE_EXCEEDED: RecommendationsTooSlow,
        grpc.StatusCode.UNIMPLEMENTED: RecommendationsTooOld,
    }
    assert expected.get(code, RecommendationsRefused) is type(error.value)
    assert f"{code.name}: why not" == str(error.value)


def test_long_details_are_cut() -> None:
    def answer(_: pb.RecommendRequest, context: grpc.ServicerContext) -> pb.RecommendResponse:
        context.abort(grpc.StatusCode.INTERNAL, "x" * 5000)

    with pytest.raises(RecommendationsRefused) as error:
        the_answer_to(recommendations_server(answer))
    assert f"INTERNAL: {'x' * 200}" == str(error.value)


def test_a_server_that_hangs_is_left_at_the_deadline() -> None:
    over = threading.Event()

    def answer(_: pb.RecommendRequest, __: grpc.ServicerContext) -> pb.RecommendResponse:
        over.wait(AMPLE)
        return pb.RecommendResponse()

    with recommendations_server(answer) as address, a_client(address, SHORT) as client:
        with pytest.raises(RecommendationsTooSlow):
            client.recommend(Category.MYSTERY, 3, "id-1", Budget(2 * AMPLE))
        over.set()


def test_a_caller_with_less_time_than_the_deadline_waits_no_longer_than_it_has() -> None:
    """And what it did not wait for is no proof that the service is slow."""
    left: list[float] = []
    over = threading.Event()

    def answer(_: pb.RecommendRequest, context: grpc.ServicerContext) -> pb.RecommendResponse:
        left.append(context.time_remaining() or 0.0)
        over.wait(AMPLE)
        return pb.RecommendResponse()

    with recommendations_server(answer) as address, a_client(address) as client:
        for _ in range(TURNS):
            with pytest.raises(NoTimeLeft, match="DEADLINE_EXCEEDED"):
                client.recommend(Category.MYSTERY, 3, "id-1", Budget(SHORT))
            if left:
                break
        over.set()
    assert left[0] <= SHORT * 1.05


def test_a_caller_without_time_asks_nobody() -> None:
    asked: list[pb.RecommendRequest] = []

    def answer(request: pb.RecommendRequest, _: grpc.ServicerContext) -> pb.RecommendResponse:
        asked.append(request)
        return pb.RecommendResponse()

    with recommendations_server(answer) as address, a_client(address) as client:
        with pytest.raises(NoTimeLeft, match="nothing was asked"):
            client.recommend(Category.MYSTERY, 3, "id-1", Budget(0))
        client.recommend(Category.MYSTERY, 4, "id-1", Budget(2 * AMPLE))
    assert [4] == [request.max_results for request in asked]


def test_tries_and_pauses_between_them_share_one_deadline() -> None:
    """A server that fails slowly does not get a deadline for each try."""
    tries: list[float] = []
    over = threading.Event()

    def answer(_: pb.RecommendRequest, context: grpc.ServicerContext) -> pb.RecommendResponse:
        tries.append(context.time_remaining() or 0.0)
        over.wait(SHORT * 0.75)
        context.abort(grpc.StatusCode.UNAVAILABLE, "slowly failing")

    for _ in range(TURNS):
        with pytest.raises(NoRecommendations):
            the_answer_to(recommendations_server(answer), SHORT)
        if tries:
            break
    assert tries == sorted(tries, reverse=True)
    assert 1 <= len(tries) <= 2
    assert SHORT * 1.05 >= tries[0]
    assert all(seconds < SHORT / 2 for seconds in tries[1:])


def test_nobody_there_is_known_long_before_the_deadline() -> None:
    """Had it waited for a connection, the deadline would be what failed."""
    with pytest.raises(RecommendationsDown, match="UNAVAILABLE"):
        the_answer_to(refusing_address())


def test_a_name_that_nothing_resolves_is_down() -> None:
    with (
        a_client(ServiceAddress("no-such-host.invalid", 1)) as client,
        pytest.raises(RecommendationsDown),
    ):
        client.recommend(Category.MYSTERY, 3, "id-1", Budget(2 * AMPLE))


def test_a_server_that_stops_in_mid_call_is_down() -> None:
    stopping = threading.Event()

    def answer(_: pb.RecommendRequest, context: grpc.ServicerContext) -> pb.RecommendResponse:
        context.add_callback(stopping.set)
        stopper.start()
        stopping.wait(AMPLE)
        return pb.RecommendResponse()

    server = recommendations_server(answer)
    address = server.__enter__()
    stopper = threading.Thread(target=partial(server.__exit__, None, None, None))
    with a_client(address) as client, pytest.raises(RecommendationsDown):
        client.recommend(Category.MYSTERY, 3, "id-1", Budget(2 * AMPLE))
    stopper.join(AMPLE)


def _hang_up(connection: socket.socket) -> None:
    connection.recv(1)
    connection.close()


def _speak_http1(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    connection.close()


def _send_garbage(connection: socket.socket) -> None:
    connection.sendall(bytes(range(256)) * 64)
    connection.close()


@pytest.mark.parametrize("talk", [_hang_up, _speak_http1, _send_garbage])
def test_a_peer_that_is_no_grpc_server_is_down(talk: Callable[[socket.socket], None]) -> None:
    with pytest.raises(RecommendationsDown):
        the_answer_to(socket_server(talk))


def test_a_peer_that_never_says_a_word_is_too_slow() -> None:
    over = threading.Event()

    def say_nothing(_: socket.socket) -> None:
        over.wait(AMPLE)

    with pytest.raises(RecommendationsTooSlow):
        the_answer_to(socket_server(say_nothing), SHORT)
    over.set()
