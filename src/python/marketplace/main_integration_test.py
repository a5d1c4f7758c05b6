"""The service as production runs it: gunicorn's processes, signals, exit codes."""

import json
import os
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import grpc
import httpx
import pytest

from chassis.testing.process import ServiceProcess, python_environment
from marketplace.service_address import ServiceAddress
from marketplace.testing.recommendations_servicer import recommendations_server
from marketplace.testing.shop_process import COMMAND, SECONDS, a_shop, get, workers_of
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb

BOOKS = pb.RecommendResponse(
    recommendations=[
        pb.Recommendation(
            book=pb.Book(id=number, title=f"Book {number}", categories=[pb.BOOK_CATEGORY_MYSTERY])
        )
        for number in (1, 2, 3)
    ]
)


class Service:
    """Recommendations that can be held back, and remember which connection asked."""

    def __init__(self) -> None:
        self.peers: list[str] = []
        self.asked = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def answer(self, _: pb.RecommendRequest, context: grpc.ServicerContext) -> pb.RecommendResponse:
        """See the API."""
        self.peers.append(context.peer())
        self.asked.set()
        self.go_on.wait(SECONDS)
        return BOOKS


@pytest.fixture()
def service() -> Service:
    return Service()


@pytest.fixture()
def address(service: Service) -> Iterator[ServiceAddress]:
    with recommendations_server(service.answer) as address:
        yield address
        service.go_on.set()


@pytest.fixture(scope="module")
def steady() -> Iterator[tuple[ServiceProcess, str]]:
    """A shop for tests that leave it as it was."""
    with (
        recommendations_server(Service().answer) as address,
        a_shop(address, WEB_WORKERS="1", FORWARDED_ALLOW_IPS="127.0.0.2") as shop,
    ):
        yield shop


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, f"still not: {what}"
        time.sleep(0.02)


def lines(process: ServiceProcess) -> list[dict[str, object]]:
    return [json.loads(line) for line in process.log.splitlines()]


def refused(url: str) -> bool:
    port = int(url.rpartition(":")[2])
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) != 0


def in_background(url: str) -> "Future[httpx.Response]":
    pool = ThreadPoolExecutor(1)
    future = pool.submit(get, url)
    pool.shutdown(wait=False)
    return future


@pytest.mark.parametrize("preload", ["false", "true"])
def test_every_worker_has_a_channel_of_its_own(
    preload: str, service: Service, address: ServiceAddress
) -> None:
    """The application, its client included, is made before the fork or after; no call is lost."""
    with a_shop(address, WEB_WORKERS="4", WEB_THREADS="2", WEB_PRELOAD=preload) as (process, url):
        until(lambda: len(workers_of(process)) == 4, "four workers")
        pages: list[httpx.Response] = []

        def all_asked() -> bool:
            with ThreadPoolExecutor(8) as visitors:
                pages.extend(visitors.map(get, [url] * 16))
            return len(set(service.peers)) >= 4

        until(all_asked, "each of four workers asked on a connection of its own")
        assert {200} == {page.status_code for page in pages}
        assert {3} == {page.text.count("<li>") for page in pages}
        assert 4 == len(set(service.peers))
        process.send(signal.SIGTERM)
        assert 0 == process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_in_flight_is_finished_before_the_end(
    number: signal.Signals, service: Service, address: ServiceAddress
) -> None:
    with a_shop(address) as (process, url):
        service.go_on.clear()
        page = in_background(url)
        assert service.asked.wait(SECONDS)
        process.send(number)
        until(lambda: refused(url), "new visitors are turned away")
        assert not page.done()
        service.go_on.set()
        assert 3 == page.result(SECONDS).text.count("<li>")
        assert 0 == process.wait()
        assert not process.port_file.exists()


def test_it_goes_on_serving_unready_while_it_drains(address: ServiceAddress) -> None:
    """Every worker knows, though the signal reached the master alone."""
    with a_shop(address, DRAIN_SECONDS="3600", WEB_WORKERS="2") as (process, url):
        assert 200 == get(url + "/readyz").status_code
        process.send(signal.SIGTERM)
        until(lambda: get(url + "/readyz").status_code == 503, "not ready")
        assert {503} == {get(url + "/readyz").status_code for _ in range(20)}
        assert 3 == get(url).text.count("<li>")
        process.send(signal.SIGTERM)
        assert 128 + signal.SIGTERM == process.wait()


