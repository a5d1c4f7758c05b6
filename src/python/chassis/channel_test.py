"""Channels against real servers."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import pytest

from chassis.address import join
from chassis.channel import (
    ChannelSettings,
    Keepalive,
    ProcessChannel,
    Retries,
    channel_options,
    open_channel,
)
from chassis.server_options import MIN_CLIENT_PING_SECONDS
from chassis.testing.kept_port import kept_port
from chassis.testing.running import HOST
from chassis.testing.waiting import wait_until

AMPLE = 60.0
"""A deadline that no test reaches, unless what it shows is broken."""
METHOD = "test.Service/Method"
OTHER_METHOD = "test.Service/Other"


class Counting(grpc.GenericRpcHandler):
    """Answers calls after failing the first ones, and counts them all."""

    def __init__(self, failures: int = 0, code: grpc.StatusCode = grpc.StatusCode.OK) -> None:
        self.failures = failures
        self.code = code
        self.calls = 0
        self._lock = threading.Lock()

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[bytes, bytes]":
        """See grpc."""
        return grpc.unary_unary_rpc_method_handler(self._answer)

    def _answer(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        with self._lock:
            self.calls += 1
            fails = self.calls <= self.failures
        if fails:
            context.abort(self.code, "as the test says")
        return request


class Stalling(Counting):
    """Once told to, answers one more call, and has its server hear of nothing until let go."""

    def __init__(self) -> None:
        super().__init__()
        self.shall_stall = False
        self.stalls = threading.Event()
        self.let_go = threading.Event()

    def _answer(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        if self.shall_stall:
            context.add_callback(self._stall)  # Which the thread that hears from gRPC calls.
        return super()._answer(request, context)

    def _stall(self) -> None:
        self.stalls.set()
        self.let_go.wait(AMPLE)


class Held(Counting):
    """Answers the first call when its client has gone."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()
        self.is_left = threading.Event()

    def _answer(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        if not self.reached.is_set():
            context.add_callback(self.is_left.set)
            self.reached.set()
            assert self.is_left.wait(AMPLE)
        return super()._answer(request, context)


def started(
    handler: grpc.GenericRpcHandler,
    host: str = HOST,
    port: int = 0,
    credentials: grpc.ServerCredentials | None = None,
) -> tuple[grpc.Server, int]:
    server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((handler,))
    address = join(host, port)
    if credentials:
        bound = server.add_secure_port(address, credentials)
    else:
        bound = server.add_insecure_port(address)
    server.start()
    return server, bound


@contextmanager
def serving(
    handler: grpc.GenericRpcHandler,
    host: str = HOST,
    port: int = 0,
    credentials: grpc.ServerCredentials | None = None,
) -> Iterator[int]:
    server, bound = started(handler, host, port, credentials)
    try:
        yield bound
    finally:
        server.stop(0).wait(AMPLE)


def ask(
    channel: grpc.Channel, method: str = METHOD, timeout: float = AMPLE, request: bytes = b"hello"
) -> bytes:
    untyped: Any = channel  # Without serializers, messages are bytes.
    answer: bytes = untyped.unary_unary(f"/{method}")(request, timeout=timeout)
    return answer


def code_of(
    channel: grpc.Channel, method: str = METHOD, timeout: float = AMPLE, request: bytes = b"hello"
) -> grpc.StatusCode:
    try:
        ask(channel, method, timeout, request)
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_host_is_reached_by_name_and_by_address(host: str) -> None:
    with serving(Counting(), host) as port, open_channel(host, port, ChannelSettings()) as channel:
        assert b"hello" == ask(channel)


def test_the_settings_are_those_that_grpc_knows() -> None:
    """Names and units. That gRPC heeds them is shown below where a server can show it."""
    settings = ChannelSettings(
        keepalive=Keepalive(interval_seconds=31, timeout_seconds=4.5),
        resolution_seconds=1.5,
        connect_seconds=2,
        reconnect_seconds=7,
        max_message_bytes=1234,
    )
    options = dict(channel_options(settings))
    assert {"loadBalancingConfig": [{"round_robin": {}}]} == json.loads(
        str(options.pop("grpc.service_config"))
    )
    assert {
        "grpc.service_config_disable_resolution": 1,
        "grpc.enable_http_proxy": 0,
        "grpc.use_local_subchannel_pool": 1,
        "grpc.dns_min_time_between_resolutions_ms": 1500,
        "grpc.min_reconnect_backoff_ms": 2000,
        "grpc.initial_reconnect_backoff_ms": 200,
        "grpc.max_reconnect_backoff_ms": 7000,
        "grpc.keepalive_time_ms": 31_000,
        "grpc.keepalive_timeout_ms": 4500,
        "grpc.keepalive_permit_without_calls": 1,
        "grpc.http2.max_pings_without_data": 0,
        "grpc.max_receive_message_length": 1234,
        "grpc.max_send_message_length": 1234,
    } == options


def test_channels_ping_less_often_than_servers_allow() -> None:
    assert Keepalive().interval_seconds > MIN_CLIENT_PING_SECONDS


def test_a_web_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "grpc_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with serving(Counting()) as port, open_channel(HOST, port, ChannelSettings()) as channel:
        assert b"hello" == ask(channel)


def test_messages_beyond_the_limit_end_the_call() -> None:
    settings = ChannelSettings(max_message_bytes=1000)
    with serving(Counting()) as port, open_channel(HOST, port, settings) as channel:
        assert grpc.StatusCode.OK is code_of(channel, request=b"x" * 1000)
        assert grpc.StatusCode.RESOURCE_EXHAUSTED is code_of(channel, request=b"x" * 1001)


def test_credentials_are_used() -> None:
    server_side = grpc.local_server_credentials()
    with serving(Counting(), credentials=server_side) as port:
        credentials = grpc.local_channel_credentials()
        with open_channel(HOST, port, ChannelSettings(), credentials) as channel:
            assert b"hello" == ask(channel)


def test_nobody_there_is_known_long_before_the_deadline() -> None:
    settings = ChannelSettings(retries=Retries([METHOD]))
    with kept_port(HOST) as port, open_channel(HOST, port, settings) as channel:
        assert grpc.StatusCode.UNAVAILABLE is code_of(channel)


def test_a_server_that_comes_back_is_found_by_the_same_channel() -> None:
    handler, settings = Counting(), ChannelSettings(reconnect_seconds=0.2)
    with kept_port(HOST) as port, open_channel(HOST, port, settings) as channel:
        with serving(handler, port=port):
            assert b"hello" == ask(channel)
        assert grpc.StatusCode.UNAVAILABLE is code_of(channel)
        with serving(handler, port=port):
            grpc.channel_ready_future(channel).result(AMPLE)
            assert b"hello" == ask(channel)


# ---- Retries ----


TRIED_AGAIN = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}


