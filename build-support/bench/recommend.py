"""`Recommend`: the service as it ships against the plainest one that answers the same."""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

from bench.baselines import tutorial_servicer
from bench.comparison import Comparison, compare
from bench.handler import Kind
from bench.legacy_client import three_mysteries
from bench.load import H2Load
from bench.measuring import measuring
from bench.report import as_gains
from bench.server_process import ServerProcess
from bench.verdict import Verdict

NAME = "recommend"
_KINDS: tuple[Kind, ...] = ("threads", "asyncio")
_SERVICE = "recommendations.main"


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        NAME,
        help="calls of Recommend a second, against the plainest service",
        description="Compares one process of recommendations, as it ships, with a thread-pool"
        " server of ten threads, an exception interceptor and a dictionary. Exit codes: 0 the goal"
        " is reached, 1 it is missed or nothing was measured, 3 the machine was too noisy to say.",
    )
    parser.add_argument(
        "--kind",
        choices=_KINDS,
        action="append",
        help="how recommendations serves; may be repeated (default: both)",
    )
    parser.add_argument("--calls", type=int, default=8000, help="calls in a round (%(default)s)")
    parser.add_argument("--warm-up", type=int, default=4000, help="calls before (%(default)s)")
    parser.add_argument("--rounds", type=int, default=11, help="rounds of each (%(default)s)")
    parser.add_argument(
        "--goal", type=float, default=1.5, help="times the plainest one's calls (%(default)s)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print and judge."""
    load = H2Load()
    load.check()
    results = {
        kind: _compare(kind, load, arguments) for kind in dict.fromkeys(arguments.kind or _KINDS)
    }
    sys.stdout.write(as_gains(results, "plainest", "ours", arguments.goal))
    verdicts = [Verdict.on(each.throughput_cost, 1 - arguments.goal) for each in results.values()]
    worst = next((v for v in (Verdict.OVER, Verdict.UNCLEAR) if v in verdicts), Verdict.WITHIN)
    return worst.value


def _compare(kind: Kind, load: H2Load, arguments: argparse.Namespace) -> Comparison:
    call = three_mysteries()
    log = Path("/dev/null")
    environ = {"SERVER_KIND": kind, "DATABASE_URL": "none", "LOG_FORMAT": "json"}
    with ExitStack() as stack:
        plainest = stack.enter_context(ServerProcess(tutorial_servicer.__name__, (), log))
        ours = stack.enter_context(
            ServerProcess(_SERVICE, ("--port", "0", "--port-file"), log, environ=environ)
        )
        for server in (plainest, ours):
            load.drive(server.address, call, arguments.warm_up)
        return compare(
            measuring("plainest", plainest, load, call, arguments.calls),
            measuring(f"ours on {kind}", ours, load, call, arguments.calls),
            arguments.rounds,
        )
