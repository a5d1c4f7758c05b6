"""From the first call to the last: listen, serve until a signal, drain, stop."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from time import monotonic
from typing import NoReturn, Protocol

from structlog.typing import FilteringBoundLogger

from chassis.address import join
from chassis.health import HealthBoard
from chassis.port_file import port_file
from chassis.service_settings import ServiceSettings
from chassis.signals import StopSignals, StopSource

_CANCEL_SECONDS = 5.0
"""How long calls that were cancelled may take to notice."""
_FORCED_SECONDS = 1.0


Announce = Callable[[int], AbstractContextManager[None]]
"""Tells others the port while the server serves."""


class Server(Protocol):
    """What can be served."""

    def listen(self, host: str, port: int) -> int:
        """Take a port and give its number."""

    def start(self, failed: Callable[[], None] | None = None) -> None:
        """Begin to answer. failed: called from any thread, once, if it no longer can."""

    def stop(self, grace_seconds: float) -> threading.Event:
        """Take no more calls, cancel those left after the grace period; set the event when done."""

    def close(self) -> None:
        """Let go of what the server holds, once stopped."""


def serve(
    server: Server,
    board: HealthBoard,
    settings: ServiceSettings,
    log: FilteringBoundLogger,
    stops: StopSource | None = None,
    announce: Announce | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT and give the exit code. Main thread only.

    stops: who asks to stop, if not whoever sends this process a signal.
    announce: how the port is told, if not by `port_file`.

    At a signal health turns NOT_SERVING at once, while calls are answered for `drain_seconds`, so
    that load balancers notice. Then no new call is taken, and those in flight have `grace_seconds`
    to finish. Exit code 0. Another signal cancels what is in flight: 128 plus the signal's number,
    as for a process that it killed. A server that fails is not waited for: exit code 1.

    Raises ListenError and PortFileError.
    """
    tell = announce or (lambda port: port_file(settings.port_file, port))
    has_failed = threading.Event()
    forced = None
    try:
        with stops or StopSignals() as signals:

            def failed() -> None:
                has_failed.set()
                signals.wake()

            port = server.listen(settings.listen_host, settings.listen_port)
            server.start(failed)
            with tell(port):
                log.info("listening", address=join(settings.listen_host, port))
                received = signals.wait()
                if not has_failed.is_set():
                    forced = _wind_down(server, board, settings, log, signals, received)
    finally:
        server.stop(0).wait(_FORCED_SECONDS)
        server.close()
    if has_failed.is_set():
        log.critical("the server has failed")
        return 1
    if forced:
        log.warning("stopped at once", signal=forced.name)
        return 128 + forced
    log.info("stopped")
    return 0


def _wind_down(
    server: Server,
    board: HealthBoard,
    settings: ServiceSettings,
    log: FilteringBoundLogger,
    signals: StopSource,
    received: signal.Signals | None,
) -> signal.Signals | None:
    """Drain and stop; give the signal that cut it short, if one did."""
    # Left alone, a process must make room for its successor: who balances will notice that.
    seconds = 0.0 if received is signal.SIGHUP else settings.drain_seconds
    board.stop()
    log.info("draining", signal=received and received.name, seconds=seconds)
    if seconds and (forced := signals.wait(seconds)) and forced is not signal.SIGHUP:
        return forced
    log.info("stopping", grace_seconds=settings.grace_seconds)
    # The server's own end of the period is a net: what happens at the end is said here.
    stopped = server.stop(settings.grace_seconds + _CANCEL_SECONDS)
    board.close()

    def watch() -> None:
        if not stopped.wait(settings.grace_seconds):
            log.warning("the grace period is over, cancelling the calls that are left")
            server.stop(0).wait(_CANCEL_SECONDS)
        signals.wake()

    threading.Thread(target=watch, name="stop-watch", daemon=True).start()
    longest = settings.grace_seconds + 2 * _CANCEL_SECONDS
    forced = signals.wait(longest)
    return signals.wait(longest) if forced is signal.SIGHUP else forced


def stop_seconds(settings: ServiceSettings) -> float:
    """Give the most that it takes from a signal to the end of the process."""
    return (
        settings.drain_seconds + settings.grace_seconds + 2 * _CANCEL_SECONDS + 2 * _FORCED_SECONDS
    )


def leave(exit_code: int) -> NoReturn:
    """End the process, also when a thread does not: a call that outlived its grace must not."""
    give_up = monotonic() + _FORCED_SECONDS
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(max(0.0, give_up - monotonic()))
            if thread.is_alive():
                sys.stdout.flush()
                logging.shutdown()  # Lines that wait to be written.
                sys.stderr.flush()
                os._exit(exit_code)
    sys.exit(exit_code)
