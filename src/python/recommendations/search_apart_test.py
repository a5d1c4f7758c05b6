"""Searches that take long, on both kinds of server."""

import random
import threading
from collections.abc import Iterator, Sequence

import grpc
import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from chassis.grpc_settings import ServerKind
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import connected
from onlinebooks.recommendations.v1 import recommendations_pb2 as v1
from onlinebooks.recommendations.v1.recommendations_pb2_grpc import RecommendationsServiceStub
from recommendations.app import service_over
from recommendations.backing import in_memory
from recommendations.book import Book
from recommendations.catalog_csv import load_default
from recommendations.current import Current
from recommendations.search_index import SearchIndex
from recommendations.settings import RecommendationsSettings
from recommendations.shop import Shop

WAIT = 30.0


class LongIndex(SearchIndex):
    """Looks until it is told to find."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(shop)
        self.looking = threading.Semaphore(0)
        self.find = threading.Event()

    def matches(self, words: Sequence[str]) -> Iterator[Book]:
        """See `SearchIndex`."""
        self.looking.release()
        assert self.find.wait(WAIT)
        return super().matches(words)


@pytest.mark.parametrize("kind", ["threads", "asyncio"])
def test_others_are_answered_while_more_search_than_there_are_threads(kind: ServerKind) -> None:
    catalog = load_default()
    index = LongIndex(Shop(catalog))
    backing = replace(in_memory(catalog), index=Current[SearchIndex](index))
    service = service_over(backing, random.Random(7), lambda _: RecordingLog().logger)
    settings = RecommendationsSettings(server_kind=kind, server_threads=2)
    with service.while_serving(CollectorRegistry()), connected(service.server(settings)) as channel:
        stub = RecommendationsServiceStub(channel)
        search = v1.SearchBooksRequest(query="falcon")
        searches = [stub.SearchBooks.future(search, timeout=WAIT) for _ in range(8)]
        for _ in range(2):
            assert index.looking.acquire(timeout=WAIT)
        call = stub.Recommend.future(
            v1.RecommendRequest(category=v1.BOOK_CATEGORY_MYSTERY), timeout=WAIT
        )
        assert grpc.StatusCode.OK is call.code()
        assert not any(each.done() for each in searches)
        index.find.set()
        found = {tuple(book.title for book in each.result().books) for each in searches}
    assert {("The Maltese Falcon",)} == found
