"""Tracing where gunicorn has it: in each worker process, from its begin to its end."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Flask
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from chassis.garbage import expect_calls
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

    When it has all that stays, it no longer looks for garbage there: that is a pause of all pages.
    """

    def begin(_: Worker) -> None:
        if tracing:
            # Whatever is wrong with the SDK's own variables shows now, not with the first request.
            tracing.tracer()
        expect_calls()

    def end(_: Arbiter, __: Worker) -> None:
        at_end()
        if tracing:
            tracing.close()

    return {"post_worker_init": begin, "worker_exit": end}
