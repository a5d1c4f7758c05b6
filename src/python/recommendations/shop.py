"""What recommendations are made of: one state of the books, and of what was learned of them."""

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

    __slots__ = ("_popular", "catalog", "model", "votes")

    def __init__(self, catalog: Catalog, model: LearnedModel | None = None) -> None:
        self.catalog = catalog
        self.model = model
        self.votes = Votes(catalog, model) if model is not None else None
        popular: dict[Category, list[Book]] = {category: [] for category in Category}
        if model is not None:
            # The sort is stable: of equals the lower id comes first.
            for index in sorted(range(len(model)), key=model.readers.__getitem__, reverse=True):
                if book := catalog.get(model.book_ids[index]):
                    for category in book.categories:
                        popular[category].append(book)
        self._popular = {category: tuple(books) for category, books in popular.items()}

    def by_popularity(self) -> tuple[Book, ...]:
        """Give all books: those that any reader chose, those of most readers first, then others.

        Of equals the lower id comes first. It is made anew each time.
        """
        readers: dict[int, int] = {}
        if self.model is not None:
            readers = dict(zip(self.model.book_ids, self.model.readers, strict=True))
        books = sorted(self.catalog.books, key=attrgetter("id"))
        books.sort(key=lambda book: readers.get(book.id, 0), reverse=True)
        return tuple(books)

    def popular_in(self, category: Category) -> tuple[Book, ...]:
        """Give the books of a category that any reader chose, those of most readers first."""
        return self._popular[category]
