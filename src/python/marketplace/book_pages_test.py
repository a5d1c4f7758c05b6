"""The page of a book, what is noted of who opens it, and its forms."""

import pytest
from flask.testing import FlaskClient

from chassis.testing.recording_log import RecordingLog
from marketplace.abilities import Ability
from marketplace.backend import Backend
from marketplace.book import Book
from marketplace.category import Category
from marketplace.errors import (
    RecommendationsDown,
    RecommendationsRefused,
    RecommendationsTooOld,
)
from marketplace.interaction import InteractionKind
from marketplace.testing.fakes import FakeCatalog, FakeMemory
from marketplace.testing.forms import forms_on, send
from marketplace.testing.pages import TODAY, a_backend, bare_items, shop, soup

SECONDS = 30.0
DOWN = RecommendationsDown("UNAVAILABLE: secret")
NOVEL = Book(1, "The <Name>", ("A. <b>", "C"), 1980, (Category.MYSTERY, Category.HISTORY))


class Shop:
    """A shop whose catalogue and memory a test can look at."""

    def __init__(self, catalog: FakeCatalog | None = None) -> None:
        self.catalog = catalog or FakeCatalog()
        self.memory = FakeMemory()
        self.log = RecordingLog()
        self.backend: Backend = a_backend(None, self.catalog, self.memory, self.log)
        self.visitor: FlaskClient = shop(log=self.log, backend=self.backend)

    def known_visitor(self) -> FlaskClient:
        """Give the visitor once they have a cookie."""
        self.visitor.get("/")
        return self.visitor

    def recorded(self) -> list[tuple[str, int, InteractionKind]]:
        """Give keys, books and kinds of what all readers did, once all of it is noted."""
        self.backend.views.close(SECONDS)
        return [(key, *what) for done in self.memory.kept.values() for key, what in done.items()]


def test_a_book_is_shown_with_all_that_is_known_of_it() -> None:
    page = soup(Shop(FakeCatalog([NOVEL])).visitor.get("/books/1").text)
    (about,) = page.select(".about")
    assert ["The <Name>"] == [heading.get_text() for heading in page.select("h1")]
    assert ["The <Name> · Online Books For You"] == [title.get_text() for title in page("title")]
    assert ["A. <b> and C"] == [authors.get_text() for authors in about.select(".authors")]
    assert ["1980", "Mystery, History"] == [each.get_text() for each in about.select("dd")]
    assert ["/categories/mystery", "/categories/history"] == [a["href"] for a in about.select("a")]
    assert {"Put on my list", "Buy"} == forms_on(str(page)).keys()


def test_what_is_unknown_is_left_out() -> None:
    book = Book(1, "Beowulf", (), None, (Category.FANTASY,))
    page = soup(Shop(FakeCatalog([book])).visitor.get("/books/1").text)
    assert ["Fantasy"] == [each.get_text() for each in page.select(".about dd")]
    assert [] == page.select(".about .authors")
    assert "readers also chose" not in page.get_text()


def test_similar_books_lead_to_their_pages() -> None:
    page = Shop().visitor.get("/books/1").text
    links = [link["href"] for link in soup(page).select(".aisle h3 a")]
    assert [f"/books/{number}" for number in range(2, 8)] == links
    assert [] == bare_items(page)


@pytest.mark.parametrize(
    "path", ["/books/999", "/books/0", "/books/-1", "/books/x", "/books/2147483648", "/books/"]
)
def test_there_is_no_page_for_other_numbers(path: str) -> None:
    assert 404 == Shop().visitor.get(path).status_code


def test_without_the_service_the_page_says_so_and_when_to_come_back() -> None:
    this = Shop()
    this.catalog.failure = DOWN
    response = this.visitor.get("/books/1", headers={"X-Request-Id": "id-7"})
    assert (503, "10") == (response.status_code, response.headers["Retry-After"])
    assert "no-store" == response.headers["Cache-Control"]
    assert ["id-7"] == [code.get_text() for code in soup(response.text).select("code")]
    assert "secret" not in response.text
    (line,) = this.log.lines_of("no book")
    assert ("warning", "RecommendationsDown") == (line["level"], line["reason"])


@pytest.mark.parametrize(
    ("failure", "level"),
    [
        (DOWN, "warning"),
        (RecommendationsRefused("x"), "error"),
        (RecommendationsTooOld("x"), "debug"),
    ],
)
def test_similar_books_that_cannot_be_had_are_left_out(failure: Exception, level: str) -> None:
    this = Shop()
    this.catalog.similar_failure = failure
    response = this.visitor.get("/books/1")
    assert 200 == response.status_code
    assert "readers also chose" not in response.text
    assert "no-store" == response.headers["Cache-Control"]
    (line,) = this.log.lines_of("part of a page absent")
    assert (level, "similar books") == (line["level"], line["part"])


# ---- Views ----


