"""Visitors of a web page who never stop asking."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from chassis.testing.continuously import continuously


class Visitors:
    """Ask for a page without pause, each time on a connection of its own, and judge what comes.

    pages: how many have come. bad: what those were that are not as they should be.
    """

    def __init__(
        self, url: str, is_good: Callable[[httpx.Response], bool], seconds: float, count: int = 3
    ) -> None:
        """Let `count` of them wait up to `seconds` for each page."""
        self.pages = 0
        self.bad: list[str] = []
        self._url = url
        self._is_good = is_good
        self._seconds = seconds
        self._count = count
        self._lock = threading.Lock()

    @contextmanager
    def visiting(self) -> Iterator[None]:
        """Visit while the block runs."""
        with continuously(*[self._visit] * self._count):
            yield

    def _visit(self) -> None:
        page = httpx.get(
            self._url, timeout=self._seconds, headers={"Connection": "close"}, trust_env=False
        )
        with self._lock:
            self.pages += 1
            if not self._is_good(page):
                self.bad.append(f"{page.status_code} {page.text}")
