"""The order of interceptors, and what happens when one of them fails."""

import grpc
import pytest

from chassis.interceptors.call import RpcKind, ServerCall
from chassis.interceptors.chain import Chain, Ended, internal_error


def a_call() -> ServerCall:
    return ServerCall("S", "M", True, RpcKind.UNARY, "peer", (), None, "abc-1")


class Noting:
    """Notes when it is entered and left, and with what; raises where it is told to."""

    def __init__(self, name: str, notes: list[str], fail_at: str = "") -> None:
        self._name = name
        self._notes = notes
        self._fail_at = fail_at

    def begin(self, _: ServerCall) -> Ended:
        self._note("in")

        def ended(error: BaseException | None) -> None:
            if error is not None:
                self._notes.append(f"{self._name} saw {error}")
            self._note("out")

        return ended

    def _note(self, where: str) -> None:
        if where == self._fail_at:
            raise ValueError(f"{self._name} {where}")
        self._notes.append(f"{self._name} {where}")


def test_the_first_is_entered_first_and_left_last() -> None:
    notes: list[str] = []
    with Chain([Noting("a", notes), Noting("b", notes)]).around(a_call()):
        notes.append("servicer")
    assert ["a in", "b in", "servicer", "b out", "a out"] == notes


def test_each_sees_what_the_servicer_raised_and_none_swallows_it() -> None:
    notes: list[str] = []
    chain = Chain([Noting("a", notes), Noting("b", notes)])
    with pytest.raises(KeyError), chain.around(a_call()):
        raise KeyError("x")
    assert ["a in", "b in", "b saw 'x'", "b out", "a saw 'x'", "a out"] == notes


def test_one_that_fails_on_the_way_in_keeps_the_servicer_out() -> None:
    """Those further out see why; it is not left, for it was not entered."""
    notes: list[str] = []
    chain = Chain([Noting("a", notes), Noting("b", notes, "in"), Noting("c", notes)])
    with pytest.raises(ValueError, match="b in"), chain.around(a_call()):
        notes.append("servicer")
    assert ["a in", "a saw b in", "a out"] == notes


def test_one_that_fails_on_the_way_out_is_seen_further_out() -> None:
    notes: list[str] = []
    chain = Chain([Noting("a", notes), Noting("b", notes, "out"), Noting("c", notes)])
    with pytest.raises(ValueError, match="b out"), chain.around(a_call()):
        pass
    assert ["a in", "b in", "c in", "c out", "a saw b out", "a out"] == notes


def test_without_interceptors_nothing_is_around() -> None:
    with Chain([]).around(a_call()):
        pass


def test_an_internal_error_says_the_id_and_nothing_else() -> None:
    status = internal_error("abc-1")
    assert grpc.StatusCode.INTERNAL == status.code
    assert "internal error (request id abc-1)" == status.details
