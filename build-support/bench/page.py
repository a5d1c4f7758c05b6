"""`GET /` over the wire: the marketplace with recommendations behind it, and its rivals."""

import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from urllib.error import URLError
from urllib.request import urlopen

from bench import recommend
from bench.baselines import one_line_view
from bench.contender import Contender, Running
from bench.load import LoadError
from bench.measuring import measuring
from bench.quantities import P99, PER_SECOND
from bench.row import Contest, Measure, Plan, Row
from bench.verdict import Direction
from bench.wrk import Wrk

TUTORIAL_BOOKS = (
    "The Maltese Falcon",
    "Murder on the Orient Express",
    "The Hound of the Baskervilles",
)
OUR_BOOKS = ("Mystery books you may like", '<a href="/books/', "</html>")
"""Ours are drawn from a larger shelf, and missing where there are no recommendations."""
_WARM_UP_SECONDS = 2
_TUTORIAL_PAGE = "bench.baselines.tutorial_page_client"
_FLASK_LINE = re.compile(r"Running on http://127\.0\.0\.1:(\d+)")
_PAGE_SECONDS = 10.0


class PageContest:
    """Pages of two sites, each asked for by as many visitors."""

    def __init__(self, base: "Site", other: "Site", load: Wrk) -> None:
        self._sites = (base, other)
        self._load = load

    def contest(self) -> Contest:
        """Give it as a contest."""
        base, other = self._sites
        return Contest(base.name, other.name, self._open)

    def _open(self, stack: ExitStack, plan: Plan) -> tuple[Measure, Measure]:
        self._load.check()
        first, second = (site.opened(stack, self._load, plan) for site in self._sites)
        return first, second


class Site:
    """A web server, and the service that it asks.

    front: takes the service's address in the variable `address_variable`.
    visitors_return: whether they have the cookie that they were given the first time, all the same
        one; else they are newcomers, each time.
    """

    def __init__(
        self,
        name: str,
        front: Contender,
        behind: Contender | None,
        address_variable: str,
        texts: Sequence[str],
        visitors_return: bool = False,
    ) -> None:
        self.name = name
        self._front = front
        self._behind = behind
        self._variable = address_variable
        self._texts = tuple(texts)
        self._visitors_return = visitors_return

    def opened(self, stack: ExitStack, load: Wrk, plan: Plan) -> Measure:
        """Start and warm up, and give how to measure."""
        running, front = [], self._front
        if self._behind:
            behind = stack.enter_context(Running(self._behind))
            running.append(behind)
            environ = {**front.environ, self._variable: behind.address}
            front = Contender(front.name, front.command, environ, front.port_line)
        page = stack.enter_context(Running(front))
        running.append(page)
        url = f"http://{page.address}/"
        cookie = _first_visit(url, self._texts)
        if self._visitors_return:
            load = replace(load, cookie=cookie)
        load.drive(url, self._texts, _WARM_UP_SECONDS)
        seconds = max(1, round(plan.seconds))
        return measuring(self.name, running, lambda: load.drive(url, self._texts, seconds))


def tutorial() -> Site:
    """The tutorial's page under `flask run`, and its server."""
    front = Contender.of_module("flask run", "flask", "--app", _TUTORIAL_PAGE, "run", "--port", "0")
    front = Contender(front.name, front.command, front.environ, _FLASK_LINE)
    return Site("tutorial's page", front, recommend.plainest(), "RECOMMENDATIONS", TUTORIAL_BOOKS)


def ours(
    name: str = "our page", fresh_seconds: float | None = None, visitors_return: bool = False
) -> Site:
    """The marketplace as its image starts it, and recommendations with books of its own.

    fresh_seconds: how long a newcomer's list is kept; 0 asks recommendations for every page, None
        is the default.
    visitors_return: see `Site`.
    """
    environ = _settings()
    if fresh_seconds is not None:
        environ["RECOMMENDATIONS_FRESH_SECONDS"] = str(fresh_seconds)
    front = Contender.of_module("marketplace", "marketplace.main", environ=environ)
    behind = recommend.ours(catalogue=None)
    return Site(name, front, behind, "RECOMMENDATIONS_HOST", OUR_BOOKS, visitors_return)


def one_line() -> Site:
    """A view of one line."""
    environ = _settings()
    front = Contender.of_module("one line", one_line_view.__name__, environ=environ)
    return Site("one-line view", front, None, "", ("Books for you.",))


def rows() -> list[Row]:
    """Give the rows about the page."""
    load = Wrk()
    asking = ours("our page, each asks", fresh_seconds=0)
    uncached = PageContest(tutorial(), asking, load).contest()
    kept = PageContest(tutorial(), ours(), load).contest()
    known = PageContest(tutorial(), ours("our page, known reader", visitors_return=True), load)
    ceiling = PageContest(one_line(), ours(), load).contest()
    off, on = "`GET /`, each page asks", "`GET /`, defaults"
    back = f"{on}, a reader who comes back"
    page, least, most = "tutorial's page", Direction.AT_LEAST, Direction.AT_MOST
    return [
        Row("page-uncached", off, page, uncached, PER_SECOND, least, 2.2),
        Row("page-uncached-p99", off, page, uncached, P99, most, 0.5),
        Row("page", on, page, kept, PER_SECOND, least, 4.0),
        Row("page-p99", on, page, kept, P99, most, 1 / 3),
        Row("page-known", back, page, known.contest(), PER_SECOND, least, 4.0),
        Row("page-ceiling", on, "view of one line, same gunicorn", ceiling, PER_SECOND, least, 0.6),
    ]


def _settings() -> dict[str, str]:
    return {"LISTEN_PORT": "0", "ADMIN_PORT": "0", "LOG_FORMAT": "json"}


def _first_visit(url: str, texts: Sequence[str]) -> str:
    """Look whether a page is right, and give the cookie that came with it, if any."""
    try:
        with urlopen(url, timeout=_PAGE_SECONDS) as answer:  # noqa: S310 - it is our own.
            page = answer.read().decode()
            cookie: str = answer.headers.get("Set-Cookie", "")
    except URLError as error:
        raise LoadError(f"{url} fails: {error}") from error
    if missing := [text for text in texts if text not in page]:
        raise LoadError(f"{url} lacks {missing}")
    return cookie.partition(";")[0]
