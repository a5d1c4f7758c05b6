"""How the parts of the service meet, short of gunicorn's processes."""

import os
import socket
from typing import Any

import grpc
import pytest
from flask import Flask
from werkzeug.test import Client

from chassis.settings import load_settings
from chassis.testing.recording_log import RecordingLog
from marketplace.drain import DrainFlag
from marketplace.gunicorn_server import Application, DrainingArbiter
from marketplace.server import new_arbiter, serve
from marketplace.settings import MarketplaceSettings
from marketplace.testing.recommendations_servicer import recommendations_server
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb


class EndingArbiter(DrainingArbiter):
    """One that ends at once."""

    def __init__(self, code: object) -> None:
        super().__init__(Application(lambda: Flask("shop"), {"errorlog": None}), DrainFlag(), 0)
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
            {"RECOMMENDATIONS_HOST": f"{address.host}:{address.port}", "LOG_LEVEL": "ERROR"},
        )
        descriptor = os.dup(listener.fileno())
        arbiter = new_arbiter(settings, descriptor, RecordingLog().logger, lambda _: None)
        application: Any = arbiter.app.wsgi()
        visitor = Client(application)
        assert 200 == visitor.get("/").status_code
        assert [3] == [request.max_results for request in asked]
        os.close(descriptor)
