"""Finds books by words of their titles and authors, from memory."""

from collections.abc import Callable, Sequence
from itertools import islice

from recommendations.book import Book
from recommendations.errors import FieldViolation, InvalidRequest
from recommendations.recommender import max_results_violations
from recommendations.search_index import MAX_CANDIDATES, SearchIndex
from recommendations.words import words_of

DEFAULT_FOUND = 20
MAX_FOUND = 100
MAX_QUERY_LENGTH = 200


class Search:
    """Answers searches. Safe for use from any thread; never waits, but may work for milliseconds.

    indexes: gives the index of the present catalogue; NoCatalog while there is none.
    """

    def __init__(self, indexes: Callable[[], SearchIndex]) -> None:
        self._indexes = indexes

    def find(self, *, query: str, max_results: int) -> tuple[Book, ...]:
        """Give books that match every word of a query, the best match first.

        The last word may be unfinished. A match in the title is better than one in an author's
        name, one at its beginning is the best; among equals the book with more readers comes first.
        Of very many that match, the `MAX_CANDIDATES` with the most readers are compared.

        max_results: 0 means `DEFAULT_FOUND`, more than `MAX_FOUND` means that.

        Raises InvalidRequest or NoCatalog.
        """
        violations = max_results_violations(max_results)
        if not 1 <= len(query) <= MAX_QUERY_LENGTH:
            description = f"must have 1 to {MAX_QUERY_LENGTH} characters"
            violations.append(FieldViolation("query", description))
        if violations:
            raise InvalidRequest(violations)
        words = words_of(query)
        if not words:
            return ()
        # They come in the order of their readers, and sorting keeps it among equals.
        candidates = list(islice(self._indexes().matches(words), MAX_CANDIDATES))
        candidates.sort(key=lambda book: -_closeness(book, words))
        return tuple(candidates[: min(max_results or DEFAULT_FOUND, MAX_FOUND)])


def _closeness(book: Book, words: Sequence[str]) -> int:
    """Tell how well a book fits that has all words: 3 is the best, 0 for authors alone."""
    title = words_of(book.title)
    if title[: len(words)] == list(words):
        return 3
    *whole, last = words
    in_title = all(word in title for word in whole)
    if in_title and last in title:
        return 2
    return int(in_title and any(word.startswith(last) for word in title))
