"""A client that knows the tutorial's API alone, compiled here from its own definition.

It shares no generated code with the service: what it relies on is the wire.
"""

import random
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    EnumValueDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import connected
from recommendations.app import new_service
from recommendations.catalog_csv import load_default
from recommendations.settings import RecommendationsSettings

MYSTERY, SCIENCE_FICTION, SELF_HELP = 0, 1, 2
BOOKS = {
    MYSTERY: {
        (1, "The Maltese Falcon"),
        (2, "Murder on the Orient Express"),
        (3, "The Hound of the Baskervilles"),
    },
    SCIENCE_FICTION: {
        (4, "The Hitchhiker's Guide To The Galaxy"),
        (5, "Ender's Game"),
        (6, "The Dune Chronicles"),
    },
    SELF_HELP: {
        (7, "The 7 Habits of Highly Effective People"),
        (8, "How to Win Friends and Influence People"),
        (9, "Man’s Search for Meaning"),
    },
}
every_category = pytest.mark.parametrize("category", BOOKS)

INT32 = FieldDescriptorProto.TYPE_INT32
STRING = FieldDescriptorProto.TYPE_STRING
ONE = FieldDescriptorProto.LABEL_OPTIONAL
MANY = FieldDescriptorProto.LABEL_REPEATED


def field(name: str, number: int, kind: Any, label: Any = ONE, of: str = "") -> Any:
    return FieldDescriptorProto(
        name=name, number=number, type=kind, label=label, type_name=of or None
    )


def tutorial() -> FileDescriptorProto:
    """Define the API as the tutorial did: no package, MYSTERY the first."""
    names = ["MYSTERY", "SCIENCE_FICTION", "SELF_HELP"]
    values = [EnumValueDescriptorProto(name=n, number=i) for i, n in enumerate(names)]
    return FileDescriptorProto(
        name="recommendations.proto",
        syntax="proto3",
        enum_type=[EnumDescriptorProto(name="BookCategory", value=values)],
        message_type=[
            DescriptorProto(
                name="RecommendationRequest",
                field=[
                    field("user_id", 1, INT32),
                    field("category", 2, FieldDescriptorProto.TYPE_ENUM, of=".BookCategory"),
                    field("max_results", 3, INT32),
                ],
            ),
            DescriptorProto(
                name="BookRecommendation",
                field=[field("id", 1, INT32), field("title", 2, STRING)],
            ),
            DescriptorProto(
                name="RecommendationResponse",
                field=[
                    field(
                        "recommendations",
                        1,
                        FieldDescriptorProto.TYPE_MESSAGE,
                        MANY,
                        ".BookRecommendation",
                    )
                ],
            ),
        ],
    )


class Client:
    """Calls `/Recommendations/Recommend` with messages of the definition above."""

    def __init__(self, channel: Any) -> None:
        pool = DescriptorPool()
        pool.Add(tutorial())
        types = pool.FindMessageTypeByName
        self._request: Callable[..., Any] = GetMessageClass(types("RecommendationRequest"))
        self._call = channel.unary_unary(
            "/Recommendations/Recommend",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=GetMessageClass(types("RecommendationResponse")).FromString,
        )

    def recommend(self, **fields: int) -> list[tuple[int, str]]:
        response = self._call(self._request(**fields), timeout=30)
        return [(book.id, book.title) for book in response.recommendations]

    def refusal(self, **fields: int) -> tuple[grpc.StatusCode, str]:
        future = self._call.future(self._request(**fields), timeout=30)
        return future.code(), future.details()


@pytest.fixture(scope="module", params=["threads", "asyncio"])
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    service = new_service(load_default(), random.Random(7), lambda _: RecordingLog().logger)
    server = service.server(RecommendationsSettings(server_kind=request.param))
    with connected(server) as channel:
        yield Client(channel)


@every_category
def test_the_nine_books_are_where_they_were(client: Client, category: int) -> None:
    assert BOOKS[category] == set(client.recommend(user_id=1, category=category, max_results=3))


def test_an_unset_category_is_mystery(client: Client) -> None:
    assert BOOKS[MYSTERY] == set(client.recommend(user_id=1, max_results=3))


@every_category
@pytest.mark.parametrize("max_results", [1, 2])
def test_no_more_books_than_asked_for(client: Client, category: int, max_results: int) -> None:
    books = client.recommend(category=category, max_results=max_results)
    assert max_results == len(set(books)) == len(books)
    assert set(books) <= BOOKS[category]


def test_the_order_is_not_fixed(client: Client) -> None:
    orders = {tuple(client.recommend(max_results=3)) for _ in range(100)}
    assert len(orders) > 1


@every_category
def test_none_asked_for_gives_none(client: Client, category: int) -> None:
    assert [] == client.recommend(category=category, max_results=0)
    assert [] == client.recommend(category=category)


@every_category
@pytest.mark.parametrize("max_results", [4, 1001, 2**31 - 1])
def test_more_than_there_are_gives_all_there_are(
    client: Client, category: int, max_results: int
) -> None:
    books = client.recommend(category=category, max_results=max_results)
    assert BOOKS[category] == set(books)
    assert 3 == len(books)


@pytest.mark.parametrize("category", [3, 99, -1, 2**31 - 1, -(2**31)])
def test_an_unknown_category_is_not_found(client: Client, category: int) -> None:
    expected = (grpc.StatusCode.NOT_FOUND, "Category not found")
    assert expected == client.refusal(category=category, max_results=3)


@pytest.mark.parametrize("user_id", [0, 1, -1, 2**31 - 1, -(2**31)])
def test_any_reader_will_do(client: Client, user_id: int) -> None:
    assert 3 == len(client.recommend(user_id=user_id, max_results=3))


@pytest.mark.parametrize("max_results", [-1, -(2**31)])
def test_a_negative_number_of_books_is_invalid(client: Client, max_results: int) -> None:
    code, _ = client.refusal(max_results=max_results)
    assert grpc.StatusCode.INVALID_ARGUMENT == code
