"""The circuit: when it opens, who may try, and when it closes."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from marketplace.circuit import Circuit, CircuitSettings, State
from marketplace.testing.clock import FakeClock

FAILURES = 3
PAUSE = 8.0


class Bench:
    """A circuit with its clock and the states it has told."""

    def __init__(self, failures: int = FAILURES, seed: int = 1) -> None:
        self.clock = FakeClock()
        self.told: list[State] = []
        self.circuit = Circuit(
            CircuitSettings(failures, PAUSE), self.clock, random.Random(seed), self.told.append
        )

    def state(self) -> State:
        return self.told[-1]

    def enter(self) -> int:
        """Enter, which must be allowed."""
        ticket = self.circuit.enter()
        assert ticket is not None
        return ticket

    def fail(self, times: int = 1) -> None:
        for _ in range(times):
            self.circuit.failed(self.enter())

    def open(self) -> None:
        self.fail(FAILURES)
        assert self.circuit.enter() is None

    def start_trial(self) -> int:
        self.clock.advance(PAUSE)
        return self.enter()


@pytest.mark.parametrize("failures", [1, 2, 5])
def test_it_opens_when_so_many_calls_have_failed_in_a_row(failures: int) -> None:
    bench = Bench(failures)
    bench.fail(failures - 1)
    assert [] == bench.told
    bench.fail()
    assert [State.OPEN] == bench.told
    assert bench.circuit.enter() is None


def test_a_success_between_begins_the_count_anew() -> None:
    bench = Bench()
    bench.fail(FAILURES - 1)
    bench.circuit.succeeded(bench.enter())
    bench.fail(FAILURES - 1)
    assert [] == bench.told
    bench.fail()
    assert [State.OPEN] == bench.told


def test_what_proves_nothing_neither_counts_nor_begins_anew() -> None:
    bench = Bench()
    bench.fail(FAILURES - 1)
    bench.circuit.withdrawn(bench.enter())
    assert [] == bench.told
    bench.fail()
    assert [State.OPEN] == bench.told


def test_after_the_pause_one_call_is_let_in_and_no_other() -> None:
    bench = Bench()
    bench.open()
    bench.start_trial()
    assert [None] * 5 == [bench.circuit.enter() for _ in range(5)]
    bench.clock.advance(100 * PAUSE)
    assert bench.circuit.enter() is None
    assert [State.OPEN, State.HALF_OPEN] == bench.told


def test_a_trial_that_succeeds_closes_it() -> None:
    bench = Bench()
    bench.open()
    bench.circuit.succeeded(bench.start_trial())
    assert [State.OPEN, State.HALF_OPEN, State.CLOSED] == bench.told
    bench.fail(FAILURES - 1)  # The count began anew.
    bench.enter()


@pytest.mark.parametrize("end", [Circuit.failed, Circuit.withdrawn])
def test_a_trial_that_does_not_opens_it_for_another_pause(
    end: Callable[[Circuit, int], None],
) -> None:
    bench = Bench()
    bench.open()
    end(bench.circuit, bench.start_trial())
    assert [State.OPEN, State.HALF_OPEN, State.OPEN] == bench.told
    bench.clock.advance(PAUSE / 2 - 0.01)
    assert bench.circuit.enter() is None
    bench.circuit.succeeded(bench.start_trial())
    assert State.CLOSED is bench.state()


@settings(deadline=None)
@given(st.integers())
def test_the_pause_is_between_half_and_all_of_the_setting(seed: int) -> None:
    bench = Bench(seed=seed)
    bench.open()
    bench.clock.advance(PAUSE * 0.499)
    assert bench.circuit.enter() is None
    bench.clock.advance(PAUSE * 0.502)
    bench.enter()


def test_the_pause_differs_from_process_to_process_and_from_time_to_time() -> None:
    pauses = []
    for seed in range(4):
        bench = Bench(seed=seed)
        bench.open()
        for _ in range(4):
            began = bench.clock.now
            while (ticket := bench.circuit.enter()) is None:
                bench.clock.advance(0.001)
            pauses.append(bench.clock.now - began)
            bench.circuit.failed(ticket)
    assert 16 == len(set(pauses))


def test_stragglers_from_before_say_nothing() -> None:
    """They neither close an open circuit, nor decide the trial, nor count when it is over."""
    bench = Bench()
    old = [bench.enter() for _ in range(3 * FAILURES)]
    bench.open()
    bench.circuit.succeeded(old.pop())
    bench.circuit.failed(old.pop())
    assert bench.circuit.enter() is None
    trial = bench.start_trial()
    bench.circuit.succeeded(old.pop())
    bench.circuit.failed(old.pop())
    bench.circuit.withdrawn(old.pop())
    assert State.HALF_OPEN is bench.state()
    bench.circuit.succeeded(trial)
    for ticket in old:
        bench.circuit.failed(ticket)
    assert State.CLOSED is bench.state()
    bench.fail(FAILURES - 1)
    bench.enter()


def test_of_many_threads_one_makes_the_trial() -> None:
    bench = Bench()
    bench.open()
    bench.clock.advance(PAUSE)
    together = threading.Barrier(16, timeout=30)

    def enter() -> int | None:
        together.wait()
        return bench.circuit.enter()

    with ThreadPoolExecutor(16) as threads:
        tickets = [each.result() for each in [threads.submit(enter) for _ in range(16)]]
    assert 1 == sum(ticket is not None for ticket in tickets)


class AnyHistory(RuleBasedStateMachine):
    """Whatever happens in whatever order, with calls that overlap."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench()
        self.in_flight: list[tuple[int, int]] = []

    @property
    def state(self) -> State:
        return self.bench.told[-1] if self.bench.told else State.CLOSED

    @rule(seconds=st.sampled_from([0.1, PAUSE / 2, PAUSE]))
    def time_passes(self, seconds: float) -> None:
        self.bench.clock.advance(seconds)

    @rule()
    def somebody_calls(self) -> None:
        before = self.state
        ticket = self.bench.circuit.enter()
        if ticket is None:
            assert before is not State.CLOSED
        else:
            assert before is not State.HALF_OPEN
            self.in_flight.append((ticket, len(self.bench.told)))

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data())
    def a_call_ends(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.in_flight) - 1))
        ticket, changes = self.in_flight.pop(index)
        before, told_before = self.state, list(self.bench.told)
        end = data.draw(st.sampled_from(["succeeded", "failed", "withdrawn"]))
        getattr(self.bench.circuit, end)(ticket)
        if changes != len(told_before):
            assert told_before == self.bench.told
        elif before is State.HALF_OPEN:
            assert (State.CLOSED if end == "succeeded" else State.OPEN) is self.state
        elif before is not self.state:
            assert (State.CLOSED, State.OPEN, "failed") == (before, self.state, end)

    @invariant()
    def it_changes_only_along_the_four_ways(self) -> None:
        ways = {
            (State.CLOSED, State.OPEN),
            (State.OPEN, State.HALF_OPEN),
            (State.HALF_OPEN, State.OPEN),
            (State.HALF_OPEN, State.CLOSED),
        }
        states = [State.CLOSED, *self.bench.told]
        assert ways >= set(zip(states, states[1:], strict=False))

    @invariant()
    def whoever_tries_can_still_end_it(self) -> None:
        """A circuit that is half open waits for a call that is in flight: never for nobody."""
        if self.state is State.HALF_OPEN:
            assert len(self.bench.told) in [changes for _, changes in self.in_flight]


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(deadline=None, max_examples=80, stateful_step_count=40)
