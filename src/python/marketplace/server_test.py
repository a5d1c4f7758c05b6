"""How the parts of the service meet, short of gunicorn's processes."""

import os
import socket
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import grpc
import pytest
from flask import Flask
from prometheus_client import CollectorRegistry
from werkzeug.test import Client

from chassis.deadline import Budget
from chassis.settings import load_settings
from chassis.testing.recording_log import RecordingLog
from chassis.testing.waiting import wait_until
from marketplace.admin import WorkerEnds
from marketplace.backend import Clients, new_backend
from marketplace.category import Category
from marketplace.errors import NoRecommendations, RecommendationsDown
from marketplace.gunicorn_server import Application, DrainingArbiter
from marketplace.recommendations import Answer, Recommendations
from marketplace.server import new_arbiter, serve
from marketplace.settings import MarketplaceSettings
from marketplace.shared_flag import SharedFlag
from marketplace.testing.fakes import THREE_MYSTERIES, FakeCatalog, FakeMemory, FakeRecommendations
from marketplace.testing.held import HeldRecommendations, WatchedBudget
from marketplace.testing.recommendations_servicer import recommendations_server
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb

SECONDS = 30.0


class EndingArbiter(DrainingArbiter):
    """One that ends at once."""

    def __init__(self, code: object) -> None:
        super().__init__(Application(lambda: Flask("shop"), {"errorlog": None}), SharedFlag(), 0)
        self._code = code

    def run(self) -> None:
        """See gunicorn."""
        raise SystemExit(self._code)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_SOFTWARE", "")  # gunicorn sets it.


@pytest.mark.parametrize(
    ("status", "expected"), [(0, 0), (1, 1), (3, 1), (4, 1), (-1, 1), ("text", 1), (143, 143)]
)
def test_the_exit_code_says_whether_it_stopped_as_asked(status: object, expected: int) -> None:
    """gunicorn's own codes, 3 and 4 for workers that cannot start, all mean: something else."""
    assert expected == serve(EndingArbiter(status))


def a_composition(
    client: Recommendations, registry: CollectorRegistry, **environ: str
) -> Recommendations:
    settings = load_settings(MarketplaceSettings, environ)
    clients = Clients(client, FakeCatalog(), FakeMemory())
    return new_backend(clients, settings, RecordingLog().logger, registry).get().recommendations


def test_pages_that_ask_the_same_at_once_make_one_call() -> None:
    client = HeldRecommendations()
    registry = CollectorRegistry()
    recommendations = a_composition(client, registry)
    budgets = [WatchedBudget(SECONDS) for _ in range(3)]
    with ThreadPoolExecutor(4) as threads:

        def ask(budget: Budget) -> "Future[Answer]":
            return threads.submit(recommendations.recommend, Category.MYSTERY, 3, "id", budget)

        answers = [ask(Budget(SECONDS))]
        wait_until(lambda: len(client.asked) == 1)
        answers += [ask(budget) for budget in budgets]
        assert all(budget.waits.wait(SECONDS) for budget in budgets)
        client.end.set_result(Answer(THREE_MYSTERIES))
        assert [Answer(THREE_MYSTERIES)] * 4 == [each.result(SECONDS) for each in answers]
    assert 1 == len(client.asked)


def test_outcomes_and_the_circuit_are_measured() -> None:
    client = FakeRecommendations()
    registry = CollectorRegistry()
    recommendations = a_composition(
        client,
        registry,
        RECOMMENDATIONS_CIRCUIT_FAILURES="2",
        RECOMMENDATIONS_FRESH_SECONDS="3600",
    )

    def ask(category: Category) -> None:
        with suppress(NoRecommendations):
            recommendations.recommend(category, 3, "id", Budget(SECONDS))

    ask(Category.MYSTERY)
    ask(Category.MYSTERY)
    assert 1 == len(client.questions)
    client.answer = RecommendationsDown("no")
    for _ in range(4):
        ask(Category.FANTASY)
    assert 1 + 2 == len(client.questions)
    assert [1.0, 1.0, 0.0, 4.0] == [
        registry.get_sample_value("marketplace_recommendations_total", {"outcome": outcome})
        for outcome in ("fresh", "cached", "stale", "unavailable")
    ]
    assert 2.0 == registry.get_sample_value("marketplace_recommendations_circuit")


def test_the_parts_fit_together() -> None:
    """The shop that gunicorn gets asks the service that the settings name."""
    asked: list[pb.RecommendRequest] = []

    def answer(request: pb.RecommendRequest, _: grpc.ServicerContext) -> pb.RecommendResponse:
        asked.append(request)
        return pb.RecommendResponse()

    with (
        recommendations_server(answer) as address,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        settings = load_settings(
            MarketplaceSettings,
            {
                "RECOMMENDATIONS_HOST": f"{address.host}:{address.port}",
                # Else a busy machine may not have begun to ask when the page gives up.
                "RECOMMENDATIONS_DEADLINE_SECONDS": "10",
                "LOG_LEVEL": "ERROR",
            },
        )
        descriptor = os.dup(listener.fileno())
        log = RecordingLog().logger
        ends = WorkerEnds(None, log)
        arbiter = new_arbiter(settings, descriptor, log, lambda _: None, ends)
        application: Any = arbiter.app.wsgi()
        visitor = Client(application)
        assert 200 == visitor.get("/").status_code
        assert [3] == [request.max_results for request in asked]
        os.close(descriptor)
