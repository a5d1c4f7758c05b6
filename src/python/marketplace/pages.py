"""The front of the shop and its shelves."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, g, render_template
from structlog.typing import FilteringBoundLogger
from werkzeug.wrappers import Response

from marketplace.backend import Backend
from marketplace.book_card import BookCard, card_of
from marketplace.category import Category
from marketplace.errors import NoRecommendations
from marketplace.failure_log import log_absence, log_failure
from marketplace.for_you import books_for
from marketplace.front_for_newcomers import FrontForNewcomers
from marketplace.kept_pages import HOLES, KeptPage, KeptPages
from marketplace.page_response import (
    KEPT_BY_NOBODY,
    PERSONAL,
    kept_page_response,
    page_response,
)
from marketplace.reason_text import reason_text
from marketplace.recommendations import Answer

HOME_CATEGORY = Category.MYSTERY
HOME_BOOKS = 3
CATEGORY_BOOKS = 24


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a page shows.

    cards: None if there are no recommendations to be had.
    earlier: whether the cards are of an earlier time, for want of newer ones.
    """

    cards: Sequence[Hashable] | None
    earlier: bool = False


NOTHING = Shelf(())


def shop_blueprint(
    backend: Callable[[], Backend],
    kept: KeptPages,
    newcomers: FrontForNewcomers,
    log: FilteringBoundLogger,
) -> Blueprint:
    """The home page and a page for each category. Those that have nothing for one reader are kept.

    A page without recommendations is answered with 200 all the same: the shop is open without them.
    """
    blueprint = Blueprint("shop", __name__)

    def answer_for(category: Category, max_results: int) -> Answer | None:
        try:
            answer = backend().recommendations.recommend(
                category, max_results, g.request_id, g.budget, g.visitor.known
            )
        except NoRecommendations as failure:
            log_failure(log, "no recommendations", failure, category=category.value)
            return None
        if answer.failure is not None:
            log_failure(log, "earlier recommendations", answer.failure, category=category.value)
        return answer

    def cards_for_reader(answer: Answer | None) -> list[BookCard]:
        """Give what else the home page has. First visits, and outages, are not asked about."""
        if g.visitor.known is None or answer is None or answer.failure is not None:
            return []
        shown = {book.id for book in answer.books}
        try:
            found = books_for(backend(), g.visitor.known, shown, g.request_id, g.budget)
        except NoRecommendations as failure:
            log_absence(log, "for you", failure)
            return []
        return [card_of(book, reason_text(reason, book.categories[0])) for book, reason in found]

    @blueprint.get("/")
    def home() -> Response:
        answer = answer_for(HOME_CATEGORY, HOME_BOOKS)
        for_you = cards_for_reader(answer)
        g.visitor.reader()
        shelf = shelf_of(answer, HOME_CATEGORY)
        if for_you:
            html = render_template(
                "home.html", category=HOME_CATEGORY, shelf=shelf, for_you=Shelf(for_you)
            )
            return page_response(html, PERSONAL)

        def page() -> KeptPage:
            return kept_page("home.html", shelf, category=HOME_CATEGORY, for_you=NOTHING)

        if g.visitor.known is None and answer and answer.books and answer.failure is None:
            return kept_page_response(newcomers.keep(answer, page), PERSONAL)
        return kept_page_response(page(), cache_control_of(shelf))

    @blueprint.get("/categories/<slug>")
    def category(slug: str) -> Response:
        try:
            current = Category(slug)
        except ValueError:
            abort(404)
        answer = answer_for(current, CATEGORY_BOOKS)
        g.visitor.reader()
        shelf = shelf_of(answer, current)
        page = kept_page("category.html", shelf, current=current)
        return kept_page_response(page, cache_control_of(shelf))

    def kept_page(template: str, shelf: Shelf, **values: Hashable) -> KeptPage:
        if not shelf.cards:
            return kept.page(template, shelf=shelf, **values)
        return kept.filled(template, shelf.cards, shelf=Shelf(HOLES, shelf.earlier), **values)

    return blueprint


def cache_control_of(shelf: Shelf) -> str:
    """Tell who may keep a page with a shelf that is the same for all."""
    return KEPT_BY_NOBODY if shelf.cards is None or shelf.earlier else PERSONAL


def shelf_of(answer: Answer | None, category: Category) -> Shelf:
    """Lay out what was recommended, or that nothing was."""
    if answer is None:
        return Shelf(None)
    reason = answer.reasons.get
    cards = (card_of(book, reason_text(reason(book.id), category)) for book in answer.books)
    return Shelf(tuple(cards), answer.failure is not None)
