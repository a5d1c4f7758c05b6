"""Tracing as gunicorn's workers have it; `src/python/e2e` shows it with real ones."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from gunicorn.config import Config

from chassis.settings import load_settings
from chassis.testing.traced import traced
from marketplace.settings import MarketplaceSettings
from marketplace.worker_tracing import page_tracing, worker_hooks

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """The search for garbage is the process' own: a test puts it back."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_without_tracing_there_are_no_spans_and_a_worker_ends_as_told() -> None:
    ended: list[bool] = []
    assert page_tracing(load_settings(MarketplaceSettings, {}), None) is None
    hooks = worker_hooks(None, lambda: ended.append(True))
    assert {"post_worker_init", "worker_exit"} == hooks.keys()
    hooks["worker_exit"](None, None)
    assert [True] == ended


def test_a_worker_that_is_ready_does_not_look_for_garbage_in_what_stays() -> None:
    before = gc.get_freeze_count()
    worker_hooks(None, lambda: None)["post_worker_init"](None)
    assert before + 10_000 < gc.get_freeze_count()


def test_spans_are_sent_when_a_worker_ends() -> None:
    """Those of its last doings, too."""
    with traced(OTEL_BSP_SCHEDULE_DELAY="600000") as to:

        def work(name: str) -> None:
            to.tracing.tracer().start_span(name).end()

        hooks = worker_hooks(to.tracing, lambda: work("at the end"))
        config: Any = Config()
        for name, hook in hooks.items():
            config.set(name, hook)  # gunicorn checks what they take.
        hooks["post_worker_init"](None)
        work("before")
        hooks["worker_exit"](None, None)
        assert ["before", "at the end"] == [span.name for span in to.collector.spans]


def test_the_settings_say_whether_a_request_is_believed() -> None:
    with traced() as to:
        for trusted in ("true", "false"):
            settings = load_settings(MarketplaceSettings, {"TRACEPARENT_TRUSTED": trusted})
            app = Flask(trusted)
            install = page_tracing(settings, to.tracing)
            assert install is not None
            install(app)
            app.test_client().get(f"/{trusted}", headers={"traceparent": PARENT})
        parents = {span.parent_id for span in to.collector.wait_for(2)}
    assert {"", "00f067aa0ba902b7"} == parents
