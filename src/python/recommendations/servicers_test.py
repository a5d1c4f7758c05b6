"""Both APIs over a real channel to a real server, against what their definitions promise."""

import random
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest
from grpc_status import rpc_status
from hypothesis import given, settings
from hypothesis import strategies as st

import recommendations_pb2 as legacy
from chassis.grpc_settings import ServerKind
from chassis.interceptors.call import Metadata
from chassis.lifecycle import Server
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import connected
from onlinebooks.recommendations.v1 import recommendations_pb2 as v1
from onlinebooks.recommendations.v1.recommendations_pb2_grpc import RecommendationsServiceStub
from recommendations.app import new_service
from recommendations.book import Category
from recommendations.catalog import Catalog
from recommendations.catalog_csv import load_default
from recommendations.recommender import DEFAULT_RESULTS, MAX_RESULTS
from recommendations.settings import RecommendationsSettings
from recommendations_pb2_grpc import RecommendationsStub

WAIT = 30.0
INT32 = st.integers(-(2**31), 2**31 - 1) | st.sampled_from([-(2**31), -1, 0, 1, 2**31 - 1])
INT64 = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([-(2**63), -1, 0, 1, 2**63 - 1])
# Open enums carry any int32.
CATEGORY = st.integers(-1, 10) | INT32

V1_CATEGORIES = {
    v1.BOOK_CATEGORY_MYSTERY: Category.MYSTERY,
    v1.BOOK_CATEGORY_SCIENCE_FICTION: Category.SCIENCE_FICTION,
    v1.BOOK_CATEGORY_SELF_HELP: Category.SELF_HELP,
    v1.BOOK_CATEGORY_FANTASY: Category.FANTASY,
    v1.BOOK_CATEGORY_HISTORY: Category.HISTORY,
    v1.BOOK_CATEGORY_BIOGRAPHY: Category.BIOGRAPHY,
    v1.BOOK_CATEGORY_ROMANCE: Category.ROMANCE,
    v1.BOOK_CATEGORY_THRILLER: Category.THRILLER,
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_default()


def new_server(catalog: Catalog, seed: int, kind: ServerKind) -> Server:
    service = new_service(catalog, random.Random(seed), lambda _: RecordingLog().logger)
    return service.server(RecommendationsSettings(server_kind=kind))


@pytest.fixture(scope="module", params=["threads", "asyncio"])
def channel(catalog: Catalog, request: pytest.FixtureRequest) -> Iterator[grpc.Channel]:
    server = new_server(catalog, 7, request.param)
    with connected(server) as channel:
        yield channel


class Outcome:
    """A call's end: its response, or its status with the fields that it blames."""

    def __init__(self, future: Any) -> None:
        self.code: grpc.StatusCode = future.code()
        self.details: str = future.details()
        self.response: Any = future.result() if self.code is grpc.StatusCode.OK else None
        self.trailing: Metadata = future.trailing_metadata()
        self.blamed = _blamed(future)


def _blamed(future: Any) -> dict[str, str]:
    status = rpc_status.from_call(future)
    if status is None:
        return {}
    (detail,) = status.details
    bad_request = BadRequest()
    assert detail.Unpack(bad_request)
    return {each.field: each.description for each in bad_request.field_violations}


def ask_legacy(channel: grpc.Channel, **fields: Any) -> Outcome:
    request = legacy.RecommendationRequest(**fields)
    return Outcome(RecommendationsStub(channel).Recommend.future(request, timeout=WAIT))


def ask_v1(channel: grpc.Channel, **fields: Any) -> Outcome:
    request = v1.RecommendRequest(**fields)
    return Outcome(RecommendationsServiceStub(channel).Recommend.future(request, timeout=WAIT))


# ---- Legacy ----------------------------------------------------------------------------------


@settings(deadline=None)
@given(user_id=INT32, category=st.integers(0, 2), max_results=st.integers(0, 2**31 - 1))
def test_legacy_answers_every_valid_request(
    channel: grpc.Channel, catalog: Catalog, user_id: int, category: int, max_results: int
) -> None:
    """Distinct featured books of the category, as many as asked for or as there are."""
    wanted = [Category.MYSTERY, Category.SCIENCE_FICTION, Category.SELF_HELP][category]
    there_are = {book.id: book.title for book in catalog.books_in(wanted, featured_only=True)}
    outcome = ask_legacy(channel, user_id=user_id, category=category, max_results=max_results)
    assert grpc.StatusCode.OK == outcome.code
    books = [(book.id, book.title) for book in outcome.response.recommendations]
    assert min(max_results, len(there_are)) == len(books) == len(set(books))
    assert set(books) <= there_are.items()


@settings(deadline=None)
@given(
    user_id=INT32, max_results=INT32, category=INT32.filter(lambda number: number not in (0, 1, 2))
)
def test_legacy_knows_no_other_category(
    channel: grpc.Channel, user_id: int, category: int, max_results: int
) -> None:
    """Whatever else the request says."""
    outcome = ask_legacy(channel, user_id=user_id, category=category, max_results=max_results)
    assert grpc.StatusCode.NOT_FOUND == outcome.code
    assert "Category not found" == outcome.details


@settings(deadline=None)
@given(user_id=INT32, category=st.integers(0, 2), max_results=st.integers(-(2**31), -1))
def test_legacy_refuses_a_negative_number_of_books(
    channel: grpc.Channel, user_id: int, category: int, max_results: int
) -> None:
    outcome = ask_legacy(channel, user_id=user_id, category=category, max_results=max_results)
    assert grpc.StatusCode.INVALID_ARGUMENT == outcome.code
    assert {"max_results"} == outcome.blamed.keys()


# ---- v1 --------------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    user_id=st.integers(0, 2**63 - 1),
    category=st.sampled_from(sorted(V1_CATEGORIES)),
    max_results=st.integers(0, 2**31 - 1) | st.sampled_from([0, 1, DEFAULT_RESULTS, MAX_RESULTS]),
)
def test_v1_answers_every_valid_request(
    channel: grpc.Channel, catalog: Catalog, user_id: int, category: Any, max_results: int
) -> None:
    """Distinct books of the category, as many as asked for or as there are, whole."""
    there_are = {book.id: book for book in catalog.books_in(V1_CATEGORIES[category])}
    outcome = ask_v1(channel, user_id=user_id, category=category, max_results=max_results)
    assert grpc.StatusCode.OK == outcome.code
    books = [each.book for each in outcome.response.recommendations]
    wanted = min(max_results or DEFAULT_RESULTS, MAX_RESULTS)
    assert min(wanted, len(there_are)) == len(books) == len({book.id for book in books})
    for book in books:
        expected = there_are[book.id]
        assert expected.title == book.title
        assert list(expected.authors) == list(book.authors)
        assert expected.publication_year == book.publication_year
        assert list(expected.categories) == [V1_CATEGORIES[number] for number in book.categories]


