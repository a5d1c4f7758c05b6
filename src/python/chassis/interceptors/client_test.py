"""Interceptors of calls that we make, on both kinds of channel and all kinds of call."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import grpc
import pytest

from chassis.interceptors.call import Refused, RpcKind, Status
from chassis.interceptors.client import ClientCall, ClientChain, ClientInterceptor, Ended
from chassis.interceptors.client_aio import aio_interceptors
from chassis.interceptors.client_threads import intercepted
from chassis.testing.aio_client import aio_ask, aio_start
from chassis.testing.bodies import echo, failing, hanging
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, Answer, ask, four_kinds, start
from chassis.testing.running import running, threaded_server
from chassis.testing.waiting import wait_until

WAIT = 60.0
all_kinds = pytest.mark.parametrize("kind", RpcKind)

Ask = Callable[[str, Sequence[ClientInterceptor], RpcKind], Answer]


def on_threads(address: str, interceptors: Sequence[ClientInterceptor], kind: RpcKind) -> Answer:
    with grpc.insecure_channel(address) as channel:
        return ask(intercepted(channel, interceptors), kind)


def on_asyncio(address: str, interceptors: Sequence[ClientInterceptor], kind: RpcKind) -> Answer:
    async def call() -> Answer:
        options = aio_interceptors(interceptors)
        async with grpc.aio.insecure_channel(address, interceptors=options) as channel:
            return await aio_ask(channel, kind)

    return asyncio.run(call())


@pytest.fixture(params=[on_threads, on_asyncio], ids=["threads", "asyncio"])
def asked(request: pytest.FixtureRequest) -> Ask:
    made: Ask = request.param
    return made


class Noting:
    """Notes calls and their ends; changes or refuses what it is told to."""

    def __init__(self, name: str = "a", notes: list[str] | None = None) -> None:
        self.name = name
        self.notes = [] if notes is None else notes
        self.calls: list[ClientCall] = []
        self.ended = threading.Event()
        self.timeout: float | None = None
        self.refusal: Exception | None = None

    def begin(self, call: ClientCall) -> Ended:
        if self.refusal:
            raise self.refusal
        self.calls.append(call)
        self.notes.append(f"{self.name} begins")
        call.metadata.append(("x-noted", self.name))
        if self.timeout is not None:
            call.timeout = self.timeout
        return self._end

    def _end(self) -> None:
        self.notes.append(f"{self.name} ends {self.calls[-1].code}")
        self.ended.set()


@all_kinds
def test_a_call_is_seen_before_it_is_made_and_when_it_has_ended(kind: RpcKind, asked: Ask) -> None:
    noting = Noting()
    with running(threaded_server([four_kinds(echo)])) as address:
        answer = asked(address, [noting], kind)
    assert (b"request",) == answer.responses
    assert noting.ended.wait(WAIT)
    (call,) = noting.calls
    assert (SERVICE_NAME, METHODS[kind], kind) == (call.service, call.method, call.kind)
    assert ["a begins", "a ends StatusCode.OK"] == noting.notes


@all_kinds
def test_metadata_that_is_added_reaches_the_server(kind: RpcKind, asked: Ask) -> None:
    def told(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        # A server that ends a call while its client still sends looks INTERNAL to grpc.aio.
        list(requests)
        yield str(dict(context.invocation_metadata()).get("x-noted")).encode()

    with running(threaded_server([four_kinds(told)])) as address:
        assert (b"a",) == asked(address, [Noting()], kind).responses


@all_kinds
def test_a_timeout_that_is_cut_holds(kind: RpcKind, asked: Ask) -> None:
    reached = threading.Event()

    def body(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        list(requests)
        reached.set()
        yield from hanging(requests, context)

    with running(threaded_server([four_kinds(body)])) as address:
        # To grpc.aio, a call whose time is over before all is sent may look INTERNAL.
        for timeout in (0.1, 2.0, WAIT):
            noting = Noting()
            noting.timeout = timeout
            answer = asked(address, [noting], kind)
            if reached.is_set():
                break
        assert grpc.StatusCode.DEADLINE_EXCEEDED == answer.code
    assert noting.ended.wait(WAIT)
    assert grpc.StatusCode.DEADLINE_EXCEEDED == noting.calls[0].code


@all_kinds
def test_how_a_failed_call_ended_is_known(kind: RpcKind, asked: Ask) -> None:
    noting = Noting()
    with running(threaded_server([four_kinds(failing)])) as address:
        answer = asked(address, [noting], kind)
    assert (grpc.StatusCode.NOT_FOUND, "none") == (answer.code, answer.details)
    assert noting.ended.wait(WAIT)
    assert grpc.StatusCode.NOT_FOUND == noting.calls[0].code


@all_kinds
def test_the_first_begins_first_and_ends_last(kind: RpcKind, asked: Ask) -> None:
    notes: list[str] = []
    outer, inner = Noting("outer", notes), Noting("inner", notes)
    with running(threaded_server([four_kinds(echo)])) as address:
        asked(address, [outer, inner], kind)
        assert outer.ended.wait(WAIT)
    ends = [f"{name} ends StatusCode.OK" for name in ("inner", "outer")]
    assert ["outer begins", "inner begins", *ends] == notes


@all_kinds
def test_a_call_that_is_cancelled_ends_once(kind: RpcKind) -> None:
    noting = Noting()
    with (
        running(threaded_server([four_kinds(hanging)])) as address,
        grpc.insecure_channel(address) as channel,
    ):
        call = start(intercepted(channel, [noting]), kind)
        wait_until(lambda: noting.notes == ["a begins"])
        call.cancel()
        assert noting.ended.wait(WAIT)
    assert ["a begins", "a ends StatusCode.CANCELLED"] == noting.notes


@all_kinds
def test_a_call_that_is_cancelled_on_asyncio_ends_once_and_stays_cancelled(kind: RpcKind) -> None:
    noting = Noting()

    async def cancel(address: str) -> None:
        options = aio_interceptors([noting])
        async with grpc.aio.insecure_channel(address, interceptors=options) as channel:
            call = aio_start(channel, kind)
            while not noting.notes:
                await asyncio.sleep(0)
            call.cancel()
            assert grpc.StatusCode.CANCELLED == await call.code()
            assert call.cancelled()

    with running(threaded_server([four_kinds(hanging)])) as address:
        asyncio.run(cancel(address))
    assert ["a begins", "a ends StatusCode.CANCELLED"] == noting.notes


def test_a_call_that_is_cancelled_before_it_is_made_ends_too() -> None:
    """An interceptor of somebody else's stands further in, and waits."""
    noting = Noting()

    class Waiting(grpc.aio.UnaryUnaryClientInterceptor):
        async def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
            await asyncio.Event().wait()

    async def cancel() -> None:
        both = [*aio_interceptors([noting]), Waiting()]
        async with grpc.aio.insecure_channel("127.0.0.1:1", interceptors=both) as channel:
            call = aio_start(channel, RpcKind.UNARY)
            while not noting.notes:
                await asyncio.sleep(0)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call

    asyncio.run(cancel())
    assert ["a begins", "a ends StatusCode.CANCELLED"] == noting.notes


