"""The call that every contender on `Recommend` answers, and a look at one answer."""

import grpc

from bench.baselines.tutorial_servicer import TITLES, PlainServicer
from bench.h2load import Call
from bench.load import LoadError
from recommendations_pb2 import MYSTERY, RecommendationRequest
from recommendations_pb2_grpc import RecommendationsStub

PATH = "/Recommendations/Recommend"
_SECONDS = 10.0


def three_mysteries() -> Call:
    """Ask for all three mysteries. Their order is random, and the reply as long in any."""
    request = RecommendationRequest(user_id=1, category=MYSTERY, max_results=3)
    reply = PlainServicer().answer(request)
    return Call(PATH, request.SerializeToString(), reply.SerializeToString())


def check_answer(address: str) -> None:
    """Call once as a client does. Raises LoadError unless all mysteries come, with status OK.

    The load generator sees neither the status nor what is in a reply.
    """
    with grpc.insecure_channel(address) as channel:
        request = RecommendationRequest.FromString(three_mysteries().request)
        try:
            reply = RecommendationsStub(channel).Recommend(
                request, timeout=_SECONDS, wait_for_ready=True
            )
        except grpc.RpcError as error:
            raise LoadError(f"{address} fails: {error}") from error
    titles = {book.title for book in reply.recommendations}
    if titles != set(TITLES[MYSTERY]):
        raise LoadError(f"{address} recommends {titles}")
