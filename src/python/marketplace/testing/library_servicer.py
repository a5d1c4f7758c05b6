"""The whole API over a small library: it learns at once, and can be told to fail."""

import threading
import unicodedata

import grpc

from marketplace.book import Book
from marketplace.messages_client import CATEGORY_TO_WIRE
from marketplace.testing.small_library import SMALL_LIBRARY
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb
from onlinebooks.recommendations.v1 import recommendations_pb2_grpc as pb_grpc


class LibraryServicer(pb_grpc.RecommendationsServiceServicer):
    """Likes books of one category to each other, and forgets nothing but who wishes it.

    failures: what each method is to fail with, by its name; "" stands for all.
    calls: the methods that were called, in order.
    """

    def __init__(self) -> None:
        self.failures: dict[str, grpc.StatusCode] = {}
        self.calls: list[str] = []
        self.keys: list[str] = []
        self._lock = threading.Lock()
        self._done: dict[int, dict[str, tuple[Book, pb.InteractionKind.ValueType]]] = {}
        self._books = {book.id: book for book in SMALL_LIBRARY}

    def readers(self) -> set[int]:
        """Give those of whom something is kept."""
        with self._lock:
            return {reader for reader, done in self._done.items() if done}

    def done_by(self, reader: int) -> list[tuple[str, str]]:
        """Give titles and kinds of what a reader did, the first first."""
        with self._lock:
            done = list(self._done.get(reader, {}).values())
        return [(book.title, pb.InteractionKind.Name(kind)) for book, kind in done]

    def Recommend(
        self, request: pb.RecommendRequest, context: grpc.ServicerContext
    ) -> pb.RecommendResponse:
        """Books that the reader has chosen are left out; the others are like the latest of them."""
        self._begin("Recommend", context)
        shelf = self._shelf(request.category)
        chosen = [book for book, _ in reversed(self._done.get(request.user_id, {}).values())]
        latest = next((book for book in chosen if book in shelf), None)
        reason = pb.Reason(kind=pb.REASON_KIND_POPULAR)
        if latest:
            reason = pb.Reason(kind=pb.REASON_KIND_SIMILAR, book=_message(latest))
        left = [book for book in shelf if book not in chosen] or shelf
        return pb.RecommendResponse(
            recommendations=[
                pb.Recommendation(book=_message(book), reason=reason)
                for book in left[: request.max_results]
            ]
        )

    def GetBook(
        self, request: pb.GetBookRequest, context: grpc.ServicerContext
    ) -> pb.GetBookResponse:
        """See the API."""
        self._begin("GetBook", context)
        return pb.GetBookResponse(book=_message(self._book(request.id, context)))

    def ListSimilarBooks(
        self, request: pb.ListSimilarBooksRequest, context: grpc.ServicerContext
    ) -> pb.ListSimilarBooksResponse:
        """See the API."""
        self._begin("ListSimilarBooks", context)
        this = self._book(request.book_id, context)
        shelf = self._shelf(CATEGORY_TO_WIRE[this.categories[0]])
        others = [_message(book) for book in shelf if book != this]
        return pb.ListSimilarBooksResponse(books=others[: request.max_results])

    def SearchBooks(
        self, request: pb.SearchBooksRequest, context: grpc.ServicerContext
    ) -> pb.SearchBooksResponse:
        """See the API."""
        self._begin("SearchBooks", context)
        words = _folded(request.query).split()
        found = [
            _message(book)
            for book in SMALL_LIBRARY
            if all(word in _folded(" ".join((book.title, *book.authors))) for word in words)
        ]
        return pb.SearchBooksResponse(books=found[: request.max_results])

    def RecordInteraction(
        self, request: pb.RecordInteractionRequest, context: grpc.ServicerContext
    ) -> pb.RecordInteractionResponse:
        """See the API."""
        self._begin("RecordInteraction", context)
        book = self._book(request.book_id, context)
        with self._lock:
            self.keys.append(request.idempotency_key)
            done = self._done.setdefault(request.user_id, {})
            done.setdefault(request.idempotency_key, (book, request.kind))
        return pb.RecordInteractionResponse()

    def ListInteractions(
        self, request: pb.ListInteractionsRequest, context: grpc.ServicerContext
    ) -> pb.ListInteractionsResponse:
        """See the API."""
        self._begin("ListInteractions", context)
        with self._lock:
            latest = reversed(self._done.get(request.user_id, {}).values())
            distinct = list(dict.fromkeys(latest))[: request.max_results]
        return pb.ListInteractionsResponse(
            interactions=[pb.Interaction(book=_message(book), kind=kind) for book, kind in distinct]
        )

    def ForgetUser(
        self, request: pb.ForgetUserRequest, context: grpc.ServicerContext
    ) -> pb.ForgetUserResponse:
        """See the API."""
        self._begin("ForgetUser", context)
        with self._lock:
            self._done.pop(request.user_id, None)
        return pb.ForgetUserResponse()

    def _begin(self, method: str, context: grpc.ServicerContext) -> None:
        self.calls.append(method)
        if code := self.failures.get(method) or self.failures.get(""):
            context.abort(code, "as told")

    def _book(self, number: int, context: grpc.ServicerContext) -> Book:
        if number not in self._books:
            context.abort(grpc.StatusCode.NOT_FOUND, "no such book")
        return self._books[number]

    def _shelf(self, category: int) -> list[Book]:
        return [book for book in SMALL_LIBRARY if CATEGORY_TO_WIRE[book.categories[0]] == category]


def _message(book: Book) -> pb.Book:
    return pb.Book(
        id=book.id,
        title=book.title,
        authors=book.authors,
        publication_year=book.publication_year or 0,
        categories=[CATEGORY_TO_WIRE[category] for category in book.categories],
    )


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))
