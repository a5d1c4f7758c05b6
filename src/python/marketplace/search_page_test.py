"""Search: what is asked, what is shown, and what is said when it cannot be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.testing.recording_log import RecordingLog
from marketplace.catalog import MAX_QUERY_LENGTH
from marketplace.errors import RecommendationsDown
from marketplace.search_page import searched_for
from marketplace.testing.fakes import FakeCatalog
from marketplace.testing.pages import a_backend, bare_items, shop, soup


@pytest.mark.parametrize("path", ["/search", "/search?q=", "/search?q=%20%09", "/search?q=%00"])
def test_who_asks_for_nothing_is_asked_back(path: str) -> None:
    catalog = FakeCatalog()
    response = shop(backend=a_backend(catalog=catalog)).get(path)
    assert 200 == response.status_code
    assert "What are you looking for?" in response.text
    assert [] == catalog.queries


def test_what_is_found_is_shown_with_the_words_it_was_asked_by() -> None:
    page = shop().get("/search?q=the+h").text
    titles = [item.h2.get_text() for item in bare_items(page) if item.h2]
    assert ["The Hound of the Baskervilles", "The Histories"] == titles
    assert "2 books, the best match first." in page
    (field,) = soup(page).select("#q")
    assert "the h" == field["value"]


def test_one_is_no_plural() -> None:
    assert "One book, the best match first." in shop().get("/search?q=falcon").text


def test_nothing_found_is_no_outage() -> None:
    response = shop().get("/search?q=zzz")
    assert 200 == response.status_code
    assert "We found no such book." in response.text


@pytest.mark.parametrize("query", ['"><script>alert(1)</script>', "{{ 7 * 7 }}", "<li>", "' x='"])
def test_words_never_become_markup(query: str) -> None:
    page = soup(shop().get("/search", query_string={"q": query}).text)
    assert [] == page.select("script")
    assert [query] == [field["value"] for field in page.select("#q")]
    assert [query] == [heading.get_text() for heading in page.select("h1 span")]


def test_without_the_service_it_says_so_and_keeps_the_words() -> None:
    catalog = FakeCatalog()
    catalog.failure = RecommendationsDown("UNAVAILABLE: secret")
    log = RecordingLog()
    response = shop(log=log, backend=a_backend(catalog=catalog)).get("/search?q=falcon")
    assert (503, "no-store") == (response.status_code, response.headers["Cache-Control"])
    assert "We cannot search right now." in response.text
    assert "secret" not in response.text
    assert ["falcon"] == [field["value"] for field in soup(response.text).select("#q")]
    assert "RecommendationsDown" == log.lines_of("no search")[0]["reason"]


def test_what_a_reader_typed_is_not_in_the_log() -> None:
    log = RecordingLog()
    shop(log=log).get("/search?q=falcon")
    assert "falcon" not in str(log.lines)


def test_more_words_than_may_be_asked_for_are_cut_off() -> None:
    catalog = FakeCatalog()
    shop(backend=a_backend(catalog=catalog)).get(f"/search?q={'x' * 300}")
    assert ["x" * MAX_QUERY_LENGTH] == catalog.queries


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_a_sane_question_or_none(text: str) -> None:
    query = searched_for(text)
    assert len(query) <= MAX_QUERY_LENGTH
    assert query == query.strip()
    assert query.isprintable()
    assert query == searched_for(query)
