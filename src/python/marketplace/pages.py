"""The shop's pages."""

from dataclasses import dataclass

from flask import Blueprint, abort, g, make_response, render_template, request
from structlog.typing import FilteringBoundLogger
from werkzeug.wrappers import Response

from marketplace.book_card import BookCard, card_of
from marketplace.category import Category
from marketplace.errors import (
    NoRecommendations,
    RecommendationsInvalid,
    RecommendationsRefused,
)
from marketplace.recommendations import Recommendations

HOME_CATEGORY = Category.MYSTERY
HOME_BOOKS = 3
CATEGORY_BOOKS = 24


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What a page shows.

    cards: None if there are no recommendations to be had.
    earlier: whether the cards are of an earlier time, for want of newer ones.
    """

    cards: list[BookCard] | None
    earlier: bool = False


def shop_blueprint(recommendations: Recommendations, log: FilteringBoundLogger) -> Blueprint:
    """The home page and a page for each category.

    A page without recommendations is answered with 200 all the same: the shop is open without them.
    """
    blueprint = Blueprint("shop", __name__)

    def shelf_of(category: Category, max_results: int) -> _Shelf:
        try:
            answer = recommendations.recommend(category, max_results, g.request_id, g.budget)
        except NoRecommendations as failure:
            _log_failure(log, "no recommendations", failure, category)
            return _Shelf(None)
        if answer.failure is not None:
            _log_failure(log, "earlier recommendations", answer.failure, category)
        return _Shelf([card_of(book) for book in answer.books], answer.failure is not None)

    @blueprint.get("/")
    def home() -> Response:
        shelf = shelf_of(HOME_CATEGORY, HOME_BOOKS)
        return _page(render_template("home.html", category=HOME_CATEGORY, shelf=shelf), shelf)

    @blueprint.get("/categories/<slug>")
    def category(slug: str) -> Response:
        try:
            current = Category(slug)
        except ValueError:
            abort(404)
        shelf = shelf_of(current, CATEGORY_BOOKS)
        return _page(render_template("category.html", current=current, shelf=shelf), shelf)

    return blueprint


def _page(html: str, shelf: _Shelf) -> Response:
    response = make_response(html)
    if shelf.cards is None or shelf.earlier:
        # Nobody is to be shown the gap once it is filled.
        response.headers["Cache-Control"] = "no-store"
        return response
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)


def _log_failure(
    log: FilteringBoundLogger, shown: str, error: NoRecommendations, category: Category
) -> None:
    # Outages end by themselves; what these two mean has to be mended by somebody.
    lasting = isinstance(error, RecommendationsRefused | RecommendationsInvalid)
    write = log.error if lasting else log.warning
    write(
        shown,
        reason=type(error).__name__,
        detail=str(error),
        category=category.value,
    )
