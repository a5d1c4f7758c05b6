"""The catalogue over gRPC, version 1 of the recommendations API."""

from collections.abc import Callable, Iterable

from structlog.typing import FilteringBoundLogger

from chassis.channel import ProcessChannel
from chassis.deadline import Budget
from marketplace.book import Book
from marketplace.errors import (
    InvalidBook,
    NoRecommendations,
    NoSuchBook,
    RecommendationsInvalid,
)
from marketplace.messages_client import believed_books, book_of
from marketplace.recommendations_call import Call, is_not_found
from marketplace.stub_client import StubOfProcess
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb


class CatalogClient:
    """Asks the recommendations service for books. See `Catalog` for the promises.

    deadline_seconds: how long an answer may take, retries included, if the caller can wait as long.
    """

    def __init__(
        self, channel: ProcessChannel, deadline_seconds: float, log: FilteringBoundLogger
    ) -> None:
        self._stub = StubOfProcess(channel)
        self._deadline_seconds = deadline_seconds
        self._log = log

    def book(self, book_id: int, request_id: str, budget: Budget) -> Book:
        """See `Catalog`."""
        call = Call(self._deadline_seconds, request_id, budget)
        try:
            response = call.make(self._stub.get().GetBook, pb.GetBookRequest(id=book_id))
        except NoRecommendations as failure:
            _raise_if_missing(failure, book_id)
            raise
        try:
            book = book_of(response.book)
        except InvalidBook as error:
            raise RecommendationsInvalid(str(error)) from error
        if book.id != book_id:
            raise RecommendationsInvalid("it is another book")
        return book

    def similar_books(
        self, book_id: int, max_results: int, request_id: str, budget: Budget
    ) -> tuple[Book, ...]:
        """See `Catalog`."""
        call = Call(self._deadline_seconds, request_id, budget)
        request = pb.ListSimilarBooksRequest(book_id=book_id, max_results=max_results)
        try:
            response = call.make(self._stub.get().ListSimilarBooks, request)
        except NoRecommendations as failure:
            _raise_if_missing(failure, book_id)
            raise

        def objection(book: Book) -> str | None:
            return "a book resembles itself" if book.id == book_id else None

        return self._believed(response.books, max_results, objection)

    def search(
        self, query: str, max_results: int, request_id: str, budget: Budget
    ) -> tuple[Book, ...]:
        """See `Catalog`."""
        call = Call(self._deadline_seconds, request_id, budget)
        request = pb.SearchBooksRequest(query=query, max_results=max_results)
        response = call.make(self._stub.get().SearchBooks, request)
        return self._believed(response.books, max_results, lambda _: None)

    def _believed(
        self,
        messages: Iterable[pb.Book],
        max_results: int,
        objection: Callable[[Book], str | None],
    ) -> tuple[Book, ...]:
        believed = believed_books(messages, max_results, objection)
        believed.report(self._log)
        return tuple(believed.books.values())


def _raise_if_missing(failure: NoRecommendations, book_id: int) -> None:
    if is_not_found(failure):
        raise NoSuchBook(f"there is no book {book_id}") from failure
