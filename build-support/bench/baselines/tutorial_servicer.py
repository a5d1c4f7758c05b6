"""The recommendations service in the plainest way: what a first version of one looks like.

A pool of ten threads, an interceptor that turns exceptions into statuses, books in a dictionary,
chosen at random. Writes its port to PORT_FILE and stops at SIGTERM.
"""

import os
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from grpc_interceptor import ExceptionToStatusInterceptor
from grpc_interceptor.exceptions import NotFound

from chassis.port_file import port_file
from chassis.signals import StopSignals
from recommendations_pb2 import (
    MYSTERY,
    SCIENCE_FICTION,
    SELF_HELP,
    BookRecommendation,
    RecommendationRequest,
    RecommendationResponse,
)
from recommendations_pb2_grpc import RecommendationsServicer, add_RecommendationsServicer_to_server

THREADS = 10
TITLES = {
    MYSTERY: (
        "The Maltese Falcon",
        "Murder on the Orient Express",
        "The Hound of the Baskervilles",
    ),
    SCIENCE_FICTION: (
        "The Hitchhiker's Guide To The Galaxy",
        "Ender's Game",
        "The Dune Chronicles",
    ),
    SELF_HELP: (
        "The 7 Habits of Highly Effective People",
        "How to Win Friends and Influence People",
        "Man’s Search for Meaning",
    ),
}


class PlainServicer(RecommendationsServicer):
    """Answers `Recommend` from nine books."""

    def __init__(self) -> None:
        self._books = {
            category: [
                BookRecommendation(id=3 * number + place, title=title)
                for place, title in enumerate(titles, start=1)
            ]
            for number, (category, titles) in enumerate(TITLES.items())
        }

    def Recommend(
        self, request: RecommendationRequest, context: grpc.ServicerContext
    ) -> RecommendationResponse:
        """See `answer`."""
        return self.answer(request)

    def answer(self, request: RecommendationRequest) -> RecommendationResponse:
        """Give books of a category in random order."""
        if request.category not in self._books:
            raise NotFound("Category not found")
        books = self._books[request.category]
        wanted = min(request.max_results, len(books))
        return RecommendationResponse(recommendations=random.sample(books, wanted))


def main() -> int:
    """Serve until told to stop, and give the exit code."""
    with ThreadPoolExecutor(THREADS) as pool, StopSignals() as signals:
        server = grpc.server(pool, interceptors=[ExceptionToStatusInterceptor()])
        add_RecommendationsServicer_to_server(PlainServicer(), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        with port_file(Path(os.environ["PORT_FILE"]), port):
            signals.wait()
        server.stop(0).wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
