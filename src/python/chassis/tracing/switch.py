"""Where tracing is switched on, or left out: without it, nothing of OpenTelemetry is loaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from structlog.typing import FilteringBoundLogger

from chassis.settings import SettingsError
from chassis.tracing.settings import TracingSettings

if TYPE_CHECKING:
    from chassis.tracing.process_tracing import ProcessTracing


def new_tracing(
    settings: TracingSettings, service_name: str, log: FilteringBoundLogger
) -> "ProcessTracing | None":
    """Make the tracing that the settings ask for, None for none. It may be made before a fork.

    Raises SettingsError for the SDK's own limits of spans, which only it knows, if they are wrong.
    """
    if settings.traces_endpoint is None:
        return None
    # Loaded only now: it takes a while, and memory.
    from chassis.tracing.process_tracing import ProcessTracing

    with _as_mistakes():
        return ProcessTracing(settings, service_name, log)


@contextmanager
def tracing(
    settings: TracingSettings, service_name: str, log: FilteringBoundLogger
) -> "Iterator[ProcessTracing | None]":
    """Have this process trace while the block lasts; at its end, spans are sent within a bound.

    Raises SettingsError for variables that only the SDK knows, if they are wrong.
    """
    made = new_tracing(settings, service_name, log)
    if made is None:
        yield None
        return
    with _as_mistakes():
        made.tracer()
    try:
        yield made
    finally:
        made.close()


@contextmanager
def _as_mistakes() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise SettingsError((f"OpenTelemetry: {error}",)) from None
