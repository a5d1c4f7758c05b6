"""The method that is measured: it parses a request and gives the same reply each time."""

from typing import Any, Literal

import grpc
from google.protobuf.wrappers_pb2 import StringValue

Kind = Literal["threads", "asyncio"]

SERVICE = "bench.Constant"
METHOD = "Get"
PATH = f"/{SERVICE}/{METHOD}"
REQUEST = StringValue(value="which books does this reader like")
REPLY = StringValue(value="the same answer for everybody, about as long as three books. " * 3)


def _get(_: StringValue, __: Any) -> StringValue:
    return REPLY


async def _get_on_loop(_: StringValue, __: Any) -> StringValue:
    return REPLY


def add_to(server: Any, kind: Kind) -> None:
    """Register the method as generated code does, with a handler of the server's own kind."""
    handler: Any = grpc.unary_unary_rpc_method_handler(
        _get if kind == "threads" else _get_on_loop,
        request_deserializer=StringValue.FromString,
        response_serializer=StringValue.SerializeToString,
    )
    methods = {METHOD: handler}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
    server.add_registered_method_handlers(SERVICE, methods)
