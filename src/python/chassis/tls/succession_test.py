"""A former channel is closed when its calls, or its time, are over."""

from typing import Any

import grpc
import pytest

from chassis.tls.succession import Listener, Succession


class Recorded(grpc.Channel):
    """A channel that only remembers what was done to it."""

    def __init__(self) -> None:
        self.closed = False
        self.listeners: list[Listener] = []

    def close(self) -> None:
        self.closed = True

    def subscribe(self, callback: Listener, try_to_connect: bool = False) -> None:
        self.listeners.append(callback)

    def unsubscribe(self, callback: Listener) -> None:
        if callback in self.listeners:
            self.listeners.remove(callback)

    def unary_unary(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError

    unary_stream = stream_unary = stream_stream = unary_unary


class Reigning:
    """A succession of two recorded channels, with a clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0
        self.first, self.second = Recorded(), Recorded()
        self.succession = Succession(self.first, 30.0, lambda: self.now)

    def closed(self) -> tuple[bool, bool]:
        self.succession.close_retired()
        return self.first.closed, self.second.closed


@pytest.fixture()
def reigning() -> Reigning:
    return Reigning()


def test_the_first_reigns_until_it_is_succeeded(reigning: Reigning) -> None:
    assert reigning.first is reigning.succession.acquire().channel
    reigning.succession.succeed(reigning.second)
    assert reigning.second is reigning.succession.acquire().channel


def test_one_without_calls_is_closed_at_once(reigning: Reigning) -> None:
    reigning.succession.succeed(reigning.second)
    assert (True, False) == reigning.closed()


def test_one_with_calls_is_closed_when_the_last_is_over(reigning: Reigning) -> None:
    calls = [reigning.succession.acquire() for _ in range(2)]
    reigning.succession.succeed(reigning.second)
    for call in calls:
        assert (False, False) == reigning.closed()
        reigning.succession.release(call)
    assert (True, False) == reigning.closed()


def test_calls_that_do_not_end_have_a_grace_period(reigning: Reigning) -> None:
    reigning.succession.acquire()
    reigning.succession.succeed(reigning.second)
    reigning.now += 29.9
    assert (False, False) == reigning.closed()
    reigning.now += 0.1
    assert (True, False) == reigning.closed()


def test_one_that_reigns_is_not_closed_however_idle(reigning: Reigning) -> None:
    reigning.now += 1e6
    assert (False, False) == reigning.closed()


def test_all_are_closed_in_the_end(reigning: Reigning) -> None:
    reigning.succession.acquire()
    reigning.succession.succeed(reigning.second)
    reigning.succession.close()
    assert (True, True) == (reigning.first.closed, reigning.second.closed)


def test_listeners_hear_of_whichever_reigns(reigning: Reigning) -> None:
    def listener(_: grpc.ChannelConnectivity) -> None: ...

    reigning.succession.subscribe(listener, False)
    assert ([listener], []) == (reigning.first.listeners, reigning.second.listeners)
    reigning.succession.succeed(reigning.second)
    assert ([], [listener]) == (reigning.first.listeners, reigning.second.listeners)
    reigning.succession.unsubscribe(listener)
    assert ([], []) == (reigning.first.listeners, reigning.second.listeners)
