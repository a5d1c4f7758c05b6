"""The page of a book, and what a reader can do there."""

from collections.abc import Callable
from datetime import date

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from structlog.typing import FilteringBoundLogger
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response

from marketplace.backend import Backend
from marketplace.book import Book
from marketplace.book_card import card_of
from marketplace.error_pages import NotNow
from marketplace.errors import NoRecommendations, NoSuchBook
from marketplace.failure_log import log_absence, log_failure
from marketplace.interaction import InteractionKind
from marketplace.page_response import KEPT_BY_NOBODY, PERSONAL, page_response
from marketplace.pages import Shelf
from marketplace.views import View
from marketplace.writes import Writes

SIMILAR_BOOKS = 6
MAX_BOOK_ID = 2**31 - 1

_DEEDS = {"wish": InteractionKind.WISHED, "buy": InteractionKind.BOUGHT}
_BOOK = "/books/<book:book_id>"


class _BookNumber(IntegerConverter):
    """A number that a book may have. Its name, unlike its bounds, is fit for logs and metrics."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=MAX_BOOK_ID)


def book_blueprint(
    backend: Callable[[], Backend],
    writes: Writes,
    today: Callable[[], date],
    log: FilteringBoundLogger,
) -> Blueprint:
    """A page for each book, and the forms on it.

    A view is recorded after the page is made, and never instead of it; see `marketplace.views`. To
    look at a page changes nothing but that: caches, HEAD, browsers that look ahead and robots,
    which keep no cookies, are not counted.
    """
    blueprint = Blueprint("books", __name__)

    @blueprint.record_once
    def name_numbers(state: BlueprintSetupState) -> None:
        state.app.url_map.converters["book"] = _BookNumber

    def book_of(book_id: int) -> Book:
        try:
            return backend().catalog.book(book_id, g.request_id, g.budget)
        except NoSuchBook:
            abort(404)
        except NoRecommendations as failure:
            log_failure(log, "no book", failure)
            raise NotNow(
                "The book is not lost, but whoever knows about it does not answer. Please look in"
                " again in a minute or two."
            ) from failure

    def similar_to(book: Book) -> Shelf:
        try:
            books = backend().catalog.similar_books(book.id, SIMILAR_BOOKS, g.request_id, g.budget)
        except NoSuchBook:
            return Shelf([])
        except NoRecommendations as failure:
            log_absence(log, "similar books", failure)
            return Shelf(None)
        return Shelf([card_of(each) for each in books])

    def note_view(book: Book) -> None:
        reader: int | None = g.visitor.known
        if reader is None or request.method != "GET" or _is_ahead_of_time():
            return
        key = _key(InteractionKind.VIEWED, book.id, today())
        backend().views.add(View(reader, book.id, key, g.request_id))

    @blueprint.get(_BOOK)
    def page(book_id: int) -> Response:
        book = book_of(book_id)
        similar = similar_to(book)
        html = render_template(
            "book.html",
            book=book,
            card=card_of(book),
            similar=similar,
            token=g.visitor.form_token(),
            done=request.args.get("done"),
        )
        note_view(book)
        return page_response(html, KEPT_BY_NOBODY if similar.cards is None else PERSONAL)

    @blueprint.post(f"{_BOOK}/<any(wish, buy):deed>")
    def write(book_id: int, deed: str) -> Response:
        reader = writes.reader()
        kind = _DEEDS[deed]
        key = _key(kind, book_id, today())
        try:
            backend().memory.record(reader, book_id, kind, key, g.request_id, g.budget)
        except NoSuchBook:
            abort(404)
        except NoRecommendations as failure:
            log_failure(log, "interaction not recorded", failure, kind=kind.value)
            raise NotNow(
                "We could not note that down. Please go back and press the button again in a"
                " minute; to press it twice does no harm."
            ) from failure
        return redirect(url_for("books.page", book_id=book_id, done=kind.value), 303)

    return blueprint


def _is_ahead_of_time() -> bool:
    """Tell whether a browser, not its reader, wants the page, in case it is asked for."""
    purpose = request.headers.get("Sec-Purpose") or request.headers.get("Purpose") or ""
    return "prefetch" in purpose or "preview" in purpose


def _key(kind: InteractionKind, book_id: int, day: date) -> str:
    """Name what a reader does: the same on the same day is the same."""
    return f"{kind.value}:{book_id}:{day.isoformat()}"
