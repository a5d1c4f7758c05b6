"""What a reader did decides what v1 recommends, and the answer says why."""

import random
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import connected
from onlinebooks.recommendations.v1 import recommendations_pb2 as v1
from onlinebooks.recommendations.v1.recommendations_pb2_grpc import RecommendationsServiceStub
from recommendations.app import service_over
from recommendations.backing import Backing
from recommendations.catalog import Catalog
from recommendations.current import Current
from recommendations.reader_histories import Entry, ReaderHistories
from recommendations.readers import NoInteractions
from recommendations.settings import RecommendationsSettings
from recommendations.shop import Shop
from recommendations.shop_test import book, model

WAIT = 30.0
READER = 7


@pytest.fixture()
def histories() -> ReaderHistories:
    return ReaderHistories()


@pytest.fixture()
def channel(histories: ReaderHistories) -> Iterator[grpc.Channel]:
    """Over mysteries 1 to 200, of which 100 are popular and two are like the hundredth."""
    learned = model({n: 1000 - n for n in range(1, 101)}, {100: [(150, 0.9), (160, 0.8)]})
    shop = Shop(Catalog(map(book, range(1, 201))), learned)
    backing = Backing(Current(shop), NoInteractions(), histories)
    service = service_over(backing, random.Random(7), lambda _: RecordingLog().logger)
    with connected(service.server(RecommendationsSettings())) as channel:
        yield channel


def recommended(channel: grpc.Channel, user_id: int) -> list[Any]:
    request = v1.RecommendRequest(user_id=user_id, category=v1.BOOK_CATEGORY_MYSTERY, max_results=5)
    stub = RecommendationsServiceStub(channel)
    return list(stub.Recommend(request, timeout=WAIT).recommendations)


def test_a_stranger_gets_popular_books_and_the_answer_says_so(channel: grpc.Channel) -> None:
    kinds = {each.reason.kind for each in recommended(channel, READER)}
    assert v1.REASON_KIND_POPULAR in kinds
    assert kinds <= {v1.REASON_KIND_POPULAR, v1.REASON_KIND_EXPLORATION}


def test_after_a_view_books_like_the_viewed_one_come_first_and_it_is_the_reason(
    channel: grpc.Channel, histories: ReaderHistories
) -> None:
    histories.add([Entry(1, READER, 100, 0)])

    first, second, *others = recommended(channel, READER)

    assert [150, 160] == [first.book.id, second.book.id]
    assert [v1.REASON_KIND_SIMILAR] * 2 == [first.reason.kind, second.reason.kind]
    assert [100, 100] == [first.reason.book.id, second.reason.book.id]
    assert "Book 100" == first.reason.book.title
    assert not [each for each in others if each.reason.HasField("book")]


def test_a_page_does_not_flicker(channel: grpc.Channel) -> None:
    """Until midnight, which may lie between two of three calls, and then not between the others."""
    one, two, three = (recommended(channel, READER) for _ in range(3))
    assert two in (one, three)


def test_before_anything_was_learned_there_is_no_reason() -> None:
    shop = Shop(Catalog(map(book, range(1, 10))))
    backing = Backing(Current(shop), NoInteractions())
    service = service_over(backing, random.Random(7), lambda _: RecordingLog().logger)
    with connected(service.server(RecommendationsSettings())) as channel:
        assert not [each for each in recommended(channel, READER) if each.HasField("reason")]


class BrokenHistories(ReaderHistories):
    """Fails whoever asks."""

    def profile(self, reader_id: int) -> Any:
        raise OSError("a bit flipped")


def test_where_choosing_for_a_reader_fails_the_answer_is_popular_books() -> None:
    """The log and a counter know of it; the reader does not."""
    log = RecordingLog()
    shop = Shop(Catalog([book(1), book(2)]), model({1: 5, 2: 4}))
    backing = Backing(Current(shop), NoInteractions(), BrokenHistories())
    service = service_over(backing, random.Random(7), lambda _: log.logger)
    with connected(service.server(RecommendationsSettings())) as channel:
        assert {1, 2} == {each.book.id for each in recommended(channel, READER)}
    assert 1 == len(log.lines_of("ranking failed, popular books instead"))
    assert 1 == service.registry.get_sample_value("recommendations_fallbacks_total")


def test_every_kind_of_reason_has_a_number_on_the_wire() -> None:
    assert set(v1.ReasonKind.values()) == {
        v1.REASON_KIND_UNSPECIFIED,
        v1.REASON_KIND_SIMILAR,
        v1.REASON_KIND_POPULAR,
        v1.REASON_KIND_EXPLORATION,
    }