@pytest.mark.parametrize("code", sorted(TRIED_AGAIN, key=str))
def test_a_call_that_found_no_server_or_one_that_stops_is_tried_again(
    code: grpc.StatusCode,
) -> None:
    handler = Counting(failures=2, code=code)
    settings = ChannelSettings(retries=Retries([METHOD], attempts=3))
    with serving(handler) as port, open_channel(HOST, port, settings) as channel:
        assert b"hello" == ask(channel)
    assert 3 == handler.calls


def test_calls_that_a_server_lets_go_as_it_stops_are_answered_by_another() -> None:
    """gRPC's own server takes one call at a time; those in line end as it stops, with CANCELLED."""
    stalling, other = Stalling(), Counting()
    retries = Retries([METHOD], attempts=5, initial_backoff_seconds=0.1, max_backoff_seconds=1.0)
    options = channel_options(ChannelSettings(retries=retries))
    server, port = started(stalling)
    with (
        serving(other) as other_port,
        grpc.insecure_channel(f"ipv4:{HOST}:{port},{HOST}:{other_port}", options) as channel,
    ):
        while not (stalling.calls and other.calls):
            assert b"hello" == ask(channel)
        stalling.shall_stall = True
        assert [b"hello"] * 2 == [ask(channel) for _ in range(2)]  # Servers are asked in turns.
        assert stalling.stalls.wait(AMPLE)
        before = other.calls
        untyped: Any = channel
        calls = [untyped.unary_unary(f"/{METHOD}").future(b"hello", AMPLE) for _ in range(4)]
        wait_until(lambda: other.calls - before == 2, AMPLE)
        stopped = server.stop(AMPLE)
        stalling.let_go.set()
        assert [b"hello"] * 4 == [call.result() for call in calls]
        assert stopped.wait(AMPLE)


