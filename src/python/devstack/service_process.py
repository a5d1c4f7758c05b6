"""One running service."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from typing import IO, cast

from devstack.events import Event, Exited
from devstack.service_command import ServiceCommand


class ServiceProcess:
    """A service in a session of its own, so that Ctrl-C reaches the supervisor alone."""

    def __init__(self, command: ServiceCommand, report: Callable[[Event], None]) -> None:
        """Starts it.

        :param report: called once, from another thread, when the process has ended.
        :raises OSError: it cannot be started.
        """
        self.name = command.name
        self._popen = subprocess.Popen(
            command.argv,
            env=command.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        threading.Thread(
            target=lambda: report(Exited(self.name, self._popen.wait())),
            name=f"wait-{self.name}",
            daemon=True,
        ).start()

    @property
    def group(self) -> int:
        """The number of its process group."""
        return self._popen.pid

    @property
    def output(self) -> IO[bytes]:
        """What it writes to its standard output and standard error."""
        return cast(IO[bytes], self._popen.stdout)  # Not None, because it is a pipe.

    def terminate(self) -> None:
        """Asks it to stop."""
        self._popen.send_signal(signal.SIGTERM)

    def kill_group(self) -> None:
        """Ends it, or what it has left behind, at once."""
        # macOS raises PermissionError for a group of zombies.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.group, signal.SIGKILL)
