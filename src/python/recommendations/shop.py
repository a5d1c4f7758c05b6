"""What recommendations are made of: one state of the books, and of what was learned of them."""

from collections import defaultdict
from collections.abc import Sequence
from operator import attrgetter

from recommendations.book import Book, Category
from recommendations.catalog import Catalog
from recommendations.learning.model import LearnedModel
from recommendations.votes import Votes


class Shop:
    """A catalogue, a model of it, and each category in order of popularity.

    Immutable, so that threads share one without a lock; made anew when anything in it changes, and
    swapped whole. To make one of a million books takes a second or two, to ask it as long as to ask
    one of nine.

    model: None where nothing was learned yet. It may know books that the catalogue lacks.
    votes: what the model says, for who recommends; None where there is no model.
    """

    __slots__ = ("_by_popularity", "_popular", "catalog", "model", "votes")

    def __init__(self, catalog: Catalog, model: LearnedModel | None = None) -> None:
        self.catalog = catalog
        self.model = model
        self.votes = Votes(catalog, model) if model is not None else None
        left = catalog.by_id()
        known = _by_readers(left, model) if model is not None else []
        self._popular: dict[Category, list[Book]] = {category: [] for category in Category}
        for book in known:
            for category in book.categories:
                self._popular[category].append(book)
        others = sorted(left.values(), key=attrgetter("id"))
        # Not joined in one step: of a million books it would hold up every call.
        self._by_popularity = [book for books in (known, others) for book in books]

    def by_popularity(self) -> Sequence[Book]:
        """Give all books: those that any reader chose, those of most readers first, then others.

        Of equals the lower id comes first.
        """
        return self._by_popularity

    def popular_in(self, category: Category) -> Sequence[Book]:
        """Give the books of a category that any reader chose, those of most readers first."""
        return self._popular[category]


def _by_readers(books: dict[int, Book], model: LearnedModel) -> list[Book]:
    """Take the books out that a model knows, and put them in order.

    That is done by counting: a sort would hold up every call.
    """
    having: defaultdict[int, list[Book]] = defaultdict(list)
    for book_id, readers in zip(model.book_ids, model.readers, strict=True):
        if book := books.pop(book_id, None):
            having[readers].append(book)
    return [book for readers in sorted(having, reverse=True) for book in having[readers]]
