"""What books say for others of a category."""

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, islice
from operator import itemgetter
from time import sleep
from typing import NamedTuple

from recommendations.book import Category
from recommendations.catalog import Catalog
from recommendations.large_pages import Numbers, bytes_in_large_pages
from recommendations.learning.model import LearnedModel
from recommendations.spans import Spans

_BITS = {category: 1 << number for number, category in enumerate(Category)}
_SETS = range(1 << len(_BITS))
_ON_ANY = bytes(shelves != 0 for shelves in _SETS)
_ON = {category: bytes(shelves & bit != 0 for shelves in _SETS) for category, bit in _BITS.items()}
"""By a set of shelves, whether that of a category is among them."""

_SPREAD = 4
"""Ids up to so many times the number of books are looked up in a table, a byte for each."""
_CHUNK = 10_000
_GIVE_WAY_SECONDS = 1e-5


class Said(NamedTuple):
    """What some books say for others: flat, for it is made for each recommendation.

    voters: ids of those who say anything.
    ends: of each voter, where what it says ends in the next two; it begins where the last one's
        ends.
    book_ids, scores: whom they speak for, and how much.
    """

    voters: Sequence[int]
    ends: Sequence[int]
    book_ids: Sequence[int]
    scores: Sequence[float]

    def sums(self) -> dict[int, float]:
        """Give what is said for each book, added up."""
        sums: dict[int, float] = {}
        said_before = sums.get
        for book_id, score in zip(self.book_ids, self.scores, strict=True):
            sums[book_id] = said_before(book_id, 0.0) + score
        return sums

    def loudest(self, book_id: int) -> int:
        """Give the voter who says most for a book; the first of equals. ValueError if nobody."""
        find, place = self.book_ids.index, -1
        found = [place := find(book_id, place + 1) for _ in range(self.book_ids.count(book_id))]
        loudest = max(found, key=self.scores.__getitem__)
        return self.voters[bisect_right(self.ends, loudest)]


class Votes:
    """Knows what each book says for the books of a category, without a look at those.

    Beside each book that the model calls similar to another one stands on which shelves the
    catalogue has it. So books of other categories are passed over, where each look at one of a
    million would wait for memory.

    Immutable. To make one takes a second for a million books, during which other threads get their
    turn every millisecond.
    """

    __slots__ = ("_model", "_shelves", "_spans")

    def __init__(self, catalog: Catalog, model: LearnedModel) -> None:
        self._model = model
        by_id = _shelves_by_id(catalog)
        # Sets of shelves, each a byte with a bit for each category; 0 is no book of the catalogue.
        self._shelves = bytes_in_large_pages(b"".join(_looked_up(by_id, model.similar)))
        there = b"".join(_looked_up(by_id, model.book_ids))
        self._spans = model.spans
        if 0 in there:
            self._spans = Spans(
                array("i", compress(model.book_ids, there)),
                compress(model.starts, there),
                compress(islice(model.starts, 1, None), there),
            )

    def by(self, chosen: Iterable[int], category: Category | None, most: int) -> Said:
        """Give what chosen books say for books of a category, in their order.

        Books that the catalogue lacks neither speak nor are spoken for.

        category: None for any.
        most: from how many similar books those of the category are picked, of all voters together.
        """
        span_of, shelves = self._spans.of, self._shelves
        similar, scores = self._model.similar, self._model.scores
        on_shelf = _ON[category] if category else _ON_ANY
        known = []
        for book_id in chosen:
            begin, end = span_of(book_id)
            if begin < end:
                known.append((book_id, begin, end))
        each_most = most // len(known) if known else 0
        voters: list[int] = []
        ends: list[int] = []
        book_ids: list[int] = []
        said: list[float] = []
        for book_id, begin, end in known:
            if end - begin > each_most:
                end = begin + each_most
            picked = shelves[begin:end].translate(on_shelf)
            if 1 in picked:
                book_ids += compress(similar[begin:end], picked)
                said += compress(scores[begin:end], picked)
                voters.append(book_id)
                ends.append(len(said))
        return Said(voters, ends, book_ids, said)


def _shelves_by_id(catalog: Catalog) -> "bytearray | Counter[int]":
    last = max((book.id for book in catalog.books), default=0)
    dense = last <= _SPREAD * len(catalog)
    shelves: bytearray | Counter[int] = bytearray(last + 1) if dense else Counter()
    sets: dict[tuple[Category, ...], int] = {}
    for book in catalog.books:
        if (bits := sets.get(book.categories)) is None:
            bits = sets[book.categories] = sum(_BITS[category] for category in book.categories)
        shelves[book.id] = bits
    return shelves


def _looked_up(shelves: "bytearray | Counter[int]", ids: "Numbers[int]") -> Iterator[bytes]:
    for start in range(0, len(ids), _CHUNK):
        # One step for the interpreter, which no other thread interrupts.
        sleep(_GIVE_WAY_SECONDS)
        chunk = ids[start : start + _CHUNK]
        try:
            # Of two or more, it gives a tuple; no book has the id 0.
            yield bytes(itemgetter(0, *chunk)(shelves)[1:])
        except IndexError:
            yield bytes(shelves[each] if each < len(shelves) else 0 for each in chunk)
