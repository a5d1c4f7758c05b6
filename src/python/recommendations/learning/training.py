"""Learning a model from all interactions, and judging methods by what they foretell."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import numpy as np

from recommendations.learning.evaluation import Ranking, Scores, evaluate, mean
from recommendations.learning.marks import Marks
from recommendations.learning.method import Method
from recommendations.learning.model import LearnedModel, ModelInfo
from recommendations.learning.progress import Progress, silent
from recommendations.learning.rankings import AtRandom, Learned, MostPopular
from recommendations.learning.similarity import learned_model
from recommendations.learning.split import MIN_MARKS, Split, leave_last_out

BASELINE = "most popular"
"""The name of the ranking that a method must beat."""


class NothingHeldBack(Exception):
    """No reader has enough marks for one to be held back."""


def train(
    marks: Marks, method: Method, *, seed: int, now: datetime, progress: Progress = silent
) -> LearnedModel:
    """Learn from all marks. `seed` is noted: it has decided how they were read."""
    similar = method.learn(marks.matrix(), progress)
    info = ModelInfo(
        method=method.name,
        parameters=method.parameters,
        seed=seed,
        trained_at=now,
        readers=int(np.count_nonzero(marks.per_reader())),
        interactions=len(marks),
    )
    return learned_model(info, marks, similar)


def compare(
    marks: Marks, methods: Iterable[Method], *, seeds: Iterable[int], progress: Progress = silent
) -> Mapping[str, Scores]:
    """Give the mean scores of random books, the most popular ones, and each method, by name.

    seeds: of the splits. Each is made before anything is learned from it.

    Raises NothingHeldBack.
    """
    scores: dict[str, list[Scores]] = {}
    methods = tuple(methods)
    for seed in seeds:
        split = leave_last_out(marks, seed)
        if not len(split.readers):
            raise NothingHeldBack(f"no reader has {MIN_MARKS} marks, so none can be held back")
        for name, ranking in _rankings(split, methods, seed, progress):
            scores.setdefault(name, []).append(evaluate(ranking, split))
    return {name: mean(each) for name, each in scores.items()}


def _rankings(
    split: Split, methods: Iterable[Method], seed: int, progress: Progress
) -> Iterable[tuple[str, Ranking]]:
    popular = MostPopular(split.known.per_book())
    yield "random", AtRandom(len(split.known.book_ids), seed)
    yield BASELINE, popular
    for method in methods:
        yield method.name, Learned(method.learn(split.known.matrix(), progress), popular)
