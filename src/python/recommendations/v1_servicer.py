"""Version 1 of the API, between protobuf and domain."""

import grpc

from onlinebooks.recommendations.v1 import recommendations_pb2 as pb
from onlinebooks.recommendations.v1 import recommendations_pb2_grpc as pb_grpc
from recommendations.book import Book, Category
from recommendations.recommender import Recommender

SERVICE_NAME: str = pb.DESCRIPTOR.services_by_name["RecommendationsService"].full_name
add_to_server = pb_grpc.add_RecommendationsServiceServicer_to_server

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


class V1Servicer(pb_grpc.RecommendationsServiceServicer):
    """Answers `RecommendationsService`. Its errors are the domain's exceptions."""

    def __init__(self, recommender: Recommender) -> None:
        self._recommender = recommender

    def Recommend(
        self, request: pb.RecommendRequest, context: grpc.ServicerContext
    ) -> pb.RecommendResponse:
        """See onlinebooks/recommendations/v1/recommendations.proto."""
        books = self._recommender.recommend(
            user_id=request.user_id,
            # Neither UNSPECIFIED nor a number that the definition lacks is in the table.
            category=_FROM_WIRE.get(request.category),
            max_results=request.max_results,
        )
        return pb.RecommendResponse(
            recommendations=[pb.Recommendation(book=_message(book)) for book in books]
        )


def _message(book: Book) -> pb.Book:
    return pb.Book(
        id=book.id,
        title=book.title,
        authors=book.authors,
        publication_year=book.publication_year,
        categories=[_TO_WIRE[category] for category in book.categories],
    )
