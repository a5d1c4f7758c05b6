"""A service of several processes, as its users and its operators see it; see `supervised`."""

import http.client
import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import grpc
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from chassis.interceptors.call import RpcKind
from chassis.testing.four_kinds import ask
from chassis.testing.process import ServiceProcess, python_environment
from chassis.testing.waiting import wait_until

HOST = "127.0.0.1"
WAIT = 180.0
COMMAND = (sys.executable, "-m", "chassis.testing.supervised")


class SupervisedProcess:
    """The supervisor's process, and what can be seen of it."""

    def __init__(self, folder: Path, command: Sequence[str] = COMMAND, **environ: str) -> None:
        self.trouble = folder / "trouble"
        self.let_go = folder / "let-go"
        files = {"TROUBLE": str(self.trouble), "LET_GO": str(self.let_go)}
        settings = {"WORKERS": "2", "ADMIN_PORT": "0", "GRACE_SECONDS": str(WAIT)}
        self.process = ServiceProcess(
            command, {**python_environment(), **settings, **files, **environ}, WAIT
        )

    def __enter__(self) -> "SupervisedProcess":
        self.process.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        left = descendants(self.process.pid)
        self.process.send(signal.SIGKILL)
        for each in left:  # Some test may have failed because they are there.
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        self.process.__exit__(*error)

    def lines(self, event: str) -> list[dict[str, Any]]:
        """Give the whole lines of an event so far."""
        whole = self.process.log.rpartition("\n")[0]
        read = (json.loads(line) for line in whole.splitlines() if line.startswith("{"))
        return [line for line in read if line["event"] == event]

    def wait_for(self, event: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until an event was logged so often."""
        wait_until(lambda: len(self.lines(event)) >= count, WAIT)
        return self.lines(event)

    def workers(self) -> set[int]:
        """Give the processes that the supervisor has."""
        return children(self.process.pid)

    @contextmanager
    def channel(self) -> Iterator[grpc.Channel]:
        """Connect anew: the system chooses a worker for each connection."""
        alone = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(f"{HOST}:{self.process.port()}", alone) as channel:
            yield channel

    def word(self, word: bytes = b"pid") -> str:
        """Say a word to some worker; give what it answers, or the name of the code."""
        with self.channel() as channel:
            answer = ask(channel, RpcKind.UNARY, [word], WAIT)
        ok = answer.code is grpc.StatusCode.OK
        return answer.responses[0].decode() if ok else answer.code.name

    def admin(self, path: str) -> tuple[int, str]:
        """Ask the admin port."""
        address = self.lines("admin listening")[0]["address"]
        connection = http.client.HTTPConnection(address, timeout=WAIT)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def metric(self, name: str, **labels: str) -> float:
        """Give the sum of the samples of a name that have these labels."""
        _, text = self.admin("/metrics")
        families: Iterable[Metric] = text_string_to_metric_families(text)
        return sum(
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )


def children(pid: int) -> set[int]:
    """Give the processes that one has, those that have ended and wait to be reaped among them."""
    found: set[int] = set()
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # The thread has ended.
            found |= {int(each) for each in thread.read_text("ascii").split()}
    return found


def descendants(pid: int) -> set[int]:
    """Give the processes that one has, those that these have, and so on."""
    own = children(pid)
    return own.union(*map(descendants, own))


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
