"""The catalogue's client against real servers that answer well, badly or not at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.channel import ProcessChannel, open_channel
from chassis.deadline import Budget
from chassis.testing.recording_log import RecordingLog
from marketplace.book import Book
from marketplace.catalog_client import CatalogClient
from marketplace.errors import (
    MarketplaceError,
    NoRecommendations,
    NoSuchBook,
    NoTimeLeft,
    RecommendationsDown,
    RecommendationsInvalid,
    RecommendationsTooOld,
    RecommendationsTooSlow,
)
from marketplace.recommendations_client import CHANNEL_SETTINGS
from marketplace.service_address import ServiceAddress
from marketplace.testing.library_servicer import LibraryServicer
from marketplace.testing.recommendations_servicer import (
    bytes_server,
    recommendations_server,
    servicer_server,
)
from marketplace.testing.small_library import SMALL_LIBRARY
from marketplace.testing.sockets import refusing_address
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb

AMPLE = 30.0
FALCON = pb.Book(id=1, title="The Maltese Falcon", categories=[pb.BOOK_CATEGORY_MYSTERY])
METHODS = ("GetBook", "ListSimilarBooks", "SearchBooks")
CALLS: dict[str, Callable[[CatalogClient, Budget], object]] = {
    "GetBook": lambda client, budget: client.book(1, "id-1", budget),
    "ListSimilarBooks": lambda client, budget: client.similar_books(1, 3, "id-1", budget),
    "SearchBooks": lambda client, budget: client.search("falcon", 3, "id-1", budget),
}


@contextmanager
def a_client(address: ServiceAddress, log: RecordingLog | None = None) -> Iterator[CatalogClient]:
    channel = ProcessChannel(lambda: open_channel(address.host, address.port, CHANNEL_SETTINGS))
    try:
        yield CatalogClient(channel, AMPLE, (log or RecordingLog()).logger)
    finally:
        channel.close()


@pytest.fixture(scope="module")
def library() -> Iterator[CatalogClient]:
    with servicer_server(LibraryServicer()) as address, a_client(address) as client:
        yield client


def budget() -> Budget:
    return Budget(2 * AMPLE)


@pytest.mark.parametrize("book", SMALL_LIBRARY[:3] + SMALL_LIBRARY[-1:])
def test_a_book_arrives_as_it_is(book: Book, library: CatalogClient) -> None:
    assert book == library.book(book.id, "id-1", budget())


def test_similar_books_come_in_order_and_as_many_as_asked_for(library: CatalogClient) -> None:
    assert SMALL_LIBRARY[1:4] == library.similar_books(1, 3, "id-1", budget())


def test_a_search_finds_what_matches_every_word(library: CatalogClient) -> None:
    assert ["Jane Eyre"] == [book.title for book in library.search("bronte EYRE", 9, "i", budget())]
    assert () == library.search("jane nobody", 9, "id-1", budget())


def test_a_book_that_is_not_there_is_no_failure_of_the_service(library: CatalogClient) -> None:
    with pytest.raises(NoSuchBook):
        library.book(999, "id-1", budget())
    with pytest.raises(NoSuchBook):
        library.similar_books(999, 3, "id-1", budget())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (grpc.StatusCode.UNAVAILABLE, RecommendationsDown),
        (grpc.StatusCode.DEADLINE_EXCEEDED, RecommendationsTooSlow),
        (grpc.StatusCode.UNIMPLEMENTED, RecommendationsTooOld),
    ],
)
def test_statuses_become_plain_errors(
    method: str, code: grpc.StatusCode, kind: type[NoRecommendations]
) -> None:
    servicer = LibraryServicer()
    servicer.failures[method] = code
    with (
        servicer_server(servicer) as address,
        a_client(address) as client,
        pytest.raises(kind, match=f"{code.name}: as told"),
    ):
        CALLS[method](client, budget())


@pytest.mark.parametrize("method", METHODS)
def test_nobody_there_is_down(method: str) -> None:
    with (
        refusing_address() as address,
        a_client(address) as client,
        pytest.raises(RecommendationsDown),
    ):
        CALLS[method](client, budget())


@pytest.mark.parametrize("method", METHODS)
def test_the_first_release_of_the_service_is_too_old(method: str) -> None:
    with (
        recommendations_server(lambda _, __: pb.RecommendResponse()) as address,
        a_client(address) as client,
        pytest.raises(RecommendationsTooOld),
    ):
        CALLS[method](client, budget())


@pytest.mark.parametrize("method", METHODS)
def test_a_caller_without_time_asks_nobody(method: str) -> None:
    servicer = LibraryServicer()
    with servicer_server(servicer) as address, a_client(address) as client:
        with pytest.raises(NoTimeLeft):
            CALLS[method](client, Budget(0))
        CALLS[method](client, budget())
    assert [method] == servicer.calls


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=15, deadline=None)
@given(rubbish=st.binary(max_size=120))
def test_any_bytes_give_books_or_a_plain_error(method: str, rubbish: bytes) -> None:
    with bytes_server(rubbish, method) as address, a_client(address) as client:
        try:
            CALLS[method](client, budget())
        except MarketplaceError:
            return


def test_another_book_than_the_one_asked_for_is_not_believed() -> None:
    answer = pb.GetBookResponse(book=FALCON).SerializeToString()
    with bytes_server(answer, "GetBook") as address, a_client(address) as client:
        assert "The Maltese Falcon" == client.book(1, "id-1", budget()).title
        with pytest.raises(RecommendationsInvalid, match="another book"):
            client.book(2, "id-1", budget())


def test_a_book_that_cannot_be_shown_is_not_believed() -> None:
    answer = pb.GetBookResponse(book=pb.Book(id=1)).SerializeToString()
    with (
        bytes_server(answer, "GetBook") as address,
        a_client(address) as client,
        pytest.raises(RecommendationsInvalid, match="nothing to read"),
    ):
        client.book(1, "id-1", budget())


def test_a_book_is_not_like_itself() -> None:
    other = pb.Book(id=2, title="Emma", categories=[pb.BOOK_CATEGORY_ROMANCE])
    answer = pb.ListSimilarBooksResponse(books=[FALCON, other]).SerializeToString()
    log = RecordingLog()
    with bytes_server(answer, "ListSimilarBooks") as address, a_client(address, log) as client:
        assert [2] == [book.id for book in client.similar_books(1, 3, "id-1", budget())]
    (line,) = log.lines_of("recommendations dropped")
    assert ["a book resembles itself"] == line["problems"]
