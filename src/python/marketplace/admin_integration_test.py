"""The admin port over gunicorn's processes: what it tells is right whatever becomes of them."""

import http.client
import json
import os
import re
import shutil
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from chassis.testing.process import ServiceProcess, python_environment
from chassis.testing.waiting import wait_until
from marketplace.service_address import ServiceAddress
from marketplace.testing.recommendations_servicer import recommendations_server
from marketplace.testing.shop_process import COMMAND, SECONDS, a_shop, get, workers_of
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb

WORKERS = 3
PAGES = 60
BOOK = pb.Book(id=1, title="The Book of All Books", categories=[pb.BOOK_CATEGORY_MYSTERY])
HOME = {"http_request_method": "GET", "http_route": "/", "http_response_status_code": "200"}
METHOD = {
    "grpc_type": "unary",
    "grpc_service": "onlinebooks.recommendations.v1.RecommendationsService",
    "grpc_method": "Recommend",
}


class MonitoredShop:
    """A shop with an admin port."""

    def __init__(self, process: ServiceProcess, url: str) -> None:
        self.process = process
        self.url = url
        whole = process.log.rpartition("\n")[0]  # Another may be being written.
        lines = [json.loads(line) for line in whole.splitlines()]
        (self.admin_address,) = (
            each["address"] for each in lines if each["event"] == "admin listening"
        )

    def admin(self, path: str) -> tuple[int, str]:
        response = httpx.get(f"http://{self.admin_address}{path}", timeout=SECONDS, trust_env=False)
        return response.status_code, response.text

    def value(self, name: str, **labels: str) -> float | None:
        """Give what Prometheus would read for a series."""
        status, text = self.admin("/metrics")
        assert 200 == status
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if (sample.name, sample.labels) == (name, labels):
                    return sample.value
        return None

    def visit(self, pages: int = PAGES) -> None:
        """Ask for the home page, several times at once, so that every worker has to do."""
        with ThreadPoolExecutor(2 * WORKERS) as visitors:
            statuses = {page.status_code for page in visitors.map(get, [self.url] * pages)}
        assert {200} == statuses

    def kill_a_worker(self) -> None:
        """End a worker in mid-life, and wait for the one in its place."""
        ended = self.value("marketplace_workers_ended_total") or 0.0
        os.kill(min(workers_of(self.process)), signal.SIGKILL)
        wait_until(lambda: self.value("marketplace_workers_ended_total") == ended + 1, SECONDS)
        self.wait_for_workers()

    def wait_for_workers(self) -> None:
        wait_until(lambda: self.value("marketplace_workers") == WORKERS, SECONDS)

    def folder(self) -> Path:
        """Give where the processes keep their metrics."""
        maps = Path(f"/proc/{self.process.pid}/maps").read_text()
        (found,) = set(re.findall(r"(/\S+/chassis-metrics-[^/]+)/", maps))
        return Path(found)


@pytest.fixture()
def address() -> Iterator[ServiceAddress]:
    answer = pb.RecommendResponse(recommendations=[pb.Recommendation(book=BOOK)])
    with recommendations_server(lambda _, __: answer) as address:
        yield address


@contextmanager
def monitored(address: ServiceAddress, **settings: str) -> Iterator[MonitoredShop]:
    environment = {"ADMIN_PORT": "0", "WEB_WORKERS": str(WORKERS), **settings}
    with a_shop(address, **environment) as (process, url):
        shop = MonitoredShop(process, url)
        shop.wait_for_workers()
        folder = shop.folder()
        try:
            yield shop
        finally:
            process.send(signal.SIGKILL)
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)  # Killed, it cannot do that itself.


def totals(shop: MonitoredShop) -> dict[str, float | None]:
    return {
        "requests": shop.value("http_server_request_duration_seconds_count", **HOME),
        "in time": shop.value("http_server_request_duration_seconds_bucket", **HOME, le="+Inf"),
        "lists": shop.value("marketplace_recommendations_total", outcome="fresh"),
        "begun": shop.value("grpc_client_started_total", **METHOD),
        "calls": shop.value("grpc_client_handled_total", **METHOD, grpc_code="OK"),
        "timed": shop.value("grpc_client_handling_seconds_count", **METHOD),
    }


@pytest.mark.parametrize("preload", ["false", "true"])
def test_totals_are_exact_when_workers_are_killed_and_when_they_are_replaced(
    preload: str, address: ServiceAddress
) -> None:
    """Each page asks once, unless two at once ask the same: so lists bound calls from above."""
    with monitored(address, WEB_PRELOAD=preload) as shop:
        shop.visit()
        shop.kill_a_worker()
        shop.visit()
        shop.process.send(signal.SIGHUP)
        wait_until(lambda: shop.value("marketplace_workers_ended_total") == WORKERS + 1, SECONDS)
        shop.wait_for_workers()
        shop.visit()
        found = totals(shop)
        assert 3 * PAGES == found["requests"] == found["in time"] == found["lists"]
        assert found["begun"] == found["calls"] == found["timed"]
        assert 0 < (found["calls"] or 0) <= 3 * PAGES
        assert 0 == shop.value("http_server_active_requests", http_request_method="GET")
        assert 0 == shop.value("grpc_client_in_flight", **METHOD)
        shop.process.send(signal.SIGTERM)
        assert 0 == shop.process.wait()


