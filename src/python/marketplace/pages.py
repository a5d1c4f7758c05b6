"""The front of the shop and its shelves."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from flask import Blueprint, abort, g, render_template
from structlog.typing import FilteringBoundLogger
from werkzeug.wrappers import Response

from marketplace.backend import Backend
from marketplace.book import Book
from marketplace.book_card import BookCard, card_of
from marketplace.category import Category
from marketplace.errors import NoRecommendations
from marketplace.failure_log import log_absence, log_failure
from marketplace.for_you import books_for
from marketplace.kept_pages import KeptPages
from marketplace.page_response import (
    KEPT_BY_NOBODY,
    PERSONAL,
    kept_page_response,
    page_response,
)
from marketplace.reason_text import reason_text
from marketplace.recommendations import Reason

HOME_CATEGORY = Category.MYSTERY
HOME_BOOKS = 3
CATEGORY_BOOKS = 24


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a page shows.

    cards: None if there are no recommendations to be had.
    earlier: whether the cards are of an earlier time, for want of newer ones.
    """

    cards: list[BookCard] | None
    earlier: bool = False


@dataclass(frozen=True)
class RecommendedShelf:
    """What a page shows of what was recommended, laid out when it is looked at.

    books: None if there are no recommendations to be had.
    reasons: why each is recommended, None if nobody said.
    category: of the shelf.
    earlier: see `Shelf`.
    """

    books: tuple[Book, ...] | None
    reasons: tuple[Reason | None, ...] = ()
    category: Category = HOME_CATEGORY
    earlier: bool = False

    @cached_property
    def cards(self) -> list[BookCard] | None:
        """See `Shelf`."""
        if self.books is None:
            return None
        pairs = zip(self.books, self.reasons, strict=True)
        return [card_of(book, reason_text(reason, self.category)) for book, reason in pairs]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is amiss."""
        return self.books is not None and not self.earlier


NOTHING = RecommendedShelf(())


def shop_blueprint(
    backend: Callable[[], Backend], kept: KeptPages, log: FilteringBoundLogger
) -> Blueprint:
    """The home page and a page for each category. Those that have nothing for one reader are kept.

    A page without recommendations is answered with 200 all the same: the shop is open without them.
    """
    blueprint = Blueprint("shop", __name__)

    def shelf_of(category: Category, max_results: int) -> RecommendedShelf:
        try:
            answer = backend().recommendations.recommend(
                category, max_results, g.request_id, g.budget, g.visitor.known
            )
        except NoRecommendations as failure:
            log_failure(log, "no recommendations", failure, category=category.value)
            return RecommendedShelf(None)
        if answer.failure is not None:
            log_failure(log, "earlier recommendations", answer.failure, category=category.value)
        reasons = tuple(answer.reasons.get(book.id) for book in answer.books)
        return RecommendedShelf(answer.books, reasons, category, answer.failure is not None)

    def cards_for_reader(shelf: RecommendedShelf) -> list[BookCard]:
        """Give what else the home page has. First visits, and outages, are not asked about."""
        if g.visitor.known is None or not shelf.is_whole:
            return []
        shown = {book.id for book in shelf.books or ()}
        try:
            found = books_for(backend(), g.visitor.known, shown, g.request_id, g.budget)
        except NoRecommendations as failure:
            log_absence(log, "for you", failure)
            return []
        return [card_of(book, reason_text(reason, book.categories[0])) for book, reason in found]

    @blueprint.get("/")
    def home() -> Response:
        shelf = shelf_of(HOME_CATEGORY, HOME_BOOKS)
        for_you = cards_for_reader(shelf)
        g.visitor.reader()
        cache_control = PERSONAL if shelf.is_whole else KEPT_BY_NOBODY
        if for_you:
            html = render_template(
                "home.html", category=HOME_CATEGORY, shelf=shelf, for_you=Shelf(for_you)
            )
            return page_response(html, cache_control)
        return kept_page_response(
            kept.page("home.html", category=HOME_CATEGORY, shelf=shelf, for_you=NOTHING),
            cache_control,
        )

    @blueprint.get("/categories/<slug>")
    def category(slug: str) -> Response:
        try:
            current = Category(slug)
        except ValueError:
            abort(404)
        shelf = shelf_of(current, CATEGORY_BOOKS)
        g.visitor.reader()
        page = kept.page("category.html", current=current, shelf=shelf)
        return kept_page_response(page, PERSONAL if shelf.is_whole else KEPT_BY_NOBODY)

    return blueprint
