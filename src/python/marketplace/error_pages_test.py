"""Pages for what is not there or went wrong."""

import pytest
from flask import redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from chassis.testing.recording_log import RecordingLog
from marketplace.app import MAX_BODY_BYTES
from marketplace.testing.fakes import FakeRecommendations
from marketplace.testing.pages import make_app, shop, soup


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/categories/cooking", "/categories/MYSTERY", "/categories/", "/%00"],
)
def test_what_is_not_there_leads_onward(path: str) -> None:
    response = shop().get(path)
    page = soup(response.text)
    assert 404 == response.status_code
    assert ["That page is not on our shelves"] == [h1.get_text() for h1 in page.find_all("h1")]
    assert {"/", "/categories/mystery"} <= {str(link["href"]) for link in page.find_all("a")}
    assert "no-store" == response.headers["Cache-Control"]


def test_an_address_is_not_repeated_on_the_page() -> None:
    assert "surprise" not in shop().get("/surprise<script>").text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/categories/mystery", "/healthz"])
def test_another_method_is_told_which_are_allowed(method: str, path: str) -> None:
    response = shop().open(path, method=method)
    assert 405 == response.status_code
    assert {"GET", "HEAD", "OPTIONS"} == set(response.headers["Allow"].split(", "))


def test_a_failure_shows_an_id_and_logs_the_rest_under_it() -> None:
    log = RecordingLog()
    secret = ValueError("SELECT password FROM /etc/passwd")
    response = shop(FakeRecommendations(secret), log).get("/", headers={"X-Request-Id": "id-5"})
    page = soup(response.text)
    assert 500 == response.status_code
    assert ["Something fell off the shelf"] == [h1.get_text() for h1 in page.find_all("h1")]
    assert ["id-5"] == [code.get_text() for code in page.find_all("code")]
    assert "id-5" == response.headers["X-Request-Id"]
    for internal in ("SELECT", "passwd", "ValueError", "Traceback"):
        assert internal not in response.text
    (line,) = log.lines_of("request failed")
    assert ("error", "id-5", "ValueError") == (
        line["level"],
        line["request_id"],
        line["exception_type"],
    )
    assert secret is line["exc_info"]
    assert [500] == [each["http_status"] for each in log.lines_of("request")]


def test_only_failures_of_ours_show_an_id() -> None:
    assert not soup(shop().get("/nowhere").text).find_all("code")


@pytest.mark.parametrize(
    ("status", "heading"),
    [
        (400, "We did not understand that"),
        (418, "We did not understand that"),
        (503, "Something fell off the shelf"),
    ],
)
def test_other_errors_have_a_page_too(status: int, heading: str) -> None:
    class Error(HTTPException):
        code = status
        description = "for programmers"

    response = shop(FakeRecommendations(Error())).get("/")
    assert status == response.status_code
    assert [heading] == [h1.get_text() for h1 in soup(response.text).find_all("h1")]
    assert "for programmers" not in response.text


def test_a_redirect_is_not_an_error() -> None:
    response = shop(FakeRecommendations(RequestRedirect("/elsewhere"))).get("/")
    assert (308, "/elsewhere") == (response.status_code, response.headers["Location"])


def test_a_body_beyond_the_limit_is_refused() -> None:
    app = make_app()

    @app.post("/letters")
    def letters() -> Response:
        request.get_data()
        return redirect("/")

    visitor = app.test_client()
    assert 302 == visitor.post("/letters", data=b"x" * MAX_BODY_BYTES).status_code
    assert 413 == visitor.post("/letters", data=b"x" * (MAX_BODY_BYTES + 1)).status_code
