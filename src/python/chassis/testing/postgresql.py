"""A real PostgreSQL server for tests: it can be killed, stop in mid-thought, and come back."""

import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_DEBIAN = Path("/usr/lib/postgresql")
_PROGRAMS = ("initdb", "postgres", "createdb", "pg_isready")
_USER = "postgres"
_SECONDS = 120.0
_POLL_SECONDS = 0.02
_HOST = "127.0.0.1"


def postgresql_programs() -> Path | None:
    """Give the folder of PostgreSQL's programs, the newest one's, or None where there is none."""
    versions = sorted(_DEBIAN.glob("[0-9]*"), key=lambda each: float(each.name), reverse=True)
    on_path = map(Path, os.environ.get("PATH", "").split(os.pathsep))
    for folder in [*(version / "bin" for version in versions), *on_path]:
        if all((folder / program).exists() for program in _PROGRAMS):
            return folder
    return None


class PostgresServer:
    """A server with a folder and a port of its own, for this machine alone, without passwords.

    programs: see `postgresql_programs`.
    also: another address of this machine, at which others in its network are served as well.

    It runs as the user `postgres` where we are root, for it refuses to be root. What it has
    committed outlives its own end, not that of the machine: it does not wait for the disk.
    """

    def __init__(self, programs: Path, also: str | None = None) -> None:
        self._programs = programs
        self._addresses = [_HOST, also] if also else [_HOST]
        self._user = _USER if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
        if self._user:
            shutil.chown(self._folder, self._user)
        self._data = self._folder / "data"
        self._log = self._folder / "log"
        self._port = 0
        self._server: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)
        command = ["initdb", "--auth=trust", f"--username={_USER}", "--encoding=UTF8", "--no-sync"]
        self._run([*command, "--locale=C", f"--pgdata={self._data}"])
        if also:
            with (self._data / "pg_hba.conf").open("a") as rules:
                rules.write("host all all samenet trust\n")

    def url(self, database: str = _USER, user: str = _USER) -> str:
        """Give the URL of a database, as SQLAlchemy writes it, at the last of its addresses."""
        return f"postgresql+psycopg://{user}@{self._addresses[-1]}:{self._port}/{database}"

    def new_database(self) -> str:
        """Make an empty database and give its URL."""
        name = f"test_{next(self._numbers)}"
        self._run(["createdb", "-h", _HOST, "-p", str(self._port), "-U", _USER, name])
        return self.url(name)

    def start(self) -> None:
        """Start the server, at the port that it had before if it had one."""
        end = time.monotonic() + _SECONDS
        while True:
            port = self._port or _free_port()
            self._launch(port)
            if self._answers(port, end):
                self._port = port
                return
            if time.monotonic() > end:
                raise TimeoutError(self._log.read_text("utf-8", "replace"))

    def kill(self) -> None:
        """End it and all its processes at once, as a failing machine would."""
        self._signal_all(signal.SIGKILL)
        if self._server:
            self._server.wait(_SECONDS)
            self._server = None
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def freeze(self) -> None:
        """Let it say nothing more, while connections to it stay open and new ones are taken."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal_all(signal.SIGCONT)

    def close(self) -> None:
        """End it and remove its folder."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _launch(self, port: int) -> None:
        settings = {
            "port": port,
            "listen_addresses": ",".join(self._addresses),
            "unix_socket_directories": "",
            "fsync": "off",
            "shared_buffers": "16MB",
            "max_connections": "50",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(
                self._as_user("postgres", "-D", str(self._data), *options),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self._folder,
            )

    def _answers(self, port: int, end: float) -> bool:
        """Wait until it answers; False when it ended instead, as where the port was taken."""
        program = str(self._programs / "pg_isready")
        ask = [program, "-q", "-h", _HOST, "-p", str(port), "-U", _USER]
        while self._server and time.monotonic() < end and self._server.poll() is None:
            # The server of another test may have the port, and answer: ours says that it is up.
            if self._is_up() and subprocess.run(ask, check=False).returncode == 0:
                return True
            time.sleep(_POLL_SECONDS)
        return False

    def _is_up(self) -> bool:
        """Tell whether its own file says so, in the last line."""
        with contextlib.suppress(FileNotFoundError):
            return (self._data / "postmaster.pid").read_text("ascii").split()[-1:] == ["ready"]
        return False

    def _signal_all(self, number: signal.Signals) -> None:
        if self._server is None:
            return
        # Each of its processes leads a session of its own.
        for pid in [self._server.pid, *_children(self._server.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _run(self, command: Sequence[str]) -> None:
        program, *arguments = command
        subprocess.run(
            self._as_user(program, *arguments),
            check=True,
            capture_output=True,
            timeout=_SECONDS,
            cwd=self._folder,
        )

    def _as_user(self, program: str, *arguments: str) -> list[str]:
        # Not by Popen's `user`, for which Python forks, beside gRPC's threads.
        user = (
            ["setpriv", f"--reuid={self._user}", f"--regid={self._user}", "--clear-groups", "--"]
            if self._user
            else []
        )
        return [*user, str(self._programs / program), *arguments]


@contextmanager
def postgresql_server(programs: Path, also: str | None = None) -> Iterator[PostgresServer]:
    """Run a server while the block runs. See `PostgresServer`."""
    server = PostgresServer(programs, also)
    try:
        server.start()
        yield server
    finally:
        server.close()


def _children(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # After the name in parentheses come the state and the parent.
            if int(status.read_text("utf-8", "replace").rpartition(")")[2].split()[1]) == parent:
                found.append(int(status.parent.name))
    return found


def _free_port() -> int:
    with socket.create_server((_HOST, 0)) as taken:
        return int(taken.getsockname()[1])
