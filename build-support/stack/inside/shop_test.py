"""The shop as its own container sees it: the page, and the service that the page asks.

Runs inside the marketplace container, by `./pants run build-support:stack -- test`.
"""

import os
import re
import secrets
import time
from http.client import HTTPConnection
from pathlib import Path

import grpc
import pytest

from onlinebooks.recommendations.v1 import recommendations_pb2 as pb
from onlinebooks.recommendations.v1 import recommendations_pb2_grpc as pb_grpc

SECONDS = 60.0


def get(path: str) -> tuple[int, str]:
    """The status and the text of a page."""
    connection = HTTPConnection("127.0.0.1", 5000, timeout=SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, str(answer.read(), "utf-8")
    finally:
        connection.close()


def channel() -> grpc.Channel:
    """A channel to the recommendations service, with the certificate of the shop."""
    files = [Path(os.environ[f"TLS_{name}_FILE"]) for name in ("CA", "KEY", "CERT")]
    credentials = grpc.ssl_channel_credentials(*(file.read_bytes() for file in files))
    return grpc.secure_channel(address(), credentials)


def address() -> str:
    """Where the recommendations service is."""
    return f"{os.environ['RECOMMENDATIONS_HOST']}:50051"


def recommend(category: "pb.BookCategory.ValueType", count: int) -> list[str]:
    """The titles that the recommendations service gives, asked without the shop."""
    with channel() as opened:
        stub = pb_grpc.RecommendationsServiceStub(opened)
        request = pb.RecommendRequest(user_id=1, category=category, max_results=count)
        answer = stub.Recommend(request, timeout=SECONDS)
    return [each.book.title for each in answer.recommendations]


def record(stub: pb_grpc.RecommendationsServiceStub, request: pb.RecordInteractionRequest) -> None:
    """Tell it until it is kept: a slow database is UNAVAILABLE; the key makes tries harmless."""
    give_up = time.monotonic() + SECONDS
    while True:
        try:
            stub.RecordInteraction(request, timeout=SECONDS)
            return
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE or time.monotonic() > give_up:
                raise
        time.sleep(0.1)


def test_the_home_page_shows_three_books() -> None:
    """Soon: while all has just started, a first call may take longer than a page waits for it."""
    give_up = time.monotonic() + SECONDS
    while True:
        status, page = get("/")
        assert 200 == status
        assert "<title>Online Books For You</title>" in page
        assert "Mystery books you may like" in page
        books = len(re.findall("<li>", page))
        if books or time.monotonic() > give_up:
            break
        time.sleep(0.1)
    assert 3 == books


def test_the_service_recommends_distinct_books() -> None:
    titles = recommend(pb.BookCategory.BOOK_CATEGORY_SELF_HELP, 3)
    assert 3 == len(set(titles))


def test_what_a_reader_does_is_kept() -> None:
    reader = secrets.randbelow(2**62) + 1
    with channel() as opened:
        stub = pb_grpc.RecommendationsServiceStub(opened)
        told = pb.RecordInteractionRequest(
            user_id=reader, book_id=1, kind=pb.INTERACTION_KIND_WISHED, idempotency_key="wish"
        )
        record(stub, told)
        asked = pb.ListInteractionsRequest(user_id=reader)
        (kept,) = stub.ListInteractions(asked, timeout=SECONDS).interactions
    assert (1, pb.INTERACTION_KIND_WISHED) == (kept.book.id, kept.kind)


def test_the_service_refuses_what_is_wrong() -> None:
    with pytest.raises(grpc.RpcError) as error:
        recommend(pb.BookCategory.BOOK_CATEGORY_UNSPECIFIED, 3)
    assert grpc.StatusCode.INVALID_ARGUMENT == error.value.code()


def test_the_service_hears_nobody_without_a_certificate() -> None:
    with grpc.insecure_channel(address()) as opened, pytest.raises(grpc.RpcError) as error:
        pb_grpc.RecommendationsServiceStub(opened).Recommend(
            pb.RecommendRequest(max_results=1), timeout=SECONDS
        )
    assert grpc.StatusCode.UNAVAILABLE == error.value.code()


def test_a_service_sees_no_keys_but_its_own() -> None:
    names = sorted(each.name for each in Path("/tls").iterdir())
    assert ["ca.crt", "tls.crt", "tls.key"] == names


def test_a_page_that_is_not_there_is_not_found() -> None:
    status, _ = get("/no-such-page")
    assert 404 == status


def test_the_process_is_nobody_special_and_can_change_nothing() -> None:
    assert (10001, 10001) == (os.getuid(), os.getgid())
    with pytest.raises(OSError, match="Read-only file system"):
        Path("/app/new").touch()


def test_there_is_no_shell() -> None:
    assert [] == [each for folder in ("/bin", "/usr/bin") for each in Path(folder).glob("*sh")]
