"""Version 1 of the API, between protobuf and domain."""

import grpc

from onlinebooks.recommendations.v1 import recommendations_pb2 as pb
from onlinebooks.recommendations.v1 import recommendations_pb2_grpc as pb_grpc
from recommendations.book import Book, Category
from recommendations.book_finder import BookFinder
from recommendations.interaction import InteractionKind
from recommendations.ranking.recommendation import Reason, ReasonKind
from recommendations.readers import Readers
from recommendations.recommender import Recommender
from recommendations.search import Search

SERVICE_NAME: str = pb.DESCRIPTOR.services_by_name["RecommendationsService"].full_name
add_to_server = pb_grpc.add_RecommendationsServiceServicer_to_server

BLOCKING = ("RecordInteraction", "ForgetUser")
"""The methods that wait for the database."""
LONG = ("SearchBooks",)
"""The methods that may work for milliseconds, where others take microseconds."""

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
_KIND_TO_WIRE = {
    InteractionKind.VIEWED: pb.INTERACTION_KIND_VIEWED,
    InteractionKind.WISHED: pb.INTERACTION_KIND_WISHED,
    InteractionKind.BOUGHT: pb.INTERACTION_KIND_BOUGHT,
}
_KIND_FROM_WIRE: dict[int, InteractionKind] = {
    number: kind for kind, number in _KIND_TO_WIRE.items()
}


_REASON_TO_WIRE = {
    ReasonKind.SIMILAR: pb.REASON_KIND_SIMILAR,
    ReasonKind.POPULAR: pb.REASON_KIND_POPULAR,
    ReasonKind.EXPLORATION: pb.REASON_KIND_EXPLORATION,
}


class V1Servicer(pb_grpc.RecommendationsServiceServicer):
    """Answers `RecommendationsService`. Its errors are the domain's exceptions.

    What is promised stands in onlinebooks/recommendations/v1/recommendations.proto.
    """

    def __init__(
        self, recommender: Recommender, finder: BookFinder, search: Search, readers: Readers
    ) -> None:
        self._recommender = recommender
        self._finder = finder
        self._search = search
        self._readers = readers

    def Recommend(
        self, request: pb.RecommendRequest, context: grpc.ServicerContext
    ) -> pb.RecommendResponse:
        """Recommend books to a reader."""
        recommendations = self._recommender.recommend(
            user_id=request.user_id,
            # Neither UNSPECIFIED nor a number that the definition lacks is in the table.
            category=_FROM_WIRE.get(request.category),
            max_results=request.max_results,
        )
        return pb.RecommendResponse(
            recommendations=[
                pb.Recommendation(book=_message(each.book), reason=_reason(each.reason))
                for each in recommendations
            ]
        )

    def GetBook(
        self, request: pb.GetBookRequest, context: grpc.ServicerContext
    ) -> pb.GetBookResponse:
        """Give a book."""
        return pb.GetBookResponse(book=_message(self._finder.get(request.id)))

    def ListSimilarBooks(
        self, request: pb.ListSimilarBooksRequest, context: grpc.ServicerContext
    ) -> pb.ListSimilarBooksResponse:
        """Give books like one."""
        books = self._finder.similar(book_id=request.book_id, max_results=request.max_results)
        return pb.ListSimilarBooksResponse(books=map(_message, books))

    def SearchBooks(
        self, request: pb.SearchBooksRequest, context: grpc.ServicerContext
    ) -> pb.SearchBooksResponse:
        """Find books by words."""
        books = self._search.find(query=request.query, max_results=request.max_results)
        return pb.SearchBooksResponse(books=map(_message, books))

    def RecordInteraction(
        self, request: pb.RecordInteractionRequest, context: grpc.ServicerContext
    ) -> pb.RecordInteractionResponse:
        """Keep what a reader did."""
        self._readers.record(
            user_id=request.user_id,
            book_id=request.book_id,
            kind=_KIND_FROM_WIRE.get(request.kind),
            idempotency_key=request.idempotency_key,
        )
        return pb.RecordInteractionResponse()

    def ListInteractions(
        self, request: pb.ListInteractionsRequest, context: grpc.ServicerContext
    ) -> pb.ListInteractionsResponse:
        """Give what a reader did."""
        recent = self._readers.recent(user_id=request.user_id, max_results=request.max_results)
        return pb.ListInteractionsResponse(
            interactions=[
                pb.Interaction(book=_message(book), kind=_KIND_TO_WIRE[kind])
                for book, kind in recent
            ]
        )

    def ForgetUser(
        self, request: pb.ForgetUserRequest, context: grpc.ServicerContext
    ) -> pb.ForgetUserResponse:
        """Delete what a reader did."""
        self._readers.forget(user_id=request.user_id)
        return pb.ForgetUserResponse()


def _message(book: Book) -> pb.Book:
    return pb.Book(
        id=book.id,
        title=book.title,
        authors=book.authors,
        publication_year=book.publication_year,
        categories=[_TO_WIRE[category] for category in book.categories],
    )


def _reason(reason: Reason | None) -> pb.Reason | None:
    if reason is None:
        return None
    return pb.Reason(
        kind=_REASON_TO_WIRE[reason.kind], book=_message(reason.book) if reason.book else None
    )
