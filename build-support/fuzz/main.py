"""Sends malformed messages and frames to a real recommendations service, over loopback alone.

Afterwards the service must answer, hold at most a fifth more memory than after a warm-up of the
same kind, and have sent no internal text: `./pants run build-support:fuzz -- --count 100000`.
"""

import argparse
import sys
import time
from collections.abc import Sequence

from fuzz.run import Findings, Fuzz
from fuzz.target import Kind, Target, running

_KINDS: tuple[Kind, ...] = ("threads", "asyncio")
_GROWTH = 1.2
_WARM_UP = 0.1


def main(argv: Sequence[str] | None = None) -> int:
    """Run, and say what came of it. 0: well, 1: not well."""
    parser = argparse.ArgumentParser("./pants run build-support:fuzz --", description=__doc__)
    parser.add_argument(
        "--count", type=int, default=100_000, help="messages and frames in all (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, help="makes the same again (%(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=1800.0, help="the most that it may take (%(default)g)"
    )
    parser.add_argument("--kind", choices=_KINDS, action="append", help="default: both, half each")
    arguments = parser.parse_args(argv)
    kinds = tuple(dict.fromkeys(arguments.kind or _KINDS))
    deadline = time.monotonic() + arguments.seconds
    well = True
    for kind in kinds:
        with running(kind) as target:
            count = -(-arguments.count // len(kinds))
            well = _fuzz(kind, target, count, arguments.seed, deadline) and well
    return 0 if well else 1


def _fuzz(kind: Kind, target: Target, count: int, seed: int, deadline: float) -> bool:
    half = -(-count // 2)
    warm = int(half * _WARM_UP)
    Fuzz(target, seed - 1_000_000, deadline).send(warm, warm)
    before = target.memory_kib()
    began = time.monotonic()
    findings = Fuzz(target, seed, deadline).send(half, half)
    seconds = time.monotonic() - began
    if findings.messages + findings.frames < count:
        findings.report("there was no time for all of it: see --seconds")
    if problem := target.lasting_problem():
        findings.report(problem)
    after = target.memory_at_most(before * _GROWTH)
    if after > before * _GROWTH:
        findings.report(f"memory grew from {before} to {after} KiB")
    if "call raised" in target.log:
        findings.report("the service's log tells of calls that raised")
    _print(kind, findings, seconds, before, after)
    return not findings.problems


def _print(kind: Kind, findings: Findings, seconds: float, before: int, after: int) -> None:
    codes = ", ".join(f"{code} {number}" for code, number in sorted(findings.codes.items()))
    sys.stdout.write(
        f"{kind}: {findings.messages} messages ({codes});\n"
        f"  {findings.frames} frames on {findings.connections} connections,"
        f" {findings.bytes_back} bytes came back; {seconds:.0f} s;\n"
        f"  memory {before / 1024:.1f} MiB before, {after / 1024:.1f} MiB after"
        f" ({after / before - 1:+.1%})\n"
    )
    for problem in findings.problems:
        sys.stdout.write(f"  problem: {problem}\n")


def run() -> None:
    """The entry point."""
    sys.exit(main())


if __name__ == "__main__":
    run()
