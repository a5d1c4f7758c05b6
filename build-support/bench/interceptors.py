"""What the chassis costs: a bare grpcio server against the same handler within the chassis."""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

from bench import chain_server
from bench.chain_server import BARE, CHASSIS
from bench.comparison import Comparison, compare
from bench.handler import PATH, REPLY, REQUEST, Kind
from bench.load import Call, H2Load
from bench.measuring import measuring
from bench.report import as_json, as_table
from bench.server_process import ServerProcess
from bench.verdict import Verdict

NAME = "interceptors"
_KINDS: tuple[Kind, ...] = ("threads", "asyncio")
_CALL = Call(PATH, REQUEST.SerializeToString(), REPLY.SerializeToString())


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        NAME,
        help="what the chassis' interceptors cost",
        description="Compares a bare grpcio server with the same handler behind access log,"
        " metrics, status mapping, deadline and admission, tracing off. Exit codes: 0 within the"
        " limit, 1 over it or not measured, 3 the machine was too noisy to conclude.",
    )
    parser.add_argument(
        "--kind",
        choices=_KINDS,
        action="append",
        help="a kind of server; may be repeated (default: both)",
    )
    parser.add_argument("--calls", type=int, default=8000, help="calls in a round (%(default)s)")
    parser.add_argument("--warm-up", type=int, default=4000, help="calls before (%(default)s)")
    parser.add_argument("--rounds", type=int, default=11, help="rounds of each (%(default)s)")
    parser.add_argument("--threads", type=int, default=16, help="threads of a server (%(default)s)")
    parser.add_argument(
        "--limit", type=float, default=15.0, help="percent of throughput (%(default)s)"
    )
    parser.add_argument(
        "--log",
        type=Path,
        default=Path("/dev/null"),
        help="where the servers write their JSON lines (%(default)s)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all samples there")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print and judge."""
    load = H2Load()
    load.check()
    results = {
        kind: _compare(kind, load, arguments) for kind in dict.fromkeys(arguments.kind or _KINDS)
    }
    limit = arguments.limit / 100
    sys.stdout.write(as_table(results, limit))
    if arguments.json:
        arguments.json.write_text(as_json(results, limit), "utf-8")
    verdicts = [Verdict.on(result.throughput_cost, limit) for result in results.values()]
    worst = next((v for v in (Verdict.OVER, Verdict.UNCLEAR) if v in verdicts), Verdict.WITHIN)
    return worst.value


def _compare(kind: Kind, load: H2Load, arguments: argparse.Namespace) -> Comparison:
    with ExitStack() as stack:
        bare, chassis = (
            stack.enter_context(
                ServerProcess(
                    chain_server.__name__,
                    (around, kind, f"--threads={arguments.threads}"),
                    arguments.log,
                )
            )
            for around in (BARE, CHASSIS)
        )
        for server in (bare, chassis):
            load.drive(server.address, _CALL, arguments.warm_up)
        return compare(
            measuring(f"{kind} bare", bare, load, _CALL, arguments.calls),
            measuring(f"{kind} chassis", chassis, load, _CALL, arguments.calls),
            arguments.rounds,
        )
