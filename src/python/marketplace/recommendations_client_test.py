"""The client against real servers that answer well, badly, late or not at all."""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial

import grpc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.channel import ProcessChannel, open_channel
from chassis.deadline import Budget
from chassis.testing.recording_log import RecordingLog
from marketplace.book import MAX_TITLE_LENGTH, Book
from marketplace.category import Category
from marketplace.errors import (
    NoRecommendations,
    NoTimeLeft,
    RecommendationsDown,
    RecommendationsInvalid,
    RecommendationsRefused,
    RecommendationsTooOld,
    RecommendationsTooSlow,
)
from marketplace.recommendations import Reason, ReasonKind
from marketplace.recommendations_client import CHANNEL_SETTINGS, RecommendationsClient
from marketplace.service_address import ServiceAddress
from marketplace.testing.recommendations_servicer import bytes_server, recommendations_server
from marketplace.testing.sockets import refusing_address, socket_server
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb

AMPLE = 30.0
"""A deadline that no test reaches, unless what it shows is broken."""
SHORT = 0.2
TOMORROW = pb.BookCategory.ValueType(99)
"""A category that is not in the API yet."""

FALCON = pb.Book(
    id=1,
    title="The Maltese Falcon",
    authors=["Dashiell Hammett"],
    publication_year=1930,
    categories=[pb.BOOK_CATEGORY_MYSTERY, pb.BOOK_CATEGORY_THRILLER],
)


@contextmanager
def a_client(
    address: ServiceAddress, deadline_seconds: float = AMPLE, log: RecordingLog | None = None
) -> Iterator[RecommendationsClient]:
    channel = ProcessChannel(lambda: open_channel(address.host, address.port, CHANNEL_SETTINGS))
    try:
        yield RecommendationsClient(channel, deadline_seconds, (log or RecordingLog()).logger)
    finally:
        channel.close()


def the_answer_to(
    server: AbstractContextManager[ServiceAddress],
    deadline_seconds: float = AMPLE,
    max_results: int = 3,
    log: RecordingLog | None = None,
) -> tuple[Book, ...]:
    with server as address, a_client(address, deadline_seconds, log) as client:
        return client.recommend(Category.MYSTERY, max_results, "id-1", Budget(2 * AMPLE)).books


def answering(*books: pb.Book) -> AbstractContextManager[ServiceAddress]:
    recommendations = [pb.Recommendation(book=book) for book in books]
    return recommendations_server(
        lambda _, __: pb.RecommendResponse(recommendations=recommendations)
    )


def like_falcon(
    *,
    book_id: int = FALCON.id,
    title: str = FALCON.title,
    authors: Sequence[str] = tuple(FALCON.authors),
    publication_year: int = FALCON.publication_year,
    categories: Sequence[pb.BookCategory.ValueType] = tuple(FALCON.categories),
) -> pb.Book:
    return pb.Book(
        id=book_id,
        title=title,
        authors=authors,
        publication_year=publication_year,
        categories=categories,
    )


def test_a_book_arrives_with_all_that_a_page_shows() -> None:
    expected = Book(
        1,
        "The Maltese Falcon",
        ("Dashiell Hammett",),
        1930,
        (Category.MYSTERY, Category.THRILLER),
    )
    assert (expected,) == the_answer_to(answering(FALCON))


@pytest.mark.parametrize("category", Category)
def test_the_question_names_category_number_and_request(category: Category) -> None:
    """Every category of the shop is the same one on the wire."""
    seen: list[tuple[str, int, int, object]] = []

    def answer(request: pb.RecommendRequest, context: grpc.ServicerContext) -> pb.RecommendResponse:
        name = pb.BookCategory.Name(request.category)
        request_id = dict(context.invocation_metadata())["x-request-id"]
        seen.append((name, request.max_results, request.user_id, request_id))
        return pb.RecommendResponse()

    with recommendations_server(answer) as address, a_client(address) as client:
        assert () == client.recommend(category, 7, "id-9", Budget(2 * AMPLE)).books
    assert [(f"BOOK_CATEGORY_{category.name}", 7, 0, "id-9")] == seen


