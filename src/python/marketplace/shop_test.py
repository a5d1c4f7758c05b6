"""Pages over a real channel to servers that are well, slow, broken or gone."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import grpc
import pytest
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from chassis.channel import ProcessChannel, open_channel
from chassis.deadline import Budget
from chassis.settings import load_settings
from chassis.testing.recording_log import RecordingLog
from chassis.testing.waiting import wait_until
from marketplace.backend import new_backend, new_clients
from marketplace.category import Category
from marketplace.recommendations import Answer
from marketplace.recommendations_client import CHANNEL_SETTINGS, RecommendationsClient
from marketplace.service_address import ServiceAddress
from marketplace.settings import MarketplaceSettings
from marketplace.testing.pages import bare_items, shop, soup
from marketplace.testing.recommendations_client import AMPLE
from marketplace.testing.recommendations_servicer import bytes_server, recommendations_server
from marketplace.testing.sockets import refusing_address, socket_server
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb

EARLIER = "We picked these a little earlier."
UNAVAILABLE = "Our recommendations are unavailable right now."
SHORT = 2.0
"""A deadline for those who hang: long enough that a busy server has at least begun with a call."""
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


class Hurried:
    """Recommendations with a deadline that is another one for each call. See `Recommendations`."""

    def __init__(
        self, channel: ProcessChannel, deadline: Callable[[], float], log: RecordingLog
    ) -> None:
        self._channel = channel
        self._deadline = deadline
        self._log = log

    def recommend(
        self,
        category: Category,
        max_results: int,
        request_id: str,
        budget: Budget,
        reader: int | None = None,
    ) -> Answer:
        """See `Recommendations`."""
        client = RecommendationsClient(self._channel, self._deadline(), self._log.logger)
        return client.recommend(category, max_results, request_id, budget, reader)


@contextmanager
def a_shop(
    address: ServiceAddress,
    log: RecordingLog,
    deadline: Callable[[], float] = lambda: AMPLE,
    **environ: str,
) -> Iterator[FlaskClient]:
    """Put a shop together as production does."""
    settings = load_settings(MarketplaceSettings, environ)
    channel = ProcessChannel(lambda: open_channel(address.host, address.port, CHANNEL_SETTINGS))
    try:
        clients = replace(
            new_clients(channel, AMPLE, log.logger), recommendations=Hurried(channel, deadline, log)
        )
        backend = new_backend(clients, settings, log.logger, CollectorRegistry()).get()
        yield shop(log=log, backend=backend)
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
    seconds = SHORT if reason == "RecommendationsTooSlow" else AMPLE
    log = RecordingLog()
    with server() as address, a_shop(address, log, lambda: seconds) as visitor:
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


def titles_on(page: str) -> list[str]:
    """Give the titles of the books on a page, sorted."""
    return sorted(heading.get_text() for item in bare_items(page) for heading in item.select("h2"))


class Changeable:
    """A service whose books have another title each time, until it is told to fail or to hang.

    asked: how many calls its client made; calls: how many have come. One with a deadline may not.
    """

    def __init__(self) -> None:
        self.asked = 0
        self.calls = 0
        self.fails = False
        self.goes_on = threading.Event()
        self.goes_on.set()

    def deadline(self) -> float:
        """Give one that is reached by no call but those that hang. Asked for by each call."""
        self.asked += 1
        return AMPLE if self.goes_on.is_set() else SHORT

    def answer(
        self, request: pb.RecommendRequest, context: grpc.ServicerContext
    ) -> pb.RecommendResponse:
        """See the API."""
        self.calls += 1
        if self.fails:
            context.abort(grpc.StatusCode.UNAVAILABLE, "not now")
        self.goes_on.wait(HANGS)
        return some_books(request.max_results, f"Book {self.calls}")


@pytest.mark.parametrize(("path", "count"), [("/", 3), ("/categories/mystery", 24)])
def test_while_the_service_fails_the_last_list_is_shown_with_a_note(path: str, count: int) -> None:
    service = Changeable()
    log = RecordingLog()
    with recommendations_server(service.answer) as address, a_shop(address, log) as visitor:
        visitor.get(path)
        assert ["Book 2"] * count == titles_on(visitor.get(path).text)
        service.fails = True
        page = visitor.get(path)
        assert ["Book 2"] * count == titles_on(page.text)
        assert count == page.text.count("<li>")
        assert EARLIER in soup(page.text).get_text()
        service.fails = False
        calls = service.calls
        page = visitor.get(path)
        assert [f"Book {calls + 1}"] * count == titles_on(page.text)
        assert EARLIER not in page.text
    (line,) = log.lines_of("earlier recommendations")
    assert "RecommendationsDown" == line["reason"]


def test_a_service_that_hangs_is_waited_for_a_few_times_and_then_left_alone() -> None:
    """Later pages do not ask, so they do not wait."""
    service = Changeable()
    log = RecordingLog()
    with (
        recommendations_server(service.answer) as address,
        a_shop(
            address,
            log,
            service.deadline,
            RECOMMENDATIONS_CIRCUIT_FAILURES="2",
            RECOMMENDATIONS_CIRCUIT_PAUSE_SECONDS="60",
        ) as visitor,
    ):
        visitor.get("/")
        service.goes_on.clear()
        pages = [visitor.get("/").text for _ in range(6)]
        service.goes_on.set()
        assert 1 + 2 == service.asked
        assert service.calls <= service.asked
    assert [["Book 1"] * 3] * 6 == [titles_on(page) for page in pages]
    assert all(EARLIER in page for page in pages)
    assert ["RecommendationsTooSlow"] * 2 + ["RecommendationsPaused"] * 4 == [
        line["reason"] for line in log.lines_of("earlier recommendations")
    ]
    assert 1 == len(log.lines_of("recommendations circuit opened"))


def test_a_service_that_comes_back_is_found_by_one_trial_after_the_pause() -> None:
    service = Changeable()
    log = RecordingLog()
    with (
        recommendations_server(service.answer) as address,
        a_shop(
            address,
            log,
            service.deadline,
            RECOMMENDATIONS_CIRCUIT_FAILURES="1",
            RECOMMENDATIONS_CIRCUIT_PAUSE_SECONDS="0.2",
        ) as visitor,
    ):
        visitor.get("/")
        service.goes_on.clear()
        visitor.get("/")
        service.goes_on.set()
        asked = service.asked
        wait_until(lambda: EARLIER not in visitor.get("/").text)
        assert asked + 1 == service.asked
        page = visitor.get("/").text
        assert [f"Book {service.calls}"] * 3 == titles_on(page)
    assert 1 == len(log.lines_of("recommendations circuit closed"))
