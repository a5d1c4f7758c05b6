"""A reader's own page: what the shop remembers, and how to make it forget."""

from collections.abc import Callable, Iterable

from flask import Blueprint, g, redirect, render_template, url_for
from structlog.typing import FilteringBoundLogger
from werkzeug.wrappers import Response

from marketplace.backend import Backend
from marketplace.book import Book
from marketplace.book_card import BookCard, card_of
from marketplace.error_pages import NotNow
from marketplace.errors import NoRecommendations, RecommendationsTooSlow
from marketplace.failure_log import log_failure
from marketplace.interaction import Interaction, InteractionKind
from marketplace.page_response import KEPT_BY_NOBODY, SHARED, page_response
from marketplace.pages import Shelf
from marketplace.writes import Writes

INTERACTIONS = 100
READER_BOOKS = 24

_WORDS = {
    InteractionKind.BOUGHT: "bought",
    InteractionKind.WISHED: "wished for",
    InteractionKind.VIEWED: "looked at",
}


def reader_blueprint(
    backend: Callable[[], Backend], writes: Writes, log: FilteringBoundLogger
) -> Blueprint:
    """`/you`, the form on it, and the page that follows. Only those who have a cookie are known."""
    blueprint = Blueprint("reader", __name__)

    def shelf_of(reader: int | None) -> Shelf:
        if reader is None:
            return Shelf([])
        try:
            recent = backend().memory.recent(reader, INTERACTIONS, g.request_id, g.budget)
        except NoRecommendations as failure:
            log_failure(log, "no interactions", failure)
            return Shelf(None)
        return Shelf(cards_of(recent))

    @blueprint.get("/you")
    def page() -> Response:
        known = g.visitor.known
        shelf = shelf_of(known)
        html = render_template(
            "you.html", shelf=shelf, token=None if known is None else g.visitor.form_token()
        )
        return page_response(html, KEPT_BY_NOBODY, 503 if shelf.cards is None else 200)

    @blueprint.post("/you/forget")
    def forget() -> Response:
        reader = writes.reader()
        this = backend()
        try:
            if not this.views.forget(reader, g.budget.left_seconds()):
                raise RecommendationsTooSlow("a view of theirs is still being recorded")
            this.memory.forget(reader, g.request_id, g.budget)
        except NoRecommendations as failure:
            log_failure(log, "reader not forgotten", failure)
            raise NotNow(
                "We could not make sure that everything about you is deleted. Please go back and"
                " try again in a minute."
            ) from failure
        this.forget_answers(reader)
        response = redirect(url_for("reader.forgotten"), 303)
        g.visitor.forgotten(response)
        return response

    @blueprint.get("/forgotten")
    def forgotten() -> Response:
        return page_response(render_template("forgotten.html"), SHARED)

    return blueprint


def cards_of(recent: Iterable[Interaction]) -> list[BookCard]:
    """Lay out each book once, the latest first, with all that the reader did with it."""
    kinds: dict[int, list[InteractionKind]] = {}
    books: dict[int, Book] = {}
    for each in recent:
        books.setdefault(each.book.id, each.book)
        kinds.setdefault(each.book.id, []).append(each.kind)
    return [card_of(book, _note(kinds[book.id])) for book in list(books.values())[:READER_BOOKS]]


def _note(kinds: list[InteractionKind]) -> str:
    words = [word for kind, word in _WORDS.items() if kind in kinds]
    *most, last = words
    return f"You {', '.join(most)} and {last} it" if most else f"You {last} it"
