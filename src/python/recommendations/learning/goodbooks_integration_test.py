"""What is promised of real readers, where their data are at hand: they are not part of the repo."""

import os
from pathlib import Path

import pytest

from recommendations.learning.interactions_csv import CsvInteractionSource
from recommendations.learning.local_ease import LocalEase
from recommendations.learning.marks import read_marks
from recommendations.learning.training import BASELINE, compare

BESIDE_THE_CHECKOUT = Path(__file__).parents[5] / "shared" / "data" / "goodbooks"
MARKS = Path(os.environ.get("GOODBOOKS_DIR") or BESIDE_THE_CHECKOUT) / "to_read.csv"

pytestmark = pytest.mark.skipif(
    not MARKS.is_file(), reason="no goodbooks data: set GOODBOOKS_DIR to a folder with to_read.csv"
)


def test_learning_beats_the_most_popular_books() -> None:
    """By what docs/recommending.md promises, in the mean over splits."""
    marks = read_marks(CsvInteractionSource(MARKS), seed=1)

    scores = compare(marks, [LocalEase()], seeds=[1, 2, 3])

    popular, learned = scores[BASELINE], scores["local-ease"]
    assert learned.hit_rate >= 1.6 * popular.hit_rate
    assert learned.ndcg >= 1.9 * popular.ndcg
    assert learned.coverage > 0.6
