"""Workers that live and do not answer are found out, ended and replaced; others are left alone."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest

from chassis.interceptors.call import RpcKind
from chassis.testing.certificate_folder import CertificateFolder
from chassis.testing.certificates import Authority
from chassis.testing.four_kinds import SERVICE_NAME, ask, start
from chassis.testing.supervised_process import HOST, WAIT, SupervisedProcess
from chassis.testing.waiting import wait_until

HANGS = "worker hangs, ending it"
REPLACED = "worker ended, replacing it"
RESTARTS = "server_worker_restarts_total"
QUICK = {"WORKER_TIMEOUT_SECONDS": "8", "SERVER_THREADS": "2"}
"""Longer than a machine that is busy with other tests lets a healthy worker wait for its turn."""
MANY = 30
"""With a tenth of the timeout between them, so many questions take one worker three times as long
as that, and two of them half as long."""

NewService = Callable[..., SupervisedProcess]


def until(condition: Callable[[], bool]) -> None:
    wait_until(condition, WAIT)


@pytest.fixture()
def new_service(tmp_path: Path) -> Iterator[NewService]:
    """Starts a service that soon loses patience with its two workers."""
    with ExitStack() as running:

        def new(**environ: str) -> SupervisedProcess:
            service = SupervisedProcess(tmp_path, **{**QUICK, **environ})
            running.enter_context(service)
            service.process.port()
            return service

        yield new


@pytest.fixture(params=["threads", "asyncio"])
def kind(request: pytest.FixtureRequest) -> str:
    made: str = request.param
    return made


def questions(service: SupervisedProcess) -> float:
    """How many times workers have asked themselves for their health, and got an answer."""
    return service.metric(
        "grpc_server_handled_total", grpc_service="grpc.health.v1.Health", grpc_code="OK"
    )


def until_many_more(service: SupervisedProcess) -> None:
    """Wait for so many answers that a worker that gave none would have been found out."""
    before = questions(service)
    until(lambda: questions(service) - before >= MANY)


# ---- Those that hang ----


def test_a_worker_that_is_stopped_is_killed_and_replaced(
    new_service: NewService, kind: str
) -> None:
    """It cannot even end when it is asked to. The other goes on as if nothing had happened."""
    service = new_service(SERVER_KIND=kind)
    stopped, other = sorted(service.workers())
    os.kill(stopped, signal.SIGSTOP)
    (line,) = service.wait_for(HANGS)
    assert (stopped, "T (stopped)") == (line["pid"], line["state"])
    assert line["silent_seconds"] >= 1.0
    (line,) = service.wait_for(REPLACED)
    assert (stopped, "SIGKILL", "hung") == (line["pid"], line["signal"], line["reason"])
    until(lambda: service.metric("server_workers_serving") == 2)
    assert 1 == service.metric(RESTARTS, reason="hung")
    assert 1 == service.metric(RESTARTS)
    assert other in service.workers()
    assert {str(pid) for pid in service.workers()} >= {service.word() for _ in range(5)}


def test_an_event_loop_that_is_blocked_is_found_out_and_its_stack_is_told(
    new_service: NewService,
) -> None:
    service = new_service(SERVER_KIND="asyncio")
    with service.channel() as channel:
        blocked = int(ask(channel, RpcKind.UNARY, [b"pid"], WAIT).responses[0])
        call = start(channel, RpcKind.UNARY, [b"block"], WAIT)
        assert grpc.StatusCode.UNAVAILABLE is call.code()
    (line,) = service.wait_for(REPLACED)
    assert (blocked, "SIGABRT", "hung") == (line["pid"], line["signal"], line["reason"])
    assert " in _block_loop\n" in line["stacks"]
    until(lambda: service.metric(RESTARTS, reason="hung") == 1)


def test_threads_that_are_all_deadlocked_are_found_out_and_their_stacks_are_told(
    new_service: NewService,
) -> None:
    """Health is still answered, on threads of its own, but no other call ever is."""
    service = new_service(SERVER_KIND="threads", MAX_CALL_SECONDS="1")
    with service.channel() as channel:
        blocked = int(ask(channel, RpcKind.UNARY, [b"pid"], WAIT).responses[0])
        calls = [start(channel, RpcKind.UNARY, [b"block"], WAIT) for _ in range(2)]
        until(lambda: service.metric("grpc_server_in_flight", grpc_service=SERVICE_NAME) == 2)
        in_line = start(channel, RpcKind.UNARY, [b"pid"], WAIT)
        codes = {call.code() for call in (*calls, in_line)}
    assert {grpc.StatusCode.UNAVAILABLE} == codes
    (line,) = service.wait_for(REPLACED)
    assert (blocked, "SIGABRT", "hung") == (line["pid"], line["signal"], line["reason"])
    assert 2 == line["stacks"].count(" in answer\n")


# ---- Those that do not ----


def a_channel_each(service: SupervisedProcess, stack: ExitStack) -> list[grpc.Channel]:
    """Connect until there is a connection to each worker."""
    found: dict[str, grpc.Channel] = {}

    def all_found() -> bool:
        channel = stack.enter_context(service.channel())
        pid = ask(channel, RpcKind.UNARY, [b"pid"], WAIT).responses[0].decode()
        found.setdefault(pid, channel)
        return len(found) == 2

    until(all_found)
    return list(found.values())


def test_workers_that_are_merely_busy_are_left_alone(new_service: NewService, kind: str) -> None:
    """Each has more calls than threads for longer than calls may last, and is short of time."""
    service = new_service(SERVER_KIND=kind, MAX_CALL_SECONDS="2")
    before = service.workers()
    enough = threading.Event()
    codes: list[grpc.StatusCode] = []

    def keep_busy(channel: grpc.Channel) -> None:
        while not enough.is_set():
            codes.append(ask(channel, RpcKind.UNARY, [b"spin"], WAIT).code)

    with ExitStack() as stack:
        channels = a_channel_each(service, stack)
        callers = [threading.Thread(target=keep_busy, args=(channel,)) for channel in channels * 4]
        for each in callers:
            each.start()
            stack.callback(each.join, WAIT)
        stack.callback(enough.set)
        until_many_more(service)
    assert {grpc.StatusCode.OK} == set(codes)
    assert before == service.workers()
    assert [] == service.lines(HANGS)


def test_calls_that_are_slow_on_all_threads_are_given_their_time(new_service: NewService) -> None:
    """So long as a call may take, others may have to wait for a thread."""
    service = new_service(SERVER_KIND="threads", MAX_CALL_SECONDS="3600")
    with ExitStack() as stack:
        channels = a_channel_each(service, stack)
        slow = [start(channel, RpcKind.UNARY, [b"wait"], WAIT) for channel in channels * 2]
        others = [start(channel, RpcKind.UNARY, [b"pid"], WAIT) for channel in channels]
        until_many_more(service)
        service.let_go.touch()
        answers = {int(call.result()) for call in (*slow, *others)}
    assert answers == service.workers()
    assert [] == service.lines(HANGS)


def test_a_worker_that_starts_slowly_is_left_alone(new_service: NewService) -> None:
    service = new_service()
    service.trouble.write_text("ill")
    service.word(b"die")
    service.wait_for("not healthy yet, waiting before it listens")
    starting = service.workers()
    until_many_more(service)
    assert starting == service.workers()
    service.let_go.touch()
    until(lambda: service.metric("server_workers_serving") == 2)
    assert starting == service.workers()
    assert [] == service.lines(HANGS)


def test_workers_are_left_alone_while_they_drain(new_service: NewService) -> None:
    """Even if one of them hangs: it is ended when the time to stop is over, not sooner."""
    service = new_service(DRAIN_SECONDS="6", GRACE_SECONDS="0", WORKER_TIMEOUT_SECONDS="3")
    stopped = min(service.workers())
    service.process.send(signal.SIGTERM)
    service.wait_for("draining", 2)
    os.kill(stopped, signal.SIGSTOP)
    (line,) = service.wait_for("worker ended")
    assert line["pid"] != stopped
    assert stopped in service.workers()
    assert [] == service.lines(HANGS)
    service.process.send(signal.SIGINT)
    assert 128 + signal.SIGINT == service.process.wait()


def test_time_in_which_all_processes_were_stopped_does_not_count(new_service: NewService) -> None:
    """As when a machine is suspended, or a container frozen, for longer than the timeout."""
    service = new_service(WORKER_TIMEOUT_SECONDS="12")
    workers = service.workers()
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    pass_time(2.0)  # Enough for both to be asked a question that they cannot answer.
    os.kill(service.process.pid, signal.SIGSTOP)
    pass_time(14.0)
    for pid in (service.process.pid, *workers):
        os.kill(pid, signal.SIGCONT)
    before = questions(service)
    until(lambda: questions(service) - before >= 10)
    assert workers == service.workers()
    assert [] == service.lines(HANGS)


def test_peers_who_may_do_nothing_are_in_nobodys_way(
    new_service: NewService, tmp_path: Path
) -> None:
    """With mutual TLS, a worker may ask itself for its health even if nobody else may."""
    authority = Authority.create()
    files = CertificateFolder(tmp_path / "certs", authority.issue(HOST), authority)
    service = new_service(
        TLS_CERT_FILE=str(files.certificate),
        TLS_KEY_FILE=str(files.key),
        TLS_CA_FILE=str(files.authorities),
        TLS_CLIENT_AUTH="require",
        TLS_ALLOWED_PEERS="/no.such.Service/Method = dns:nobody",
    )
    until_many_more(service)
    assert [] == service.lines(HANGS)
    assert 0 == service.metric("grpc_server_handled_total", grpc_code="PERMISSION_DENIED")


def pass_time(seconds: float) -> None:
    """Let so much time pass: here it is the matter itself, and nothing can be waited for."""
    threading.Event().wait(seconds)
