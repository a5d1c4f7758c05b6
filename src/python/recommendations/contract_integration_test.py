"""Both APIs, whole, however the service runs: on threads, on asyncio, as one process, as two.

With two, each question goes to both, over connections of their own.
"""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from chassis.testing.process import ServiceProcess
from chassis.testing.waiting import wait_until
from onlinebooks.recommendations.v1 import recommendations_pb2 as v1
from onlinebooks.recommendations.v1.recommendations_pb2_grpc import RecommendationsServiceStub
from recommendations import legacy_servicer, v1_servicer
from recommendations.testing.calls import connect, health
from recommendations.testing.variants import VARIANTS, Variant

WAIT = 60.0
Codes = grpc.StatusCode
VIEWED, BOUGHT = v1.INTERACTION_KIND_VIEWED, v1.INTERACTION_KIND_BOUGHT


class Service:
    """The service over a database of its own, and channels that reach all of its processes."""

    def __init__(self, process: ServiceProcess, workers: int, stack: ExitStack) -> None:
        self.process = process
        self.channels: list[grpc.Channel] = []
        everybody = {1, 2} if workers == 2 else {None}

        def all_reached() -> bool:
            self.channels.append(stack.enter_context(connect(process.port())))
            assert ask(self.channels[-1], "GetBook", id=1).book.id == 1
            return self._served_by() == everybody

        wait_until(all_reached, WAIT)

    def _served_by(self) -> set[int | None]:
        lines = (line for line in self.process.log.splitlines() if line.endswith("}"))
        calls = (line for line in map(json.loads, lines) if line["event"] == "call")
        return {line.get("worker") for line in calls}

    def ask_all(self, method: str, **fields: Any) -> list[Any]:
        """Give what each answers; see `ask`."""
        return [ask(channel, method, **fields) for channel in self.channels]

    def until_all(self, method: str, is_right: Callable[[Any], bool], **fields: Any) -> None:
        """Wait until each answers rightly: what one has kept the others read a little later."""
        wait_until(lambda: all(map(is_right, self.ask_all(method, **fields))), WAIT)


def ask(channel: grpc.Channel, method: str, **fields: Any) -> Any:
    """Give the response, or the code of a refusal."""
    request = getattr(v1, f"{method}Request")(**fields)
    call = getattr(RecommendationsServiceStub(channel), method).future(request, timeout=WAIT)
    return call.result() if call.code() is Codes.OK else call.code()


def done(response: v1.ListInteractionsResponse) -> list[tuple[int, int]]:
    """Give the books and kinds of a response."""
    return [(each.book.id, each.kind) for each in response.interactions]


@pytest.fixture(scope="module", params=VARIANTS, ids=str)
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    variant: Variant = request.param
    environ = {
        "XDG_STATE_HOME": str(tmp_path_factory.mktemp("state")),
        "REFRESH_SECONDS": "0.1",
        # Two processes write to one file; what is asked of either must be answered.
        "DATABASE_TIMEOUT_SECONDS": str(WAIT),
    }
    with variant.process(**environ) as process, ExitStack() as stack:
        yield Service(process, variant.workers, stack)


def test_books_are_recommended_told_of_and_found(service: Service) -> None:
    for books in (
        [each.book for each in response.recommendations]
        for response in service.ask_all("Recommend", category=v1.BOOK_CATEGORY_FANTASY)
    ):
        assert 10 == len({book.id for book in books})
        assert all(v1.BOOK_CATEGORY_FANTASY in book.categories for book in books)
    titles = {response.book.title for response in service.ask_all("GetBook", id=1)}
    assert {"The Maltese Falcon"} == titles
    for response in service.ask_all("SearchBooks", query="hammett falcon"):
        assert ["The Maltese Falcon"] == [book.title for book in response.books]
    for response in service.ask_all("ListSimilarBooks", book_id=1):
        assert [] == list(response.books)  # Nothing was learned yet.


