"""gunicorn's options, checked by gunicorn's own rules."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from marketplace import gunicorn_conf
from marketplace.gunicorn_conf import gunicorn_options
from marketplace.gunicorn_server import Application, StructuredLogger
from marketplace.gunicorn_worker import DrainingWorker
from marketplace.settings import MarketplaceSettings

LISTENER = 7


def configured(**settings: Any) -> Any:
    """Give the configuration as gunicorn understood it: every option is validated on the way."""
    options = gunicorn_options(MarketplaceSettings(**settings), LISTENER)
    return Application(lambda: Flask("x"), options).cfg


def test_the_socket_is_the_one_given() -> None:
    assert [LISTENER] == configured().address


def test_workers_and_threads_are_those_of_the_settings() -> None:
    cfg = configured(web_workers=5, web_threads=13, web_preload=True)
    assert (5, 13, True) == (cfg.workers, cfg.threads, cfg.preload_app)
    assert DrainingWorker is cfg.worker_class


@pytest.mark.parametrize(
    ("grace", "graceful_timeout", "keepalive"),
    [(0, 0, 0), (0.3, 1, 0), (1, 1, 0), (2.5, 3, 2), (10, 10, 5), (3600, 3600, 5)],
)
def test_an_idle_visitor_does_not_use_up_the_grace_period(
    grace: float, graceful_timeout: int, keepalive: int
) -> None:
    """gunicorn counts whole seconds: a grace period is never cut short."""
    cfg = configured(grace_seconds=grace)
    assert (graceful_timeout, keepalive) == (cfg.graceful_timeout, cfg.keepalive)


def test_requests_are_bounded() -> None:
    cfg = configured()
    assert 0 < cfg.limit_request_line <= 4096
    assert 0 < cfg.limit_request_fields <= 100
    assert 0 < cfg.limit_request_field_size <= 8190


def test_only_named_proxies_are_believed() -> None:
    cfg = configured(forwarded_allow_ips="10.0.0.0/8,::1")
    assert ["10.0.0.0/8", "::1"] == cfg.forwarded_allow_ips


def test_nothing_is_written_outside_memory() -> None:
    cfg = configured()
    assert cfg.control_socket_disable
    assert (None, None, None) == (cfg.pidfile, cfg.errorlog, cfg.accesslog)
    assert not cfg.capture_output


@pytest.mark.parametrize("exists", [True, False])
def test_heartbeats_are_in_memory_where_there_is_such_a_folder(
    exists: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path if exists else tmp_path / "missing"
    monkeypatch.setattr(gunicorn_conf, "MEMORY_FOLDER", folder)
    assert (str(folder) if exists else None) == configured().worker_tmp_dir


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR"])
def test_logs_are_ours(level: str) -> None:
    cfg = configured(log_level=level)
    assert level.lower() == cfg.loglevel
    assert cfg.logger_class is StructuredLogger