def test_the_server_is_told_the_deadline() -> None:
    left: list[float] = []

    def answer(_: pb.RecommendRequest, context: grpc.ServicerContext) -> pb.RecommendResponse:
        left.append(context.time_remaining() or 0.0)
        return pb.RecommendResponse()

    the_answer_to(recommendations_server(answer))
    # gRPC rounds up what it sends, by a few per cent.
    assert AMPLE * 1.05 > left[0] > AMPLE / 2


def test_an_unknown_year_and_no_authors_are_fine() -> None:
    (book,) = the_answer_to(answering(like_falcon(publication_year=0, authors=[])))
    assert (None, ()) == (book.publication_year, book.authors)


def test_a_category_of_tomorrow_is_overlooked() -> None:
    """A newer service may know categories that this shop lacks."""
    book = like_falcon(categories=[TOMORROW, pb.BOOK_CATEGORY_MYSTERY])
    (shown,) = the_answer_to(answering(book))
    assert (Category.MYSTERY,) == shown.categories


def test_no_books_are_an_answer_too() -> None:
    assert () == the_answer_to(answering())


# ---- Reasons ----

REASONS: dict[str, tuple[pb.Reason, Reason | None]] = {
    "similar": (
        pb.Reason(kind=pb.REASON_KIND_SIMILAR, book=FALCON),
        Reason(
            ReasonKind.SIMILAR,
            Book(
                1,
                "The Maltese Falcon",
                ("Dashiell Hammett",),
                1930,
                (Category.MYSTERY, Category.THRILLER),
            ),
        ),
    ),
    "popular": (pb.Reason(kind=pb.REASON_KIND_POPULAR), Reason(ReasonKind.POPULAR)),
    "exploration": (pb.Reason(kind=pb.REASON_KIND_EXPLORATION), Reason(ReasonKind.EXPLORATION)),
    "none": (pb.Reason(), None),
    "of tomorrow": (pb.Reason(kind=pb.ReasonKind.ValueType(99)), None),
    "similar to rubbish": (pb.Reason(kind=pb.REASON_KIND_SIMILAR, book=pb.Book(id=1)), None),
}


@pytest.mark.parametrize(("message", "reason"), REASONS.values(), ids=REASONS.keys())
def test_a_reason_arrives_if_there_is_something_to_say(
    message: pb.Reason, reason: Reason | None
) -> None:
    recommendation = pb.Recommendation(book=FALCON, reason=message)
    readers: list[int] = []

    def answer(request: pb.RecommendRequest, _: grpc.ServicerContext) -> pb.RecommendResponse:
        readers.append(request.user_id)
        return pb.RecommendResponse(recommendations=[recommendation])

    with recommendations_server(answer) as address, a_client(address) as client:
        found = client.recommend(Category.MYSTERY, 3, "id-1", Budget(2 * AMPLE), 2**63 - 1)
    assert [2**63 - 1] == readers
    assert ({} if reason is None else {1: reason}) == found.reasons


def test_a_book_that_is_not_shown_needs_no_reason() -> None:
    recommendations = [
        pb.Recommendation(book=like_falcon(book_id=number), reason=REASONS["popular"][0])
        for number in (1, 2, 3)
    ]
    response = pb.RecommendResponse(recommendations=recommendations)
    with recommendations_server(lambda _, __: response) as address, a_client(address) as client:
        found = client.recommend(Category.MYSTERY, 2, "id-1", Budget(2 * AMPLE))
    assert {1, 2} == found.reasons.keys()


# ---- Errors ----


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
        with pytest.raises(NoTimeLeft, match="DEADLINE_EXCEEDED"):
            client.recommend(Category.MYSTERY, 3, "id-1", Budget(SHORT))
        over.set()
    assert [True] == [seconds <= SHORT * 1.05 for seconds in left]


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

    with pytest.raises(NoRecommendations):
        the_answer_to(recommendations_server(answer), SHORT)
    assert tries == sorted(tries, reverse=True)
    assert SHORT >= max(tries)
    assert len(tries) <= 2


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


