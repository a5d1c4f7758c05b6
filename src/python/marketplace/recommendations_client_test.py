"""The client against real servers that answer well."""

import grpc
import pytest

from chassis.deadline import Budget
from marketplace.book import Book
from marketplace.category import Category
from marketplace.recommendations import Reason, ReasonKind
from marketplace.testing.recommendations_client import (
    AMPLE,
    FALCON,
    a_client,
    answering,
    like_falcon,
    the_answer_to,
)
from marketplace.testing.recommendations_servicer import recommendations_server
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb

TOMORROW = pb.BookCategory.ValueType(99)
"""A category that is not in the API yet."""


def test_a_book_arrives_with_all_that_a_page_shows() -> None:
    expected = Book(
        1,
        "The Maltese Falcon",
        ("Dashiell Hammett",),
        1930,
        (Category.MYSTERY, Category.THRILLER),
    )
    assert (expected,) == the_answer_to(answering(FALCON))


@pytest.mark.parametrize("category", Category)
def test_the_question_names_category_number_and_request(category: Category) -> None:
    """Every category of the shop is the same one on the wire."""
    seen: list[tuple[str, int, int, object]] = []

    def answer(request: pb.RecommendRequest, context: grpc.ServicerContext) -> pb.RecommendResponse:
        name = pb.BookCategory.Name(request.category)
        request_id = dict(context.invocation_metadata())["x-request-id"]
        seen.append((name, request.max_results, request.user_id, request_id))
        return pb.RecommendResponse()

    with recommendations_server(answer) as address, a_client(address) as client:
        assert () == client.recommend(category, 7, "id-9", Budget(2 * AMPLE)).books
    assert [(f"BOOK_CATEGORY_{category.name}", 7, 0, "id-9")] == seen


def test_the_server_is_told_the_deadline() -> None:
    left: list[float] = []

    def answer(_: pb.RecommendRequest, context: grpc.ServicerContext) -> pb.RecommendResponse:
        left.append(context.time_remaining() or 0.0)
        return pb.RecommendResponse()

    the_answer_to(recommendations_server(answer))
    # gRPC rounds up what it sends, by a few per cent.
    assert AMPLE * 1.05 > left[0] > AMPLE / 2


def test_an_unknown_year_and_no_authors_are_fine() -> None:
    (book,) = the_answer_to(answering(like_falcon(publication_year=0, authors=[])))
    assert (None, ()) == (book.publication_year, book.authors)


def test_a_category_of_tomorrow_is_overlooked() -> None:
    """A newer service may know categories that this shop lacks."""
    book = like_falcon(categories=[TOMORROW, pb.BOOK_CATEGORY_MYSTERY])
    (shown,) = the_answer_to(answering(book))
    assert (Category.MYSTERY,) == shown.categories


def test_no_books_are_an_answer_too() -> None:
    assert () == the_answer_to(answering())


REASONS: dict[str, tuple[pb.Reason, Reason | None]] = {
    "similar": (
        pb.Reason(kind=pb.REASON_KIND_SIMILAR, book=FALCON),
        Reason(
            ReasonKind.SIMILAR,
            Book(
                1,
                "The Maltese Falcon",
                ("Dashiell Hammett",),
                1930,
                (Category.MYSTERY, Category.THRILLER),
            ),
        ),
    ),
    "popular": (pb.Reason(kind=pb.REASON_KIND_POPULAR), Reason(ReasonKind.POPULAR)),
    "exploration": (pb.Reason(kind=pb.REASON_KIND_EXPLORATION), Reason(ReasonKind.EXPLORATION)),
    "none": (pb.Reason(), None),
    "of tomorrow": (pb.Reason(kind=pb.ReasonKind.ValueType(99)), None),
    "similar to rubbish": (pb.Reason(kind=pb.REASON_KIND_SIMILAR, book=pb.Book(id=1)), None),
}


@pytest.mark.parametrize(("message", "reason"), REASONS.values(), ids=REASONS.keys())
def test_a_reason_arrives_if_there_is_something_to_say(
    message: pb.Reason, reason: Reason | None
) -> None:
    recommendation = pb.Recommendation(book=FALCON, reason=message)
    readers: list[int] = []

    def answer(request: pb.RecommendRequest, _: grpc.ServicerContext) -> pb.RecommendResponse:
        readers.append(request.user_id)
        return pb.RecommendResponse(recommendations=[recommendation])

    with recommendations_server(answer) as address, a_client(address) as client:
        found = client.recommend(Category.MYSTERY, 3, "id-1", Budget(2 * AMPLE), 2**63 - 1)
    assert [2**63 - 1] == readers
    assert ({} if reason is None else {1: reason}) == found.reasons


def test_a_book_that_is_not_shown_needs_no_reason() -> None:
    recommendations = [
        pb.Recommendation(book=like_falcon(book_id=number), reason=REASONS["popular"][0])
        for number in (1, 2, 3)
    ]
    response = pb.RecommendResponse(recommendations=recommendations)
    with recommendations_server(lambda _, __: response) as address, a_client(address) as client:
        found = client.recommend(Category.MYSTERY, 2, "id-1", Budget(2 * AMPLE))
    assert {1, 2} == found.reasons.keys()
