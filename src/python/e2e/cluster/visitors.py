"""Visitors who keep coming while something happens to the shop, and what each of them got."""

import enum
import secrets
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

import httpx

from marketplace.request_id import HEADER
from marketplace.settings import MarketplaceSettings

PATHS = ("/", "/categories/fantasy", "/categories/history", "/categories/thriller")
PATIENCE_SECONDS = 10.0
SLEEP_SECONDS = 0.05
DEADLINE_SECONDS: float = MarketplaceSettings.fields()["recommendations_deadline_seconds"].default
"""How long a page waits for its recommendations."""
TOLERATED = 0.01
"""The part of pages that may have waited for all of this time, and have books from earlier."""
EARLIER = "We picked these a little earlier"


class Outcome(enum.Enum):
    """What a visitor got."""

    BOOKS = "books"
    EARLIER = "books from earlier"
    NO_BOOKS = "no books"
    FAILED = "failed"


@dataclass(frozen=True)
class Visit:
    """One request.

    at: when it began, of `monotonic`. detail: of a failure. request_id: what logs call it.
    known: whether the shop knew the reader, so that it had to ask for recommendations. Those of
        strangers are kept for a moment.
    """

    at: float
    seconds: float
    outcome: Outcome
    detail: str = ""
    request_id: str = ""
    known: bool = True


@dataclass
class Visits:
    """Every request that was sent, in no certain order.

    strangers: how many visitors had to come once before the shop knew them.
    late_seconds: the most by which this machine was late to wake somebody meanwhile. Where that is
    as long as a page took, it was not the shop that hung.
    """

    all: list[Visit] = field(default_factory=list)
    late_seconds: float = 0.0
    strangers: int = 0

    @property
    def asked_for(self) -> int:
        """How many pages show what recommendations said when they were asked for."""
        return sum(each.known and each.outcome is Outcome.BOOKS for each in self.all)

    def count(self, *outcomes: Outcome) -> int:
        """Give how many came out so."""
        return sum(each.outcome in outcomes for each in self.all)

    def noticed(self) -> str:
        """Give what visitors must have noticed; "" is nothing.

        That is a page that failed, a page without books, or a page with books from earlier. Of the
        last a few are no loss if they have waited for newer ones: a busy machine misses a deadline
        now and then. One that came at once is: its call was lost, or nobody was asked.

        Pages for strangers would hide lost calls, so there may be no more than of first visits.
        """
        failures = Counter(each.detail for each in self.all if each.outcome is Outcome.FAILED)
        found = [f"{count} times {what}" for what, count in failures.most_common()]
        if empty := self.count(Outcome.NO_BOOKS):
            found.append(f"{empty} pages without books")
        earlier = [each for each in self.all if each.outcome is Outcome.EARLIER]
        if at_once := sum(each.seconds < DEADLINE_SECONDS for each in earlier):
            found.append(f"{at_once} pages with books from earlier, at once")
        if len(earlier) > TOLERATED * len(self.all):
            found.append(f"{len(earlier)} pages of {len(self.all)} with books from earlier")
        strange = sum(not each.known and each.outcome is not Outcome.FAILED for each in self.all)
        if strange > self.strangers:
            found.append(f"{strange} pages for {self.strangers} strangers")
        return "; ".join(found)

    def losses(self) -> list[Visit]:
        """Give the visits that were not as they should be, in their order."""
        lost = (each for each in self.all if each.outcome is not Outcome.BOOKS)
        return sorted(lost, key=lambda each: each.at)

    @property
    def slowest_seconds(self) -> float:
        """How long the slowest page took."""
        return max(each.seconds for each in self.all)

    def report(self, what: str) -> str:
        """Give the figures in a line."""
        counts = Counter(each.outcome for each in self.all)
        figures = ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome)
        return (
            f"{what}: {len(self.all)} pages: {figures};"
            f" slowest {self.slowest_seconds * 1000:.0f} ms;"
            f" this machine was late by {self.late_seconds * 1000:.0f} ms"
        )


def outcome_of(page: httpx.Response) -> tuple[Outcome, str]:
    """Judge a page: its status, whether books are on it, and whether they are fresh."""
    if page.status_code != httpx.codes.OK:
        return Outcome.FAILED, f"status {page.status_code}"
    if "<li>" not in page.text:
        return Outcome.NO_BOOKS, ""
    return (Outcome.EARLIER if EARLIER in page.text else Outcome.BOOKS), ""


class _Visitor(threading.Thread):
    """Asks for a page every so often, whether or not the one before was quick.

    Has the cookie of the first page from then on, as a browser would.
    """

    def __init__(
        self, url: str, pause: float, delay: float, keep_alive: bool, stop: threading.Event
    ) -> None:
        super().__init__(name="visitor", daemon=True)
        limits = httpx.Limits(max_keepalive_connections=1 if keep_alive else 0)
        self._client = httpx.Client(
            base_url=url, limits=limits, timeout=PATIENCE_SECONDS, trust_env=False
        )
        self._pause = pause
        self._due = monotonic() + delay
        self._stopping = stop
        self.visits: list[Visit] = []

    def run(self) -> None:
        """Visit until told to stop."""
        with self._client:
            while not self._stopping.wait(max(0.0, self._due - monotonic())):
                self._due += self._pause
                self.visits.append(self._visit(PATHS[len(self.visits) % len(PATHS)]))

    def _visit(self, path: str) -> Visit:
        began = monotonic()
        request_id = f"visit-{secrets.token_hex(8)}"
        known = bool(self._client.cookies)
        try:
            page = self._client.get(path, headers={HEADER: request_id})
            outcome, detail = outcome_of(page)
            known = known and "Set-Cookie" not in page.headers
        except httpx.HTTPError as error:
            outcome, detail = Outcome.FAILED, f"{type(error).__name__}: {error}"
        return Visit(began, monotonic() - began, outcome, detail, request_id, known)


class _Sleeper(threading.Thread):
    """Wakes again and again, and notes how late it was."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__(name="sleeper", daemon=True)
        self._stopping = stop
        self.late_seconds = 0.0

    def run(self) -> None:
        """Sleep and wake until told to stop."""
        due = monotonic() + SLEEP_SECONDS
        while not self._stopping.wait(max(0.0, due - monotonic())):
            now = monotonic()
            self.late_seconds = max(self.late_seconds, now - due)
            due = now + SLEEP_SECONDS


@contextmanager
def visitors(url: str, per_second: float = 20.0, number: int = 4) -> Iterator[Visits]:
    """Send visitors while the block runs; at its end, all that they got is in what was given.

    per_second: pages in all, evenly spread. Every other visitor keeps a connection, the rest come
        by a new one each time. All are readers whom the shop knows from their second page on.
        A request that fails is not tried again.
    """
    stop, visits, pause = threading.Event(), Visits(strangers=number), number / per_second
    crowd = [
        _Visitor(url, pause, delay=n * pause / number, keep_alive=n % 2 == 0, stop=stop)
        for n in range(number)
    ]
    sleeper = _Sleeper(stop)
    for each in (sleeper, *crowd):
        each.start()
    try:
        yield visits
    finally:
        stop.set()
        visits.late_seconds = sleeper.late_seconds
        for each in crowd:
            each.join(2 * PATIENCE_SECONDS)
            visits.all.extend(each.visits)
