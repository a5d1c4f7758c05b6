"""Pages over a real channel to servers that are well, slow, broken or gone."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import grpc
import pytest
from flask.testing import FlaskClient

from chassis.channel import ProcessChannel, open_channel
from chassis.testing.recording_log import RecordingLog
from marketplace.recommendations_client import CHANNEL_SETTINGS, RecommendationsClient
from marketplace.service_address import ServiceAddress
from marketplace.testing.pages import bare_items, shop, soup
from marketplace.testing.recommendations_servicer import bytes_server, recommendations_server
from marketplace.testing.sockets import refusing_address, socket_server
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb

UNAVAILABLE = "Our recommendations are unavailable right now."
DEADLINE = 0.3
HANGS = 30.0


def some_books(count: int, title: str = "Book") -> pb.RecommendResponse:
    return pb.RecommendResponse(
        recommendations=[
            pb.Recommendation(
                book=pb.Book(id=number, title=title, categories=[pb.BOOK_CATEGORY_MYSTERY])
            )
            for number in range(1, count + 1)
        ]
    )


@contextmanager
def a_shop(address: ServiceAddress, log: RecordingLog) -> Iterator[FlaskClient]:
    channel = ProcessChannel(lambda: open_channel(address.host, address.port, CHANNEL_SETTINGS))
    try:
        yield shop(RecommendationsClient(channel, DEADLINE, log.logger), log)
    finally:
        channel.close()


def well(request: pb.RecommendRequest, _: grpc.ServicerContext) -> pb.RecommendResponse:
    return some_books(request.max_results)


def test_the_page_shows_what_the_service_recommends() -> None:
    log = RecordingLog()
    with recommendations_server(well) as address, a_shop(address, log) as visitor:
        assert 3 == visitor.get("/").text.count("<li>")
        assert 24 == visitor.get("/categories/mystery").text.count("<li>")


def test_the_id_of_the_request_reaches_the_service() -> None:
    seen: list[object] = []

    def answer(request: pb.RecommendRequest, context: grpc.ServicerContext) -> pb.RecommendResponse:
        seen.append(dict(context.invocation_metadata()).get("x-request-id"))
        return well(request, context)

    with recommendations_server(answer) as address, a_shop(address, RecordingLog()) as visitor:
        made = visitor.get("/").headers["X-Request-Id"]
        visitor.get("/", headers={"X-Request-Id": "of-the-caller"})
    assert [made, "of-the-caller"] == seen


def hanging(request: pb.RecommendRequest, context: grpc.ServicerContext) -> pb.RecommendResponse:
    """Answer well, but so late that only a page without a deadline would show it."""
    gone = threading.Event()
    context.add_callback(gone.set)
    gone.wait(HANGS)
    return well(request, context)


def failing(_: pb.RecommendRequest, __: grpc.ServicerContext) -> pb.RecommendResponse:
    raise ValueError("secret of the service")


def nameless(_: pb.RecommendRequest, __: grpc.ServicerContext) -> pb.RecommendResponse:
    return some_books(3, title="")


def silent(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


TROUBLES: dict[str, tuple[Callable[[], AbstractContextManager[ServiceAddress]], str]] = {
    "hangs": (lambda: recommendations_server(hanging), "RecommendationsTooSlow"),
    "says nothing": (lambda: socket_server(silent), "RecommendationsTooSlow"),
    "is gone": (refusing_address, "RecommendationsDown"),
    "hangs up": (lambda: socket_server(socket.socket.close), "RecommendationsDown"),
    "raises": (lambda: recommendations_server(failing), "RecommendationsRefused"),
    "sends bytes": (lambda: bytes_server(b"\xffrubbish"), "RecommendationsRefused"),
    "sends nonsense": (lambda: recommendations_server(nameless), "RecommendationsInvalid"),
}


@pytest.mark.parametrize("path", ["/", "/categories/mystery"])
@pytest.mark.parametrize("trouble", TROUBLES)
def test_whatever_ails_the_service_the_page_is_there_and_says_so(trouble: str, path: str) -> None:
    server, reason = TROUBLES[trouble]
    log = RecordingLog()
    with server() as address, a_shop(address, log) as visitor:
        response = visitor.get(path)
    assert 200 == response.status_code
    assert UNAVAILABLE in soup(response.text).get_text()
    assert [] == bare_items(response.text)
    assert "secret" not in response.text
    (line,) = log.lines_of("no recommendations")
    assert (reason, response.headers["X-Request-Id"]) == (line["reason"], line["request_id"])


def test_part_of_an_answer_is_better_than_none() -> None:
    def answer(_: pb.RecommendRequest, __: grpc.ServicerContext) -> pb.RecommendResponse:
        response = some_books(2)
        response.recommendations.add()
        return response

    with recommendations_server(answer) as address, a_shop(address, RecordingLog()) as visitor:
        page = visitor.get("/").text
    assert 2 == page.count("<li>")
    assert UNAVAILABLE not in page
