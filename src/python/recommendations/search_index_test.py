"""The index, against a look at every book."""

from functools import lru_cache
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recommendations import search_index
from recommendations.book import Book
from recommendations.catalog import Catalog
from recommendations.search_index import MAX_CANDIDATES, SearchIndex
from recommendations.shop import Shop
from recommendations.shop_test import book, model
from recommendations.words import words_of

COUNT = 6000
PARTS = {
    0.9: ["the", "of"],
    0.4: ["theory", "amber"],
    0.05: ["harbor", "harvest", "voyage", "o"],
    0.002: ["quill", "quilt", "zoe", "theme"],
}
"""Words, by the part of books that have each."""
WORDS = [word for words in PARTS.values() for word in words]


@lru_cache(1)
def shop() -> Shop:
    """Books by words that chance deals out, with readers that tell nothing of them."""
    rng = Random(5)
    books = [
        book(
            n,
            title=" ".join(
                [*(w for part, words in PARTS.items() for w in words if rng.random() < part), "end"]
            ),
        )
        for n in range(1, COUNT + 1)
    ]
    return Shop(Catalog(books), model({n: rng.randrange(1000) for n in range(1, COUNT, 2)}))


@lru_cache(1)
def index() -> SearchIndex:
    return SearchIndex(shop())


def looked_for(words: list[str]) -> list[Book]:
    *whole, last = words
    return [
        each
        for each in shop().by_popularity()
        if {*whole} <= (having := {*words_of(f"{each.title} {each.authors[0]}")})
        and any(word.startswith(last) for word in having)
    ]


beginnings = st.sampled_from([word[:length] for word in WORDS for length in range(1, 7)])


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(WORDS), max_size=3), beginnings)
@example(["the", "of"], "the")
@example(["the"], "qui")
@example(["quill"], "t")
@example(["harbor", "voyage"], "har")
@example(["amber", "nothing"], "the")
@example(["amber"], "nothing")
def test_what_has_the_words_is_found_by_popularity(whole: list[str], last: str) -> None:
    words = [*whole, last]
    found = list(index().matches(words))
    assert looked_for(words)[: len(found)] == found
    if len(found) < MAX_CANDIDATES:
        assert looked_for(words) == found


def test_a_last_word_that_is_a_word_itself_may_begin_others_too() -> None:
    titles = {each.title for each in index().matches(["zoe", "the"])}
    assert any("theory" in title for title in titles)


def test_only_so_many_books_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that most readers chose; where reading costs nothing, it is what is done."""
    expected = looked_for(["amber", "t"])
    monkeypatch.setattr(search_index, "_READ", 0)
    assert expected == list(index().matches(["amber", "t"]))
    monkeypatch.setattr(search_index, "MAX_READ", 100)
    found = list(index().matches(["amber", "t"]))
    assert 0 < len(found) < len(expected)
    assert expected[: len(found)] == found


def test_only_so_many_books_are_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that most readers chose."""
    expected = looked_for(["harbor", "voyage"])
    monkeypatch.setattr(search_index, "MAX_EXAMINED", 100)
    monkeypatch.setattr(search_index, "_CHUNK", 100)
    found = list(index().matches(["harbor", "voyage"]))
    assert 0 < len(found) < len(expected)
    assert expected[: len(found)] == found


def test_a_search_goes_on_when_its_index_was_replaced() -> None:
    """An index that nobody needs lets go of its words piece by piece."""
    queries = (["t"], ["qui"], ["the", "qui"], ["harbor", "of", "voyage"])
    begun = SearchIndex(shop())
    searches = [begun.matches(words) for words in queries]
    del begun
    expected = [list(index().matches(words)) for words in queries]
    assert all(expected)
    assert expected == [list(search) for search in searches]
