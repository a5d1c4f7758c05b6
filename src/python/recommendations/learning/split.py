"""Holding back what a method is asked to foretell, before anything is learned."""

from dataclasses import dataclass

import numpy as np

from recommendations.learning.arrays import Ints
from recommendations.learning.marks import Marks, places

MIN_MARKS = 3
"""A reader takes part with at least so many marks, so that two are left to learn from."""


@dataclass(frozen=True, slots=True)
class Split:
    """One mark held back of each reader who has enough.

    known: what may be learned from.
    readers, books: indexes of the reader and the book of each mark held back, a reader once.
    """

    known: Marks
    readers: Ints
    books: Ints


def leave_last_out(marks: Marks, seed: int) -> Split:
    """Hold back the last mark of each reader with `MIN_MARKS` or more.

    The last is the one with the latest time. Between marks of one time, and where times are
    unknown, chance under `seed` decides.
    """
    chance = np.random.default_rng(seed).random(len(marks))
    place = places(marks.reader, marks.at, chance)
    count = marks.per_reader()[marks.reader]
    held = (place == count - 1) & (count >= MIN_MARKS)
    return Split(marks.where(~held), marks.reader[held], marks.book[held])