@settings(deadline=None)
@given(user_id=INT64, category=CATEGORY, max_results=INT32)
def test_v1_blames_every_wrong_field_and_no_other(
    channel: grpc.Channel, user_id: int, category: Any, max_results: int
) -> None:
    wrong = {
        *(["user_id"] if user_id < 0 else []),
        *(["category"] if category not in V1_CATEGORIES else []),
        *(["max_results"] if max_results < 0 else []),
    }
    outcome = ask_v1(channel, user_id=user_id, category=category, max_results=max_results)
    expected = grpc.StatusCode.INVALID_ARGUMENT if wrong else grpc.StatusCode.OK
    assert expected == outcome.code
    assert wrong == outcome.blamed.keys()


def test_v1_says_in_words_what_is_wrong(channel: grpc.Channel) -> None:
    outcome = ask_v1(channel, user_id=-1, max_results=-1)
    expected = {
        "user_id": "must not be negative",
        "category": "must be one of the book categories",
        "max_results": "must not be negative",
    }
    assert expected == outcome.blamed


def test_v1_has_a_number_for_each_category_of_the_shop() -> None:
    """A new category must be given one, or its books could not be answered with."""
    assert set(Category) == set(V1_CATEGORIES.values())
    assert set(v1.BookCategory.values()) == {*V1_CATEGORIES, v1.BOOK_CATEGORY_UNSPECIFIED}


def test_the_random_source_decides_the_order(catalog: Catalog) -> None:
    """Injected, so that a test can know it."""

    def titles(seed: int) -> list[str]:
        server = new_server(catalog, seed, "threads")
        with connected(server) as channel:
            outcome = ask_v1(channel, category=v1.BOOK_CATEGORY_MYSTERY)
        return [each.book.title for each in outcome.response.recommendations]

    assert titles(1) == titles(1)
    assert titles(1) != titles(2)


# ---- Both ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/Recommendations/Recommend",
        "/onlinebooks.recommendations.v1.RecommendationsService/Recommend",
    ],
)
@settings(deadline=None)
@given(request=st.binary(max_size=200))
def test_bytes_that_are_no_message_harm_nothing(
    channel: grpc.Channel, path: str, request: bytes
) -> None:
    """They get a status that says nothing of the inside, and the server goes on."""
    untyped: Any = channel
    future = untyped.unary_unary(path).future(request, timeout=WAIT)
    allowed = {
        grpc.StatusCode.OK,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.INTERNAL,
    }
    assert future.code() in allowed
    if future.code() is grpc.StatusCode.INTERNAL:
        assert "the request cannot be decoded" == future.details()


def test_fields_that_a_later_version_adds_are_ignored(channel: grpc.Channel) -> None:
    later = legacy.RecommendationRequest(max_results=1).SerializeToString() + b"\xfa\x01\x03new"
    request = legacy.RecommendationRequest.FromString(later)
    call = RecommendationsStub(channel).Recommend.future(request, timeout=WAIT)
    assert 1 == len(call.result().recommendations)
