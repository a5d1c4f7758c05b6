"""What was learned: for each book the books like it, and how many readers chose it."""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct

from recommendations.large_pages import Numbers, in_large_pages
from recommendations.places import Places

MAX_SIMILAR = 50
"""The most books that a model names as similar to one."""


class ModelInfo(Struct, frozen=True):
    """How a model came about.

    method: its name on the command line of training.
    parameters: its numbers by name, for instance `{"lambda": 100.0}`; the seed is not among them.
    seed: decided what chance decided.
    trained_at: when training began, with a time zone.
    readers, interactions: how many distinct readers, and distinct pairs of a reader and a book, it
        learned from.
    """

    method: str
    parameters: Mapping[str, float]
    seed: int
    trained_at: datetime
    readers: int
    interactions: int


class ModelRow(NamedTuple):
    """What a model knows of one book.

    readers: how many distinct readers chose the book.
    similar: ids (typecode "i") of at most `MAX_SIMILAR` books, the best first, not the book itself.
    scores: how similar each is (typecode "f"), falling; greater than 0, comparable within a model.
    """

    book_id: int
    readers: int
    similar: "array[int]"
    scores: "array[float]"


class LearnedModel:
    """A model in memory: a few flat arrays, so that a million books take megabytes.

    Immutable by convention, and so shared between threads without a lock.

    book_ids: every book that any reader chose (typecode "i"), ascending.
    readers: how many distinct readers chose each (typecode "i").
    starts: where the similar books of each begin in `similar` and `scores` (typecode "q"), and one
        more: where those of the last end.
    similar, scores: those of all books, one after the other; see `ModelRow`.

    Raises ValueError when the arrays do not fit together.
    """

    __slots__ = ("_places", "book_ids", "info", "readers", "scores", "similar", "starts")

    def __init__(
        self,
        info: ModelInfo,
        *,
        book_ids: "array[int]",
        readers: "array[int]",
        starts: "array[int]",
        similar: "Numbers[int]",
        scores: "Numbers[float]",
    ) -> None:
        if not len(book_ids) == len(readers) == len(starts) - 1:
            raise ValueError("readers and starts must say something of each book")
        if not len(similar) == len(scores) == starts[-1]:
            raise ValueError("similar and scores must end where starts says")
        if any(not one < next_one for one, next_one in pairwise(book_ids)):
            raise ValueError("book ids must ascend")
        self.info = info
        self._places = Places(book_ids)
        self.book_ids = book_ids
        self.readers = readers
        self.starts = starts
        self.similar = similar
        self.scores = scores

    @classmethod
    def from_rows(cls, info: ModelInfo, rows: Iterable[ModelRow]) -> "LearnedModel":
        """Put a model to be asked for long together from its rows, which ascend by book id."""
        book_ids, readers, starts = array("i"), array("i"), array("q", [0])
        similar, scores = array("i"), array("f")
        for row in rows:
            book_ids.append(row.book_id)
            readers.append(row.readers)
            similar.extend(row.similar)
            scores.extend(row.scores)
            starts.append(len(similar))
        return cls(
            info,
            book_ids=book_ids,
            readers=readers,
            starts=starts,
            similar=in_large_pages(similar),
            scores=in_large_pages(scores),
        )

    def __len__(self) -> int:
        return len(self.book_ids)

    def rows(self) -> Iterator[ModelRow]:
        """Give what is known of each book, ascending by book id."""
        return map(self._row, range(len(self)))

    def row(self, book_id: int) -> ModelRow | None:
        """Give what is known of a book, or None where no reader ever chose it."""
        place = self.place_of(book_id)
        return None if place is None else self._row(place)

    def place_of(self, book_id: int) -> int | None:
        """Give where a book stands in `book_ids`, or None where no reader ever chose it."""
        return self._places.of(book_id)

    def _row(self, index: int) -> ModelRow:
        start, end = self.starts[index], self.starts[index + 1]
        return ModelRow(
            self.book_ids[index],
            self.readers[index],
            array("i", self.similar[start:end]),
            array("f", self.scores[start:end]),
        )
