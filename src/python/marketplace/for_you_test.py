"""What the home page has for one reader, by the real interplay of memory and recommendations."""

from collections.abc import Sequence

import pytest

from chassis.deadline import Budget
from marketplace.book import Book
from marketplace.category import Category
from marketplace.errors import NoRecommendations, RecommendationsDown
from marketplace.for_you import FOR_YOU_BOOKS, books_for
from marketplace.interaction import InteractionKind
from marketplace.reason_text import reason_text
from marketplace.recommendations import Answer, Reason, ReasonKind
from marketplace.testing.fakes import FakeMemory
from marketplace.testing.pages import a_backend, make_app, soup
from marketplace.testing.small_library import SMALL_LIBRARY

BUDGET = Budget(60.0)
READER = 7
MYSTERIES = [book for book in SMALL_LIBRARY if book.categories[0] is Category.MYSTERY]
ROMANCES = [book for book in SMALL_LIBRARY if book.categories[0] is Category.ROMANCE]


class Shelves:
    """Recommends each category's books, all for the same kind of reason."""

    def __init__(self, kind: ReasonKind = ReasonKind.SIMILAR) -> None:
        self.kind = kind
        self.asked: list[tuple[Category, int | None]] = []
        self.failure: NoRecommendations | None = None

    def recommend(
        self,
        category: Category,
        max_results: int,
        request_id: str,
        budget: Budget,
        reader: int | None = None,
    ) -> Answer:
        """See `Recommendations`."""
        self.asked.append((category, reader))
        if self.failure:
            raise self.failure
        books = [book for book in SMALL_LIBRARY if category in book.categories][:max_results]
        reason = Reason(self.kind, books[0] if self.kind is ReasonKind.SIMILAR else None)
        return Answer(tuple(books), reasons={book.id: reason for book in books})


def chosen(shelves: Shelves, books: Sequence[Book], shown: Sequence[Book] = ()) -> list[Book]:
    memory = FakeMemory()
    for book in books:
        memory.record(READER, book.id, InteractionKind.VIEWED, str(book.id), "id-1", BUDGET)
    backend = a_backend(shelves, memory=memory)
    found = books_for(backend, READER, {book.id for book in shown}, "id-1", BUDGET)
    return [book for book, _ in found]


def test_who_has_done_nothing_gets_nothing_and_nobody_is_asked() -> None:
    shelves = Shelves()
    assert [] == chosen(shelves, [])
    assert [] == shelves.asked


def test_the_two_categories_of_late_take_turns() -> None:
    fantasy = next(book for book in SMALL_LIBRARY if book.categories[0] is Category.FANTASY)
    shelves = Shelves()
    found = chosen(shelves, [fantasy, MYSTERIES[0], ROMANCES[0]])
    assert [(Category.ROMANCE, READER), (Category.MYSTERY, READER)] == shelves.asked
    assert [*ROMANCES[1:2], *MYSTERIES[1:2], *ROMANCES[2:3], *MYSTERIES[2:3]] == found[:4]
    assert FOR_YOU_BOOKS == len(found)


def test_neither_what_is_on_the_page_nor_what_they_know_is_shown_again() -> None:
    found = chosen(Shelves(), MYSTERIES[:2], shown=MYSTERIES[2:4])
    assert MYSTERIES[4:8] == found


@pytest.mark.parametrize("kind", [ReasonKind.POPULAR, ReasonKind.EXPLORATION])
def test_what_is_not_for_them_in_particular_is_not_for_you(kind: ReasonKind) -> None:
    assert [] == chosen(Shelves(kind), MYSTERIES[:1])


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (None, ""),
        (Reason(ReasonKind.SIMILAR, MYSTERIES[0]), "Because you looked at The Maltese Falcon"),
        (Reason(ReasonKind.SIMILAR), ""),
        (Reason(ReasonKind.POPULAR), "Popular in science fiction"),
        (Reason(ReasonKind.EXPLORATION), "Few readers know it yet"),
    ],
)
def test_reasons_have_words(reason: Reason | None, text: str) -> None:
    assert text == reason_text(reason, Category.SCIENCE_FICTION)


def test_a_reason_names_a_long_title_in_part() -> None:
    book = Book(1, "word  " * 50, (), None, (Category.MYSTERY,))
    text = reason_text(Reason(ReasonKind.SIMILAR, book), Category.MYSTERY)
    assert text.startswith("Because you looked at word word")
    assert text.endswith("…")
    assert len(text) < 90


# ---- On the home page ----


def test_the_home_page_changes_with_what_a_reader_looks_at() -> None:
    memory = FakeMemory()
    backend = a_backend(Shelves(), memory=memory)
    visitor = make_app(backend).test_client()
    assert [] == soup(visitor.get("/").text).select("#for-you")
    assert [] == soup(visitor.get("/").text).select("#for-you")
    visitor.get(f"/books/{ROMANCES[0].id}")
    backend.views.close(30.0)
    html = visitor.get("/").text
    section = soup(html).select('[aria-labelledby="for-you"]')[0]
    assert [book.title for book in ROMANCES[1:]] == [h3.get_text() for h3 in section.select("h3")]
    assert {f"Because you looked at {ROMANCES[0].title}"} == {
        because.get_text() for because in section.select(".because")
    }
    assert 3 == html.count("<li>")


@pytest.mark.parametrize("failing", ["memory", "recommendations"])
def test_without_the_service_the_rest_of_the_page_is_there(failing: str) -> None:
    memory, shelves = FakeMemory(), Shelves()
    backend = a_backend(shelves, memory=memory)
    visitor = make_app(backend).test_client()
    visitor.get("/")
    if failing == "memory":
        memory.failure = RecommendationsDown("x")
    else:
        shelves.failure = RecommendationsDown("x")
    response = visitor.get("/")
    assert 200 == response.status_code
    assert [] == soup(response.text).select("#for-you")
