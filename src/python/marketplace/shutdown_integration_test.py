"""A stop under load, with gunicorn's workers: no visitor who came before it is turned away."""

import enum
import http.client
import json
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import grpc
import httpx

from chassis.testing.process import ServiceProcess
from chassis.testing.waiting import wait_until
from marketplace.testing.recommendations_servicer import recommendations_server
from marketplace.testing.shop_process import SECONDS, a_shop, get
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb

VISITORS = 200
BOOKS = pb.RecommendResponse(
    recommendations=[
        pb.Recommendation(
            book=pb.Book(id=number, title=f"Book {number}", categories=[pb.BOOK_CATEGORY_MYSTERY])
        )
        for number in (1, 2, 3)
    ]
)


class Visitors:
    """Ask for the home page, each on a connection of its own, all at once."""

    def __init__(self, url: str, pool: ThreadPoolExecutor) -> None:
        self._address = urlsplit(url).netloc
        self._sent = threading.Semaphore(0)
        self.pages = [pool.submit(self._visit) for _ in range(VISITORS)]

    def wait_until_all_have_asked(self) -> None:
        """The system has their requests then, whether or not a worker has taken them."""
        for _ in self.pages:
            assert self._sent.acquire(timeout=SECONDS)

    def _visit(self) -> tuple[int, int]:
        """Give the status, and how many books there are on the page."""
        connection = http.client.HTTPConnection(self._address, timeout=2 * SECONDS)
        try:
            connection.request("GET", "/", headers={"Connection": "close"})
            self._sent.release()
            response = connection.getresponse()
            return response.status, response.read().count(b"<li>")
        finally:
            connection.close()


def admin(shop: ServiceProcess, path: str) -> tuple[int, str]:
    """Ask the admin port, which is not kept waiting by visitors, for a status and a text."""
    lines = [json.loads(line) for line in shop.log.splitlines() if line.endswith("}")]
    (address,) = (line["address"] for line in lines if line["event"] == "admin listening")
    connection = http.client.HTTPConnection(address, timeout=SECONDS)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def is_closed(url: str) -> bool:
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", urlsplit(url).port)) != 0


class Sight(enum.Enum):
    """What a visitor sees who comes anew, and who asks whether to come before."""

    READY = enum.auto()
    UNREADY = enum.auto()
    """And yet pages are served."""
    CLOSED = enum.auto()


def look(url: str) -> Sight:
    """Look at the shop over new connections: first whether it is ready, then at a page."""
    try:
        ready, page = (get(f"{url}{path}").status_code for path in ("/readyz", "/"))
    except (httpx.NetworkError, httpx.RemoteProtocolError):
        return Sight.CLOSED  # Or about to: the system had taken the connection, nobody else.
    assert 200 == page
    return {200: Sight.READY, 503: Sight.UNREADY}[ready]


def test_it_is_unready_first_and_closed_last() -> None:
    """In between it serves whoever comes, until its alarm says that the time to drain is over.

    The alarm is rung once it has been seen to drain, however long that took.
    """
    settings = {"DRAIN_SECONDS": "3600", "WEB_WORKERS": "1"}
    with (
        recommendations_server(lambda *_: BOOKS) as address,
        a_shop(address, **settings) as (
            shop,
            url,
        ),
    ):
        seen = [look(url)]
        shop.send(signal.SIGTERM)
        give_up = time.monotonic() + SECONDS
        while seen[-1] is not Sight.CLOSED:
            assert time.monotonic() < give_up
            if (sight := look(url)) is not seen[-1]:
                seen.append(sight)
                if sight is Sight.UNREADY:
                    shop.send(signal.SIGALRM)
        assert [Sight.READY, Sight.UNREADY, Sight.CLOSED] == seen
        assert 0 == shop.wait()


def test_200_pages_in_flight_survive_a_stop() -> None:
    """Unready first, then closed, and then all of them are answered: 16 of them have a thread."""
    go_on = threading.Event()

    def answer(_: pb.RecommendRequest, __: grpc.ServicerContext) -> pb.RecommendResponse:
        go_on.wait(2 * SECONDS)
        return BOOKS

    settings = {
        "ADMIN_PORT": "0",
        "DRAIN_SECONDS": "0.5",
        "GRACE_SECONDS": str(2 * SECONDS),
        "RECOMMENDATIONS_DEADLINE_SECONDS": "10",
        "WEB_WORKERS": "2",
        "WEB_THREADS": "8",
    }
    with (
        recommendations_server(answer) as address,
        a_shop(address, **settings) as (shop, url),
        ThreadPoolExecutor(VISITORS) as pool,
    ):
        try:
            # One that has yet to begin would close its door later than the pages can wait.
            wait_until(lambda: "\nmarketplace_workers 2.0\n" in admin(shop, "/metrics")[1], SECONDS)
            assert (200, "ok\n") == admin(shop, "/readyz")
            visitors = Visitors(url, pool)
            visitors.wait_until_all_have_asked()
            shop.send(signal.SIGTERM)
            wait_until(lambda: admin(shop, "/readyz")[0] == 503, SECONDS)
            wait_until(lambda: is_closed(url), SECONDS)
            assert not any(page.done() for page in visitors.pages)
        finally:
            go_on.set()
        assert [(200, 3)] * VISITORS == [page.result(2 * SECONDS) for page in visitors.pages]
        assert 0 == shop.wait()
