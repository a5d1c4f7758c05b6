"""Finds books by words of their titles and authors, from memory."""

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from recommendations.book import Book
from recommendations.catalog import Catalog
from recommendations.errors import FieldViolation, InvalidRequest
from recommendations.recommender import max_results_violations
from recommendations.shop import Shop

DEFAULT_FOUND = 20
MAX_FOUND = 100
MAX_QUERY_LENGTH = 200
MAX_CANDIDATES = 2000
"""How many books that match are compared; more are more than anybody reads."""

_WORD = re.compile(r"[^\W_]+")
# Letters that are letters of their own, not others with marks.
_LETTERS = str.maketrans(
    {"æ": "ae", "đ": "d", "ð": "d", "\u0131": "i", "ł": "l", "ø": "o", "œ": "oe"}
)


def words_of(text: str) -> list[str]:
    """Give the words of a text as they are compared: without case, diacritics and apostrophes."""
    folded = text.casefold()
    if not folded.isascii():
        apart = unicodedata.normalize("NFKD", folded)
        kept = (each for each in apart if not unicodedata.combining(each))
        folded = "".join(kept).casefold().translate(_LETTERS).replace("’", "'")
    return _WORD.findall(folded.replace("'", ""))


class SearchIndex:
    """Which books have which words. Immutable; made anew for another catalogue.

    To make one takes some seconds for a million books; to ask it some milliseconds, or a fifth of a
    second for several words that a large part of a million books has.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        places: dict[str, array[int]] = {}
        for place, book in enumerate(catalog.books):
            for word in {*words_of(book.title), *(w for a in book.authors for w in words_of(a))}:
                if (having := places.get(word)) is None:
                    having = places[word] = array("i")
                having.append(place)
        self._places = places
        self._words = sorted(places)

    def matches(self, words: Sequence[str]) -> Iterator[Book]:
        """Give the books that have every word, and one that begins with the last; at least one."""
        *whole, last = words
        if whole:
            rows = sorted((self._places.get(word, _NOWHERE) for word in whole), key=len)
            common = set(rows[0]).intersection(*rows[1:])
            beginning = [self._places[word] for word in self._beginning_with(last)]
            common.intersection_update(chain.from_iterable(beginning))
            yield from (self.catalog.books[place] for place in sorted(common))
            return
        seen: set[int] = set()
        for word in self._beginning_with(last):
            for place in self._places[word]:
                if place not in seen:
                    seen.add(place)
                    yield self.catalog.books[place]

    def _beginning_with(self, start: str) -> Iterator[str]:
        for at in range(bisect_left(self._words, start), len(self._words)):
            if not self._words[at].startswith(start):
                return
            yield self._words[at]


class Search:
    """Answers searches. Safe for use from any thread; never waits.

    indexes: gives the index of the present catalogue; NoCatalog while there is none.
    """

    def __init__(self, shops: Callable[[], Shop], indexes: Callable[[], SearchIndex]) -> None:
        self._shops = shops
        self._indexes = indexes

    def find(self, *, query: str, max_results: int) -> tuple[Book, ...]:
        """Give books that match every word of a query, the best match first.

        The last word may be unfinished. A match in the title is better than one in an author's
        name, one at its beginning is the best; among equals the book with more readers comes first.

        max_results: 0 means `DEFAULT_FOUND`, more than `MAX_FOUND` means that.

        Raises InvalidRequest or NoCatalog.
        """
        violations = max_results_violations(max_results)
        if not 1 <= len(query) <= MAX_QUERY_LENGTH:
            description = f"must have 1 to {MAX_QUERY_LENGTH} characters"
            violations.append(FieldViolation("query", description))
        if violations:
            raise InvalidRequest(violations)
        words = words_of(query)
        if not words:
            return ()
        matches = self._indexes().matches(words)
        candidates = [book for book, _ in zip(matches, range(MAX_CANDIDATES), strict=False)]
        model = self._shops().model

        def order(book: Book) -> tuple[int, int, int]:
            row = model.row(book.id) if model else None
            return -_closeness(book, words), -(row.readers if row else 0), book.id

        wanted = min(max_results or DEFAULT_FOUND, MAX_FOUND)
        return tuple(sorted(candidates, key=order)[:wanted])


_NOWHERE = array("i")


def _closeness(book: Book, words: Sequence[str]) -> int:
    """Tell how well a book fits that has all words: 3 is the best, 0 for authors alone."""
    title = words_of(book.title)
    if title[: len(words)] == list(words):
        return 3
    *whole, last = words
    in_title = all(word in title for word in whole)
    if in_title and last in title:
        return 2
    return int(in_title and any(word.startswith(last) for word in title))
