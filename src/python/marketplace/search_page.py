"""Books by the words of their titles and the names of their authors."""

from collections.abc import Callable

from flask import Blueprint, g, render_template, request
from structlog.typing import FilteringBoundLogger
from werkzeug.wrappers import Response

from marketplace.backend import Backend
from marketplace.book_card import card_of
from marketplace.catalog import MAX_QUERY_LENGTH
from marketplace.errors import NoRecommendations
from marketplace.failure_log import log_failure
from marketplace.page_response import KEPT_BY_NOBODY, SHARED, page_response
from marketplace.pages import Shelf

SEARCH_BOOKS = 24


def search_blueprint(backend: Callable[[], Backend], log: FilteringBoundLogger) -> Blueprint:
    """One page, the same for everybody: nobody is given a cookie there."""
    blueprint = Blueprint("search", __name__)

    @blueprint.get("/search")
    def page() -> Response:
        query = searched_for(request.args.get("q", ""))
        if not query:
            return page_response(render_template("search.html", query="", found=None), SHARED)
        try:
            books = backend().catalog.search(query, SEARCH_BOOKS, g.request_id, g.budget)
        except NoRecommendations as failure:
            log_failure(log, "no search", failure)
            html = render_template("search.html", query=query, found=Shelf(None))
            return page_response(html, KEPT_BY_NOBODY, 503)
        found = Shelf([card_of(book) for book in books])
        return page_response(render_template("search.html", query=query, found=found), SHARED)

    return blueprint


def searched_for(text: str) -> str:
    """Give the words to search for, "" if there are none; what is beyond the limit is cut off."""
    printable = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(printable.split())[:MAX_QUERY_LENGTH].rstrip()