def test_scrapes_go_on_and_never_go_back_while_workers_die_and_are_forked(
    address: ServiceAddress,
) -> None:
    """Nor do their files become more."""
    with monitored(address) as shop:
        seen: list[float] = []
        failures: list[BaseException] = []
        done = threading.Event()

        def scrape() -> None:
            try:
                while not done.is_set():
                    count = shop.value("http_server_request_duration_seconds_count", **HOME)
                    seen.append(count or 0.0)
            except BaseException as error:
                failures.append(error)

        shop.visit()
        names = len(os.listdir(shop.folder()))
        scraping = threading.Thread(target=scrape)
        scraping.start()
        for _ in range(8):
            shop.kill_a_worker()
            shop.visit(PAGES // 10)
        done.set()
        scraping.join(SECONDS)
        assert [] == failures
        assert sorted(seen) == seen
        kinds_of_ended = 2  # Counters and histograms; gauges go.
        assert len(os.listdir(shop.folder())) <= names + kinds_of_ended
        assert PAGES + 8 * (PAGES // 10) == shop.value(
            "http_server_request_duration_seconds_count", **HOME
        )


def test_it_is_alive_and_ready_then_unready_while_it_drains(address: ServiceAddress) -> None:
    """Before the end, and while pages are still served: load balancers are to notice."""
    with monitored(address, DRAIN_SECONDS="3600") as shop:
        assert (200, "ok\n") == shop.admin("/livez")
        assert (200, "ok\n") == shop.admin("/readyz")
        shop.process.send(signal.SIGTERM)
        wait_until(lambda: shop.admin("/readyz")[0] == 503, SECONDS)
        assert (503, "draining\n") == shop.admin("/readyz")
        assert (200, "ok\n") == shop.admin("/livez")
        assert 200 == get(shop.url).status_code
        shop.process.send(signal.SIGTERM)
        assert 128 + signal.SIGTERM == shop.process.wait()


def test_nothing_is_left_when_it_has_ended(address: ServiceAddress) -> None:
    with monitored(address) as shop:
        folder = shop.folder()
        assert folder.is_dir()
        shop.process.send(signal.SIGTERM)
        assert 0 == shop.process.wait()
        assert not folder.exists()
        with pytest.raises(httpx.ConnectError):
            shop.admin("/livez")


def test_its_workers_do_not_keep_the_port_when_the_master_is_killed(
    address: ServiceAddress,
) -> None:
    with monitored(address) as shop:
        shop.process.send(signal.SIGKILL)
        shop.process.wait()
        with pytest.raises(httpx.ConnectError):
            shop.admin("/livez")


def test_there_is_none_unless_it_is_asked_for(address: ServiceAddress) -> None:
    with a_shop(address) as (process, url):
        assert 200 == get(url).status_code
        assert 404 == get(url + "/metrics").status_code
        assert "admin listening" not in process.log
        assert "/chassis-metrics-" not in Path(f"/proc/{process.pid}/maps").read_text()


def test_a_port_that_is_taken_ends_it_at_once(address: ServiceAddress) -> None:
    with monitored(address) as shop:
        port = shop.admin_address.rpartition(":")[2]
        settings = {**python_environment(), "LISTEN_PORT": "0", "ADMIN_PORT": port}
        with ServiceProcess(COMMAND, settings, SECONDS) as second:
            assert 1 == second.wait()
            assert f"marketplace: cannot listen on 127.0.0.1:{port}: " in second.log
            assert "Traceback" not in second.log
            assert not second.port_file.exists()
        assert (200, "ok\n") == shop.admin("/livez")


def test_silent_visitors_of_the_shop_do_not_keep_it_from_answering(
    address: ServiceAddress,
) -> None:
    """All threads of all workers wait for requests that do not come."""
    with monitored(address, WEB_THREADS="1") as shop:
        port = int(shop.url.rpartition(":")[2])
        silent = [http.client.HTTPConnection("127.0.0.1", port) for _ in range(4 * WORKERS)]
        try:
            for connection in silent:
                connection.connect()
            assert (200, "ok\n") == shop.admin("/livez")
            assert (200, "ok\n") == shop.admin("/readyz")
            assert WORKERS == shop.value("marketplace_workers")
        finally:
            for connection in silent:
                connection.close()
