"""Which categories a book belongs to, by the tags that readers put on it.

The rule, and why it is so, is told in docs/catalogue.md.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recommendations.book import Category

MIN_READERS = 5
"""A category needs at least so many marks by readers."""
MIN_SHARE = 0.02
"""A category needs at least this part of all marks that name a genre."""
MAX_CATEGORIES = 3
"""A book stands in at most so many categories, those with the most marks."""
LAST_RESORT = Category.HISTORY
"""Takes the books whose tags name no genre of the shop, nor a neighboring one."""

GENRES: Mapping[Category, Sequence[str]] = {
    Category.MYSTERY: (
        "mystery mysteries classic-mystery cozy-mystery crime crime-and-mystery crime-fiction "
        "crime-mystery crime-noir detective detective-fiction detective-stories detective-story "
        "detectives murder-mysteries murder-mystery mystery-crime mystery-detective noir "
        "sherlock-holmes true-crime whodunit whodunnit"
    ).split(),
    Category.SCIENCE_FICTION: (
        "science-fiction sci-fi scifi sf dystopia dystopian dystopian-fiction dystopias "
        "post-apocalyptic time-travel"
    ).split(),
    Category.SELF_HELP: (
        "self-help inspirational leadership motivation motivational personal-development "
        "personal-growth self-improvement"
    ).split(),
    Category.FANTASY: (
        "fantasy epic-fantasy fairy-tales fairytales fantasy-fiction fiction-fantasy high-fantasy "
        "magic magic-realism magical-realism mythology ya-fantasy"
    ).split(),
    Category.HISTORY: (
        "history american-history ancient-history european-history historical-non-fiction "
        "military-history world-history"
    ).split(),
    Category.BIOGRAPHY: (
        "biography auto-biography autobiography biographical biographies biography-memoir memoir "
        "memoir-biography memoirs"
    ).split(),
    Category.ROMANCE: (
        "romance chick-lit historical-romance love love-stories love-story romantic"
    ).split(),
    Category.THRILLER: (
        "thriller espionage gothic-horror horror horror-thriller spy suspense thrillers"
    ).split(),
}
"""The tags that name a category of the shop. Horror stands with the thrillers.

A tag that names two categories at once (`sci-fi-fantasy`) does not tell which, and is left out.
"""

OTHER_GENRES: Sequence[str] = (
    "adventure animals childrens historical-fiction humor philosophy plays poetry politics "
    "religion short-stories war"
).split()
"""The tags of genres for which the shop has no category; they weigh in a book's total."""

NEIGHBORS: Mapping[Category, Sequence[str]] = {
    Category.SELF_HELP: (
        "philosophy christian christianity essays existentialism religion spirituality"
    ).split(),
    Category.HISTORY: "historical-fiction historical politics war 19th-century".split(),
    Category.BIOGRAPHY: ["coming-of-age"],
    Category.THRILLER: ["adventure"],
}
"""The tags of genres that stand near a category, for books that reach none by the rule."""


class Evidence(enum.Enum):
    """What put a book where it stands."""

    GENRE = "by their genres"
    NEIGHBOR = "by a neighboring genre"
    NONE = "for want of any genre of the shop"


@dataclass(frozen=True, slots=True)
class Shelving:
    """The categories of a book, the strongest first, and what they rest on."""

    categories: tuple[Category, ...]
    evidence: Evidence


def shelve(marks: Mapping[str, int]) -> Shelving:
    """Choose the categories of a book. `marks` counts the readers who put each tag on it."""
    readers = _readers(GENRES, marks)
    total = sum(readers.values()) + sum(marks.get(tag, 0) for tag in OTHER_GENRES)
    needed = max(MIN_READERS, MIN_SHARE * total)
    reached = [category for category in readers if readers[category] >= needed]
    if reached:
        # Stable: categories with equal marks keep the order of the shop.
        strongest = sorted(reached, key=lambda category: -readers[category])
        return Shelving(tuple(strongest[:MAX_CATEGORIES]), Evidence.GENRE)
    near = _readers(NEIGHBORS, marks)
    nearest = max(near, key=lambda category: near[category])
    if near[nearest] >= needed:
        return Shelving((nearest,), Evidence.NEIGHBOR)
    return Shelving((LAST_RESORT,), Evidence.NONE)


def _readers(
    tags_by_category: Mapping[Category, Sequence[str]], marks: Mapping[str, int]
) -> dict[Category, int]:
    return {
        category: sum(marks.get(tag, 0) for tag in tags)
        for category, tags in tags_by_category.items()
    }
