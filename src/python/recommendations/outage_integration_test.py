"""PostgreSQL is killed, or says nothing, under load, and comes back."""

import json
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import httpx
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from sqlalchemy import select

from chassis.testing.postgresql import PostgresServer
from chassis.testing.process import ServiceProcess, python_environment
from chassis.testing.waiting import wait_until
from onlinebooks.recommendations.v1 import recommendations_pb2 as v1
from onlinebooks.recommendations.v1.recommendations_pb2_grpc import RecommendationsServiceStub
from recommendations.storage.database import Database
from recommendations.storage.first_start import prepare
from recommendations.storage.tables import InteractionRow

WAIT = 60.0
READERS = 4
OutageOf = Callable[[PostgresServer], None]


@pytest.fixture(params=["threads", "asyncio"])
def kind(request: pytest.FixtureRequest) -> str:
    made: str = request.param
    return made


class Load:
    """Callers that recommend and record for as long as it is entered."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._stub = RecommendationsServiceStub(channel)
        self._end = threading.Event()
        self.recommended: list[grpc.StatusCode] = []
        self.kept: list[str] = []
        self.refused: list[grpc.StatusCode] = []
        self._threads = [
            *(threading.Thread(target=self._recommend) for _ in range(2)),
            *(threading.Thread(target=self._record, args=(n,)) for n in range(1, READERS + 1)),
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(WAIT)

    def more(self, of: list[grpc.StatusCode] | list[str], count: int) -> None:
        """Wait for so many more."""
        enough = len(of) + count
        wait_until(lambda: len(of) >= enough, WAIT)

    def _recommend(self) -> None:
        request = v1.RecommendRequest(user_id=1, category=v1.BOOK_CATEGORY_FANTASY)
        while not self._end.wait(0.005):
            call = self._stub.Recommend.future(request, timeout=WAIT)
            self.recommended.append(call.code())

    def _record(self, reader: int) -> None:
        while not self._end.wait(0.005):
            key = str(uuid.uuid4())
            request = v1.RecordInteractionRequest(
                user_id=reader, book_id=1, kind=v1.INTERACTION_KIND_VIEWED, idempotency_key=key
            )
            call = self._stub.RecordInteraction.future(request, timeout=WAIT)
            if call.code() is grpc.StatusCode.OK:
                self.kept.append(key)
            else:
                self.refused.append(call.code())


@contextmanager
def service(url: str, kind: str) -> Iterator[ServiceProcess]:
    environment = {
        **python_environment(),
        "DATABASE_URL": url,
        "DATABASE_TIMEOUT_SECONDS": "1",
        "REFRESH_SECONDS": "0.1",
        "SERVER_KIND": kind,
        "ADMIN_PORT": "0",
    }
    with ServiceProcess([sys.executable, "-m", "recommendations.main"], environment, WAIT) as it:
        yield it


def health(channel: grpc.Channel) -> int:
    stub: Any = HealthStub(channel)
    status: int = stub.Check(HealthCheckRequest(), timeout=WAIT).status
    return status


def filled(server: PostgresServer) -> Database:
    database = Database(server.new_database(), timeout_seconds=WAIT)
    prepare(database)
    database.close()
    return database


def url_of(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


@pytest.mark.parametrize(
    ("leave", "come_back"),
    [
        (PostgresServer.kill, PostgresServer.start),
        (PostgresServer.freeze, PostgresServer.thaw),
    ],
    ids=["killed", "silent"],
)
def test_no_recommendation_fails_and_nothing_that_was_acknowledged_is_lost(
    own_postgresql: PostgresServer, kind: str, leave: OutageOf, come_back: OutageOf
) -> None:
    database = filled(own_postgresql)
    with (
        service(url_of(database), kind) as process,
        grpc.insecure_channel(f"127.0.0.1:{process.port()}") as channel,
    ):
        # Its own time for the database is short: the first look at it may have taken longer.
        wait_until(lambda: health(channel) == HealthCheckResponse.SERVING, WAIT)
        with Load(channel) as load:
            load.more(load.kept, 50)
            leave(own_postgresql)
            try:
                load.more(load.refused, 2 * READERS)
                load.more(load.recommended, 200)
                assert HealthCheckResponse.SERVING == health(channel)
            finally:
                come_back(own_postgresql)
            load.more(load.kept, 50)
            process.wait_for_log('"refresh works again"')
    assert {grpc.StatusCode.OK} == set(load.recommended)
    assert {grpc.StatusCode.UNAVAILABLE} == set(load.refused)
    with database.reading() as connection:
        stored = set(connection.execute(select(InteractionRow.idempotency_key)).scalars())
    database.close()
    assert set() == set(load.kept) - stored


def test_a_new_process_without_its_database_is_not_ready_says_why_and_becomes_ready(
    own_postgresql: PostgresServer, kind: str
) -> None:
    database = filled(own_postgresql)
    own_postgresql.kill()
    with (
        service(url_of(database), kind) as process,
        grpc.insecure_channel(f"127.0.0.1:{process.port()}") as channel,
    ):
        assert HealthCheckResponse.NOT_SERVING == health(channel)
        request = v1.RecommendRequest(category=v1.BOOK_CATEGORY_FANTASY)
        call = RecommendationsServiceStub(channel).Recommend.future(request, timeout=WAIT)
        assert grpc.StatusCode.UNAVAILABLE == call.code()
        process.wait_for_log('"admin listening"')
        url = f"http://{admin_address(process)}/readyz"
        answer = httpx.get(url, trust_env=False, timeout=WAIT)
        assert 503 == answer.status_code
        assert answer.text.startswith("catalogue: connection failed")
        process.wait_for_log('"the database is not to be had"')
        own_postgresql.start()
        wait_until(lambda: health(channel) == HealthCheckResponse.SERVING, WAIT)
        assert 10 == len(
            RecommendationsServiceStub(channel).Recommend(request, timeout=WAIT).recommendations
        )


def admin_address(process: ServiceProcess) -> str:
    line = next(line for line in process.log.splitlines() if "admin listening" in line)
    address: str = json.loads(line)["address"]
    return address