def test_the_tutorials_api_is_served_beside(service: Service) -> None:
    for channel in service.channels:
        untyped: Any = channel
        recommend = untyped.unary_unary(f"/{legacy_servicer.SERVICE_NAME}/Recommend")
        # RecommendationRequest{max_results: 3}, {category: 99} and {max_results: -1}.
        answer = recommend(b"\x18\x03", timeout=WAIT)
        assert 3 == sum(title in answer for title in (b"Falcon", b"Orient", b"Baskervilles"))
        minus_one = b"\x18" + b"\xff" * 9 + b"\x01"
        codes = [recommend.future(each, timeout=WAIT).code() for each in (b"\x10\x63", minus_one)]
        assert [Codes.NOT_FOUND, Codes.INVALID_ARGUMENT] == codes


@pytest.mark.parametrize(
    ("method", "fields", "code"),
    [
        ("Recommend", {}, Codes.INVALID_ARGUMENT),
        ("GetBook", {"id": 2**31 - 1}, Codes.NOT_FOUND),
        ("ListSimilarBooks", {"book_id": 2**31 - 1}, Codes.NOT_FOUND),
        ("SearchBooks", {"query": ""}, Codes.INVALID_ARGUMENT),
        ("RecordInteraction", {"user_id": 0}, Codes.INVALID_ARGUMENT),
        ("ListInteractions", {"user_id": 0}, Codes.INVALID_ARGUMENT),
        ("ForgetUser", {"user_id": 0}, Codes.INVALID_ARGUMENT),
    ],
)
def test_refusals_have_their_status(
    service: Service, method: str, fields: dict[str, Any], code: grpc.StatusCode
) -> None:
    assert {code} == set(service.ask_all(method, **fields))


@pytest.mark.parametrize("path", [f"/{v1_servicer.SERVICE_NAME}/NoSuchMethod", "/no.Service/Any"])
def test_what_does_not_exist_is_unimplemented(service: Service, path: str) -> None:
    for channel in service.channels:
        untyped: Any = channel
        assert Codes.UNIMPLEMENTED is untyped.unary_unary(path).future(b"", timeout=WAIT).code()


def test_what_one_process_keeps_all_tell_and_forget(service: Service) -> None:
    kept = {"user_id": 7, "book_id": 3, "kind": VIEWED, "idempotency_key": "view"}
    # The same once more, by way of the others, is no second one.
    answers = service.ask_all("RecordInteraction", **kept)
    assert [v1.RecordInteractionResponse()] * len(answers) == answers
    service.until_all("ListInteractions", lambda seen: done(seen) == [(3, VIEWED)], user_id=7)
    other = {**kept, "book_id": 4, "kind": BOUGHT}
    assert {Codes.ALREADY_EXISTS} == set(service.ask_all("RecordInteraction", **other))
    assert v1.ForgetUserResponse() == ask(service.channels[0], "ForgetUser", user_id=7)
    service.until_all("ListInteractions", lambda seen: done(seen) == [], user_id=7)


def test_watchers_of_health_learn_of_the_stop_at_once(variant: Variant) -> None:
    with variant.process(DRAIN_SECONDS="3600") as process:
        with connect(process.port()) as channel:
            stub: Any = HealthStub(channel)
            names = ("", legacy_servicer.SERVICE_NAME, v1_servicer.SERVICE_NAME)
            watches = [stub.Watch(HealthCheckRequest(service=name), timeout=WAIT) for name in names]
            assert [HealthCheckResponse.SERVING] * 3 == [next(each).status for each in watches]
            process.send(signal.SIGTERM)
            assert [HealthCheckResponse.NOT_SERVING] * 3 == [next(each).status for each in watches]
            assert HealthCheckResponse.NOT_SERVING == health(channel)
        process.send(signal.SIGTERM)
        assert 128 + signal.SIGTERM == process.wait()
