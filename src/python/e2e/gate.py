"""A door before a gRPC server, which a test can keep closed while a call waits in front of it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc

SECONDS = 60.0


class Gate(grpc.GenericRpcHandler):
    """Passes every call on to the server behind it, unread, once the gate is open."""

    def __init__(self, behind: grpc.Channel) -> None:
        self._behind = behind
        self._opened = threading.Event()
        self._arrived = threading.Event()

    def wait_for_arrival(self) -> None:
        """Waits until a call stands at the gate.

        :raises TimeoutError: none came.
        """
        if not self._arrived.wait(SECONDS):
            raise TimeoutError("no call came to the gate")

    def open(self) -> None:
        """Lets all pass from now on."""
        self._opened.set()

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[bytes, bytes]":
        """See grpc."""
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = self._behind.unary_unary(
            handler_call_details.method
        )

        def pass_on(request: bytes, context: grpc.ServicerContext) -> bytes:
            self._arrived.set()
            self._opened.wait(SECONDS)
            return call(request, timeout=SECONDS)

        return grpc.unary_unary_rpc_method_handler(pass_on)


@contextmanager
def gate_before(address: str, host: str) -> Iterator[tuple[Gate, int]]:
    """A closed gate before the server at this address, and the port at which it stands."""
    with grpc.insecure_channel(address) as behind:
        gate = Gate(behind)
        server = grpc.server(ThreadPoolExecutor(4), handlers=[gate])
        port = server.add_insecure_port(f"{host}:0")
        server.start()
        try:
            yield gate, port
        finally:
            gate.open()
            server.stop(None).wait(SECONDS)
