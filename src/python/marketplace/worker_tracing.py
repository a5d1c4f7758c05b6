"""Tracing where gunicorn has it: in each worker process, from its begin to its end."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Flask
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from marketplace.settings import MarketplaceSettings

if TYPE_CHECKING:
    from chassis.tracing.process_tracing import ProcessTracing


def page_tracing(
    settings: MarketplaceSettings, tracing: "ProcessTracing | None"
) -> Callable[[Flask], None] | None:
    """Give what makes spans of requests, None without tracing."""
    if tracing is None:
        return None
    # Loaded only now: it needs OpenTelemetry.
    from marketplace.page_tracing import install_page_tracing

    trusted = settings.traceparent_trusted
    return lambda app: install_page_tracing(app, tracing.tracer, trusted=trusted)


def worker_hooks(tracing: "ProcessTracing | None", at_end: Callable[[], None]) -> dict[str, Any]:
    """Give gunicorn's hooks by which a worker begins to trace, and sends its spans at its end.

    at_end: what a worker does before that, when it has answered its last request.
    """
    if tracing is None:
        return {"worker_exit": lambda _, __: at_end()}

    def begin(_: Worker) -> None:
        # Whatever is wrong with the SDK's own variables shows now, not with the first request.
        tracing.tracer()

    def end(_: Arbiter, __: Worker) -> None:
        at_end()
        tracing.close()

    return {"post_worker_init": begin, "worker_exit": end}