def test_connections_that_are_kept_end_with_an_answer_while_it_drains(
    address: ServiceAddress,
) -> None:
    """The visitor is told, and so does not send a request into a connection that is closed."""
    with (
        a_shop(address, DRAIN_SECONDS="3600", WEB_WORKERS="1") as (process, url),
        httpx.Client(base_url=url, timeout=SECONDS, trust_env=False) as visitor,
    ):
        assert "keep-alive" == visitor.get("/").headers["Connection"]
        process.send(signal.SIGTERM)
        until(lambda: get(url + "/readyz").status_code == 503, "not ready")
        page = visitor.get("/")
        assert (200, "close") == (page.status_code, page.headers["Connection"])


def test_it_stops_when_the_time_to_drain_is_over(address: ServiceAddress) -> None:
    with a_shop(address, DRAIN_SECONDS="0.5") as (process, _):
        process.send(signal.SIGTERM)
        assert 0 == process.wait()
        assert "Handling signal: alrm" in process.log


@pytest.mark.parametrize("drain", ["0", "3600"])
def test_a_second_signal_ends_it_now(drain: str, service: Service, address: ServiceAddress) -> None:
    """Neither the time to drain nor a request in flight is waited for."""
    with a_shop(address, DRAIN_SECONDS=drain, GRACE_SECONDS="3600") as (process, url):
        service.go_on.clear()
        page = in_background(url)
        assert service.asked.wait(SECONDS)
        process.send(signal.SIGTERM)
        process.wait_for_log("Handling signal: term")
        process.send(signal.SIGINT)
        assert 128 + signal.SIGINT == process.wait()
        assert isinstance(page.exception(SECONDS), httpx.TransportError)


def test_two_signals_that_it_hears_at_once_end_it_now(
    service: Service, address: ServiceAddress
) -> None:
    """A master that is busy, or kept from running, finds both."""
    with a_shop(address, DRAIN_SECONDS="0", GRACE_SECONDS="3600") as (process, url):
        service.go_on.clear()
        page = in_background(url)
        assert service.asked.wait(SECONDS)
        for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGCONT):
            process.send(number)
        assert process.wait() in {128 + signal.SIGTERM, 128 + signal.SIGINT}
        assert isinstance(page.exception(SECONDS), httpx.TransportError)


def test_an_idle_connection_does_not_hold_up_the_end(address: ServiceAddress) -> None:
    with a_shop(address, GRACE_SECONDS="3600") as (process, url), httpx.Client() as browser:
        assert 200 == browser.get(url, timeout=SECONDS).status_code
        process.send(signal.SIGTERM)
        assert 0 == process.wait()


HURRIED = """
import os, signal
from marketplace import main, server

options = server.gunicorn_options

def told_at_once(_, worker):
    if worker.age == 1:
        os.kill(os.getpid(), signal.SIGTERM)

server.gunicorn_options = lambda *given: {**options(*given), "post_fork": told_at_once}
main.main()
"""


def test_a_worker_that_is_told_to_stop_before_it_can_listen_to_signals_stops(
    address: ServiceAddress,
) -> None:
    """It has the master's handlers then: they would queue the signal where nobody looks for it."""
    command = (sys.executable, "-c", HURRIED)
    with a_shop(address, command, WEB_WORKERS="1") as (process, url):
        process.wait_for_log("Worker exiting")
        assert 3 == get(url).text.count("<li>")
        process.send(signal.SIGTERM)
        assert 0 == process.wait()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_dies_is_replaced(number: signal.Signals, address: ServiceAddress) -> None:
    """Its end is not the service's: the port file stays, and so does the socket."""
    with a_shop(address, WEB_WORKERS="1") as (process, url):
        (worker,) = workers_of(process)
        os.kill(worker, number)
        until(lambda: workers_of(process) not in ({worker}, set()), "another worker")
        assert process.port_file.exists()
        assert 3 == get(url).text.count("<li>")
        process.send(signal.SIGTERM)
        assert 0 == process.wait()


