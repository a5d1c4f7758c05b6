"""A client that tells how long its calls take."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from types import TracebackType
from typing import Self

import grpc

from onlinebooks.recommendations.v1 import recommendations_pb2 as v1
from onlinebooks.recommendations.v1.recommendations_pb2_grpc import RecommendationsServiceStub

_SECONDS = 30.0
_POLL_SECONDS = 0.2


class TimingClient:
    """Calls one service, one call after the other, over one connection."""

    def __init__(self, address: str) -> None:
        self._channel = grpc.insecure_channel(address)
        self._stub = RecommendationsServiceStub(self._channel)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._channel.close()

    def wait_until_it_searches(self, seconds: float) -> None:
        """Wait for what is read last; after it the service has no more work than calls."""
        end = time.monotonic() + seconds
        while True:
            try:
                self._stub.SearchBooks(v1.SearchBooksRequest(query="a"), timeout=_SECONDS)
                return
            except grpc.RpcError:
                if time.monotonic() > end:
                    raise
                time.sleep(_POLL_SECONDS)

    def is_known(self, reader_id: int) -> bool:
        """Tell whether the reader did anything."""
        request = v1.ListInteractionsRequest(user_id=reader_id, max_results=1)
        return bool(self._stub.ListInteractions(request, timeout=_SECONDS).interactions)

    def recommend(self, readers: Sequence[int]) -> list[float]:
        """Ask for three mysteries for each of the readers, and give the seconds of each call."""
        calls = [
            v1.RecommendRequest(user_id=each, category=v1.BOOK_CATEGORY_MYSTERY, max_results=3)
            for each in readers
        ]
        return [_timed(partial(self._recommend, call)) for call in calls]

    def search(self, query: str, times: int) -> list[float]:
        """Search so many times, and give the seconds of each call."""
        request = v1.SearchBooksRequest(query=query)
        ask = partial(self._stub.SearchBooks, request, timeout=_SECONDS)
        return [_timed(ask) for _ in range(times)]

    def _recommend(self, request: v1.RecommendRequest) -> None:
        if not self._stub.Recommend(request, timeout=_SECONDS).recommendations:
            raise ValueError(f"no books for the reader {request.user_id}")


def _timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
