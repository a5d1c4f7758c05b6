"""Questions that are asked at the same time: how many calls they make, and who gets what."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from chassis.deadline import Budget
from chassis.testing.waiting import wait_until
from marketplace.category import Category
from marketplace.coalescing import Coalescing
from marketplace.errors import (
    NoTimeLeft,
    RecommendationsDown,
    RecommendationsInvalid,
    RecommendationsTooSlow,
)
from marketplace.recommendations import Answer
from marketplace.testing.fakes import THREE_MYSTERIES
from marketplace.testing.held import HeldRecommendations, WatchedBudget

SECONDS = 30.0
ANSWER = Answer(THREE_MYSTERIES)


class Bench:
    """Somebody who has asked and waits, and a way to have others ask the same."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self.service = HeldRecommendations()
        self.coalescing = Coalescing(self.service)
        self._threads = threads
        self.leader = self.ask("leader", Budget(SECONDS))
        wait_until(lambda: len(self.service.asked) == 1)

    def ask(
        self,
        request_id: str,
        budget: Budget,
        category: Category = Category.MYSTERY,
        max_results: int = 3,
        reader: int | None = None,
    ) -> "Future[Answer]":
        return self._threads.submit(
            self.coalescing.recommend, category, max_results, request_id, budget, reader
        )

    def followers(self, count: int) -> "list[Future[Answer]]":
        """Have so many others ask the same, and give them once they wait."""
        budgets = [WatchedBudget(SECONDS) for _ in range(count)]
        answers = [self.ask("follower", budget) for budget in budgets]
        assert all(budget.waits.wait(SECONDS) for budget in budgets)
        return answers


@pytest.fixture()
def bench() -> Iterator[Bench]:
    with ThreadPoolExecutor(16) as threads:
        bench = Bench(threads)
        try:
            yield bench
        finally:
            if not bench.service.end.done():
                bench.service.end.set_result(ANSWER)


def test_all_who_ask_the_same_get_the_answer_to_one_call(bench: Bench) -> None:
    followers = bench.followers(10)
    bench.service.end.set_result(ANSWER)
    assert [ANSWER] * 11 == [each.result(SECONDS) for each in (bench.leader, *followers)]
    assert [(Category.MYSTERY, 3, "leader")] == bench.service.asked


@pytest.mark.parametrize("other", [(Category.FANTASY, 3), (Category.MYSTERY, 24)])
def test_another_question_is_asked_for_itself(bench: Bench, other: tuple[Category, int]) -> None:
    bench.ask("other", Budget(SECONDS), *other)
    wait_until(lambda: len(bench.service.asked) == 2)
    assert (*other, "other") == bench.service.asked[1]


def test_a_reader_does_not_get_what_anybody_gets(bench: Bench) -> None:
    bench.ask("reader", Budget(SECONDS), reader=7)
    wait_until(lambda: len(bench.service.asked) == 2)
    assert "reader" == bench.service.asked[1][-1]


def test_whoever_comes_after_the_answer_asks_anew(bench: Bench) -> None:
    bench.service.end.set_result(ANSWER)
    assert ANSWER == bench.leader.result(SECONDS)
    assert ANSWER == bench.ask("later", Budget(SECONDS)).result(SECONDS)
    assert ["leader", "later"] == [request_id for _, _, request_id in bench.service.asked]


@pytest.mark.parametrize(
    "error",
    [RecommendationsDown("why"), RecommendationsTooSlow("why"), RecommendationsInvalid("why")],
    ids=lambda each: type(each).__name__,
)
def test_a_failure_is_shared_too(bench: Bench, error: Exception) -> None:
    """The same kind with the same text, but each asker's own: threads must not share a stack."""
    followers = bench.followers(5)
    bench.service.end.set_exception(error)
    assert error is bench.leader.exception(SECONDS)
    errors = [each.exception(SECONDS) for each in followers]
    assert [(type(error), "why")] * 5 == [(type(each), str(each)) for each in errors]
    assert 6 == len({id(each) for each in (error, *errors)})
    assert 1 == len(bench.service.asked)


@pytest.mark.parametrize("error", [ZeroDivisionError("secret"), KeyboardInterrupt(), SystemExit(1)])
def test_a_leader_that_breaks_leaves_nobody_waiting(bench: Bench, error: BaseException) -> None:
    """It is the leader's page that fails and the leader's log that says why."""
    followers = bench.followers(3)
    bench.service.end.set_exception(error)
    assert error is bench.leader.exception(SECONDS)
    for each in followers:
        with pytest.raises(RecommendationsDown, match=type(error).__name__) as raised:
            each.result(SECONDS)
        assert "secret" not in str(raised.value)


def test_after_a_failure_the_next_one_asks_anew(bench: Bench) -> None:
    bench.service.end.set_exception(RecommendationsDown("why"))
    bench.leader.exception(SECONDS)
    bench.service.end = Future()
    bench.service.end.set_result(ANSWER)
    assert ANSWER == bench.ask("later", Budget(SECONDS)).result(SECONDS)


def test_a_follower_waits_no_longer_than_it_can(bench: Bench) -> None:
    """Nor does it ask in its turn: the service has that question already."""
    with pytest.raises(NoTimeLeft):
        bench.ask("hasty", Budget(0.01)).result(SECONDS)
    assert not bench.leader.done()
    assert 1 == len(bench.service.asked)
    (patient,) = bench.followers(1)
    bench.service.end.set_result(ANSWER)
    assert ANSWER == patient.result(SECONDS)