def test_the_configuration_is_reloaded_without_losing_the_socket(address: ServiceAddress) -> None:
    with a_shop(address, WEB_WORKERS="1") as (process, url):
        before = workers_of(process)
        process.send(signal.SIGHUP)
        until(lambda: workers_of(process).isdisjoint(before | {0}), "new workers")
        assert 3 == get(url).text.count("<li>")
        process.send(signal.SIGTERM)
        assert 0 == process.wait()


def test_every_line_of_the_log_is_json_and_requests_have_one(address: ServiceAddress) -> None:
    with a_shop(address, WEB_WORKERS="2") as (process, url):
        request_id = get(url).headers["X-Request-Id"]
        process.send(signal.SIGTERM)
        assert 0 == process.wait()
        found = lines(process)
    assert {"marketplace", "gunicorn.error"} <= {line["logger"] for line in found}
    (listening,) = (line for line in found if line["event"] == "listening")
    assert url == f"http://{listening['address']}"
    (request,) = (line for line in found if line.get("http_route") == "/")
    assert (request_id, 200) == (request["request_id"], request["http_status"])


def test_the_server_does_not_tell_its_version(steady: tuple[ServiceProcess, str]) -> None:
    for path in ("/", "/nowhere"):
        assert not re.search(r"\d", get(steady[1] + path).headers["Server"])


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/" + "x" * 4000, {}, 414),
        ("/", {"X-Long": "x" * 9000}, 431),
        ("/", {f"X-{number}": "x" for number in range(100)}, 431),
    ],
)
def test_requests_beyond_the_limits_are_refused(
    path: str, headers: dict[str, str], status: int, steady: tuple[ServiceProcess, str]
) -> None:
    url = steady[1]
    response = httpx.get(url + path, headers=headers, timeout=SECONDS, trust_env=False)
    assert status == response.status_code
    assert 200 == get(url).status_code


@pytest.mark.parametrize(("proxy", "believed"), [("127.0.0.2", True), ("127.0.0.1", False)])
def test_only_trusted_proxies_can_say_that_it_was_tls(
    proxy: str, believed: bool, steady: tuple[ServiceProcess, str]
) -> None:
    with httpx.Client(transport=httpx.HTTPTransport(local_address=proxy)) as client:
        headers = {"X-Forwarded-Proto": "https"}
        response = client.get(steady[1], headers=headers, timeout=SECONDS)
    assert believed == ("Strict-Transport-Security" in response.headers)


def test_a_worker_that_is_interrupted_goes_on(steady: tuple[ServiceProcess, str]) -> None:
    """Ctrl-C in a terminal reaches the workers too; it is the master who decides."""
    process, url = steady
    before = workers_of(process)
    for worker in before:
        os.kill(worker, signal.SIGINT)
    assert 3 == get(url).text.count("<li>")
    assert before == workers_of(process)


def test_a_port_that_is_taken_ends_it_at_once(steady: tuple[ServiceProcess, str]) -> None:
    url = steady[1]
    port = url.rpartition(":")[2]
    settings = {**python_environment(), "LISTEN_PORT": port}
    with ServiceProcess(COMMAND, settings, SECONDS) as second:
        assert 1 == second.wait()
        assert f"marketplace: cannot listen on 127.0.0.1:{port}: " in second.log
        assert not second.port_file.exists()
    assert 200 == get(url).status_code


def test_a_port_file_that_cannot_be_written_ends_it(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "port"
    command = [*COMMAND, "--port-file", str(path)]
    settings = {**python_environment(), "LISTEN_PORT": "0"}
    with ServiceProcess(command, settings, SECONDS) as process:
        assert 1 == process.wait()
        assert f"marketplace: cannot write the port file {path}: " in process.log


def test_wrong_settings_end_it_with_every_mistake() -> None:
    settings = {**python_environment(), "WEB_WORKERS": "0", "WEB_THREADS": "many"}
    with ServiceProcess(COMMAND, settings, SECONDS) as process:
        assert 2 == process.wait()
        assert "WEB_WORKERS: " in process.log
        assert "WEB_THREADS: " in process.log
        assert "Traceback" not in process.log
