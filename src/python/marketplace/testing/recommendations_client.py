"""A client of recommendations as tests want it, and books for its servers to give."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from chassis.channel import ProcessChannel, open_channel
from chassis.deadline import Budget
from chassis.testing.recording_log import RecordingLog
from marketplace.book import Book
from marketplace.category import Category
from marketplace.recommendations_client import CHANNEL_SETTINGS, RecommendationsClient
from marketplace.service_address import ServiceAddress
from marketplace.testing.recommendations_servicer import recommendations_server
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb

AMPLE = 30.0
"""A deadline that no test reaches, unless what it shows is broken."""

FALCON = pb.Book(
    id=1,
    title="The Maltese Falcon",
    authors=["Dashiell Hammett"],
    publication_year=1930,
    categories=[pb.BOOK_CATEGORY_MYSTERY, pb.BOOK_CATEGORY_THRILLER],
)


@contextmanager
def a_client(
    address: ServiceAddress, deadline_seconds: float = AMPLE, log: RecordingLog | None = None
) -> Iterator[RecommendationsClient]:
    """Make a client of the service at `address` while the block runs."""
    channel = ProcessChannel(lambda: open_channel(address.host, address.port, CHANNEL_SETTINGS))
    try:
        yield RecommendationsClient(channel, deadline_seconds, (log or RecordingLog()).logger)
    finally:
        channel.close()


def the_answer_to(
    server: AbstractContextManager[ServiceAddress],
    deadline_seconds: float = AMPLE,
    max_results: int = 3,
    log: RecordingLog | None = None,
) -> tuple[Book, ...]:
    """Ask a server for mysteries while it runs."""
    with server as address, a_client(address, deadline_seconds, log) as client:
        return client.recommend(Category.MYSTERY, max_results, "id-1", Budget(2 * AMPLE)).books


def answering(*books: pb.Book) -> AbstractContextManager[ServiceAddress]:
    """Give a server that always recommends the same books."""
    recommendations = [pb.Recommendation(book=book) for book in books]
    return recommendations_server(
        lambda _, __: pb.RecommendResponse(recommendations=recommendations)
    )


def like_falcon(
    *,
    book_id: int = FALCON.id,
    title: str = FALCON.title,
    authors: Sequence[str] = tuple(FALCON.authors),
    publication_year: int = FALCON.publication_year,
    categories: Sequence[pb.BookCategory.ValueType] = tuple(FALCON.categories),
) -> pb.Book:
    """Make a book that differs from `FALCON` in what is given."""
    return pb.Book(
        id=book_id,
        title=title,
        authors=authors,
        publication_year=publication_year,
        categories=categories,
    )
