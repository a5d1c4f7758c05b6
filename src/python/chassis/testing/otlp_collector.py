"""A collector of traces: what a real one would get by OTLP over gRPC, kept to be looked at."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as pb
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as pb_grpc
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from chassis.address import join
from chassis.testing.running import HOST, STOP_SECONDS

WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class ReceivedSpan:
    """A span as it came over the wire.

    trace_id, span_id, parent_id: in hexadecimal; parent_id is "" for a trace's first span.
    kind: "SERVER", "CLIENT" or "INTERNAL".
    links: trace and span ids of spans that it is linked to.
    resource: what is said of the process that sent it.
    wire: the whole message, to look for what must not be in it.
    """

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: Mapping[str, object]
    failed: bool
    status_text: str
    links: tuple[tuple[str, str], ...]
    resource: Mapping[str, object]
    wire: bytes

    @property
    def service(self) -> object:
        """The name of the service that sent it."""
        return self.resource["service.name"]


class OtlpCollector(pb_grpc.TraceServiceServicer):
    """Keeps what arrives. Safe to use from several threads.

    before_answer: called with each request, before it is answered; it may block or abort.
    """

    def __init__(
        self, before_answer: Callable[[grpc.ServicerContext], None] = lambda _: None
    ) -> None:
        self._before_answer = before_answer
        self._changed = threading.Condition()
        self._spans: list[ReceivedSpan] = []
        self.metadata: list[dict[str, str | bytes]] = []

    def Export(  # noqa: N802 - named by the API.
        self, request: pb.ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> pb.ExportTraceServiceResponse:
        """See OTLP."""
        self._before_answer(context)
        with self._changed:
            self.metadata.append(dict(context.invocation_metadata()))
            self._spans += _spans(request)
            self._changed.notify_all()
        return pb.ExportTraceServiceResponse()

    @property
    def spans(self) -> list[ReceivedSpan]:
        """Give the spans so far."""
        with self._changed:
            return list(self._spans)

    def wait_for(
        self,
        count: int = 1,
        wanted: Callable[[ReceivedSpan], bool] = lambda _: True,
        seconds: float = WAIT_SECONDS,
    ) -> list[ReceivedSpan]:
        """Wait until so many wanted spans have come, and give them. Raises TimeoutError."""

        def found() -> list[ReceivedSpan]:
            return [span for span in self._spans if wanted(span)]

        with self._changed:
            if not self._changed.wait_for(lambda: len(found()) >= count, seconds):
                raise TimeoutError(f"not {count} such spans: {self._spans}")
            return found()


@contextmanager
def collecting(
    collector: OtlpCollector, address: str = f"{HOST}:0", credentials: Any = None
) -> Iterator[str]:
    """Run a collector while the block does, and give its address, "host:port".

    credentials: None is plain text.
    """
    with ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool)
        add: Callable[[Any, Any], None] = pb_grpc.add_TraceServiceServicer_to_server
        add(collector, server)
        port = (
            server.add_insecure_port(address)
            if credentials is None
            else server.add_secure_port(address, credentials)
        )
        server.start()
        try:
            yield join(HOST, port)
        finally:
            server.stop(0).wait(STOP_SECONDS)


def _spans(request: pb.ExportTraceServiceRequest) -> Iterator[ReceivedSpan]:
    for resource_spans in request.resource_spans:
        resource = _attributes(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                yield _received(span, resource)


def _received(span: Span, resource: Mapping[str, object]) -> ReceivedSpan:
    return ReceivedSpan(
        name=span.name,
        kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        attributes=_attributes(span.attributes),
        failed=span.status.code == Status.STATUS_CODE_ERROR,
        status_text=span.status.message,
        links=tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
        resource=resource,
        wire=span.SerializeToString(),
    )


def _attributes(pairs: Sequence[KeyValue]) -> dict[str, object]:
    found: dict[str, object] = {}
    for pair in pairs:
        kind = pair.value.WhichOneof("value")
        found[pair.key] = getattr(pair.value, kind) if kind else None
    return found
