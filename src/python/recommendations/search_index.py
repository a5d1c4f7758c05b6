"""Which books have which words, such that the most read ones are found first.

Each word has the ascending places of its books in the order of popularity. So books that have
several words are found from the front, and who has enough of them stops: neither a word that every
other book has nor a beginning that thousands of words share costs more than rare ones do.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import accumulate, groupby, islice
from operator import itemgetter
from time import sleep

from recommendations.book import Book
from recommendations.shop import Shop
from recommendations.words import words_of

MAX_CANDIDATES = 1000
"""How many books that match are worth looking for; more are more than anybody reads."""
MAX_EXAMINED = 200_000
"""How many books of the rarest word are looked at for the others, those of most readers first."""
MAX_READ = 4000
"""How many books are read at most to see whether one of their words begins as asked."""

_CHUNK = 1024
_SHORT = 2
"""Beginnings up to this length are shared by so many words that they are looked up at once."""
_GIVE_WAY_EVERY = 100
_GIVE_WAY_SECONDS = 1e-5

# What things cost in comparison, measured: to read a book's words, to look into a word's places
# twice, to take one of them.
_READ, _LOOK, _TAKE = 80, 20, 1


class SearchIndex:
    """The words of one state of the books. Immutable; made anew for another.

    To make one takes some seconds for a million books, during which other threads get their turn
    every millisecond. To ask it takes a few milliseconds at most.
    """

    def __init__(self, shop: Shop) -> None:
        self._books = shop.by_popularity()
        self._places: dict[str, array[int]] = {}
        for place, book in enumerate(self._books):
            if place % _GIVE_WAY_EVERY == 0:
                sleep(_GIVE_WAY_SECONDS)
            for word in _words_of_book(book):
                if (having := self._places.get(word)) is None:
                    having = self._places[word] = array("i")
                having.append(place)
        self._words = sorted(self._places)
        # How many places the words before each one have, in sum.
        counts = (len(self._places[word]) for word in self._words)
        self._before = array("q", accumulate(counts, initial=0))
        self._short = {
            start: array("i", islice(self._merged(group), MAX_CANDIDATES))
            for length in range(1, _SHORT + 1)
            for start, group in groupby(
                (word for word in self._words if len(word) >= length),
                key=itemgetter(slice(length)),
            )
        }

    def __del__(self) -> None:
        # Word by word: to let go of a million books' words at once would hold up every call.
        while self._places:
            self._places.popitem()

    def matches(self, words: Sequence[str]) -> Iterator[Book]:
        """Give books that have every word, and one that begins with the last; at least one.

        They come in the order of their readers. Where there are very many, not all are given.
        """
        return map(self._books.__getitem__, self._matching(*words))

    def _matching(self, *words: str) -> Iterator[int]:
        *whole, last = words
        if not whole and len(last) <= _SHORT:
            return iter(self._short.get(last, ()))
        start = bisect_left(self._words, last)
        end = bisect_left(self._words, last + chr(0x10FFFF), start)
        if not whole:
            return self._merged(self._words[start:end])
        if start == end or any(word not in self._places for word in whole):
            return iter(())
        rows = sorted((self._places[word] for word in set(whole)), key=len)
        return self._intersection(rows, last, start, end)

    def _intersection(
        self, rows: list["array[int]"], last: str, start: int, end: int
    ) -> Iterator[int]:
        """Give the places that are in all rows and have one of the words from `start` to `end`.

        rows: the shortest one first.
        """
        beginning = self._before[end] - self._before[start]
        by_beginning = beginning < len(rows[0])
        if by_beginning:
            rarest, others = self._merged(self._words[start:end]), rows
        else:
            rarest, others = iter(rows[0]), rows[1:]
        share = beginning / len(rows[0])
        reads = 0
        for _ in range(0, MAX_EXAMINED, _CHUNK):
            chunk = list(islice(rarest, _CHUNK))
            if not chunk:
                return
            left = set(chunk)
            for row in others:
                left = _common(left, row, chunk[0], chunk[-1])
            if left and not by_beginning:
                taking = (end - start) * _LOOK + len(chunk) * share * _TAKE
                if len(left) * _READ < taking:
                    reads += len(left)
                    left = {place for place in left if self._has_beginning(place, last)}
                else:
                    left &= self._union(start, end, chunk[0], chunk[-1])
            yield from sorted(left)
            if reads >= MAX_READ:
                return

    def _has_beginning(self, place: int, start: str) -> bool:
        return any(word.startswith(start) for word in _words_of_book(self._books[place]))

    def _union(self, start: int, end: int, low: int, high: int) -> set[int]:
        """Give the places from `low` to `high` of the words from `start` to `end`."""
        rows = (self._places[word] for word in self._words[start:end])
        return set[int]().union(*(_between(row, low, high) for row in rows))

    def _merged(self, words: Iterable[str]) -> Iterator[int]:
        before = -1
        for place in merge(*(self._places[word] for word in words)):
            if place != before:
                yield place
                before = place


def _words_of_book(book: Book) -> set[str]:
    words = set(words_of(book.title))
    for author in book.authors:
        words.update(words_of(author))
    return words


def _between(row: "array[int]", low: int, high: int) -> "array[int]":
    first = bisect_left(row, low)
    return row[first : bisect_right(row, high, first)]


def _common(places: set[int], row: "array[int]", low: int, high: int) -> set[int]:
    """Give those places that are in a row; all are from `low` to `high`."""
    first = bisect_left(row, low)
    end = bisect_right(row, high, first)
    if end - first < _LOOK * len(places):
        return places.intersection(row[first:end])
    return {place for place in places if row[bisect_left(row, place, first, end - 1)] == place}
