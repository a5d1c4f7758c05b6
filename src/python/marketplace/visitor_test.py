"""Who gets a cookie, which one, and whose forms are believed."""

import pytest
from werkzeug.http import parse_cookie
from werkzeug.test import TestResponse

from marketplace.errors import RecommendationsDown
from marketplace.interaction import InteractionKind
from marketplace.reader_identity import SECONDS_A_DAY
from marketplace.testing.fakes import FakeMemory, FakeRecommendations
from marketplace.testing.forms import forms_on, send
from marketplace.testing.pages import a_backend, make_app, reader_settings, shop, soup

BOOKS = ["/", "/categories/mystery", "/books/1"]
TLS = "https://shop.example"


def cookie_in(response: TestResponse) -> tuple[dict[str, str], set[str]]:
    """Give names and values, and attributes in lower case, of the only cookie."""
    (header,) = response.headers.getlist("Set-Cookie")
    first, *attributes = header.split("; ")
    return dict(parse_cookie(first)), {each.lower() for each in attributes}


@pytest.mark.parametrize("path", BOOKS)
def test_a_first_visit_brings_a_cookie_and_a_second_none(path: str) -> None:
    visitor = shop()
    names, attributes = cookie_in(visitor.get(path))
    assert {"reader"} == names.keys()
    assert {f"max-age={180 * SECONDS_A_DAY}", "httponly", "samesite=lax", "path=/"} <= attributes
    assert not any(each.startswith("domain") or each == "secure" for each in attributes)
    assert "Set-Cookie" not in visitor.get(path).headers


@pytest.mark.parametrize(("always", "base"), [("auto", TLS), ("always", "http://shop.example")])
def test_over_tls_it_is_for_tls_and_this_host_alone(always: str, base: str) -> None:
    settings = reader_settings(COOKIE_SECURE=always)
    visitor = make_app(settings=settings).test_client()
    names, attributes = cookie_in(visitor.get("/", base_url=base))
    assert {"__Host-reader"} == names.keys()
    assert {"secure", "path=/"} <= attributes


@pytest.mark.parametrize("cookie", ["", "x", "7", "NDI.aaaaaa.bbbbbb", "\u00e4", "x" * 4000])
def test_a_cookie_that_is_not_ours_makes_a_new_reader(cookie: str) -> None:
    recommendations = FakeRecommendations()
    visitor = shop(recommendations)
    visitor.set_cookie("reader", cookie)
    assert {"reader"} == cookie_in(visitor.get("/"))[0].keys()
    assert [None] == recommendations.readers


def test_a_known_reader_is_who_is_recommended_to() -> None:
    recommendations = FakeRecommendations()
    app = make_app(a_backend(recommendations))
    one, other = app.test_client(), app.test_client()
    for visitor in (one, other, one, other):
        visitor.get("/categories/mystery")
    first, second = recommendations.readers[2:]
    assert [None, None] == recommendations.readers[:2]
    assert first is not None
    assert second is not None
    assert first != second


def test_pages_of_readers_are_theirs_and_search_is_everybodys() -> None:
    visitor = shop()
    for path in BOOKS:
        response = visitor.get(path)
        assert ("private, no-cache", "Cookie") == (
            response.headers["Cache-Control"],
            response.headers["Vary"],
        )
    for path in ("/search", "/search?q=falcon", "/forgotten"):
        response = visitor.get(path)
        assert "no-cache" == response.headers["Cache-Control"]
        assert "Vary" not in response.headers


def test_a_page_with_forms_that_has_not_changed_is_not_sent_again() -> None:
    visitor = shop()
    tag = visitor.get("/books/1").headers["ETag"]
    again = visitor.get("/books/1", headers={"If-None-Match": tag})
    assert (304, b"") == (again.status_code, again.data)


def test_each_reader_gets_another_page() -> None:
    app = make_app()
    tags = {app.test_client().get("/books/1").headers["ETag"] for _ in range(2)}
    assert 2 == len(tags)


# ---- Forms ----

REFUSED = "That form is out of date"


