"""Reflection (grpc.reflection.v1alpha), for tools that know none of our protos."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import grpc

from chassis.health_messages import SERVICE_NAME as HEALTH

SERVICE_NAME = "grpc.reflection.v1alpha.ServerReflection"


class Reflection(grpc.GenericRpcHandler):
    """Tells which services there are and what they consist of.

    What it takes is loaded with the first call: most servers are never asked, and it would be some
    twentieth of what they load.

    services: full names; health and reflection come on top.
    on_loop: whether calls are handled on an event loop.
    """

    def __init__(self, services: Iterable[str], *, on_loop: bool) -> None:
        self._services = (*services, HEALTH, SERVICE_NAME)
        self._on_loop = on_loop

    def service(self, handler_call_details: Any) -> Any:
        """Give what handles a call, None if it is not about reflection."""
        if not handler_call_details.method.startswith(f"/{SERVICE_NAME}/"):
            return None
        return self._handlers.service(handler_call_details)

    @cached_property
    def _handlers(self) -> Any:
        from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

        kind: Any = reflection.aio if self._on_loop else reflection
        taking = _Taking()
        add: Any = reflection_pb2_grpc.add_ServerReflectionServicer_to_server
        add(kind.ReflectionServicer(self._services), taking)
        return taking.handlers


class _Taking:
    """In the place of a server: keeps what is added to it."""

    handlers: Any = None

    def add_generic_rpc_handlers(self, handlers: Iterable[Any]) -> None:
        (self.handlers,) = handlers

    def add_registered_method_handlers(self, _: str, __: Any) -> None:
        """The same methods are among the generic handlers."""
