"""Where tracing is switched on, or left out: without it, nothing of OpenTelemetry is loaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from structlog.typing import FilteringBoundLogger

from chassis.tracing.settings import TracingSettings

if TYPE_CHECKING:
    from chassis.tracing.process_tracing import ProcessTracing


def new_tracing(
    settings: TracingSettings, service_name: str, log: FilteringBoundLogger
) -> "ProcessTracing | None":
    """Make the tracing that the settings ask for, None for none. It may be made before a fork."""
    if settings.traces_endpoint is None:
        return None
    # Loaded only now: it takes a while, and memory.
    from chassis.tracing.process_tracing import ProcessTracing

    return ProcessTracing(settings, service_name, log)


@contextmanager
def tracing(
    settings: TracingSettings, service_name: str, log: FilteringBoundLogger
) -> "Iterator[ProcessTracing | None]":
    """Have this process trace while the block lasts; at its end, spans are sent within a bound.

    Whatever is wrong with the SDK's own variables shows now, not with the first call.
    """
    made = new_tracing(settings, service_name, log)
    if made is None:
        yield None
        return
    made.tracer()
    try:
        yield made
    finally:
        made.close()
