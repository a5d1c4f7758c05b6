"""Messages as books: each is looked at once, however often it comes."""

import pytest

from marketplace.errors import InvalidBook
from marketplace.messages_client import MOST_KEPT_BYTES, book_of
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb


def message(**fields: object) -> pb.Book:
    book = pb.Book(id=7, title="A title", authors=["A. Author"], publication_year=1930)
    book.categories.append(pb.BOOK_CATEGORY_MYSTERY)
    for name, value in fields.items():
        setattr(book, name, value)
    return book


def test_a_book_that_comes_again_is_made_once() -> None:
    assert book_of(message()) is book_of(message())


@pytest.mark.parametrize(
    ("field", "value"), [("id", 8), ("title", "Another"), ("publication_year", 1931)]
)
def test_a_book_that_differs_in_anything_is_another(field: str, value: object) -> None:
    assert "A title" == book_of(message()).title
    assert value == getattr(book_of(message(**{field: value})), field)


def test_a_book_of_many_bytes_is_not_kept() -> None:
    """The memory that it takes has a bound, whatever the service sends."""
    large = message()
    large.authors.extend(["B. Author"] * 99)
    assert MOST_KEPT_BYTES < large.ByteSize()
    assert book_of(large) == book_of(large)
    assert book_of(large) is not book_of(large)


def test_what_cannot_be_shown_is_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(InvalidBook):
            book_of(message(title=""))
