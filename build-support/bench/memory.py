"""Memory of one process of recommendations, against the least server on grpcio."""

from contextlib import ExitStack

from bench.baselines import bare_grpc
from bench.contender import Contender, Running
from bench.h2load import H2Load
from bench.measuring import driving
from bench.quantities import PEAK_MEMORY
from bench.recommend import ours
from bench.recommend_client import three_mysteries
from bench.row import Contest, Measure, Plan, Row
from bench.verdict import Direction


def rows() -> list[Row]:
    """Give the row about memory."""
    reply = three_mysteries().reply
    bare = Contender.of_module("bare grpcio process", bare_grpc.__name__, reply.hex())
    return [
        Row(
            "memory",
            "memory of one process of recommendations, nine books, after some thousand calls",
            "bare grpcio process after as many",
            _contest(bare, ours()),
            PEAK_MEMORY,
            Direction.AT_MOST,
            1.8,
        )
    ]


def _contest(base: Contender, other: Contender) -> Contest:
    load = H2Load()

    def open_both(stack: ExitStack, plan: Plan) -> tuple[Measure, Measure]:
        load.check()
        first, second = (
            driving(stack.enter_context(Running(each)), load, three_mysteries(), plan)
            for each in (base, other)
        )
        return first, second

    return Contest(base.name, other.name, open_both)
