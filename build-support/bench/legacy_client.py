"""The call that both the plainest service and ours answer, as bytes."""

from bench.baselines.tutorial_servicer import PlainServicer
from bench.load import Call
from recommendations_pb2 import MYSTERY, RecommendationRequest

PATH = "/Recommendations/Recommend"


def three_mysteries() -> Call:
    """Ask for all three mysteries. Their order is random, and the reply as long in any."""
    request = RecommendationRequest(user_id=1, category=MYSTERY, max_results=3)
    reply = PlainServicer().answer(request)
    return Call(PATH, request.SerializeToString(), reply.SerializeToString())
