"""Load by wrk on a real server: what counts as a page that went well."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, request
from werkzeug.serving import make_server

from bench.load import LoadError
from bench.testing.programs import need
from bench.wrk import PACKAGE, PROGRAM, Wrk


@pytest.fixture(autouse=True)
def _program() -> None:
    need(PROGRAM, PACKAGE)


@pytest.fixture()
def serve() -> Iterator[Callable[[Callable[[], Any]], str]]:
    """Starts a server of one view and gives its address."""
    app = Flask(__name__)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)

    def start(view: Callable[[], Any]) -> str:
        app.get("/")(view)
        thread.start()
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    server.shutdown()
    thread.join()
    server.server_close()


def test_pages_with_all_texts_are_timed(serve: Any) -> None:
    url = serve(lambda: 'a page of "texts", <b>two</b>')
    load = Wrk(connections=4).drive(url, ('"texts"', "<b>two</b>"), 1)
    assert 0 < load.requests
    assert 0 < load.p50_seconds <= load.p99_seconds <= load.seconds < 60


def test_a_cookie_comes_with_each_request(serve: Any) -> None:
    url = serve(lambda: f"visitor {request.cookies.get('visitor')}.")
    load = Wrk(connections=2, cookie="visitor=7").drive(url, ("visitor 7.",), 1)
    assert 0 < load.requests


def test_pages_that_lack_a_text_are_no_result(serve: Any) -> None:
    url = serve(lambda: "a page of one text")
    with pytest.raises(LoadError, match=r"not all requests went well: .* \(status 200\)"):
        Wrk(connections=2).drive(url, ("one text", "another"), 1)


@pytest.mark.parametrize("status", [204, 404, 503])
def test_other_statuses_are_no_result(status: int, serve: Any) -> None:
    url = serve(lambda: ("a text", status))
    with pytest.raises(LoadError, match=f"status {status}"):
        Wrk(connections=2).drive(url, (), 1)


def test_a_server_that_is_not_there_is_no_result() -> None:
    with pytest.raises(LoadError):
        Wrk(connections=2).drive("http://127.0.0.1:1/", (), 1)


def test_a_machine_without_the_program_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LoadError, match="apt install wrk"):
        Wrk().check()
