"""The shop's pages."""

from collections.abc import Sequence

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


def shop_blueprint(recommendations: Recommendations, log: FilteringBoundLogger) -> Blueprint:
    """The home page and a page for each category.

    A page without recommendations is answered with 200 all the same: the shop is open without them.
    """
    blueprint = Blueprint("shop", __name__)

    def cards_of(category: Category, max_results: int) -> list[BookCard] | None:
        """Give the cards to show, or None if there are no recommendations to be had."""
        try:
            books = recommendations.recommend(category, max_results, g.request_id)
        except NoRecommendations as error:
            _log_absence(log, error, category)
            return None
        return [card_of(book) for book in books]

    @blueprint.get("/")
    def home() -> Response:
        cards = cards_of(HOME_CATEGORY, HOME_BOOKS)
        return _page(render_template("home.html", category=HOME_CATEGORY, cards=cards), cards)

    @blueprint.get("/categories/<slug>")
    def category(slug: str) -> Response:
        try:
            current = Category(slug)
        except ValueError:
            abort(404)
        cards = cards_of(current, CATEGORY_BOOKS)
        return _page(render_template("category.html", current=current, cards=cards), cards)

    return blueprint


def _page(html: str, cards: Sequence[BookCard] | None) -> Response:
    response = make_response(html)
    if cards is None:  # Nobody is to be shown the gap once it is filled.
        response.headers["Cache-Control"] = "no-store"
        return response
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)


def _log_absence(log: FilteringBoundLogger, error: NoRecommendations, category: Category) -> None:
    # Outages end by themselves; what these two mean has to be mended by somebody.
    lasting = isinstance(error, RecommendationsRefused | RecommendationsInvalid)
    write = log.error if lasting else log.warning
    write(
        "no recommendations",
        reason=type(error).__name__,
        detail=str(error),
        category=category.value,
    )
