"""Recommendations over gRPC, version 1 of the API."""

from structlog.typing import FilteringBoundLogger

from chassis.channel import ChannelSettings, ProcessChannel, Retries
from chassis.deadline import Budget
from marketplace.book import Book
from marketplace.category import Category
from marketplace.errors import InvalidBook
from marketplace.messages_client import CATEGORY_TO_WIRE, believed_books, book_of
from marketplace.recommendations import Answer, Reason, ReasonKind
from marketplace.recommendations_call import Call
from marketplace.stub_client import StubOfProcess
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb

SERVICE: str = pb.DESCRIPTOR.services_by_name["RecommendationsService"].full_name
# Each of them may reach a server twice: they change nothing, or nothing the second time.
METHODS = (
    *("Recommend", "GetBook", "ListSimilarBooks", "SearchBooks"),
    *("RecordInteraction", "ListInteractions", "ForgetUser"),
)
CHANNEL_SETTINGS = ChannelSettings(
    retries=Retries(methods=[f"{SERVICE}/{method}" for method in METHODS])
)

_REASONS: dict[int, Reason] = {
    pb.REASON_KIND_POPULAR: Reason(ReasonKind.POPULAR),
    pb.REASON_KIND_EXPLORATION: Reason(ReasonKind.EXPLORATION),
}


class RecommendationsClient:
    """Asks the recommendations service. See `Recommendations` for the promises.

    deadline_seconds: how long an answer may take, retries included, if the caller can wait as long.
    """

    def __init__(
        self, channel: ProcessChannel, deadline_seconds: float, log: FilteringBoundLogger
    ) -> None:
        self._stub = StubOfProcess(channel)
        self._deadline_seconds = deadline_seconds
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
        stub = self._stub.get()
        request = pb.RecommendRequest(
            user_id=reader or 0, category=CATEGORY_TO_WIRE[category], max_results=max_results
        )
        response = Call(self._deadline_seconds, request_id, budget).make(stub.Recommend, request)

        def objection(book: Book) -> str | None:
            return None if category in book.categories else "a book is of another category"

        messages = (each.book for each in response.recommendations)
        believed = believed_books(messages, max_results, objection)
        believed.report(self._log, category=category.value)
        return Answer(tuple(believed.books.values()), reasons=_reasons(response, believed.books))


def _reasons(response: pb.RecommendResponse, books: dict[int, Book]) -> dict[int, Reason]:
    reasons = {}
    for each in response.recommendations:
        if each.book.id in books and (reason := _reason(each.reason)):
            reasons[each.book.id] = reason
    return reasons


def _reason(message: pb.Reason) -> Reason | None:
    """Give what there is to say; nothing for kinds of tomorrow and for what cannot be shown."""
    if message.kind != pb.REASON_KIND_SIMILAR:
        return _REASONS.get(message.kind)
    try:
        return Reason(ReasonKind.SIMILAR, book_of(message.book))
    except InvalidBook:
        return None