def test_a_known_reader_who_opens_the_page_has_looked_at_the_book_once_a_day() -> None:
    this = Shop()
    visitor = this.known_visitor()
    for number in (2, 3, 2):
        visitor.get(f"/books/{number}")
    viewed = InteractionKind.VIEWED
    assert [
        (f"viewed:2:{TODAY}", 2, viewed),
        (f"viewed:3:{TODAY}", 3, viewed),
    ] == this.recorded()


def test_a_page_that_has_not_changed_was_looked_at_all_the_same() -> None:
    this = Shop()
    visitor = this.known_visitor()
    tag = visitor.head("/books/2").headers["ETag"]
    assert 304 == visitor.get("/books/2", headers={"If-None-Match": tag}).status_code
    assert [2] == [number for _, number, _ in this.recorded()]


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"Sec-Purpose": "prefetch;prerender"}),
        ("GET", {"Purpose": "prefetch"}),
    ],
)
def test_who_has_not_seen_the_page_has_not_looked_at_it(
    method: str, headers: dict[str, str]
) -> None:
    this = Shop()
    this.known_visitor().open("/books/2", method=method, headers=headers)
    assert [] == this.recorded()


def test_who_keeps_no_cookies_teaches_nothing() -> None:
    """Such as robots: each of their visits is a first one."""
    this = Shop()
    for _ in range(3):
        this.visitor.get("/books/2")
        this.visitor.delete_cookie("reader")
    assert [] == this.recorded()


def test_pages_that_are_not_there_were_not_looked_at() -> None:
    this = Shop()
    this.known_visitor().get("/books/999")
    this.catalog.failure = DOWN
    this.visitor.get("/books/2")
    assert [] == this.recorded()


def test_a_view_that_cannot_be_kept_does_no_harm_to_the_page() -> None:
    this = Shop()
    this.memory.failure = DOWN
    assert 200 == this.known_visitor().get("/books/2").status_code
    assert [] == this.recorded()


# ---- Forms ----


@pytest.mark.parametrize(
    ("button", "kind", "words"),
    [
        ("Put on my list", InteractionKind.WISHED, "It is on your list now."),
        ("Buy", InteractionKind.BOUGHT, "We have noted that you bought it."),
    ],
)
def test_a_button_is_noted_and_the_page_says_so(
    button: str, kind: InteractionKind, words: str
) -> None:
    this = Shop()
    response = send(this.visitor, "/books/2", button)
    assert (303, f"/books/2?done={kind.value}") == (
        response.status_code,
        response.headers["Location"],
    )
    (status,) = soup(this.visitor.get(response.headers["Location"]).text).select(".done")
    assert words in status.get_text()
    assert (f"{kind.value}:2:{TODAY}", 2, kind) == this.recorded()[0]


def test_a_button_that_is_pressed_twice_counts_once() -> None:
    this = Shop()
    for _ in range(2):
        assert 303 == send(this.visitor, "/books/2", "Buy").status_code
    assert 1 == len([each for each in this.recorded() if each[2] is InteractionKind.BOUGHT])


def test_what_cannot_be_noted_is_not_said_to_be() -> None:
    this = Shop()
    this.memory.failure = DOWN
    response = send(this.visitor, "/books/2", "Buy", {"X-Request-Id": "id-8"})
    assert (503, "10") == (response.status_code, response.headers["Retry-After"])
    page = soup(response.text)
    assert "We could not note that down." in page.get_text()
    assert ["id-8"] == [code.get_text() for code in page.select("code")]
    assert "secret" not in response.text
    (line,) = this.log.lines_of("interaction not recorded")
    assert ("RecommendationsDown", "bought") == (line["reason"], line["kind"])


def test_a_book_that_is_gone_meanwhile_is_not_there() -> None:
    this = Shop()
    visitor = this.known_visitor()
    form = forms_on(visitor.get("/books/2").text)["Buy"]
    token = form.select("input")[0]["value"]
    assert 404 == visitor.post("/books/999/buy", data={"token": token}).status_code


@pytest.mark.parametrize("path", ["/books/2/buy", "/books/2/wish"])
def test_what_changes_something_is_not_there_for_get(path: str) -> None:
    assert 405 == Shop().visitor.get(path).status_code


# ---- A service of an earlier release ----


def test_what_it_cannot_do_is_left_out() -> None:
    this = Shop()

    def cannot() -> None:
        raise RecommendationsTooOld("UNIMPLEMENTED")

    assert soup(this.visitor.get("/").text).select("h2 a")
    for ability in Ability:
        with pytest.raises(RecommendationsTooOld):
            this.backend.abilities.using(ability, cannot)
    home = soup(this.visitor.get("/").text)
    assert [] == home.select("h2 a, form, .yours")
    assert 3 == len(bare_items(str(home)))
    assert {} == forms_on(this.visitor.get("/books/2").text)
