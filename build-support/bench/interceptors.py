"""What the chassis costs: a bare grpcio server against the same handler within the chassis."""

from contextlib import ExitStack

from bench import chain_server
from bench.chain_server import BARE, CHASSIS
from bench.contender import Contender, Running
from bench.h2load import Call, H2Load
from bench.handler import PATH, REPLY, REQUEST
from bench.measuring import driving
from bench.quantities import PER_SECOND
from bench.row import Contest, Measure, Plan, Row
from bench.verdict import Direction

_CALL = Call(PATH, REQUEST.SerializeToString(), REPLY.SerializeToString())


def rows() -> list[Row]:
    """Give what is left of a bare server's calls, for each kind of server."""
    return [
        Row(
            f"interceptors-{kind}",
            f"a handler that does nothing, within the chassis, on {kind}",
            "the same without the chassis",
            _contest(kind),
            PER_SECOND,
            Direction.AT_LEAST,
            0.85,
        )
        for kind in ("threads", "asyncio")
    ]


def contender(around: str, kind: str) -> Contender:
    """Give the server of a kind, with the chassis around its handler or nothing."""
    return Contender.of_module(f"{around} on {kind}", chain_server.__name__, around, kind)


def _contest(kind: str) -> Contest:
    base, other = contender(BARE, kind), contender(CHASSIS, kind)
    load = H2Load()

    def open_both(stack: ExitStack, plan: Plan) -> tuple[Measure, Measure]:
        load.check()
        first, second = (
            driving(stack.enter_context(Running(each)), load, _CALL, plan) for each in (base, other)
        )
        return first, second

    return Contest(base.name, other.name, open_both)
