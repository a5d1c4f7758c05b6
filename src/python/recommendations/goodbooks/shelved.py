"""Books of goodbooks, put into the categories of the shop."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from recommendations.book import Book, Category
from recommendations.errors import InvalidBook
from recommendations.goodbooks.shelving import Evidence, shelve
from recommendations.goodbooks.source import Marks, SourceBook, UnreadableSource


def shelved(
    path: Path, sources: Sequence[SourceBook], marks_by_book: Mapping[int, Marks]
) -> tuple[list[Book], list[str]]:
    """Put each book into its categories; give the books and lines that tell what was done.

    A book on which no reader put a tag belongs nowhere and is left out.
    Raises UnreadableSource for books that the catalogue cannot hold; `path` names their file.
    """
    books: list[Book] = []
    problems: list[str] = []
    by_evidence: Counter[Evidence] = Counter()
    for source in sources:
        marks = marks_by_book.get(source.goodreads_id)
        if not marks:
            continue
        shelving = shelve(marks)
        by_evidence[shelving.evidence] += 1
        try:
            books.append(
                Book(
                    id=source.id,
                    title=source.title,
                    authors=source.authors,
                    publication_year=source.publication_year,
                    categories=shelving.categories,
                )
            )
        except InvalidBook as error:
            problems.append(f"line {source.line}: {error}")
    if problems:
        raise UnreadableSource(path, problems)
    by_category = Counter(category for book in books for category in book.categories)
    return books, [
        f"{len(sources)} books read, {len(books)} written",
        *(f"  {by_evidence[evidence]} stand {evidence.value}" for evidence in Evidence),
        f"  {len(sources) - len(books)} left out, for no reader put a tag on them",
        "categories:",
        *(f"  {by_category[category]} {category.value}" for category in Category),
    ]
