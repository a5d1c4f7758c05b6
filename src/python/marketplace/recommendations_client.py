"""Recommendations over gRPC, version 1 of the API: deadline, errors, and a wary eye."""

from collections.abc import Iterator

import grpc
from structlog.typing import FilteringBoundLogger

from chassis.channel import ChannelSettings, ProcessChannel, Retries
from chassis.deadline import Budget
from marketplace.book import Book
from marketplace.category import Category
from marketplace.errors import (
    InvalidBook,
    NoRecommendations,
    NoTimeLeft,
    RecommendationsDown,
    RecommendationsInvalid,
    RecommendationsRefused,
    RecommendationsTooSlow,
)
from marketplace.recommendations import Answer
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb
from onlinebooks.recommendations.v1 import recommendations_pb2_grpc as pb_grpc

CHANNEL_SETTINGS = ChannelSettings(
    retries=Retries(methods=["onlinebooks.recommendations.v1.RecommendationsService/Recommend"])
)
REQUEST_ID = "x-request-id"

_TO_WIRE = {
    Category.MYSTERY: pb.BOOK_CATEGORY_MYSTERY,
    Category.SCIENCE_FICTION: pb.BOOK_CATEGORY_SCIENCE_FICTION,
    Category.SELF_HELP: pb.BOOK_CATEGORY_SELF_HELP,
    Category.FANTASY: pb.BOOK_CATEGORY_FANTASY,
    Category.HISTORY: pb.BOOK_CATEGORY_HISTORY,
    Category.BIOGRAPHY: pb.BOOK_CATEGORY_BIOGRAPHY,
    Category.ROMANCE: pb.BOOK_CATEGORY_ROMANCE,
    Category.THRILLER: pb.BOOK_CATEGORY_THRILLER,
}
_FROM_WIRE: dict[int, Category] = {number: category for category, number in _TO_WIRE.items()}

_ERRORS: dict[grpc.StatusCode, type[NoRecommendations]] = {
    grpc.StatusCode.UNAVAILABLE: RecommendationsDown,
    grpc.StatusCode.RESOURCE_EXHAUSTED: RecommendationsDown,
    grpc.StatusCode.CANCELLED: RecommendationsDown,
    grpc.StatusCode.ABORTED: RecommendationsDown,
    grpc.StatusCode.DEADLINE_EXCEEDED: RecommendationsTooSlow,
}
"""All other codes are RecommendationsRefused."""

_MAX_DETAIL = 200


class RecommendationsClient:
    """Asks the recommendations service. See `Recommendations` for the promises.

    deadline_seconds: how long an answer may take, retries included, if the caller can wait as long.
    """

    def __init__(
        self, channel: ProcessChannel, deadline_seconds: float, log: FilteringBoundLogger
    ) -> None:
        self._channel = channel
        self._deadline_seconds = deadline_seconds
        self._log = log

    def recommend(
        self, category: Category, max_results: int, request_id: str, budget: Budget
    ) -> Answer:
        """See `Recommendations`."""
        seconds = min(self._deadline_seconds, budget.left_seconds())
        if seconds <= 0:
            raise NoTimeLeft("nothing was asked")
        stub = pb_grpc.RecommendationsServiceStub(self._channel.get())
        request = pb.RecommendRequest(category=_TO_WIRE[category], max_results=max_results)
        try:
            response = stub.Recommend(
                request, timeout=seconds, metadata=((REQUEST_ID, request_id),)
            )
        except grpc.RpcError as error:
            failure = _translated(error)
            if isinstance(failure, RecommendationsTooSlow) and seconds < self._deadline_seconds:
                raise NoTimeLeft(str(failure)) from error
            raise failure from error
        return Answer(self._believed(response, category, max_results))

    def _believed(
        self, response: pb.RecommendResponse, category: Category, max_results: int
    ) -> tuple[Book, ...]:
        """Keep what can be shown, and log what cannot; with nothing left, believe nothing."""
        problems: list[str] = []
        books: dict[int, Book] = {}
        for book in _books(response, problems):
            if category not in book.categories:
                problems.append("a book is of another category")
            elif book.id in books:
                problems.append("a book came twice")
            elif len(books) == max_results:
                problems.append("there are more books than were asked for")
                break
            else:
                books[book.id] = book
        if problems and not books:
            raise RecommendationsInvalid("; ".join(sorted(set(problems))))
        if problems:
            self._log.error(
                "recommendations dropped",
                problems=sorted(set(problems)),
                count=len(problems),
                category=category.value,
            )
        return tuple(books.values())


def _books(response: pb.RecommendResponse, problems: list[str]) -> Iterator[Book]:
    for recommendation in response.recommendations:
        try:
            yield _book(recommendation.book)
        except InvalidBook as error:
            problems.extend(error.problems)


def _book(book: pb.Book) -> Book:
    return Book(
        id=book.id,
        title=book.title,
        authors=tuple(book.authors),
        publication_year=book.publication_year or None,
        # A category that this version of the shop lacks is none of its business.
        categories=tuple(_FROM_WIRE[each] for each in book.categories if each in _FROM_WIRE),
    )


def _translated(error: grpc.RpcError) -> NoRecommendations:
    code = error.code()
    kind = _ERRORS.get(code, RecommendationsRefused)
    return kind(f"{code.name}: {(error.details() or '')[:_MAX_DETAIL]}")
