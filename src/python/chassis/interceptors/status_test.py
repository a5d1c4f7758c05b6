"""What a client sees of a servicer's failures, on all four kinds of call."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from chassis.interceptors.access_log import AccessLog
from chassis.interceptors.call import RpcKind
from chassis.interceptors.chain import Interceptor
from chassis.interceptors.status import StatusMapping, StatusTable, fixed, public
from chassis.testing.four_kinds import Body, ask, four_kinds
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import BOTH, MakeServer, connected

all_kinds = pytest.mark.parametrize("kind", RpcKind)
streaming_kinds = pytest.mark.parametrize("kind", [k for k in RpcKind if k.response_streaming])

INTERNALS = "SELECT secret FROM users WHERE name = 'x' -- /srv/app/users.py"


class Missing(Exception):
    """Stands for an error of a domain whose text is meant for clients."""


class MissingBook(Missing):
    """One of its kind."""


class Busy(Exception):
    """Stands for an error whose text is not."""


TABLE: StatusTable = {
    Missing: public(grpc.StatusCode.NOT_FOUND),
    Busy: fixed(grpc.StatusCode.UNAVAILABLE, "try again"),
}


@pytest.fixture(params=BOTH, ids=["threads", "asyncio"])
def make_server(request: pytest.FixtureRequest) -> MakeServer:
    made: MakeServer = request.param
    return made


def interceptors(log: RecordingLog) -> list[Interceptor]:
    return [AccessLog(log.logger), StatusMapping(TABLE, log.logger)]


def raising(error: BaseException, after: int = 0) -> Body:
    """Make a method that gives `after` responses and then raises."""

    def body(requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
        yield from [b"response"] * after
        raise error

    return body


@all_kinds
def test_an_error_in_the_table_becomes_its_status(kind: RpcKind, make_server: MakeServer) -> None:
    log = RecordingLog()
    with connected(
        make_server([four_kinds(raising(Missing("no such book")))], interceptors(log))
    ) as channel:
        answer = ask(channel, kind)
    assert (grpc.StatusCode.NOT_FOUND, "no such book") == (answer.code, answer.details)
    assert [] == log.lines_of("call raised")


@all_kinds
def test_a_derived_error_becomes_the_status_of_its_base(
    kind: RpcKind, make_server: MakeServer
) -> None:
    server = make_server(
        [four_kinds(raising(MissingBook("no such book")))], interceptors(RecordingLog())
    )
    with connected(server) as channel:
        assert grpc.StatusCode.NOT_FOUND == ask(channel, kind).code


@all_kinds
def test_a_fixed_text_hides_the_error(kind: RpcKind, make_server: MakeServer) -> None:
    server = make_server([four_kinds(raising(Busy(INTERNALS)))], interceptors(RecordingLog()))
    with connected(server) as channel:
        answer = ask(channel, kind)
    assert (grpc.StatusCode.UNAVAILABLE, "try again") == (answer.code, answer.details)


@all_kinds
@pytest.mark.parametrize(
    "error",
    [
        ValueError(INTERNALS),
        Exception(),
        KeyError(),
        grpc.RpcError(INTERNALS),
        SystemExit(INTERNALS),
        StopIteration(INTERNALS),
    ],
    ids=lambda error: type(error).__name__,
)
def test_any_other_error_stays_inside(
    kind: RpcKind, error: BaseException, make_server: MakeServer
) -> None:
    """The client learns an id; the log has the stack under the same id, once."""
    log = RecordingLog()
    with connected(make_server([four_kinds(raising(error))], interceptors(log))) as channel:
        answer = ask(channel, kind, metadata=[("x-request-id", "abc-1")])
    assert grpc.StatusCode.INTERNAL == answer.code
    assert "internal error (request id abc-1)" == answer.details
    assert ["abc-1"] == answer.trailing("x-request-id")
    assert "SELECT" not in repr(answer)
    (line,) = log.lines_of("call raised")
    assert "abc-1" == line["request_id"]
    assert "error" == line["level"]
    (access,) = log.wait_for("call")
    assert ("INTERNAL", "abc-1") == (access["grpc_code"], access["request_id"])


@streaming_kinds
def test_an_error_in_mid_stream_ends_the_stream_with_its_status(
    kind: RpcKind, make_server: MakeServer
) -> None:
    server = make_server(
        [four_kinds(raising(Missing("gone"), after=2))], interceptors(RecordingLog())
    )
    with connected(server) as channel:
        answer = ask(channel, kind)
    assert (b"response", b"response") == answer.responses
    assert (grpc.StatusCode.NOT_FOUND, "gone") == (answer.code, answer.details)


@streaming_kinds
def test_internals_stay_inside_in_mid_stream(kind: RpcKind, make_server: MakeServer) -> None:
    server = make_server(
        [four_kinds(raising(ValueError(INTERNALS), after=2))], interceptors(RecordingLog())
    )
    with connected(server) as channel:
        answer = ask(channel, kind)
    assert grpc.StatusCode.INTERNAL == answer.code
    assert "SELECT" not in repr(answer)


@all_kinds
def test_an_abort_by_the_servicer_is_left_alone(kind: RpcKind, make_server: MakeServer) -> None:
    """Code, details and trailing metadata arrive as the servicer chose them, and nothing raised."""

    def body(_: Iterator[bytes], context: Any) -> Iterator[bytes]:
        context.set_trailing_metadata((("own", "1"),))
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not yet")
        yield b""

    log = RecordingLog()
    with connected(make_server([four_kinds(body)], interceptors(log))) as channel:
        answer = ask(channel, kind, metadata=[("x-request-id", "abc-1")])
    assert (grpc.StatusCode.FAILED_PRECONDITION, "not yet") == (answer.code, answer.details)
    assert (["1"], ["abc-1"]) == (answer.trailing("own"), answer.trailing("x-request-id"))
    assert "FAILED_PRECONDITION" == log.wait_for("call")[0]["grpc_code"]
    assert [] == log.lines_of("call raised")


@all_kinds
def test_a_code_that_the_servicer_set_without_raising_is_left_alone(
    kind: RpcKind, make_server: MakeServer
) -> None:
    def body(_: Iterator[bytes], context: Any) -> Iterator[bytes]:
        context.set_code(grpc.StatusCode.DATA_LOSS)
        context.set_details("lost")
        yield b"response"

    log = RecordingLog()
    with connected(make_server([four_kinds(body)], interceptors(log))) as channel:
        answer = ask(channel, kind)
    assert (grpc.StatusCode.DATA_LOSS, "lost") == (answer.code, answer.details)
    assert "DATA_LOSS" == log.wait_for("call")[0]["grpc_code"]


@all_kinds
def test_a_code_set_before_an_unmapped_error_wins_over_internal(
    kind: RpcKind, make_server: MakeServer
) -> None:
    """So do generated base classes say UNIMPLEMENTED: they set the code, then raise."""

    def body(_: Iterator[bytes], context: Any) -> Iterator[bytes]:
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details("Method not implemented!")
        raise NotImplementedError(INTERNALS)

    log = RecordingLog()
    with connected(make_server([four_kinds(body)], interceptors(log))) as channel:
        answer = ask(channel, kind)
    assert grpc.StatusCode.UNIMPLEMENTED == answer.code
    assert "Method not implemented!" == answer.details
    assert 1 == len(log.lines_of("call raised"))


@all_kinds
def test_a_call_that_goes_well_is_left_alone(kind: RpcKind, make_server: MakeServer) -> None:
    """All requests reach the servicer, all responses the client, and so does the request's id."""

    def echo(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        context.set_trailing_metadata((("own", "1"),))
        for request in requests:
            yield request.upper()

    with connected(make_server([four_kinds(echo)], interceptors(RecordingLog()))) as channel:
        answer = ask(channel, kind, [b"a", b"b"], metadata=[("x-request-id", "abc-1")])
    expected = {
        RpcKind.UNARY: (b"A",),
        RpcKind.CLIENT_STREAM: (b"B",),
        RpcKind.SERVER_STREAM: (b"A",),
        RpcKind.BIDI_STREAM: (b"A", b"B"),
    }
    assert (expected[kind], grpc.StatusCode.OK) == (answer.responses, answer.code)
    assert (["1"], ["abc-1"]) == (answer.trailing("own"), answer.trailing("x-request-id"))


@all_kinds
def test_internals_stay_inside_without_a_status_mapping(
    kind: RpcKind, make_server: MakeServer
) -> None:
    """The adapter itself lets no exception's text through, whatever interceptors there are."""
    with connected(make_server([four_kinds(raising(ValueError(INTERNALS)))])) as channel:
        answer = ask(channel, kind)
    assert grpc.StatusCode.INTERNAL == answer.code
    assert "SELECT" not in repr(answer)
