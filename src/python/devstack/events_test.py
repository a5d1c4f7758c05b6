import os
import signal
import threading
from collections.abc import Iterator

import pytest

from devstack.events import EventQueue, Signaled, stop_signals_to

SECONDS = 60.0


@pytest.fixture()
def _signals_reach_others_only() -> Iterator[None]:
    """The main thread blocks SIGTERM, and there is another thread that does not."""
    end = threading.Event()
    other = threading.Thread(target=end.wait)
    other.start()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    yield
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    end.set()
    other.join()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_becomes_an_event(number: signal.Signals) -> None:
    events = EventQueue()
    with stop_signals_to(events.put):
        os.kill(os.getpid(), number)
        assert Signaled(number) == events.get(timeout=SECONDS)


def test_each_signal_is_an_event_of_its_own() -> None:
    """The second one is an order to kill."""
    events = EventQueue()
    with stop_signals_to(events.put):
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
            assert Signaled(signal.SIGINT) == events.get(timeout=SECONDS)
    assert events.empty()


@pytest.mark.usefixtures("_signals_reach_others_only")
def test_a_signal_that_another_thread_receives_wakes_a_main_thread_that_waits_for_it() -> None:
    """The kernel may give a signal to any thread, and then nothing interrupts the main one."""
    events = EventQueue()
    with stop_signals_to(events.put):
        os.kill(os.getpid(), signal.SIGTERM)
        assert Signaled(signal.SIGTERM) == events.get(timeout=SECONDS)


def test_a_hangup_is_reported_unless_it_was_ignored_before() -> None:
    events = EventQueue()
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_signals_to(events.put):
            assert signal.SIG_IGN == signal.getsignal(signal.SIGHUP)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        with stop_signals_to(events.put):
            os.kill(os.getpid(), signal.SIGHUP)
            assert Signaled(signal.SIGHUP) == events.get(timeout=SECONDS)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_afterwards_everything_is_as_it_was() -> None:
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    descriptors = len(os.listdir("/dev/fd"))
    with stop_signals_to(EventQueue().put):
        assert signal.default_int_handler != signal.getsignal(signal.SIGINT)
    assert handlers == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert descriptors == len(os.listdir("/dev/fd"))
    wakeup = signal.set_wakeup_fd(-1)
    assert wakeup == -1
