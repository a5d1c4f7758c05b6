"""The shop's pages with recommendations that do as they are told."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.testing.recording_log import RecordingLog
from marketplace.book import MAX_TITLE_LENGTH, Book
from marketplace.book_card import card_of
from marketplace.category import Category
from marketplace.errors import (
    InvalidBook,
    NoRecommendations,
    RecommendationsDown,
    RecommendationsInvalid,
    RecommendationsRefused,
    RecommendationsTooSlow,
)
from marketplace.pages import CATEGORY_BOOKS
from marketplace.recommendations import Answer, Reason, ReasonKind, Source
from marketplace.testing.fakes import THREE_MYSTERIES, FakeRecommendations
from marketplace.testing.pages import bare_items, shop, soup, well_formed

UNAVAILABLE = "Our recommendations are unavailable right now."


def test_the_home_page_keeps_the_promises_of_the_tutorial() -> None:
    html = shop().get("/").text
    assert "<title>Online Books For You</title>" in html
    assert "<h1>Mystery books you may like</h1>" in html
    assert 3 == html.count("<li>")


def test_the_home_page_asks_for_three_mysteries() -> None:
    recommendations = FakeRecommendations()
    shop(recommendations).get("/", headers={"X-Request-Id": "id-1"})
    assert [(Category.MYSTERY, 3, "id-1")] == recommendations.questions


@pytest.mark.parametrize("path", ["/", "/categories/mystery"])
def test_each_book_is_shown_with_title_authors_and_year(path: str) -> None:
    items = bare_items(shop().get(path).text)
    shown = [
        (item.h2.get_text(), *(p.get_text() for p in item.article.find_all("p")))
        for item in items
        if item.h2 and item.article
    ]
    assert [
        (book.title, *book.authors, str(book.publication_year)) for book in THREE_MYSTERIES
    ] == (shown)


def test_what_is_unknown_of_a_book_is_left_out() -> None:
    book = Book(1, "Beowulf", (), None, (Category.FANTASY,))
    (item,) = bare_items(shop(FakeRecommendations([book])).get("/").text)
    (label,) = item.find_all("article")
    assert "Beowulf" == label.get_text(strip=True)


@pytest.mark.parametrize("category", Category)
def test_each_category_has_a_page(category: Category) -> None:
    recommendations = FakeRecommendations()
    response = shop(recommendations).get(f"/categories/{category.value}")
    assert 200 == response.status_code
    page = soup(response.text)
    assert [category.label] == [heading.get_text() for heading in page.find_all("h1")]
    assert [f"{category.label} books · Online Books For You"] == [
        title.get_text() for title in page.find_all("title")
    ]
    assert category.blurb in page.get_text()
    assert [category] == [each for each, _, _ in recommendations.questions]
    assert [CATEGORY_BOOKS] == [count for _, count, _ in recommendations.questions]
    (here,) = page.select('nav [aria-current="page"]')
    assert category.label == here.get_text()


@pytest.mark.parametrize("path", ["/", *(f"/categories/{each.value}" for each in Category)])
def test_every_page_leads_to_every_shelf_and_home(path: str) -> None:
    links = {link["href"] for link in soup(shop().get(path).text).find_all("a")}
    assert {"/", *(f"/categories/{each.value}" for each in Category)} <= links


@pytest.mark.parametrize("path", ["/", "/categories/mystery", "/nowhere", "/healthz", "/readyz"])
def test_head_is_get_without_the_body(path: str) -> None:
    get, head = shop().get(path), shop().head(path)
    assert b"" == head.data
    assert get.status_code == head.status_code
    assert set(get.headers.keys()) == set(head.headers.keys())
    assert get.headers["Content-Length"] == head.headers["Content-Length"]


# ---- Without recommendations ----

ABSENCES = [
    (RecommendationsDown("UNAVAILABLE: no"), "warning"),
    (RecommendationsTooSlow("DEADLINE_EXCEEDED: no"), "warning"),
    (RecommendationsRefused("INTERNAL: no"), "error"),
    (RecommendationsInvalid("the id is below 1"), "error"),
]


@pytest.mark.parametrize("path", ["/", "/categories/fantasy"])
@pytest.mark.parametrize(("error", "level"), ABSENCES, ids=lambda each: type(each).__name__)
def test_the_page_is_there_says_so_and_logs_why(
    path: str, error: NoRecommendations, level: str
) -> None:
    log = RecordingLog()
    response = shop(FakeRecommendations(error), log).get(path, headers={"X-Request-Id": "id-7"})
    assert 200 == response.status_code
    assert UNAVAILABLE in soup(response.text).get_text()
    assert str(error) not in response.text
    assert [] == bare_items(response.text)
    (line,) = log.lines_of("no recommendations")
    assert (level, type(error).__name__, str(error), "id-7") == (
        line["level"],
        line["reason"],
        line["detail"],
        line["request_id"],
    )


def test_a_page_without_recommendations_is_kept_by_nobody() -> None:
    response = shop(FakeRecommendations(RecommendationsDown("x"))).get("/")
    assert "no-store" == response.headers["Cache-Control"]
    assert "ETag" not in response.headers


def test_an_empty_shelf_is_not_an_outage() -> None:
    text = soup(shop(FakeRecommendations([])).get("/").text).get_text()
    assert "This shelf is empty today." in text
    assert UNAVAILABLE not in text


# ---- With earlier recommendations ----

EARLIER = "We picked these a little earlier."


@pytest.mark.parametrize("path", ["/", "/categories/mystery"])
@pytest.mark.parametrize(("error", "level"), ABSENCES, ids=lambda each: type(each).__name__)
def test_earlier_books_are_shown_with_a_note_and_the_log_says_why(
    path: str, error: NoRecommendations, level: str
) -> None:
    log = RecordingLog()
    earlier = Answer(THREE_MYSTERIES, Source.STALE, error)
    response = shop(FakeRecommendations(earlier), log).get(path)
    assert 200 == response.status_code
    assert 3 == response.text.count("<li>")
    assert 1 == soup(response.text).get_text().count(EARLIER)
    assert UNAVAILABLE not in response.text
    assert str(error) not in response.text
    (line,) = log.lines_of("earlier recommendations")
    assert (level, type(error).__name__) == (line["level"], line["reason"])
    assert [] == log.lines_of("no recommendations")


@pytest.mark.parametrize("source", [Source.FRESH, Source.CACHED])
@pytest.mark.parametrize("path", ["/", "/categories/mystery"])
def test_other_books_are_shown_without(path: str, source: Source) -> None:
    log = RecordingLog()
    page = shop(FakeRecommendations(Answer(THREE_MYSTERIES, source)), log).get(path)
    assert EARLIER not in page.text
    assert ["request"] == [line["event"] for line in log.lines]


def test_a_page_with_earlier_books_is_kept_by_nobody() -> None:
    earlier = Answer(THREE_MYSTERIES, Source.STALE, RecommendationsDown("x"))
    response = shop(FakeRecommendations(earlier)).get("/")
    assert "no-store" == response.headers["Cache-Control"]
    assert "ETag" not in response.headers


# ---- Caching ----


@pytest.mark.parametrize("path", ["/", "/categories/mystery"])
def test_a_page_that_has_not_changed_is_not_sent_again(path: str) -> None:
    visitor = shop()
    first = visitor.get(path)
    assert "private, no-cache" == first.headers["Cache-Control"]
    again = visitor.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (304, b"") == (again.status_code, again.data)


def test_a_page_that_has_changed_is() -> None:
    recommendations = FakeRecommendations()
    visitor = shop(recommendations)
    tag = visitor.get("/").headers["ETag"]
    recommendations.answer = THREE_MYSTERIES[:2]
    assert 200 == visitor.get("/", headers={"If-None-Match": tag}).status_code


# ---- Whatever books are called ----

texts = st.text(max_size=60) | st.sampled_from(
    [
        "<li>",
        "</ul><li><script>alert(1)</script>",
        '" onmouseover="x',
        "' onmouseover='x",
        "&lt;li&gt; &amp; &#60;",
        "{{ 7 * 7 }} {% raw %}",
        "]]> <!-- -->",
        "\u202eesrever",
        "W" * 120,
    ]
)


@st.composite
def books(draw: st.DrawFn) -> list[Book]:
    shelf = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        title = f"{draw(texts)}{draw(st.sampled_from(['x', '<', '&']))}"
        authors = draw(st.lists(texts, max_size=5))
        year = draw(st.none() | st.integers(-3000, 2100))
        categories = draw(st.lists(st.sampled_from(list(Category)), min_size=1, unique=True))
        try:
            shelf.append(Book(number, title, tuple(authors), year, tuple(categories)))
        except InvalidBook:
            shelf.append(Book(number, "Plain", (), None, tuple(categories)))
    return shelf


@settings(deadline=None)
@given(books(), st.sampled_from(["/", "/categories/thriller"]))
def test_texts_are_shown_as_they_are_and_never_become_markup(
    shelf: Sequence[Book], path: str
) -> None:
    html = shop(FakeRecommendations(shelf)).get(path).text
    well_formed(html)
    assert len(shelf) == html.count("<li>")
    items = bare_items(html)
    cards = [card_of(book) for book in shelf]
    assert [card.title for card in cards] == [item.h2.get_text() for item in items if item.h2]
    assert [card.cover_title for card in cards] == [
        title.get_text() for item in items for title in item.select(".cover-title")
    ]
    assert [card.authors for card in cards if card.authors] == [
        authors.get_text() for item in items for authors in item.select(".authors")
    ]
    assert not soup(html).find_all("script")


def test_the_longest_books_stay_within_fifty_kilobytes() -> None:
    """With the stylesheet. A character of markup takes five bytes when it is escaped."""
    longest = [
        Book(number, "x" * MAX_TITLE_LENGTH, ("y" * 200,) * 100, -3000, (Category.MYSTERY,))
        for number in range(1, CATEGORY_BOOKS + 1)
    ]
    reason = Reason(ReasonKind.SIMILAR, longest[0])
    reasons = {book.id: reason for book in longest}
    visitor = shop(FakeRecommendations(Answer(tuple(longest), reasons=reasons)))
    page = visitor.get("/categories/mystery")
    (style,) = soup(page.text).select('link[rel="stylesheet"]')
    assert len(page.data) + len(visitor.get(str(style["href"])).data) < 50_000


def test_a_page_that_is_kept_is_not_shown_when_something_else_is_recommended() -> None:
    """The same books in another order, an outage, and the books again."""
    recommendations = FakeRecommendations()
    client = shop(recommendations)
    first = client.get("/").text
    recommendations.answer = Answer(THREE_MYSTERIES[::-1])
    other = client.get("/").text
    recommendations.answer = Answer(THREE_MYSTERIES, Source.STALE, RecommendationsDown("x"))
    earlier = client.get("/").text
    recommendations.answer = Answer(THREE_MYSTERIES)
    assert first == client.get("/").text
    assert 3 == len({first, other, earlier})
    assert EARLIER in earlier
