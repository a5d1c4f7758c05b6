"""What a way to learn which books are alike must do."""

from collections.abc import Mapping
from typing import Protocol

from recommendations.learning.arrays import Matrix
from recommendations.learning.progress import Progress


class Method(Protocol):
    """A way to learn which books are alike. A pure function of what it is given."""

    @property
    def name(self) -> str:
        """As on the command line."""
        ...

    @property
    def parameters(self) -> Mapping[str, float]:
        """Its numbers by name."""
        ...

    def learn(self, matrix: Matrix, progress: Progress) -> Matrix:
        """Learn from a matrix of readers by books with 1 for each mark.

        Gives a matrix of books by books, of float32, with at most `MAX_SIMILAR` entries a row, the
        best first. Entry i, j, greater than 0, says how much having chosen book i speaks for book
        j; what speaks for a book is added up. The way back from j to i may say something else.
        """
        ...
