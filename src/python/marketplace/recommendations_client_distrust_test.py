"""The client against real servers that answer with rubbish."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.deadline import Budget
from chassis.testing.recording_log import RecordingLog
from marketplace.book import MAX_TITLE_LENGTH
from marketplace.category import Category
from marketplace.errors import (
    NoRecommendations,
    RecommendationsDown,
    RecommendationsInvalid,
    RecommendationsRefused,
)
from marketplace.testing.recommendations_client import (
    AMPLE,
    FALCON,
    a_client,
    answering,
    like_falcon,
    the_answer_to,
)
from marketplace.testing.recommendations_servicer import bytes_server
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb


def test_bytes_that_are_no_message_are_refused() -> None:
    with pytest.raises(RecommendationsRefused, match="INTERNAL"):
        the_answer_to(bytes_server(b"\xff\xfe rubbish"))


@settings(max_examples=30, deadline=None)
@given(rubbish=st.binary(max_size=200))
def test_any_bytes_give_books_or_a_plain_error(rubbish: bytes) -> None:
    with bytes_server(rubbish) as address, a_client(address) as client:
        try:
            books = client.recommend(Category.MYSTERY, 3, "id-1", Budget(2 * AMPLE)).books
        except NoRecommendations:
            return
    assert all(Category.MYSTERY in book.categories for book in books)


def test_a_message_beyond_the_limit_is_not_read() -> None:
    recommendations = [pb.Recommendation(book=like_falcon(book_id=i)) for i in range(1, 40_000)]
    large = pb.RecommendResponse(recommendations=recommendations).SerializeToString()
    with pytest.raises(RecommendationsDown, match="RESOURCE_EXHAUSTED"):
        the_answer_to(bytes_server(large))


RUBBISH = {
    "an empty title": (like_falcon(title=""), "the title has nothing to read"),
    "a blank title": (like_falcon(title=" \u200b"), "the title has nothing to read"),
    "a title with control characters": (
        like_falcon(title="The\x00Falcon"),
        "the title has unprintable characters",
    ),
    "a title without end": (
        like_falcon(title="x" * (MAX_TITLE_LENGTH + 1)),
        "the title has 501 characters",
    ),
    "no id": (like_falcon(book_id=0), "the id is below 1"),
    "a negative id": (like_falcon(book_id=-5), "the id is below 1"),
    "a nameless author": (like_falcon(authors=["A", ""]), "the author has nothing to read"),
    "a crowd of authors": (like_falcon(authors=["A"] * 101), "there are 101 authors"),
    "a year to come": (like_falcon(publication_year=20_000), "there is no year 20000"),
    "another category": (
        like_falcon(categories=[pb.BOOK_CATEGORY_ROMANCE]),
        "a book is of another category",
    ),
    "no category": (like_falcon(categories=[]), "there is no category"),
    "no book at all": (pb.Book(), "there is no category"),
}


@pytest.mark.parametrize(("book", "problem"), RUBBISH.values(), ids=RUBBISH.keys())
def test_rubbish_alone_is_no_answer(book: pb.Book, problem: str) -> None:
    with pytest.raises(RecommendationsInvalid, match=problem):
        the_answer_to(answering(book))


@pytest.mark.parametrize(("book", "problem"), RUBBISH.values(), ids=RUBBISH.keys())
def test_rubbish_beside_a_book_is_dropped_and_logged(book: pb.Book, problem: str) -> None:
    log = RecordingLog()
    books = the_answer_to(answering(book, like_falcon(book_id=77)), log=log)
    assert [77] == [each.id for each in books]
    (line,) = log.lines_of("recommendations dropped")
    assert problem in line["problems"]
    assert "error" == line["level"]


def test_a_book_that_comes_twice_is_shown_once() -> None:
    log = RecordingLog()
    books = the_answer_to(answering(FALCON, FALCON, like_falcon(book_id=2)), log=log)
    assert [1, 2] == [book.id for book in books]
    assert ["a book came twice"] == log.lines_of("recommendations dropped")[0]["problems"]


def test_no_more_books_are_taken_than_were_asked_for() -> None:
    log = RecordingLog()
    many = [like_falcon(book_id=number) for number in range(1, 1000)]
    books = the_answer_to(answering(*many), log=log)
    assert [1, 2, 3] == [book.id for book in books]
    (line,) = log.lines_of("recommendations dropped")
    assert (["there are more books than were asked for"], 1) == (line["problems"], line["count"])
