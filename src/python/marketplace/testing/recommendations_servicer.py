"""Real servers of the recommendations API that answer, or misbehave, as a test says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc

from chassis.service import Service
from chassis.testing.running import running, threaded_server
from marketplace.service_address import ServiceAddress
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb
from onlinebooks.recommendations.v1 import recommendations_pb2_grpc as pb_grpc

NAME = pb.DESCRIPTOR.services_by_name["RecommendationsService"].full_name

Answer = Callable[[pb.RecommendRequest, grpc.ServicerContext], pb.RecommendResponse]


class Servicer(pb_grpc.RecommendationsServiceServicer):
    """Answers with what a function gives."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def Recommend(
        self, request: pb.RecommendRequest, context: grpc.ServicerContext
    ) -> pb.RecommendResponse:
        """See onlinebooks/recommendations/v1/recommendations.proto."""
        return self._answer(request, context)


@contextmanager
def recommendations_server(answer: Answer) -> Iterator[ServiceAddress]:
    """Serve the API while the block runs."""
    service = Service(NAME, Servicer(answer), pb_grpc.add_RecommendationsServiceServicer_to_server)
    with running(threaded_server([service])) as address:
        yield _address(address)


@contextmanager
def bytes_server(answer: bytes) -> Iterator[ServiceAddress]:
    """Serve the API's method while the block runs, answering with bytes that may be anything."""

    def recommend(_: bytes, __: grpc.ServicerContext) -> bytes:
        return answer

    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(recommend)
    generic = grpc.method_handlers_generic_handler(NAME, {"Recommend": handler})
    service = Service(NAME, None, lambda _, server: server.add_generic_rpc_handlers((generic,)))
    with running(threaded_server([service])) as address:
        yield _address(address)


def _address(text: str) -> ServiceAddress:
    host, _, port = text.rpartition(":")
    return ServiceAddress(host, int(port))
