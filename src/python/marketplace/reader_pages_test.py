"""A reader's own page, and being forgotten."""

import pytest

from chassis.testing.recording_log import RecordingLog
from marketplace.errors import RecommendationsDown
from marketplace.testing.fakes import FakeMemory
from marketplace.testing.forms import forms_on, send
from marketplace.testing.pages import a_backend, make_app, shop, soup
from marketplace.views import View

SECONDS = 30.0
DOWN = RecommendationsDown("UNAVAILABLE: secret")


def test_a_stranger_is_told_so_and_has_nothing_to_forget() -> None:
    response = shop().get("/you")
    assert "There is nothing here yet." in response.text
    assert {} == forms_on(response.text)
    assert "Set-Cookie" not in response.headers


def test_each_book_is_shown_once_with_all_that_was_done_the_latest_first() -> None:
    memory = FakeMemory()
    backend = a_backend(memory=memory)
    visitor = shop(backend=backend)
    visitor.get("/")
    visitor.get("/books/2")
    backend.views.close(SECONDS)
    for path, button in (("/books/3", "Buy"), ("/books/2", "Put on my list")):
        send(visitor, path, button)
    page = visitor.get("/you")
    items = [
        [each.get_text() for each in item.select("h2, .because")]
        for item in soup(page.text).select(".books li")
    ]
    assert [
        ["Murder on the Orient Express", "You wished for and looked at it"],
        ["The Hound of the Baskervilles", "You bought it"],
    ] == items
    assert "no-store" == page.headers["Cache-Control"]


def test_readers_see_their_own_books_alone() -> None:
    app = make_app(a_backend(memory=FakeMemory()))
    one, other = app.test_client(), app.test_client()
    other.get("/")
    send(one, "/books/2", "Buy")
    assert "Orient Express" in one.get("/you").text
    assert "Orient Express" not in other.get("/you").text


def test_without_the_service_it_says_so() -> None:
    memory = FakeMemory()
    log = RecordingLog()
    visitor = shop(log=log, backend=a_backend(memory=memory))
    visitor.get("/")
    memory.failure = DOWN
    response = visitor.get("/you")
    assert 503 == response.status_code
    assert "We cannot look it up right now." in response.text
    assert "secret" not in response.text
    assert "RecommendationsDown" == log.lines_of("no interactions")[0]["reason"]


def test_forget_me_deletes_everything_and_the_cookie() -> None:
    memory = FakeMemory()
    visitor = shop(backend=a_backend(memory=memory))
    send(visitor, "/books/2", "Buy")
    (reader,) = memory.kept
    response = send(visitor, "/you", "Forget me")
    assert (303, "/forgotten") == (response.status_code, response.headers["Location"])
    assert [reader] == memory.forgotten
    assert visitor.get_cookie("reader") is None
    after = visitor.get("/forgotten")
    assert "All that we kept of you is deleted." in after.text
    assert visitor.get_cookie("reader") is None
    send(visitor, "/books/3", "Buy")
    assert reader not in memory.kept


def test_what_could_not_be_forgotten_is_not_said_to_be() -> None:
    memory = FakeMemory()
    log = RecordingLog()
    visitor = shop(log=log, backend=a_backend(memory=memory))
    send(visitor, "/books/2", "Buy")
    form = forms_on(visitor.get("/you").text)["Forget me"]
    memory.failure = DOWN
    token = form.select("input")[0]["value"]
    response = visitor.post("/you/forget", data={"token": token})
    assert 503 == response.status_code
    assert "We could not make sure" in response.text
    assert visitor.get_cookie("reader") is not None
    assert "RecommendationsDown" == log.lines_of("reader not forgotten")[0]["reason"]


def test_who_is_forgotten_is_forgotten_by_what_is_on_its_way_too() -> None:
    memory = FakeMemory()
    backend = a_backend(memory=memory)
    visitor = shop(backend=backend)
    send(visitor, "/books/2", "Buy")
    (reader,) = memory.kept
    send(visitor, "/you", "Forget me")
    backend.views.add(View(reader, 2, "late", "id-1"))
    backend.views.close(SECONDS)
    assert {} == memory.kept


@pytest.mark.parametrize("path", ["/you/forget"])
def test_nobody_is_forgotten_by_a_link(path: str) -> None:
    assert 405 == shop().get(path).status_code
