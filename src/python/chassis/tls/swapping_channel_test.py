"""A channel takes up new certificates while stubs use it, and no call notices."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from prometheus_client import CollectorRegistry

from chassis.interceptors.access_log import AccessLog
from chassis.interceptors.call import RpcKind
from chassis.interceptors.chain import Interceptor
from chassis.interceptors.client import ClientCall, Ended
from chassis.interceptors.client_threads import intercepted
from chassis.testing.certificate_folder import CertificateFolder
from chassis.testing.certificates import Authority, KeyPair
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, Body, ask, four_kinds, start
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import running, threaded_server
from chassis.testing.waiting import wait_until
from chassis.tls.metrics import TlsMetrics
from chassis.tls.server_credentials import server_credentials
from chassis.tls.store import CertificateStore
from chassis.tls.swapping_channel import SwappingChannel

HOST = "127.0.0.1"
LOOK_SECONDS = 0.01
USED = "calls use the new certificates"
all_kinds = pytest.mark.parametrize("kind", RpcKind)


class Bench:
    """A client's certificates, and a server's beside them."""

    def __init__(self, path: Path) -> None:
        self.authority = Authority.create()
        self.log = RecordingLog()
        pair = self.authority.issue(HOST)
        self.client = CertificateFolder(path / "client", pair, self.authority)
        self.server = CertificateFolder(path / "server", pair, self.authority)
        self.made: list[grpc.Channel] = []

    def store(self, folder: CertificateFolder) -> CertificateStore:
        return CertificateStore(folder.files, TlsMetrics(CollectorRegistry()), self.log.logger)

    def issue(self) -> KeyPair:
        return self.authority.issue(HOST)

    @contextmanager
    def serving(self, body: Body, *interceptors: Interceptor) -> Iterator[str]:
        credentials = server_credentials(self.store(self.server), require_client=True)
        server = threaded_server([four_kinds(body)], interceptors, credentials=credentials)
        with running(server) as address:
            yield address

    @contextmanager
    def channel(self, address: str, grace_seconds: float = 30.0) -> Iterator[SwappingChannel]:
        def connect(credentials: grpc.ChannelCredentials) -> grpc.Channel:
            self.made.append(grpc.secure_channel(address, credentials))
            return self.made[-1]

        with SwappingChannel(
            connect, self.store(self.client), self.log.logger, LOOK_SECONDS, grace_seconds
        ) as channel:
            yield channel


@pytest.fixture()
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def callers_certificate(_: Iterator[bytes], context: Any) -> Iterator[bytes]:
    yield from context.auth_context()["x509_pem_cert"]


@all_kinds
def test_calls_use_the_new_certificate_without_a_new_stub(bench: Bench, kind: RpcKind) -> None:
    with bench.serving(callers_certificate) as address, bench.channel(address) as channel:
        first = bench.client.certificate.read_bytes()
        assert (first,) == ask(channel, kind).responses
        second = bench.issue()
        bench.client.write(second)
        bench.log.wait_for(USED)
        assert (second.certificate,) == ask(channel, kind).responses


@all_kinds
def test_interceptors_may_stand_around_it(bench: Bench, kind: RpcKind) -> None:
    """And see each call, whichever channel it goes over."""
    seen: list[str] = []

    class Noting:
        def begin(self, call: ClientCall) -> Ended:
            return lambda: seen.append(f"{call.method} {call.code}")

    with bench.serving(callers_certificate) as address, bench.channel(address) as channel:
        around = intercepted(channel, [Noting()])
        before = ask(around, kind).responses
        bench.client.write(bench.issue())
        bench.log.wait_for(USED)
        assert before != ask(around, kind).responses
        wait_until(lambda: [f"{METHODS[kind]} StatusCode.OK"] * 2 == seen)


def test_a_method_that_was_made_before_uses_the_new_certificate(bench: Bench) -> None:
    with bench.serving(callers_certificate) as address, bench.channel(address) as channel:
        method = channel.unary_unary(f"/{SERVICE_NAME}/{METHODS[RpcKind.UNARY]}")
        assert bench.client.certificate.read_bytes() == method(b"", timeout=30)
        second = bench.issue()
        bench.client.write(second)
        bench.log.wait_for(USED)
        assert second.certificate == method(b"", timeout=30)
        response, call = method.with_call(b"", timeout=30)
        assert (second.certificate, grpc.StatusCode.OK) == (response, call.code())


def test_the_first_call_uses_what_is_in_the_files_by_then(bench: Bench) -> None:
    """A worker process may be forked long after the certificates were read."""
    store = bench.store(bench.client)
    second = bench.issue()
    bench.client.write(second)
    with (
        bench.serving(callers_certificate) as address,
        SwappingChannel(
            lambda given: grpc.secure_channel(address, given), store, bench.log.logger, 3600
        ) as channel,
    ):
        assert (second.certificate,) == ask(channel, RpcKind.UNARY).responses


@all_kinds
def test_a_call_in_flight_ends_on_the_channel_on_which_it_began(
    bench: Bench, kind: RpcKind
) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def body(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        reached.set()
        assert go_on.wait(30)
        yield from callers_certificate(requests, context)

    with bench.serving(body) as address, bench.channel(address) as channel:
        first = bench.client.certificate.read_bytes()
        call = start(channel, kind)
        assert reached.wait(30)
        bench.client.write(bench.issue())
        bench.log.wait_for(USED)
        go_on.set()
        responses = list(call) if kind.response_streaming else [call.result()]
        assert [first] == responses
        # Its channel is closed only then, but it is closed.
        wait_until(lambda: is_closed(bench.made[0]))


@all_kinds
def test_a_call_that_does_not_end_is_cancelled_after_the_grace_period(
    bench: Bench, kind: RpcKind
) -> None:
    reached, over = threading.Event(), threading.Event()

    def body(_: Iterator[bytes], context: Any) -> Iterator[bytes]:
        context.add_callback(over.set)
        reached.set()
        over.wait(30)
        return iter(())

    with bench.serving(body) as address, bench.channel(address, grace_seconds=0.0) as channel:
        call = start(channel, kind)
        assert reached.wait(30)
        bench.client.write(bench.issue())
        assert over.wait(30)
        assert grpc.StatusCode.CANCELLED == call.code()


def test_certificates_that_the_server_does_not_accept_are_not_used(bench: Bench) -> None:
    """Say, the server does not trust the new authority yet: the old certificate goes on."""
    with bench.serving(callers_certificate) as address, bench.channel(address) as channel:
        first = bench.client.certificate.read_bytes()
        bench.client.write(Authority.create("Not trusted yet").issue(HOST))
        bench.log.wait_for("the new certificates do not connect, the former stay in use")
        assert (first,) == ask(channel, RpcKind.UNARY).responses
        third = bench.issue()
        bench.client.write(third)
        bench.log.wait_for(USED)
        assert (third.certificate,) == ask(channel, RpcKind.UNARY).responses
        assert is_closed(bench.made[1])


def test_a_half_written_certificate_changes_nothing(bench: Bench) -> None:
    with bench.serving(callers_certificate) as address, bench.channel(address) as channel:
        first = bench.client.certificate.read_bytes()
        bench.client.certificate.write_bytes(first[: len(first) // 2])
        bench.log.wait_for("certificates refused, the former stay in use")
        assert (first,) == ask(channel, RpcKind.UNARY).responses
        assert 1 == len(bench.made)


def test_connecting_sends_nothing_to_the_server(bench: Bench) -> None:
    seen = RecordingLog()
    with (
        bench.serving(callers_certificate, AccessLog(seen.logger)) as address,
        bench.channel(address) as channel,
    ):
        bench.client.write(bench.issue())
        bench.log.wait_for(USED)
        ask(channel, RpcKind.UNARY)
        (line,) = seen.wait_for("call")
    assert METHODS[RpcKind.UNARY] == line["grpc_method"]


def test_one_can_wait_until_it_is_ready(bench: Bench) -> None:
    with bench.serving(callers_certificate) as address, bench.channel(address) as channel:
        before = set(threading.enumerate())
        grpc.channel_ready_future(channel).result(30)
        # gRPC's thread that watched must not find the channel closed.
        wait_until(lambda: before.issuperset(threading.enumerate()))


def test_closing_it_ends_the_thread_and_all_channels(bench: Bench) -> None:
    with bench.serving(callers_certificate) as address:
        with bench.channel(address) as channel:
            bench.client.write(Authority.create("Never trusted").issue(HOST))
            wait_until(lambda: len(bench.made) == 2)
        assert [True, True] == [is_closed(each) for each in bench.made]
        assert "tls-watch" not in {thread.name for thread in threading.enumerate()}
        with pytest.raises(ValueError, match="Channel closed"):
            ask(channel, RpcKind.UNARY)


def is_closed(channel: grpc.Channel) -> bool:
    try:
        ask(channel, RpcKind.UNARY, timeout=0.1)
    except ValueError:
        return True
    return False
