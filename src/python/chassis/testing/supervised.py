"""A service for trying worker processes, run by its name: calls ask of them what tests need.

A request is a word: `pid` is answered with the process' number, `wait` when its call has ended or
the file LET_GO is there, `die` and `block` never, the latter while it keeps a thread, or the event
loop; `orphan` leaves a process behind that has ended, `child` one that has not; `spin` is busy for
a moment.

TROUBLE: a file whose word says what becomes of workers that start: `exit N`, `hang`, or `ill`,
which is not healthy before the file LET_GO is there.
RESTART_POLICY: arguments of `RestartPolicy`, in JSON.
HEALTHY_SECONDS: how long workers wait to be healthy, if not as long as in production.
"""

import ctypes
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chassis.address import ListenError
from chassis.grpc_service import GrpcService
from chassis.grpc_service_settings import GrpcServiceSettings
from chassis.health import OVERALL, HealthBoard
from chassis.lifecycle import leave
from chassis.logs import configure_logs, get_logger
from chassis.settings import load_settings
from chassis.testing.aio_body import BodyContext
from chassis.testing.four_kinds import four_kinds
from chassis.testing.waiting import wait_until
from chassis.workers import worker
from chassis.workers.program import Program
from chassis.workers.restarts import RestartPolicy
from chassis.workers.supervision import supervise
from chassis.workers.worker import VARIABLE

NAME = "supervised"
_SECONDS = 600.0
_PR_SET_CHILD_SUBREAPER = 36
_NEVER = threading.Event()
_MANY = 200_000
_CHILDREN: list["subprocess.Popen[bytes]"] = []


def answer(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
    """Do what is asked."""
    word = next(requests)
    if word == b"die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif word == b"wait":
        let_go = Path(os.environ["LET_GO"])
        ended: list[bool] = []
        context.add_callback(lambda: ended.append(True))
        wait_until(lambda: bool(ended) or let_go.exists(), _SECONDS)
    elif word == b"orphan":
        subprocess.run(["/bin/sh", "-c", "true & exit 0"], check=True, timeout=_SECONDS)
    elif word == b"child":
        _CHILDREN.append(subprocess.Popen(["/bin/sleep", "600"], stderr=subprocess.DEVNULL))
    elif word == b"block":
        if isinstance(context, BodyContext):
            context.on_loop(_block_loop())
        _NEVER.wait()
    elif word == b"spin":
        sum(range(_MANY))
    yield str(os.getpid()).encode()


def run(environ: Mapping[str, str]) -> int:
    """Run as the supervisor, or as a worker if one has started this process."""
    configure_logs("DEBUG", "json")
    settings = load_settings(GrpcServiceSettings, environ)
    program = Program.own(environ)
    if VARIABLE not in environ:
        if os.getpid() != 1:  # Which inherits orphans by nature.
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        policy = RestartPolicy(**json.loads(environ.get("RESTART_POLICY", "{}")))
        return supervise(settings, NAME, program, get_logger, policy)
    worker.HEALTHY_SECONDS = float(environ.get("HEALTHY_SECONDS", worker.HEALTHY_SECONDS))
    trouble = Path(environ["TROUBLE"])
    word, _, code = trouble.read_text().partition(" ") if trouble.exists() else ("", "", "")
    board = HealthBoard({OVERALL: {"wits"}})
    if word == "exit":
        return int(code)
    if word == "hang":
        time.sleep(_SECONDS)
    elif word == "ill":
        threading.Thread(
            target=_recover, args=(board, Path(environ["LET_GO"])), daemon=True
        ).start()
    else:
        board.report("wits", well=True)
    service = GrpcService([four_kinds(answer)], board, {})
    return service.run(settings, NAME, program)


async def _block_loop() -> None:
    _NEVER.wait()


def _recover(board: HealthBoard, let_go: Path) -> None:
    wait_until(let_go.exists, _SECONDS)
    board.report("wits", well=True)


if __name__ == "__main__":
    try:
        exit_code = run(os.environ)
    except ListenError as error:
        get_logger(NAME).error(str(error))
        exit_code = 1
    leave(exit_code)