@pytest.mark.parametrize("path", ["/books/2/wish", "/books/2/buy", "/you/forget"])
@pytest.mark.parametrize("token", [None, "", "x", "NDI.aaaa"])
def test_a_form_without_our_token_is_refused(path: str, token: str | None) -> None:
    memory = FakeMemory()
    visitor = shop(backend=a_backend(memory=memory))
    visitor.get("/")
    response = visitor.post(path, data={} if token is None else {"token": token})
    assert 403 == response.status_code
    assert [REFUSED] == [h1.get_text() for h1 in soup(response.text).select("h1")]
    assert ({}, []) == (memory.kept, memory.forgotten)


def test_the_token_of_another_reader_is_refused() -> None:
    memory = FakeMemory()
    app = make_app(a_backend(memory=memory))
    one, other = app.test_client(), app.test_client()
    one.get("/")
    form = forms_on(other.get("/books/2").text)["Buy"]
    token = form.select("input")[0]["value"]
    assert 403 == one.post("/books/2/buy", data={"token": token}).status_code
    assert 303 == other.post("/books/2/buy", data={"token": token}).status_code
    assert 1 == len(memory.kept)


def test_a_form_without_the_cookie_is_refused() -> None:
    visitor = shop()
    form = forms_on(visitor.get("/books/2").text)["Buy"]
    visitor.delete_cookie("reader")
    token = form.select("input")[0]["value"]
    assert 403 == visitor.post("/books/2/buy", data={"token": token}).status_code


@pytest.mark.parametrize(
    ("site", "status"),
    [("same-origin", 303), ("none", 303), ("same-site", 403), ("cross-site", 403), ("x", 403)],
)
def test_a_form_that_another_site_sent_is_refused(site: str, status: int) -> None:
    response = send(shop(), "/books/2", "Buy", {"Sec-Fetch-Site": site})
    assert status == response.status_code


# ---- How often ----


def test_a_reader_who_writes_too_often_is_told_when_to_go_on() -> None:
    memory = FakeMemory()
    app = make_app(a_backend(memory=memory), settings=reader_settings(WRITES_PER_MINUTE="2"))
    visitor = app.test_client()
    statuses = [send(visitor, f"/books/{number}", "Buy").status_code for number in (1, 2, 3)]
    assert [303, 303, 429] == statuses
    response = send(visitor, "/books/3", "Buy")
    assert 1 <= int(response.headers["Retry-After"]) <= 30
    assert "One thing at a time" in response.text
    assert 303 == send(app.test_client(), "/books/3", "Buy").status_code
    bought = [
        sum(kind is InteractionKind.BOUGHT for _, kind in done.values())
        for done in memory.kept.values()
    ]
    assert [2, 1] == bought


def test_an_address_is_bounded_too_whoever_it_says_it_is() -> None:
    """Readers are free to be had: a limit for each of them stops nobody."""
    app = make_app(settings=reader_settings(WRITES_PER_MINUTE="1"))

    def wrote(peer: str, forwarded_for: str) -> int:
        headers = {"X-Forwarded-For": forwarded_for}
        visitor = app.test_client()
        visitor.environ_base["REMOTE_ADDR"] = peer
        return send(visitor, "/books/1", "Buy", headers).status_code

    assert [303] * 10 + [429] == [wrote("203.0.113.5", f"198.51.100.{n}") for n in range(11)]
    assert [303] * 11 == [wrote("127.0.0.1", f"198.51.100.{n}") for n in range(11)]


def test_a_form_that_is_too_long_is_refused_before_it_is_read() -> None:
    visitor = shop()
    visitor.get("/")
    response = visitor.post("/books/1/buy", data={"token": "x" * 17 * 1024})
    assert 413 == response.status_code


def test_an_outage_does_not_make_a_stranger_of_a_reader() -> None:
    recommendations = FakeRecommendations()
    visitor = shop(recommendations)
    visitor.get("/")
    recommendations.answer = RecommendationsDown("x")
    assert "Set-Cookie" not in visitor.get("/").headers
