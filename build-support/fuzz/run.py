"""A run: malformed messages and frames by number, and what they did to the server."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Any

import grpc
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from fuzz.leaks import internal_text
from fuzz.messages import malformed
from fuzz.peers import LEGACY, PEERS, V1, visit
from fuzz.target import HOST, Target

_BATCH = 25
_BATCHES = 40
_VISITORS = 4
_PATIENCE_SECONDS = 0.05
_CALL_SECONDS = 30.0
_MAX_PROBLEMS = 10


@dataclass(slots=True)
class Findings:
    """What happened. The run is well if there are no problems.

    messages, frames: how many were sent; connections: on how many the frames were.
    codes: how often the server ended a call of a malformed message how.
    bytes_back: how much the server sent on those connections.
    """

    messages: int = 0
    frames: int = 0
    connections: int = 0
    bytes_back: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def report(self, problem: str) -> None:
        """Note a problem, unless there are enough to work on."""
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.append(problem)


class Fuzz:
    """Sends what a seed makes of it, and looks at all that comes back."""

    def __init__(self, target: Target, seed: int, deadline: float) -> None:
        self._target = target
        self._seed = seed
        self._deadline = deadline
        self._lock = threading.Lock()

    def send(self, messages: int, frames: int) -> Findings:
        """Send so many, or as many as there is time for."""
        findings = Findings()
        self._send_messages(messages, findings)
        with ThreadPoolExecutor(_VISITORS) as pool:
            list(pool.map(lambda n: self._visit(n, frames, findings), range(_VISITORS)))
        return findings

    def _is_over(self) -> bool:
        return time.monotonic() > self._deadline

    def _send_messages(self, count: int, findings: Findings) -> None:
        with grpc.insecure_channel(self._target.address) as channel:
            untyped: Any = channel  # Without serializers, messages are bytes.
            methods = [untyped.unary_unary(path) for path in (V1, LEGACY)]

            def send(batch: list[bytes]) -> None:
                calls = [
                    methods[number % 2].future(body, timeout=_CALL_SECONDS)
                    for number, body in enumerate(batch)
                ]
                findings.messages += len(calls)
                for call in calls:
                    self._look_at(call, findings)

            turn = 0
            while findings.messages < count and not self._is_over():
                _generate(send, self._seed + turn, -(-(count - findings.messages) // _BATCH))
                turn += 1

    def _look_at(self, call: Any, findings: Findings) -> None:
        code, details = call.code(), call.details() or ""
        findings.codes[code.name] += 1
        said = f"{details} {call.trailing_metadata()!r}".encode()
        if code is grpc.StatusCode.INTERNAL and details != "the request cannot be decoded":
            findings.report(f"a message made the service fail: {details}")
        if code not in _EXPECTED:
            findings.report(f"a message was answered {code.name}: {details}")
        if leak := internal_text(said):
            findings.report(f"internal text in a status: {leak}")

    def _visit(self, number: int, frames: int, findings: Findings) -> None:
        rng = Random(f"{self._seed} {number}")
        while findings.frames < frames and not self._is_over():
            peer = rng.choice(PEERS)
            seen = visit((HOST, self._target.port), peer(rng), _PATIENCE_SECONDS)
            with self._lock:
                findings.frames += seen.frames
                findings.connections += 1
                findings.bytes_back += len(seen.received)
                if leak := internal_text(bytes(seen.received)):
                    findings.report(f"internal text to {peer.__name__}: {leak}")


_EXPECTED = {
    grpc.StatusCode.OK,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.INTERNAL,
}


def _generate(send: Callable[[list[bytes]], None], seed: int, batches: int) -> None:
    """Let hypothesis make batches of messages and hand them on."""

    @seeded(seed)
    @settings(
        max_examples=min(batches, _BATCHES),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(malformed(), min_size=_BATCH, max_size=_BATCH))
    def generated(batch: list[bytes]) -> None:
        send(batch)

    generated()
