"""What learning asks of the outside. No SQL here: `storage` implements these for databases."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from recommendations.interaction import Interaction
from recommendations.learning.model import LearnedModel


class InteractionSource(Protocol):
    """All that readers did."""

    def read(self) -> Iterator[Sequence[Interaction]]:
        """Give all interactions in batches, each small enough to hold, in one fixed order.

        The order (by row id) is part of the promise: training repeats itself under a seed. Each
        call reads anew, and one reading sees one state of the data.
        """
        ...


class SimilarityStore(Protocol):
    """Where learned models are kept, by version."""

    def write(self, model: LearnedModel) -> int:
        """Keep the model under a new version, whole or not at all; give that version.

        Versions grow. The last three stay, older ones are deleted.
        """
        ...

    def read_latest(self) -> LearnedModel | None:
        """Give the model of the highest version, or None where nothing was learned yet."""
        ...
