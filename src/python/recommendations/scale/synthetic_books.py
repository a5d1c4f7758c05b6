"""Books that nobody wrote, as many as wanted, to try the service at a size that it may reach.

Books are numbered by rank, from 0, by how popular they are meant to be. Everything of a book
follows from its rank by arithmetic, so a million of them take no memory, and any one can be made.

A circle is a set of books that the same readers like. Ranks go round the circles, so each circle
has popular and unpopular books. It stands in one main category; its books come in runs of five,
each run by one author, and every other run is a series.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd

from recommendations.book import Book, Category

RUN = 5
CIRCLE_SIZE = 200

_MAIN = (
    *(Category.FANTASY,) * 4,
    *(Category.ROMANCE,) * 4,
    *(Category.MYSTERY,) * 3,
    *(Category.THRILLER,) * 3,
    *(Category.SCIENCE_FICTION,) * 2,
    *(Category.HISTORY,) * 2,
    Category.BIOGRAPHY,
    Category.SELF_HELP,
)
_BESIDE = tuple(Category)
_QUALITIES = (
    "Amber Broken Copper Distant Empty Frozen Golden Hidden Iron Last Little Lost Midnight Quiet "
    "Red Restless Second Silent Sunken Winter"
).split()
_THINGS = (
    "Archive Bridge Cartographer Daughter Engine Forest Garden Harbor Inheritance Journey Key "
    "Lantern Mirror Night Orchard Physician River Station Tower Voyage"
).split()
_PLACES = (
    "Aldmoor Brennick Calderon Dunholm Eastmere Farrow Glenmarsh Hallowby Inverlyn Jarrowdale "
    "Kestrel Lowick Maren Northam Oxbow Penhallow Quill Ravensea Stanmoor Thornby"
).split()
_SYLLABLES = "ba be da do el fa ga hi jo ka le ma ne or pa re sa ti va zo".split()


@dataclass(frozen=True, slots=True)
class SyntheticBooks:
    """A catalogue of `count` books under a seed. The same arguments make the same books."""

    count: int
    seed: int = 1

    @property
    def circles(self) -> int:
        """How many circles there are."""
        return max(1, self.count // CIRCLE_SIZE)

    def id_of(self, rank: int) -> int:
        """Give the id of the book of a rank: from 1 to `count`, in an order that tells nothing."""
        return (rank * self._stride() + self.seed) % self.count + 1

    def book(self, rank: int) -> Book:
        """Make the book of a rank."""
        circle, place = rank % self.circles, rank // self.circles
        run, volume = divmod(place, RUN)
        words = _mixed(self.seed, rank)
        story = _mixed(self.seed, self.count + circle * 1_000_003 + run)
        what = f"{_QUALITIES[words % 20]} {_THINGS[words // 20 % 20]}"
        title = f"The {what} of {_PLACES[words // 400 % 20]}"
        if story % 2:
            series = f"{_QUALITIES[story // 2 % 20]} {_PLACES[story // 40 % 20]}"
            title += f" ({series}, #{volume + 1})"
        main, beside = _MAIN[circle % len(_MAIN)], _BESIDE[words // 8000 % 8]
        return Book(
            id=self.id_of(rank),
            title=title,
            authors=(_name(story // 800),),
            publication_year=2025 - (words // 64_000 % 1000) ** 2 // 8000,
            categories=(main,) if beside is main or words // 64_000_000 % 2 else (main, beside),
        )

    def __iter__(self) -> Iterator[Book]:
        """Make all books, by rank."""
        return map(self.book, range(self.count))

    def _stride(self) -> int:
        """Give a number near the golden part of `count` without a common divisor."""
        stride = max(1, round(self.count * 0.618))
        while gcd(stride, self.count) > 1:
            stride += 1
        return stride


def _name(number: int) -> str:
    first, last = number % 8000, number // 8000 % 160_000
    return f"{_word(first, 3)} {_word(last, 4)}"


def _word(number: int, length: int) -> str:
    return "".join(_SYLLABLES[number // 20**place % 20] for place in range(length)).capitalize()


def _mixed(seed: int, number: int) -> int:
    """Spread a number over 62 bits (the finalizer of SplitMix64)."""
    mask = 2**64 - 1
    value = (seed * 0x9E3779B97F4A7C15 + number * 0xD1B54A32D192ED03) & mask
    value = ((value ^ value >> 30) * 0xBF58476D1CE4E5B9) & mask
    value = ((value ^ value >> 27) * 0x94D049BB133111EB) & mask
    return (value ^ value >> 31) >> 2
