"""Books and similar books of a moment ago stand in for those that cannot be had."""

import pytest

from chassis.deadline import Budget
from marketplace.errors import NoSuchBook, RecommendationsDown, RecommendationsTooOld
from marketplace.last_good import Ages
from marketplace.remembered_catalog import MAX_BOOKS, RememberedCatalog
from marketplace.testing.clock import FakeClock
from marketplace.testing.fakes import FakeCatalog
from marketplace.testing.small_library import SMALL_LIBRARY

FRESH, STALE = 10.0, 60.0
BUDGET = Budget(60.0)
DOWN = RecommendationsDown("no")


class Shelf:
    """A catalogue that is remembered, what is behind it, and the clock."""

    def __init__(self, fresh_seconds: float = 0.0, stale_seconds: float = STALE) -> None:
        self.service = FakeCatalog()
        self.clock = FakeClock()
        self.catalog = RememberedCatalog(
            self.service, Ages(fresh_seconds, stale_seconds), self.clock
        )

    def title(self, number: int = 1) -> str:
        return self.catalog.book(number, "id-1", BUDGET).title

    def similar(self) -> int:
        return len(self.catalog.similar_books(1, 3, "id-1", BUDGET))


@pytest.mark.parametrize(("age", "shown"), [(STALE - 0.1, True), (STALE, False)])
def test_an_outage_is_covered_for_a_while(age: float, shown: bool) -> None:
    shelf = Shelf()
    assert ("The Maltese Falcon", 3) == (shelf.title(), shelf.similar())
    shelf.service.failure = DOWN
    shelf.clock.advance(age)
    if shown:
        assert ("The Maltese Falcon", 3) == (shelf.title(), shelf.similar())
        return
    with pytest.raises(RecommendationsDown):
        shelf.title()
    with pytest.raises(RecommendationsDown):
        shelf.similar()


def test_what_was_never_asked_for_is_not_covered() -> None:
    shelf = Shelf()
    shelf.title(1)
    shelf.service.failure = DOWN
    with pytest.raises(RecommendationsDown):
        shelf.title(2)


def test_a_book_that_is_gone_is_gone_at_once_and_stays_so() -> None:
    shelf = Shelf()
    shelf.title()
    shelf.service.failure = NoSuchBook("1")
    with pytest.raises(NoSuchBook):
        shelf.title()
    shelf.service.failure = DOWN
    with pytest.raises(RecommendationsDown):
        shelf.title()


def test_a_service_that_cannot_is_not_covered_up() -> None:
    shelf = Shelf()
    shelf.title()
    shelf.service.failure = RecommendationsTooOld("no")
    with pytest.raises(RecommendationsTooOld):
        shelf.title()


def test_nobody_is_asked_again_for_what_is_fresh() -> None:
    shelf = Shelf(FRESH)
    shelf.title()
    shelf.service.books[1] = SMALL_LIBRARY[1]
    assert "The Maltese Falcon" == shelf.title()
    shelf.clock.advance(FRESH)
    assert "Murder on the Orient Express" == shelf.title()


def test_searches_are_always_passed_on() -> None:
    shelf = Shelf(FRESH)
    for _ in range(2):
        shelf.catalog.search("falcon", 3, "id-1", BUDGET)
    assert ["falcon", "falcon"] == shelf.service.queries


def test_no_more_books_are_kept_than_there_is_room_for() -> None:
    shelf = Shelf()
    shelf.title()
    book = SMALL_LIBRARY[1]
    for number in range(2, MAX_BOOKS + 2):
        shelf.service.books[number] = book
        shelf.title(number)
    shelf.service.failure = DOWN
    with pytest.raises(RecommendationsDown):
        shelf.title(1)
    assert book.title == shelf.title(MAX_BOOKS + 1)