def test_a_call_that_fails_further_in_before_it_is_made_ends_too() -> None:
    noting = Noting()

    class Failing(grpc.aio.UnaryUnaryClientInterceptor):
        async def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
            raise ValueError("no")

    async def call() -> None:
        both = [*aio_interceptors([noting]), Failing()]
        async with grpc.aio.insecure_channel("127.0.0.1:1", interceptors=both) as channel:
            with pytest.raises(ValueError, match="no"):
                await aio_start(channel, RpcKind.UNARY)

    asyncio.run(call())
    assert ["a begins", "a ends StatusCode.UNKNOWN"] == noting.notes


@all_kinds
def test_a_call_whose_caller_lets_go_of_it_is_cancelled(kind: RpcKind) -> None:
    """As without interceptors: a stream that nobody reads must not go on for ever."""
    noting = Noting()
    begun, ended = threading.Event(), threading.Event()

    def body(_: Iterator[bytes], context: Any) -> Iterator[bytes]:
        context.add_callback(ended.set)
        begun.set()
        assert ended.wait(WAIT)
        yield b""

    with (
        running(threaded_server([four_kinds(body)])) as address,
        grpc.insecure_channel(address) as channel,
    ):
        call = start(intercepted(channel, [noting]), kind)
        assert begun.wait(WAIT)
        del call
        assert ended.wait(WAIT)
        assert noting.ended.wait(WAIT)
    assert ["a begins", "a ends StatusCode.CANCELLED"] == noting.notes


