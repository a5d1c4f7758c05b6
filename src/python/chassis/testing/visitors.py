"""Visitors of a web page who never stop asking."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from chassis.testing.continuously import continuously


class Visitors:
    """Ask for a page without pause, each time on a connection of its own, and judge what comes.

    Each has the cookies that it was given, as a browser would.

    pages: how many have come. bad: what those were that are not as they should be.
    known: how many came to somebody with a cookie who was given no other: the site knew them.
    """

    def __init__(
        self, url: str, is_good: Callable[[httpx.Response], bool], seconds: float, count: int = 3
    ) -> None:
        """Let `count` of them wait up to `seconds` for each page."""
        self.pages = 0
        self.known = 0
        self.bad: list[str] = []
        self._url = url
        self._is_good = is_good
        self._seconds = seconds
        self.count = count
        self._lock = threading.Lock()
        self._of_each = _OfEach()

    @contextmanager
    def visiting(self) -> Iterator[None]:
        """Visit while the block runs."""
        with continuously(*[self._visit] * self.count):
            yield

    def _visit(self) -> None:
        cookies = self._of_each.cookies
        is_known = bool(cookies)
        page = httpx.get(
            self._url,
            cookies=cookies,
            timeout=self._seconds,
            headers={"Connection": "close"},
            trust_env=False,
        )
        cookies.extract_cookies(page)
        with self._lock:
            self.pages += 1
            self.known += is_known and "Set-Cookie" not in page.headers
            if not self._is_good(page):
                self.bad.append(f"{page.status_code} {page.text}")


class _OfEach(threading.local):
    def __init__(self) -> None:
        self.cookies = httpx.Cookies()
