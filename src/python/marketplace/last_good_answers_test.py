"""The last good answers: when they are shown, for how long, and how many there are."""

from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chassis.deadline import Budget
from marketplace.book import Book
from marketplace.category import Category
from marketplace.errors import NoRecommendations, RecommendationsDown
from marketplace.last_good import Ages
from marketplace.last_good_answers import LastGoodAnswers
from marketplace.recommendations import Answer, Source
from marketplace.testing.clock import FakeClock
from marketplace.testing.fakes import THREE_MYSTERIES, FakeRecommendations

FRESH, STALE = 10.0, 60.0
DOWN = RecommendationsDown("UNAVAILABLE: no")
BUDGET = Budget(60.0)


class Shelf:
    """Answers that are remembered, what is behind them, and their clock."""

    def __init__(
        self, fresh_seconds: float = 0.0, stale_seconds: float = STALE, max_answers: int = 64
    ) -> None:
        self.service = FakeRecommendations()
        self.clock = FakeClock()
        self._answers = LastGoodAnswers(
            self.service, Ages(fresh_seconds, stale_seconds), self.clock, max_answers
        )

    def ask(
        self,
        category: Category = Category.MYSTERY,
        max_results: int = 3,
        reader: int | None = None,
    ) -> Answer:
        return self._answers.recommend(category, max_results, "id-1", BUDGET, reader)

    def forget(self, reader: int) -> None:
        self._answers.forget(reader)

    def says(self, answer: Sequence[Book] | Exception) -> None:
        self.service.answer = answer

    @property
    def times_asked(self) -> int:
        return len(self.service.questions)


def test_the_question_is_passed_on_with_its_id_and_its_time() -> None:
    shelf = Shelf()
    assert Answer(THREE_MYSTERIES) == shelf.ask(Category.FANTASY, 7)
    assert [(Category.FANTASY, 7, "id-1")] == shelf.service.questions
    assert [BUDGET] == shelf.service.budgets


def test_a_failure_is_covered_by_the_last_answer_and_says_why() -> None:
    shelf = Shelf()
    shelf.ask()
    shelf.says(THREE_MYSTERIES[:2])
    shelf.ask()
    shelf.says(DOWN)
    assert Answer(THREE_MYSTERIES[:2], Source.STALE, DOWN) == shelf.ask()


def test_a_failure_before_any_answer_is_a_failure() -> None:
    shelf = Shelf()
    shelf.says(DOWN)
    with pytest.raises(RecommendationsDown):
        shelf.ask()


@pytest.mark.parametrize("other", [(Category.FANTASY, 3), (Category.MYSTERY, 24)])
def test_the_answer_to_one_question_is_none_to_another(other: tuple[Category, int]) -> None:
    shelf = Shelf(FRESH)
    shelf.ask()
    shelf.says(DOWN)
    with pytest.raises(RecommendationsDown):
        shelf.ask(*other)


@pytest.mark.parametrize(("age", "shown"), [(STALE - 0.1, True), (STALE, False)])
def test_an_answer_grows_too_old_to_be_shown(age: float, shown: bool) -> None:
    shelf = Shelf()
    shelf.ask()
    shelf.says(DOWN)
    shelf.clock.advance(age)
    if shown:
        assert Source.STALE is shelf.ask().source
    else:
        with pytest.raises(RecommendationsDown):
            shelf.ask()


def test_being_shown_makes_an_answer_no_younger() -> None:
    shelf = Shelf(FRESH)
    shelf.ask()
    shelf.clock.advance(FRESH - 1)
    assert Source.CACHED is shelf.ask().source
    shelf.says(DOWN)
    shelf.clock.advance(STALE - FRESH)
    assert Source.STALE is shelf.ask().source
    shelf.clock.advance(1)
    with pytest.raises(RecommendationsDown):
        shelf.ask()


def test_an_answer_that_came_late_is_as_old_as_its_arrival() -> None:
    """Else slow services would have the shortest memory."""
    shelf = Shelf()

    class Slow:
        def recommend(self, *_: object) -> Answer:
            shelf.clock.advance(STALE)
            return Answer(THREE_MYSTERIES)

    answers = LastGoodAnswers(Slow(), Ages(FRESH, STALE), shelf.clock)
    answers.recommend(Category.MYSTERY, 3, "id-1", BUDGET)
    assert Source.CACHED is answers.recommend(Category.MYSTERY, 3, "id-1", BUDGET).source


def test_nothing_is_shown_that_is_from_earlier_if_so_told() -> None:
    shelf = Shelf(stale_seconds=0.0)
    shelf.ask()
    shelf.says(DOWN)
    with pytest.raises(RecommendationsDown):
        shelf.ask()


def test_somebody_is_always_asked_unless_told_otherwise() -> None:
    shelf = Shelf()
    assert [Source.FRESH] * 3 == [shelf.ask().source for _ in range(3)]
    assert 3 == shelf.times_asked


@pytest.mark.parametrize(("age", "asked"), [(FRESH - 0.1, 1), (FRESH, 2)])
def test_a_fresh_answer_is_given_again_without_asking(age: float, asked: int) -> None:
    shelf = Shelf(FRESH)
    first = shelf.ask()
    shelf.clock.advance(age)
    assert first.books == shelf.ask().books
    assert asked == shelf.times_asked


def test_an_empty_shelf_is_remembered_but_hides_no_failure() -> None:
    shelf = Shelf(FRESH)
    shelf.ask()
    shelf.clock.advance(FRESH)
    shelf.says([])
    assert Answer(()) == shelf.ask()
    assert Answer((), Source.CACHED) == shelf.ask()
    shelf.clock.advance(FRESH)
    shelf.says(DOWN)
    with pytest.raises(RecommendationsDown):
        shelf.ask()


