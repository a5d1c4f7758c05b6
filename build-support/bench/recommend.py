"""`Recommend` over the wire: the service as it ships, and what it is compared with."""

from contextlib import ExitStack
from pathlib import Path

from bench.baselines import bare_servicer, tutorial_servicer
from bench.contender import Contender, Running
from bench.h2load import H2Load
from bench.measuring import driving
from bench.quantities import PER_SECOND
from bench.recommend_client import check_answer, three_mysteries
from bench.row import Contest, Measure, Plan, Row
from bench.verdict import Direction

SERVICE = "recommendations.main"
KINDS = ("threads", "asyncio")
NINE_BOOKS = Path(tutorial_servicer.__file__).with_name("nine_books.csv")
"""Those of the tutorial."""
MANY_CONNECTIONS = H2Load(connections=16, streams=4)
"""As many calls at once as ever, so spread that each of several processes gets some: a connection
stays with the process that the kernel chose for it, and of four all may go to one."""


def plainest() -> Contender:
    """The tutorial's server."""
    return Contender.of_module("tutorial's server", tutorial_servicer.__name__)


def bare(kind: str) -> Contender:
    """A handler of constant bytes."""
    return Contender.of_module(f"bare handler on {kind}", bare_servicer.__name__, kind)


def ours(
    kind: str | None = None, workers: int = 1, catalogue: Path | None = NINE_BOOKS
) -> Contender:
    """The service with its books in memory, metrics and logs on, as its image starts it.

    kind: of the server; None is what the service chooses.
    catalogue: see `in_memory`.
    """
    processes = f", {workers} processes" if workers > 1 else ""
    environ = {"WORKERS": str(workers), **in_memory(catalogue)}
    if kind:
        environ["SERVER_KIND"] = kind
    name = f"ours on {kind}" if kind else "ours"
    return Contender.of_module(name + processes, SERVICE, environ=environ)


def in_memory(catalogue: Path | None = NINE_BOOKS) -> dict[str, str]:
    """Give the settings with which the service has its books in memory and nothing else.

    catalogue: the books, None for those that come with the service.
    """
    return {
        **({"CATALOGUE_FILE": str(catalogue)} if catalogue else {"DATABASE_URL": "none"}),
        "LISTEN_PORT": "0",
        "ADMIN_PORT": "0",
        "LOG_FORMAT": "json",
    }


def contest(base: Contender, other: Contender, load: H2Load | None = None) -> Contest:
    """Compare two servers, by calls for all three mysteries."""
    load = load or H2Load()

    def open_both(stack: ExitStack, plan: Plan) -> tuple[Measure, Measure]:
        load.check()
        first, second = (_opened(stack, each, load, plan) for each in (base, other))
        return first, second

    return Contest(base.name, other.name, open_both)


def rows() -> list[Row]:
    """Give the rows about `Recommend`."""
    against_tutorial = [
        Row(
            f"recommend-{kind}",
            f"`Recommend`, one process on {kind}, all interceptors on",
            "tutorial's server",
            contest(plainest(), ours(kind)),
            PER_SECOND,
            Direction.AT_LEAST,
            1.5,
        )
        for kind in KINDS
    ]
    against_bare = [
        Row(
            f"recommend-bare-{kind}",
            f"`Recommend`, one process on {kind}, all interceptors on",
            f"handler of constant bytes on {kind}",
            contest(bare(kind), ours(kind)),
            PER_SECOND,
            Direction.AT_LEAST,
            0.85,
        )
        for kind in KINDS
    ]
    processes = Row(
        "recommend-processes",
        "`Recommend`, two processes, sixteen connections",
        "one process",
        contest(ours(), ours(workers=2), MANY_CONNECTIONS),
        PER_SECOND,
        Direction.AT_LEAST,
        1.15,
    )
    return [*against_tutorial, *against_bare, processes]


def _opened(stack: ExitStack, contender: Contender, load: H2Load, plan: Plan) -> Measure:
    running = stack.enter_context(Running(contender))
    check_answer(running.address)
    return driving(running, load, three_mysteries(), plan)
