"""What readers who do not exist did with books that nobody wrote."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from recommendations.interaction import Interaction, InteractionKind
from recommendations.scale.synthetic_books import SyntheticBooks

BATCH = 50_000
FAVORITES = 3
"""How many circles a reader keeps to, mostly."""
IN_FAVORITES = 0.75
"""The part of choices that are made there; the others follow the general popularity."""

_SKEW = 3.0
_READER_SKEW = 1.6
_START = datetime(2025, 1, 1, tzinfo=UTC)
_SECONDS = 365 * 24 * 3600
_KINDS = (InteractionKind.VIEWED, InteractionKind.WISHED, InteractionKind.BOUGHT)
_KIND_ENDS = (0.8, 0.95)

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SyntheticInteractions:
    """`count` interactions of a tenth as many readers, under a seed; an `InteractionSource`.

    Popularity falls with rank, within circles as over all: with the cube of an even chance a tenth
    of the books gets nearly half of the choices. A few readers choose as much as a hundred others.
    """

    books: SyntheticBooks
    count: int
    seed: int = 1

    @property
    def readers(self) -> int:
        """How many readers there are at most; their ids begin with 1."""
        return max(1, self.count // 10)

    def read(self) -> Iterator[Sequence[Interaction]]:
        """See `InteractionSource`. Batches of at most `BATCH`."""
        rng = np.random.default_rng(self.seed)
        for start in range(0, self.count, BATCH):
            yield self._batch(rng, min(BATCH, self.count - start))

    def _batch(self, rng: np.random.Generator, count: int) -> list[Interaction]:
        reader = _skewed(rng.random(count), self.readers, _READER_SKEW)
        circles = self.books.circles
        favorite = (reader * 7919 + rng.integers(0, FAVORITES, count) * 104_729) % circles
        per_circle = self.books.count // circles
        at_home = favorite + _skewed(rng.random(count), per_circle, _SKEW) * circles
        anywhere = _skewed(rng.random(count), self.books.count, _SKEW)
        rank = np.where(rng.random(count) < IN_FAVORITES, at_home, anywhere)
        kind = np.searchsorted(_KIND_ENDS, rng.random(count), side="right")
        second = rng.integers(0, _SECONDS, count)
        return [
            Interaction(
                each_reader + 1,
                self.books.id_of(each_rank),
                _KINDS[each_kind],
                _START + timedelta(seconds=each_second),
            )
            for each_reader, each_rank, each_kind, each_second in zip(
                reader.tolist(), rank.tolist(), kind.tolist(), second.tolist(), strict=True
            )
        ]


def _skewed(even: _Floats, below: int, exponent: float) -> _Ints:
    """Make whole numbers from 0 of even chances from 0 to 1: the higher, the rarer."""
    numbers: _Ints = (even**exponent * below).astype(np.int64)
    return numbers