def test_an_error_that_nobody_planned_is_not_hidden() -> None:
    shelf = Shelf()
    shelf.ask()
    shelf.says(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        shelf.ask()


def test_the_answer_that_was_of_no_use_for_longest_makes_room() -> None:
    shelf = Shelf(FRESH, max_answers=2)
    shelf.ask(Category.MYSTERY)
    shelf.ask(Category.FANTASY)
    shelf.ask(Category.MYSTERY)  # Of use, without a new answer.
    shelf.ask(Category.HISTORY)
    shelf.says(DOWN)
    assert Source.CACHED is shelf.ask(Category.MYSTERY).source
    assert Source.CACHED is shelf.ask(Category.HISTORY).source
    with pytest.raises(RecommendationsDown):
        shelf.ask(Category.FANTASY)


# ---- Readers ----

OTHERS = THREE_MYSTERIES[1:]


def test_a_reader_is_shown_what_they_were_told_and_not_what_others_were() -> None:
    shelf = Shelf(FRESH)
    shelf.ask(reader=7)
    shelf.says(OTHERS)
    assert OTHERS == shelf.ask(reader=8).books
    assert OTHERS == shelf.ask().books
    shelf.says(DOWN)
    assert Answer(THREE_MYSTERIES, Source.STALE, DOWN) == shelf.ask(reader=7)
    assert [7, 8, None, 7] == shelf.service.readers


def test_a_known_reader_is_always_asked_about() -> None:
    """What they did since must show, and what newcomers were told a moment ago is not for them."""
    shelf = Shelf(FRESH)
    shelf.ask()
    for answer in (THREE_MYSTERIES, OTHERS):
        shelf.says(answer)
        assert Answer(answer) == shelf.ask(reader=7)
    assert Answer(THREE_MYSTERIES, Source.CACHED) == shelf.ask()
    assert [None, 7, 7] == shelf.service.readers


def test_a_reader_who_was_told_nothing_is_shown_what_anybody_was() -> None:
    shelf = Shelf()
    shelf.ask()
    shelf.says(DOWN)
    assert Answer(THREE_MYSTERIES, Source.STALE, DOWN) == shelf.ask(reader=7)


def test_nobody_is_shown_what_a_reader_was_told() -> None:
    shelf = Shelf()
    shelf.ask(reader=7)
    shelf.says(DOWN)
    for reader in (8, None):
        with pytest.raises(RecommendationsDown):
            shelf.ask(reader=reader)


def test_a_reader_who_is_forgotten_was_told_nothing() -> None:
    shelf = Shelf(FRESH)
    for reader in (7, 8):
        shelf.ask(reader=reader)
    shelf.forget(7)
    shelf.says(DOWN)
    assert THREE_MYSTERIES == shelf.ask(reader=8).books
    with pytest.raises(RecommendationsDown):
        shelf.ask(reader=7)


class AgainstAModel(RuleBasedStateMachine):
    """A dictionary without bounds, whose times are compared anew each time, says the same."""

    def __init__(self) -> None:
        super().__init__()
        self.shelf = Shelf(FRESH, STALE)
        self.model: dict[tuple[Category, int], tuple[tuple[Book, ...], float]] = {}
        self.down = False

    @rule(seconds=st.sampled_from([0.5, FRESH, STALE - FRESH, STALE]))
    def time_passes(self, seconds: float) -> None:
        self.shelf.clock.advance(seconds)

    @rule(answer=st.sampled_from([THREE_MYSTERIES, THREE_MYSTERIES[:1], (), DOWN]))
    def the_service_changes(self, answer: Sequence[Book] | Exception) -> None:
        self.shelf.says(answer)

    @rule(category=st.sampled_from(list(Category)[:2]), max_results=st.integers(1, 2))
    def somebody_asks(self, category: Category, max_results: int) -> None:
        question, now = (category, max_results), self.shelf.clock.now
        books, since = self.model.get(question, ((), -STALE))
        service = self.shelf.service.answer
        try:
            answer = self.shelf.ask(category, max_results)
        except NoRecommendations:
            assert service is DOWN
            assert now - since >= STALE or (not books and now - since >= FRESH)
            return
        if answer.source is Source.FRESH:
            assert service == answer.books
            assert now - since >= FRESH
            self.model[question] = (answer.books, now)
        else:
            assert books == answer.books
            assert now - since < (FRESH if answer.source is Source.CACHED else STALE)
            assert (answer.source is Source.STALE) == (answer.failure is DOWN)

    @invariant()
    def questions_have_not_been_mixed_up(self) -> None:
        assert len(self.model) <= 4


TestAgainstAModel = AgainstAModel.TestCase
TestAgainstAModel.settings = settings(deadline=None, max_examples=60, stateful_step_count=30)


@settings(deadline=None)
@given(st.integers(1, 5), st.lists(st.integers(1, 12), max_size=40))
def test_no_more_are_kept_than_allowed_and_those_last_asked_for(
    max_answers: int, questions: list[int]
) -> None:
    shelf = Shelf(max_answers=max_answers)
    for max_results in questions:
        shelf.ask(max_results=max_results)
    shelf.says(DOWN)
    latest = list(dict.fromkeys(reversed(questions)))
    kept = set()
    for max_results in range(1, 13):
        with suppress(RecommendationsDown):
            shelf.ask(max_results=max_results)
            kept.add(max_results)
    assert set(latest[:max_answers]) == kept
