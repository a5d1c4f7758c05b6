"""A circuit breaker after Nygard's "Release It!", for threads; docs/adr says why it is ours."""

import enum
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass


class State(enum.Enum):
    """Whether calls are made. The values are those of the metric."""

    CLOSED = 0
    """All are."""
    HALF_OPEN = 1
    """One is being made, to find out; the others are not."""
    OPEN = 2
    """None is."""


@dataclass(frozen=True, slots=True)
class CircuitSettings:
    """When a circuit opens, and for how long.

    failures: how many calls in a row must fail for it to open, 1 or more.
    pause_seconds: the most that it stays open before a call is tried; at least half of it. Chance
        decides, so that many processes do not try at once.
    """

    failures: int
    pause_seconds: float


class Circuit:
    """Counts failures and decides which calls are made. Safe to use from several threads.

    clock: gives seconds that never go back.
    changed: told of each new state, one at a time and in order; must be quick and not call back.

    A call that was let in before a change says nothing of the time after it: how it ends is
    overlooked. So a straggler neither closes the circuit nor spoils the trial of another.
    """

    def __init__(
        self,
        settings: CircuitSettings,
        clock: Callable[[], float],
        chance: random.Random,
        changed: Callable[[State], None],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._chance = chance
        self._changed = changed
        self._lock = threading.Lock()
        self._state = State.CLOSED
        self._changes = 0
        self._failures = 0
        self._trial_at = 0.0

    def enter(self) -> int | None:
        """Give a ticket for one call, or None if it must not be made.

        Whoever has a ticket hands it in, by `succeeded`, `failed` or `withdrawn`, whatever happens:
        while the circuit is half open, no other call is made before that.
        """
        with self._lock:
            if self._state is State.OPEN and self._clock() >= self._trial_at:
                self._change(State.HALF_OPEN)
                return self._changes
            return self._changes if self._state is State.CLOSED else None

    def succeeded(self, ticket: int) -> None:
        """Say that the call came to an end that proves the service well."""
        with self._lock:
            if ticket != self._changes:
                return
            self._failures = 0
            if self._state is State.HALF_OPEN:
                self._change(State.CLOSED)

    def failed(self, ticket: int) -> None:
        """Say that the call failed."""
        with self._lock:
            if ticket != self._changes:
                return
            self._failures += 1
            if self._state is State.HALF_OPEN or self._failures >= self._settings.failures:
                self._open()

    def withdrawn(self, ticket: int) -> None:
        """Say that the call came to an end that proves nothing. A trial is put off."""
        with self._lock:
            if ticket == self._changes and self._state is State.HALF_OPEN:
                self._open()

    def _open(self) -> None:
        pause = self._settings.pause_seconds * self._chance.uniform(0.5, 1.0)
        self._trial_at = self._clock() + pause
        self._change(State.OPEN)

    def _change(self, state: State) -> None:
        self._state = state
        self._changes += 1
        self._changed(state)