# ---- Distrust ----


def test_bytes_that_are_no_message_are_refused() -> None:
    with pytest.raises(RecommendationsRefused, match="INTERNAL"):
        the_answer_to(bytes_server(b"\xff\xfe rubbish"))


@settings(max_examples=30, deadline=None)
@given(rubbish=st.binary(max_size=200))
def test_any_bytes_give_books_or_a_plain_error(rubbish: bytes) -> None:
    with bytes_server(rubbish) as address, a_client(address) as client:
        try:
            books = client.recommend(Category.MYSTERY, 3, "id-1", Budget(2 * AMPLE)).books
        except NoRecommendations:
            return
    assert all(Category.MYSTERY in book.categories for book in books)


def test_a_message_beyond_the_limit_is_not_read() -> None:
    recommendations = [pb.Recommendation(book=like_falcon(book_id=i)) for i in range(1, 40_000)]
    large = pb.RecommendResponse(recommendations=recommendations).SerializeToString()
    with pytest.raises(RecommendationsDown, match="RESOURCE_EXHAUSTED"):
        the_answer_to(bytes_server(large))


RUBBISH = {
    "an empty title": (like_falcon(title=""), "the title has nothing to read"),
    "a blank title": (like_falcon(title=" \u200b"), "the title has nothing to read"),
    "a title with control characters": (
        like_falcon(title="The\x00Falcon"),
        "the title has unprintable characters",
    ),
    "a title without end": (
        like_falcon(title="x" * (MAX_TITLE_LENGTH + 1)),
        "the title has 501 characters",
    ),
    "no id": (like_falcon(book_id=0), "the id is below 1"),
    "a negative id": (like_falcon(book_id=-5), "the id is below 1"),
    "a nameless author": (like_falcon(authors=["A", ""]), "the author has nothing to read"),
    "a crowd of authors": (like_falcon(authors=["A"] * 101), "there are 101 authors"),
    "a year to come": (like_falcon(publication_year=20_000), "there is no year 20000"),
    "another category": (
        like_falcon(categories=[pb.BOOK_CATEGORY_ROMANCE]),
        "a book is of another category",
    ),
    "no category": (like_falcon(categories=[]), "there is no category"),
    "no book at all": (pb.Book(), "there is no category"),
}


@pytest.mark.parametrize(("book", "problem"), RUBBISH.values(), ids=RUBBISH.keys())
def test_rubbish_alone_is_no_answer(book: pb.Book, problem: str) -> None:
    with pytest.raises(RecommendationsInvalid, match=problem):
        the_answer_to(answering(book))


@pytest.mark.parametrize(("book", "problem"), RUBBISH.values(), ids=RUBBISH.keys())
def test_rubbish_beside_a_book_is_dropped_and_logged(book: pb.Book, problem: str) -> None:
    log = RecordingLog()
    books = the_answer_to(answering(book, like_falcon(book_id=77)), log=log)
    assert [77] == [each.id for each in books]
    (line,) = log.lines_of("recommendations dropped")
    assert problem in line["problems"]
    assert "error" == line["level"]


def test_a_book_that_comes_twice_is_shown_once() -> None:
    log = RecordingLog()
    books = the_answer_to(answering(FALCON, FALCON, like_falcon(book_id=2)), log=log)
    assert [1, 2] == [book.id for book in books]
    assert ["a book came twice"] == log.lines_of("recommendations dropped")[0]["problems"]


def test_no_more_books_are_taken_than_were_asked_for() -> None:
    log = RecordingLog()
    many = [like_falcon(book_id=number) for number in range(1, 1000)]
    books = the_answer_to(answering(*many), log=log)
    assert [1, 2, 3] == [book.id for book in books]
    (line,) = log.lines_of("recommendations dropped")
    assert (["there are more books than were asked for"], 1) == (line["problems"], line["count"])
