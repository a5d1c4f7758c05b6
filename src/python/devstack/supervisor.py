"""Starts services one after another, waits, and stops them in the opposite order."""

import signal
import time
from collections.abc import Callable
from queue import Empty
from typing import NoReturn, TypeVar

from devstack.events import EventQueue, Exited, Signaled
from devstack.log_merger import LogMerger
from devstack.orphan_reaper import OrphanReaper
from devstack.service_command import ServiceCommand
from devstack.service_process import ServiceProcess

PROBE_SECONDS = 0.05

T = TypeVar("T")


class StackError(Exception):
    """Something went wrong with a service. Its message is for the person at the keyboard."""


class StopRequested(Exception):
    """Somebody pressed Ctrl-C, or sent SIGTERM or SIGHUP."""


class Supervisor:
    """Runs services until it is asked to stop or one of them ends."""

    def __init__(
        self, events: EventQueue, logs: LogMerger, reaper: OrphanReaper, *, stop_seconds: float
    ) -> None:
        """
        :param stop_seconds: how long each service has to stop before it is killed.
        """
        self._events = events
        self._logs = logs
        self._reaper = reaper
        self._stop_seconds = stop_seconds
        self._running: list[ServiceProcess] = []

    def start(self, command: ServiceCommand) -> None:
        """Starts a service and merges its output into the log."""
        process = ServiceProcess(command, self._events.put)
        self._reaper.watch(process.group)
        self._running.append(process)
        self._logs.attach(process.name, process.output)

    def wait_for(self, what: str, probe: Callable[[], T | None], seconds: float) -> T:
        """Asks a probe again and again until it has an answer, and returns that.

        :param what: what is awaited, for the message.
        :raises StackError: a service ended, or the probe had no answer within so many seconds.
        :raises StopRequested:
        """
        deadline = time.monotonic() + seconds
        while (answer := probe()) is None:
            if time.monotonic() > deadline:
                raise StackError(f"{what} took longer than {seconds:g} s")
            self._take_event(PROBE_SECONDS)
        return answer

    def watch(self) -> NoReturn:
        """Waits, as long as all is well.

        :raises StackError: a service ended.
        :raises StopRequested:
        """
        while True:
            self._take_event(None)

    def stop(self) -> list[str]:
        """Stops the services, the last started first, each within its time.

        A further request to stop kills what still runs.

        :returns: what went wrong, a phrase each; empty if all stopped with exit code 0.
        """
        problems: list[str] = []
        while self._running:
            process = self._running[-1]
            process.terminate()
            deadline = time.monotonic() + self._stop_seconds
            while process in self._running:
                problems += self._follow_stop(process, deadline)
        return problems

    def _follow_stop(self, process: ServiceProcess, deadline: float) -> list[str]:
        try:
            event = self._events.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            self._forget(process)
            return [f"killed {process.name}, which had not stopped after {self._stop_seconds:g} s"]
        if isinstance(event, Signaled):
            names = " and ".join(running.name for running in reversed(self._running))
            while self._running:
                self._forget(self._running[-1])
            return [f"killed {names} at once"]
        return [describe(event)] if self._note(event) and event.code else []

    def _take_event(self, timeout: float | None) -> None:
        try:
            event = self._events.get(timeout=timeout)
        except Empty:
            return
        if isinstance(event, Signaled):
            raise StopRequested
        self._note(event)
        raise StackError(describe(event))

    def _note(self, exited: Exited) -> bool:
        """False for a service that was killed and forgotten before."""
        for process in self._running:
            if process.name == exited.service:
                self._forget(process)
                return True
        return False

    def _forget(self, process: ServiceProcess) -> None:
        process.kill_group()  # The service itself, or workers that it left behind.
        self._reaper.release(process.group)
        self._logs.await_last_words(process.name)
        self._running.remove(process)


def describe(exited: Exited) -> str:
    """Says how a service ended."""
    if exited.code < 0:
        return f"{exited.service} was killed by {signal.Signals(-exited.code).name}"
    return f"{exited.service} ended with exit code {exited.code}"
