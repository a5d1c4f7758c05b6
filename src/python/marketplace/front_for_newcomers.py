"""The front page for newcomers, without Flask while Flask would answer the same."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask, request
from werkzeug.routing import Rule

from marketplace.backend import Backend
from marketplace.category import Category
from marketplace.http_metrics import RULE
from marketplace.kept_pages import KeptPage
from marketplace.page_response import CONDITIONS, PERSONAL, headers_of
from marketplace.reader_identity import ReaderIdentity
from marketplace.recommendations import Answer
from marketplace.visitor import new_cookie

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

_SETTLED_BY_FLASK = frozenset({"HTTP_COOKIE", "HTTP_UPGRADE", *CONDITIONS})
"""What a request may have, in WSGI's words, that the answer depends on."""


@dataclass(frozen=True, slots=True)
class _Answered:
    """What a newcomer was answered: to which rule, under which path of the application."""

    root: str
    rule: Rule
    answer: Answer
    body: bytes
    headers: tuple[tuple[str, str], ...]


class FrontForNewcomers:
    """Keeps the last answer to a newcomer, for the next. Safe to use from several threads.

    Most of a page that is kept is Flask's work on a request, of which nothing comes for somebody
    without a cookie. It is the same page again as long as the list on it would be.

    category, max_results: what the page asks for.
    """

    def __init__(self, backend: Callable[[], Backend], category: Category, max_results: int):
        self._backend = backend
        self._question = category, max_results
        self._last: _Answered | None = None

    def keep(self, answer: Answer, page: Callable[[], KeptPage]) -> KeptPage:
        """Give a page for nobody in particular, made of an answer of now, and keep it.

        To be called while the page is asked for.
        """
        abilities = self._backend().abilities
        lacked = abilities.lacking()
        made = page()
        rule = request.url_rule
        # A service that cannot do all may soon be another: then the page changes in other ways.
        if rule is not None and not lacked and not abilities.lacking():
            headers = tuple(headers_of(made, PERSONAL))
            root = request.environ.get("SCRIPT_NAME", "")
            self._last = _Answered(root, rule, answer, made.body, headers)
        return made

    def answer_to(self, environ: "WSGIEnvironment") -> _Answered | None:
        """Give what Flask would answer; None if that is for Flask to say."""
        last = self._last
        if (
            last is None
            or environ["PATH_INFO"] != last.rule.rule
            or environ["REQUEST_METHOD"] != "GET"
            or environ.get("SCRIPT_NAME", "") != last.root
            or not environ.keys().isdisjoint(_SETTLED_BY_FLASK)
        ):
            return None
        backend = self._backend()
        if backend.abilities.lacking() or not backend.is_told_still(*self._question, last.answer):
            return None
        return last


def install_front_for_newcomers(
    app: Flask, front: FrontForNewcomers, identity: ReaderIdentity
) -> None:
    """Answer newcomers before Flask does, each with a cookie of their own."""
    inner = app.wsgi_app

    def answered(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        last = front.answer_to(environ)
        if last is None:
            return inner(environ, start_response)
        environ[RULE] = last.rule
        secure = identity.always_secure or environ["wsgi.url_scheme"] == "https"
        cookie = new_cookie(identity, identity.new_reader(), secure)
        start_response("200 OK", [*last.headers, ("Set-Cookie", cookie)])
        return [last.body]

    app.wsgi_app = answered  # type: ignore[method-assign]  # Flask's documented way.
