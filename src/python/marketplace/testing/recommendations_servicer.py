"""Real servers of the recommendations API that answer, or misbehave, as a test says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import grpc

from chassis.service import Service
from chassis.testing.running import running, threaded_server
from marketplace.service_address import ServiceAddress
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb
from onlinebooks.recommendations.v1 import recommendations_pb2_grpc as pb_grpc

NAME = pb.DESCRIPTOR.services_by_name["RecommendationsService"].full_name

Answer = Callable[[pb.RecommendRequest, grpc.ServicerContext], pb.RecommendResponse]


class EarlierServicer(pb_grpc.RecommendationsServiceServicer):
    """The service as of its first release, which could only recommend, by what a function gives."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def Recommend(
        self, request: pb.RecommendRequest, context: grpc.ServicerContext
    ) -> pb.RecommendResponse:
        """See onlinebooks/recommendations/v1/recommendations.proto."""
        return self._answer(request, context)

    def GetBook(
        self, request: pb.GetBookRequest, context: grpc.ServicerContext
    ) -> pb.GetBookResponse:
        """See the API."""
        _abort(context)

    def ListSimilarBooks(
        self, request: pb.ListSimilarBooksRequest, context: grpc.ServicerContext
    ) -> pb.ListSimilarBooksResponse:
        """See the API."""
        _abort(context)

    def SearchBooks(
        self, request: pb.SearchBooksRequest, context: grpc.ServicerContext
    ) -> pb.SearchBooksResponse:
        """See the API."""
        _abort(context)

    def RecordInteraction(
        self, request: pb.RecordInteractionRequest, context: grpc.ServicerContext
    ) -> pb.RecordInteractionResponse:
        """See the API."""
        _abort(context)

    def ListInteractions(
        self, request: pb.ListInteractionsRequest, context: grpc.ServicerContext
    ) -> pb.ListInteractionsResponse:
        """See the API."""
        _abort(context)

    def ForgetUser(
        self, request: pb.ForgetUserRequest, context: grpc.ServicerContext
    ) -> pb.ForgetUserResponse:
        """See the API."""
        _abort(context)


@contextmanager
def servicer_server(
    servicer: pb_grpc.RecommendationsServiceServicer,
) -> Iterator[ServiceAddress]:
    """Serve the API while the block runs."""
    service = Service(NAME, servicer, pb_grpc.add_RecommendationsServiceServicer_to_server)
    with running(threaded_server([service])) as address:
        yield _address(address)


@contextmanager
def recommendations_server(answer: Answer) -> Iterator[ServiceAddress]:
    """Serve the API's first release while the block runs."""
    with servicer_server(EarlierServicer(answer)) as address:
        yield address


@contextmanager
def bytes_server(answer: bytes, *methods: str) -> Iterator[ServiceAddress]:
    """Serve some methods while the block runs, answering with bytes that may be anything."""

    def recommend(_: bytes, __: grpc.ServicerContext) -> bytes:
        return answer

    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(recommend)
    handlers = {method: handler for method in methods or ("Recommend",)}
    generic = grpc.method_handlers_generic_handler(NAME, handlers)
    service = Service(NAME, None, lambda _, server: server.add_generic_rpc_handlers((generic,)))
    with running(threaded_server([service])) as address:
        yield _address(address)


def _abort(context: grpc.ServicerContext) -> NoReturn:
    context.abort(grpc.StatusCode.UNIMPLEMENTED, "Method not found!")


def _address(text: str) -> ServiceAddress:
    host, _, port = text.rpartition(":")
    return ServiceAddress(host, int(port))
