"""The tutorial's API, between protobuf and domain."""

import grpc

import recommendations_pb2 as pb
import recommendations_pb2_grpc as pb_grpc
from recommendations.book import Category
from recommendations.recommender import Recommender

SERVICE_NAME: str = pb.DESCRIPTOR.services_by_name["Recommendations"].full_name
add_to_server = pb_grpc.add_RecommendationsServicer_to_server

# The numbers differ from v1's and from any order of the domain's: never cast.
_CATEGORIES: dict[int, Category] = {
    pb.MYSTERY: Category.MYSTERY,
    pb.SCIENCE_FICTION: Category.SCIENCE_FICTION,
    pb.SELF_HELP: Category.SELF_HELP,
}


class LegacyServicer(pb_grpc.RecommendationsServicer):
    """Answers `Recommendations`. Its errors are the domain's exceptions."""

    def __init__(self, recommender: Recommender) -> None:
        self._recommender = recommender

    def Recommend(
        self, request: pb.RecommendationRequest, context: grpc.ServicerContext
    ) -> pb.RecommendationResponse:
        """See recommendations.proto."""
        books = self._recommender.recommend_featured(
            # proto3 hands on enum numbers that the definition lacks.
            category=_CATEGORIES.get(request.category),
            max_results=request.max_results,
        )
        return pb.RecommendationResponse(
            recommendations=[pb.BookRecommendation(id=book.id, title=book.title) for book in books]
        )
