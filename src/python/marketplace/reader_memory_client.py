"""What readers did, over gRPC, version 1 of the recommendations API."""

from structlog.typing import FilteringBoundLogger

from chassis.channel import ProcessChannel
from chassis.deadline import Budget
from marketplace.errors import InvalidBook, NoRecommendations, NoSuchBook
from marketplace.interaction import Interaction, InteractionKind
from marketplace.messages_client import book_of
from marketplace.recommendations_call import Call, is_not_found
from marketplace.stub_client import StubOfProcess
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb

_TO_WIRE = {
    InteractionKind.VIEWED: pb.INTERACTION_KIND_VIEWED,
    InteractionKind.WISHED: pb.INTERACTION_KIND_WISHED,
    InteractionKind.BOUGHT: pb.INTERACTION_KIND_BOUGHT,
}
_FROM_WIRE: dict[int, InteractionKind] = {number: kind for kind, number in _TO_WIRE.items()}


class ReaderMemoryClient:
    """Tells and asks the recommendations service. See `ReaderMemory` for the promises.

    deadline_seconds: how long an answer may take, retries included, if the caller can wait as long.
    """

    def __init__(
        self, channel: ProcessChannel, deadline_seconds: float, log: FilteringBoundLogger
    ) -> None:
        self._stub = StubOfProcess(channel)
        self._deadline_seconds = deadline_seconds
        self._log = log

    def record(
        self,
        reader: int,
        book_id: int,
        kind: InteractionKind,
        key: str,
        request_id: str,
        budget: Budget,
    ) -> None:
        """See `ReaderMemory`."""
        request = pb.RecordInteractionRequest(
            user_id=reader, book_id=book_id, kind=_TO_WIRE[kind], idempotency_key=key
        )
        try:
            self._call(request_id, budget).make(self._stub.get().RecordInteraction, request)
        except NoRecommendations as failure:
            if is_not_found(failure):
                raise NoSuchBook(f"there is no book {book_id}") from failure
            raise

    def recent(
        self, reader: int, max_results: int, request_id: str, budget: Budget
    ) -> tuple[Interaction, ...]:
        """See `ReaderMemory`. What cannot be shown is left out and logged."""
        request = pb.ListInteractionsRequest(user_id=reader, max_results=max_results)
        response = self._call(request_id, budget).make(self._stub.get().ListInteractions, request)
        interactions: dict[tuple[int, InteractionKind], Interaction] = {}
        problems: set[str] = set()
        for each in response.interactions[:max_results]:
            kind = _FROM_WIRE.get(each.kind)
            if kind is None:  # Of tomorrow.
                continue
            try:
                interactions.setdefault((each.book.id, kind), Interaction(book_of(each.book), kind))
            except InvalidBook as error:
                problems.update(error.problems)
        if problems:
            self._log.error("interactions dropped", problems=sorted(problems))
        return tuple(interactions.values())

    def forget(self, reader: int, request_id: str, budget: Budget) -> None:
        """See `ReaderMemory`."""
        request = pb.ForgetUserRequest(user_id=reader)
        self._call(request_id, budget).make(self._stub.get().ForgetUser, request)

    def _call(self, request_id: str, budget: Budget) -> Call:
        return Call(self._deadline_seconds, request_id, budget)
