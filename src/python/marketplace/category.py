"""The categories of the shop and what it says of each."""

import enum
from dataclasses import dataclass


class Category(enum.Enum):
    """A category of books. The value is its name in addresses."""

    MYSTERY = "mystery"
    SCIENCE_FICTION = "science-fiction"
    SELF_HELP = "self-help"
    FANTASY = "fantasy"
    HISTORY = "history"
    BIOGRAPHY = "biography"
    ROMANCE = "romance"
    THRILLER = "thriller"

    @property
    def label(self) -> str:
        """Give its name for people: "Science fiction"."""
        return _TEXTS[self].label

    @property
    def blurb(self) -> str:
        """Give a sentence for whoever wonders what stands on that shelf."""
        return _TEXTS[self].blurb


@dataclass(frozen=True, slots=True)
class _Texts:
    label: str
    blurb: str


_TEXTS = {
    Category.MYSTERY: _Texts(
        "Mystery", "Locked rooms, long shadows, and someone who sees what everybody else missed."
    ),
    Category.SCIENCE_FICTION: _Texts(
        "Science fiction", "Other worlds and later centuries, and what people make of them."
    ),
    Category.SELF_HELP: _Texts(
        "Self-help", "Good advice, well put, from people who tried it first."
    ),
    Category.FANTASY: _Texts(
        "Fantasy", "Old maps, older magic, and a long walk in doubtful company."
    ),
    Category.HISTORY: _Texts(
        "History", "How we came to be here, told by those who read the letters."
    ),
    Category.BIOGRAPHY: _Texts(
        "Biography", "Whole lives between two covers, some told by those who lived them."
    ),
    Category.ROMANCE: _Texts(
        "Romance", "Misunderstandings, second chances, and endings worth staying up for."
    ),
    Category.THRILLER: _Texts(
        "Thriller", "The clock is running, and somebody knows more than they say."
    ),
}