def test_a_call_that_its_own_caller_cancels_is_not_tried_again() -> None:
    handler = Held()
    retries = Retries([METHOD], initial_backoff_seconds=0.001)
    settings = ChannelSettings(retries=retries)
    with serving(handler) as port, open_channel(HOST, port, settings) as channel:
        untyped: Any = channel
        call = untyped.unary_unary(f"/{METHOD}").future(b"hello", AMPLE)
        assert handler.reached.wait(AMPLE)
        call.cancel()
        assert handler.is_left.wait(AMPLE)
        assert [b"hello"] * 20 == [ask(channel) for _ in range(20)]
        wait_until(lambda: handler.calls >= 21, AMPLE)
    assert 21 == handler.calls


def test_tries_are_bounded() -> None:
    handler = Counting(failures=100, code=grpc.StatusCode.UNAVAILABLE)
    settings = ChannelSettings(retries=Retries([METHOD], attempts=4))
    with serving(handler) as port, open_channel(HOST, port, settings) as channel:
        assert grpc.StatusCode.UNAVAILABLE is code_of(channel)
    assert 4 == handler.calls


def test_a_method_that_is_not_named_is_tried_once() -> None:
    handler = Counting(failures=1, code=grpc.StatusCode.UNAVAILABLE)
    settings = ChannelSettings(retries=Retries([METHOD]))
    with serving(handler) as port, open_channel(HOST, port, settings) as channel:
        assert grpc.StatusCode.UNAVAILABLE is code_of(channel, OTHER_METHOD)
    assert 1 == handler.calls


@pytest.mark.parametrize(
    "code",
    sorted(set(grpc.StatusCode) - TRIED_AGAIN - {grpc.StatusCode.OK}, key=str),
)
def test_no_other_status_is_tried_again(code: grpc.StatusCode) -> None:
    handler = Counting(failures=1, code=code)
    settings = ChannelSettings(retries=Retries([METHOD]))
    with serving(handler) as port, open_channel(HOST, port, settings) as channel:
        assert code is code_of(channel)
    assert 1 == handler.calls


def test_a_pause_before_the_next_try_does_not_outlast_the_deadline() -> None:
    """The pause would be an hour; that this test ends at all is the proof."""
    handler = Counting(failures=1, code=grpc.StatusCode.UNAVAILABLE)
    retries = Retries([METHOD], initial_backoff_seconds=3600, max_backoff_seconds=3600)
    settings = ChannelSettings(retries=retries)
    with serving(handler) as port, open_channel(HOST, port, settings) as channel:
        grpc.channel_ready_future(channel).result(AMPLE)
        assert code_of(channel, timeout=6.0) in (
            grpc.StatusCode.DEADLINE_EXCEEDED,
            grpc.StatusCode.UNAVAILABLE,
        )
    assert 1 == handler.calls


def test_a_server_that_stays_down_is_soon_asked_once_for_each_call() -> None:
    """Half of ten tokens are spent after five failed tries."""
    handler = Counting(failures=1000, code=grpc.StatusCode.UNAVAILABLE)
    settings = ChannelSettings(retries=Retries([METHOD], attempts=3, tokens=10))
    with serving(handler) as port, open_channel(HOST, port, settings) as channel:
        for _ in range(5):
            code_of(channel)
        before = handler.calls
        for _ in range(10):
            code_of(channel)
    assert 10 == handler.calls - before


# ---- One channel for each process ----


def test_a_process_opens_one_channel_when_it_first_needs_it() -> None:
    opened: list[grpc.Channel] = []

    def open_one() -> grpc.Channel:
        opened.append(open_channel(HOST, 1, ChannelSettings()))
        return opened[-1]

    process_channel = ProcessChannel(open_one)
    assert [] == opened
    with ThreadPoolExecutor(8) as pool:
        channels = set(pool.map(lambda _: process_channel.get(), range(64)))
    assert opened == list(channels)
    process_channel.close()


def test_a_closed_channel_is_followed_by_another() -> None:
    with serving(Counting()) as port:
        process_channel = ProcessChannel(lambda: open_channel(HOST, port, ChannelSettings()))
        first = process_channel.get()
        process_channel.close()
        assert b"hello" == ask(process_channel.get())
        with pytest.raises(ValueError, match="closed"):
            ask(first)
        process_channel.close()


def test_to_close_what_was_never_opened_is_nothing() -> None:
    ProcessChannel(lambda: open_channel(HOST, 1, ChannelSettings())).close()
