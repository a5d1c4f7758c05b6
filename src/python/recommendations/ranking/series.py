"""Keeping volumes of one series apart.

A book's series is told by its title, as catalogues of readers write it: `Night Watch (Discworld,
#29; City Watch, #6)` is of Discworld, `The Final Detail (Myron Bolitar #6)` of Myron Bolitar. What
has no `#` and number in brackets at its end belongs to no series.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator

from recommendations.ranking.recommendation import Recommendation

MOST_IN_A_ROW = 2
"""How many volumes of one series may follow each other."""

_SERIES = re.compile(r"\(([^()#]*[^()#,\s]),?\s*#\s*\d[^()]*\)$")


def series_of(title: str) -> str | None:
    """Give the name of the first series in a title, or None."""
    if not title.endswith(")"):
        return None
    found = _SERIES.search(title)
    return found[1].casefold() if found else None


def spaced(recommendations: Iterable[Recommendation]) -> Iterator[Recommendation]:
    """Give the same ones, so that at most `MOST_IN_A_ROW` volumes of a series follow each other.

    Each keeps its place unless it must wait for a book of another series. Only where all that is
    left is of one series do more follow. Takes no more of the input than it needs.
    """
    source = iter(recommendations)
    waiting: deque[tuple[str | None, Recommendation]] = deque()
    latest: str | None = None
    in_a_row = 0
    while True:
        full = latest if in_a_row == MOST_IN_A_ROW else None
        chosen = _take_waiting(waiting, full)
        while chosen is None:
            one = next(source, None)
            if one is None:
                yield from (left for _, left in waiting)
                return
            of = series_of(one.book.title)
            if of is None or of != full:
                chosen = of, one
            else:
                waiting.append((of, one))
        series, recommendation = chosen
        in_a_row = in_a_row + 1 if series is not None and series == latest else 1
        latest = series
        yield recommendation


def _take_waiting(
    waiting: "deque[tuple[str | None, Recommendation]]", full: str | None
) -> tuple[str | None, Recommendation] | None:
    """Take the first that may come now: whoever waits comes before whoever follows."""
    for place, (series, _) in enumerate(waiting):
        if series != full:
            taken = waiting[place]
            del waiting[place]
            return taken
    return None