@all_kinds
def test_a_call_of_which_only_a_method_is_kept_goes_on(kind: RpcKind) -> None:
    with (
        running(threaded_server([four_kinds(echo)])) as address,
        grpc.insecure_channel(address) as channel,
    ):
        around = intercepted(channel, [Noting()])
        # Not within assertions, which would keep it.
        if kind.response_streaming:
            responses = list(start(around, kind))
        else:
            responses = [start(around, kind).result()]
    assert [b"request"] == responses


def test_one_that_raises_keeps_the_call_from_being_made_and_tells_the_others(
    asked: Ask,
) -> None:
    reached: list[bytes] = []

    def body(requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
        reached.append(next(requests))
        yield b""

    outer, refusing = Noting(), Noting()
    refusing.refusal = ValueError("no")
    with (
        running(threaded_server([four_kinds(body)])) as address,
        pytest.raises(ValueError, match="no"),
    ):
        asked(address, [outer, refusing], RpcKind.UNARY)
    assert ["a begins", "a ends StatusCode.UNKNOWN"] == outer.notes
    assert [] == reached


def test_a_call_over_a_closed_channel_ends_too() -> None:
    noting = Noting()
    channel = grpc.insecure_channel("127.0.0.1:1")
    channel.close()
    with pytest.raises(ValueError, match="closed"):
        next(start(intercepted(channel, [noting]), RpcKind.BIDI_STREAM))
    assert ["a begins", "a ends StatusCode.UNKNOWN"] == noting.notes


def test_a_call_that_blocks_raises_what_it_would_without_interceptors() -> None:
    noting = Noting()
    with (
        running(threaded_server([four_kinds(failing)])) as address,
        grpc.insecure_channel(address) as channel,
    ):
        untyped: Any = intercepted(channel, [noting])
        method = untyped.unary_unary(f"/{SERVICE_NAME}/{METHODS[RpcKind.UNARY]}")
        with pytest.raises(grpc.RpcError) as raised:
            method(b"", timeout=WAIT)
    error: Any = raised.value
    assert (grpc.StatusCode.NOT_FOUND, "none") == (error.code(), error.details())
    assert ["a begins", "a ends StatusCode.NOT_FOUND"] == noting.notes


def test_a_call_that_blocks_has_the_time_that_was_left_to_it() -> None:
    # gRPC tells a server tenths of a second, rounded up.
    def left(_: Iterator[bytes], context: Any) -> Iterator[bytes]:
        yield str(context.time_remaining() < 61).encode()

    noting = Noting()
    noting.timeout = 60.0
    with (
        running(threaded_server([four_kinds(left)])) as address,
        grpc.insecure_channel(address) as channel,
    ):
        untyped: Any = intercepted(channel, [noting])
        method = untyped.unary_unary(f"/{SERVICE_NAME}/{METHODS[RpcKind.UNARY]}")
        assert b"True" == method(b"", timeout=3600.0)


@all_kinds
def test_a_call_that_is_refused_has_ended_to_its_caller_like_any_other(
    kind: RpcKind, asked: Ask
) -> None:
    outer, refusing = Noting(), Noting()
    refusing.refusal = Refused(Status(grpc.StatusCode.DEADLINE_EXCEEDED, "no time"))
    answer = asked("127.0.0.1:1", [outer, refusing], kind)
    assert (grpc.StatusCode.DEADLINE_EXCEEDED, "no time", ()) == (
        answer.code,
        answer.details,
        answer.responses,
    )
    assert ["a begins", "a ends StatusCode.DEADLINE_EXCEEDED"] == outer.notes


def test_a_call_that_is_refused_is_an_error_and_a_future_that_is_done() -> None:
    refusing = Noting()
    refusing.refusal = Refused(Status(grpc.StatusCode.DEADLINE_EXCEEDED, "no time"))
    with grpc.insecure_channel("127.0.0.1:1") as plain:
        untyped: Any = intercepted(plain, [refusing])
        method = untyped.unary_unary("/S/M")
        with pytest.raises(grpc.RpcError, match="no time") as raised:
            method(b"")
        call = method.future(b"")
    error: Any = raised.value
    assert grpc.StatusCode.DEADLINE_EXCEEDED == error.code()
    assert call.done()
    assert call is call.exception()
    assert call.traceback() is None
    assert ((), ()) == (call.initial_metadata(), call.trailing_metadata())
    assert call.time_remaining() is None
    for no in (call.cancel(), call.cancelled(), call.running(), call.is_active()):
        assert no is False
    assert not call.add_callback(lambda: None)
    told: list[object] = []
    call.add_done_callback(told.append)
    assert [call] == told


def test_only_the_first_end_counts() -> None:
    noting = Noting()
    call = ClientCall.to("/S/M", RpcKind.UNARY, None, None)
    end = ClientChain([noting]).begin(call)
    end(grpc.StatusCode.OK)
    end(grpc.StatusCode.UNKNOWN)
    assert ["a begins", "a ends StatusCode.OK"] == noting.notes


def test_without_interceptors_there_is_nothing_between() -> None:
    with grpc.insecure_channel("127.0.0.1:1") as channel:
        assert channel is intercepted(channel, [])
    assert [] == aio_interceptors([])


def test_a_call_that_blocks_can_be_asked_for_what_else_came_of_it() -> None:
    def body(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        sent = dict(context.invocation_metadata())
        context.set_trailing_metadata([("x-seen", f"{sent['x-noted']} {sent['x-sent']}")])
        yield from requests

    noting = Noting()
    with (
        running(threaded_server([four_kinds(body)])) as address,
        intercepted(grpc.insecure_channel(address), [noting]) as channel,
    ):
        untyped: Any = channel
        method = untyped.unary_unary(f"/{SERVICE_NAME}/{METHODS[RpcKind.UNARY]}")
        response, call = method.with_call(b"request", timeout=WAIT, metadata=[("x-sent", "b")])
    assert (b"request", grpc.StatusCode.OK) == (response, call.code())
    assert ("x-seen", "a b") in [tuple(pair) for pair in call.trailing_metadata()]
    assert ["a begins", "a ends StatusCode.OK"] == noting.notes


def test_a_method_is_made_once_however_often_it_is_called() -> None:
    """gRPC's own interceptors make it anew for each call, and that takes as long as half of it."""
    made: list[str] = []

    class Plain:
        def unary_unary(self, path: str, *_: object) -> Callable[..., bytes]:
            made.append(path)
            return lambda request, *_: request

    untyped: Any = intercepted(cast(grpc.Channel, Plain()), [Noting()])
    method = untyped.unary_unary("/S/M")
    assert [b"1", b"2"] == [method(b"1"), method(b"2")]
    assert ["/S/M"] == made


def test_a_call_that_blocks_and_fails_in_another_way_ends_too() -> None:
    noting = Noting()
    channel = grpc.insecure_channel("127.0.0.1:1")
    around: Any = intercepted(channel, [noting])
    method = around.unary_unary("/S/M")
    around.close()
    with pytest.raises(ValueError, match="closed"):
        method(b"")
    assert ["a begins", "a ends StatusCode.UNKNOWN"] == noting.notes


def test_who_wants_to_know_whether_it_is_connected_is_told_until_they_no_longer_want_to() -> None:
    told: list[grpc.ChannelConnectivity] = []
    with (
        running(threaded_server([four_kinds(echo)])) as address,
        intercepted(grpc.insecure_channel(address), [Noting()]) as channel,
    ):
        before = set(threading.enumerate())
        channel.subscribe(told.append, try_to_connect=True)
        wait_until(lambda: grpc.ChannelConnectivity.READY in told)
        channel.unsubscribe(told.append)
        # gRPC's thread that watched must not find the channel closed.
        wait_until(lambda: before.issuperset(threading.enumerate()))
