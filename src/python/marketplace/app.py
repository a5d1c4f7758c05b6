"""The composition of the web application."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask
from structlog.typing import FilteringBoundLogger

from marketplace.abilities import Ability
from marketplace.access_log import install_access_log
from marketplace.assets import install_assets, load_assets
from marketplace.backend import Backend
from marketplace.book_pages import book_blueprint
from marketplace.category import Category
from marketplace.error_pages import install_error_pages
from marketplace.front_for_newcomers import FrontForNewcomers, install_front_for_newcomers
from marketplace.http_metrics import HttpMetrics, install_http_metrics
from marketplace.kept_pages import KeptPages, install_kept_parts
from marketplace.page_budget import install_page_budget
from marketplace.pages import HOME_BOOKS, HOME_CATEGORY, shop_blueprint
from marketplace.probes import probes_blueprint
from marketplace.reader_pages import reader_blueprint
from marketplace.readers import Readers
from marketplace.search_page import search_blueprint
from marketplace.security_headers import install_security_headers
from marketplace.visitor import install_visitors

MAX_BODY_BYTES = 16 * 1024


def create_app(
    backend: Callable[[], Backend],
    readers: Readers,
    log: FilteringBoundLogger,
    draining: Callable[[], bool],
    page_seconds: float,
    margin_seconds: float,
    metrics: HttpMetrics,
    install_tracing: Callable[[Flask], None] | None = None,
) -> Flask:
    """Make the shop's WSGI application.

    backend: gives what this process' pages ask.
    draining: tells whether visitors should be sent elsewhere, because this process is to stop.
    page_seconds: how long a page may take in all.
    margin_seconds: how much of it no wait for others may take.
    install_tracing: makes spans of requests; None makes none.
    """
    app = _Shop("marketplace", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.jinja_options = {"trim_blocks": True}
    app.jinja_env.globals["categories"] = tuple(Category)
    if install_tracing:
        install_tracing(app)
    install_page_budget(app, page_seconds, margin_seconds)
    install_error_pages(app, log)
    install_assets(app, load_assets())
    install_visitors(app, readers.identity)
    app.context_processor(lambda: _abilities(backend().abilities.lacking()))
    install_kept_parts(app, "_frame.html", "links", "masthead", "shelves")
    install_kept_parts(app, "_books.html", "book")
    kept = KeptPages(lambda: _abilities(backend().abilities.lacking()))
    newcomers = FrontForNewcomers(backend, HOME_CATEGORY, HOME_BOOKS)
    app.register_blueprint(shop_blueprint(backend, kept, newcomers, log))
    app.register_blueprint(book_blueprint(backend, readers.writes, readers.today, log))
    app.register_blueprint(search_blueprint(backend, log))
    app.register_blueprint(reader_blueprint(backend, readers.writes, log))
    app.register_blueprint(probes_blueprint(draining))
    # Around all of it, the last the outermost.
    if install_tracing is None:  # Spans are made inside Flask.
        install_front_for_newcomers(app, newcomers, readers.identity)
    install_security_headers(app)
    install_access_log(app, log)
    install_http_metrics(app, metrics)
    return app


class _Shop(Flask):
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """See Flask, which asks eleven times a page whether it must await. It never must."""
        return func


@lru_cache(64)
def _abilities(lacking: frozenset[Ability]) -> dict[str, bool]:
    """Tell templates what is of no use to show: the service behind may be of an earlier release."""
    return {
        "can_open": Ability.BOOK not in lacking,
        "can_search": Ability.SEARCH not in lacking,
        "can_write": Ability.RECORD not in lacking,
        "knows_readers": Ability.RECENT not in lacking,
    }
