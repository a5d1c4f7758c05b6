"""Version 1 of the API, by the code generated for its clients."""

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from onlinebooks.recommendations.v1 import recommendations_pb2 as pb
from onlinebooks.recommendations.v1 import recommendations_pb2_grpc as pb_grpc

SECONDS = 20.0
KNOWN = [number for number in pb.BookCategory.values() if number != pb.BOOK_CATEGORY_UNSPECIFIED]


@pytest.fixture()
def stub(channel: grpc.Channel) -> pb_grpc.RecommendationsServiceStub:
    return pb_grpc.RecommendationsServiceStub(channel)


def violations(stub: pb_grpc.RecommendationsServiceStub, request: pb.RecommendRequest) -> list[str]:
    """The fields that the status of INVALID_ARGUMENT names."""
    call = stub.Recommend.future(request, timeout=SECONDS)
    assert grpc.StatusCode.INVALID_ARGUMENT == call.code()
    status = rpc_status.from_call(call)
    assert status is not None
    detail = error_details_pb2.BadRequest()
    assert status.details[0].Unpack(detail)
    return sorted(violation.field for violation in detail.field_violations)


@pytest.mark.parametrize("category", KNOWN)
def test_each_category_has_whole_books(
    stub: pb_grpc.RecommendationsServiceStub, category: pb.BookCategory.ValueType
) -> None:
    request = pb.RecommendRequest(category=category, max_results=1000)
    books = [each.book for each in stub.Recommend(request, timeout=SECONDS).recommendations]
    assert len({book.id for book in books}) == len(books) > 10
    for book in books:
        assert book.id > 0
        assert book.title
        assert book.authors
        assert category in book.categories


def test_max_results_is_10_by_default(stub: pb_grpc.RecommendationsServiceStub) -> None:
    request = pb.RecommendRequest(category=pb.BOOK_CATEGORY_MYSTERY)
    assert len(stub.Recommend(request, timeout=SECONDS).recommendations) == 10


def test_all_wrong_fields_are_named_at_once(stub: pb_grpc.RecommendationsServiceStub) -> None:
    request = pb.RecommendRequest(user_id=-1, max_results=-1)
    assert ["category", "max_results", "user_id"] == violations(stub, request)


def test_an_unknown_category_is_invalid(stub: pb_grpc.RecommendationsServiceStub) -> None:
    # Proto3 enums are open: a newer client may send a number that this server does not know.
    request = pb.RecommendRequest.FromString(b"\x10\x63")
    assert ["category"] == violations(stub, request)
