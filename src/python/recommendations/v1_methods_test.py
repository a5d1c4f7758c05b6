"""The methods of v1 besides Recommend, over a real channel, with a database."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from prometheus_client import CollectorRegistry

from chassis.grpc_settings import ServerKind
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import connected
from onlinebooks.recommendations.v1 import recommendations_pb2 as v1
from onlinebooks.recommendations.v1.recommendations_pb2_grpc import RecommendationsServiceStub
from recommendations.app import new_service, service_over
from recommendations.backing import chosen
from recommendations.catalog_csv import load_default
from recommendations.settings import RecommendationsSettings

WAIT = 30.0
VIEWED, BOUGHT = v1.INTERACTION_KIND_VIEWED, v1.INTERACTION_KIND_BOUGHT
RIGHT: dict[str, Any] = {"user_id": 7, "book_id": 3, "kind": VIEWED, "idempotency_key": "key"}


@pytest.fixture(params=["threads", "asyncio"])
def kind(request: pytest.FixtureRequest) -> ServerKind:
    made: ServerKind = request.param
    return made


class Service:
    """The service over the default database of a user."""

    def __init__(self, folder: Path, kind: ServerKind) -> None:
        self.log = RecordingLog()
        self.file = folder / "onlinebooks" / "recommendations.db"
        self._kind = kind
        settings = RecommendationsSettings(server_kind=kind, database_timeout_seconds=WAIT)
        backing = chosen(settings, {"XDG_STATE_HOME": str(folder)}, self.log.logger)
        service = service_over(backing, random.Random(7), lambda _: self.log.logger, 0.05)
        self.while_serving = service.while_serving(CollectorRegistry())
        self.server = service.server(settings)


@pytest.fixture()
def service(tmp_path: Path, kind: ServerKind) -> Service:
    return Service(tmp_path, kind)


@pytest.fixture()
def channel(service: Service) -> Iterator[grpc.Channel]:
    with service.while_serving, connected(service.server) as channel:
        yield channel


def ask(channel: grpc.Channel, method: str, **fields: Any) -> Any:
    """Give the response, or the code and details of a refusal."""
    request = getattr(v1, f"{method}Request")(**fields)
    call = getattr(RecommendationsServiceStub(channel), method).future(request, timeout=WAIT)
    if call.code() is grpc.StatusCode.OK:
        return call.result()
    return call.code(), call.details()


def did(channel: grpc.Channel, user_id: int) -> list[tuple[int, int]]:
    response = ask(channel, "ListInteractions", user_id=user_id)
    return [(each.book.id, each.kind) for each in response.interactions]


def test_a_book_is_told_with_all_that_is_known_of_it(channel: grpc.Channel) -> None:
    book = ask(channel, "GetBook", id=1).book
    assert (1, "The Maltese Falcon", ["Dashiell Hammett"], 1930) == (
        book.id,
        book.title,
        list(book.authors),
        book.publication_year,
    )
    assert [v1.BOOK_CATEGORY_MYSTERY] == list(book.categories)


@pytest.mark.parametrize("book_id", [0, -1, 2**31 - 1])
def test_a_book_that_is_not_there_is_not_found(channel: grpc.Channel, book_id: int) -> None:
    expected = (grpc.StatusCode.NOT_FOUND, f"there is no book {book_id}")
    assert expected == ask(channel, "GetBook", id=book_id)
    assert expected == ask(channel, "ListSimilarBooks", book_id=book_id)
    assert expected == ask(channel, "RecordInteraction", **{**RIGHT, "book_id": book_id})


def test_where_nothing_was_learned_no_book_is_like_another(channel: grpc.Channel) -> None:
    assert [] == list(ask(channel, "ListSimilarBooks", book_id=1).books)


def test_books_are_found_by_words_of_title_and_author(channel: grpc.Channel) -> None:
    books = ask(channel, "SearchBooks", query="hammett maltese fal").books
    assert ["The Maltese Falcon"] == [book.title for book in books]
    code, _ = ask(channel, "SearchBooks", query="")
    assert grpc.StatusCode.INVALID_ARGUMENT == code


def test_what_a_reader_did_is_told_back_and_forgotten_when_asked(channel: grpc.Channel) -> None:
    ask(channel, "RecordInteraction", **RIGHT)
    ask(channel, "RecordInteraction", **RIGHT)
    other = {**RIGHT, "book_id": 5, "kind": BOUGHT, "idempotency_key": "other"}
    ask(channel, "RecordInteraction", **other)
    assert [(5, BOUGHT), (3, VIEWED)] == did(channel, 7)
    assert [] == did(channel, 8)
    assert v1.ForgetUserResponse() == ask(channel, "ForgetUser", user_id=7)
    assert [] == did(channel, 7)


def test_what_comes_late_of_a_forgotten_reader_is_taken_and_not_kept(
    channel: grpc.Channel,
) -> None:
    ask(channel, "ForgetUser", user_id=7)
    assert v1.RecordInteractionResponse() == ask(channel, "RecordInteraction", **RIGHT)
    assert v1.RecordInteractionResponse() == ask(
        channel, "RecordInteraction", **{**RIGHT, "user_id": 8}
    )
    assert [] == did(channel, 7)
    assert [(3, VIEWED)] == did(channel, 8)


def test_a_key_that_was_used_for_something_else_is_refused(channel: grpc.Channel) -> None:
    ask(channel, "RecordInteraction", **RIGHT)
    code, _ = ask(channel, "RecordInteraction", **{**RIGHT, "book_id": 4})
    assert grpc.StatusCode.ALREADY_EXISTS == code


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("RecordInteraction", {**RIGHT, "user_id": 0}),
        ("RecordInteraction", {**RIGHT, "user_id": -(2**63)}),
        ("RecordInteraction", {**RIGHT, "kind": 0}),
        ("RecordInteraction", {**RIGHT, "kind": 99}),
        ("RecordInteraction", {**RIGHT, "idempotency_key": ""}),
        ("RecordInteraction", {**RIGHT, "idempotency_key": "x" * 65}),
        ("ListInteractions", {"user_id": 0}),
        ("ListInteractions", {"user_id": 7, "max_results": -1}),
        ("ListSimilarBooks", {"book_id": 1, "max_results": -1}),
        ("ForgetUser", {"user_id": 0}),
    ],
)
def test_a_mistake_is_an_invalid_argument(
    channel: grpc.Channel, method: str, fields: dict[str, Any]
) -> None:
    code, _ = ask(channel, method, **fields)
    assert grpc.StatusCode.INVALID_ARGUMENT == code


def test_what_was_kept_is_known_after_a_restart(
    service: Service, channel: grpc.Channel, tmp_path: Path, kind: ServerKind
) -> None:
    ask(channel, "RecordInteraction", **RIGHT)
    later = Service(tmp_path, kind)
    with later.while_serving, connected(later.server) as second:
        assert [(3, VIEWED)] == did(second, 7)


def test_without_its_database_it_recommends_and_says_that_it_keeps_nothing(
    service: Service, channel: grpc.Channel
) -> None:
    for file in service.file.parent.iterdir():
        file.unlink()
    code, details = ask(channel, "RecordInteraction", **RIGHT)
    assert grpc.StatusCode.UNAVAILABLE == code
    assert str(service.file) not in details
    (line,) = service.log.lines_of("database failed a call")
    assert "unable to open database file" in line["why"]
    recommended = ask(channel, "Recommend", category=v1.BOOK_CATEGORY_FANTASY)
    assert 10 == len(recommended.recommendations)
    assert 1 == ask(channel, "GetBook", id=1).book.id


def test_a_service_without_a_database_says_so(kind: ServerKind) -> None:
    service = new_service(load_default(), random.Random(7), lambda _: RecordingLog().logger)
    with connected(service.server(RecommendationsSettings(server_kind=kind))) as channel:
        code, details = ask(channel, "RecordInteraction", **RIGHT)
        assert grpc.StatusCode.FAILED_PRECONDITION == code
        assert "without a database" in details
        assert [] == did(channel, 7)
        assert v1.ForgetUserResponse() == ask(channel, "ForgetUser", user_id=7)
