"""How gunicorn is set up: options, by its names, from the service's settings."""

import math
from pathlib import Path
from typing import Any

from marketplace.gunicorn_server import StructuredLogger, prepare
from marketplace.gunicorn_worker import DrainingWorker
from marketplace.settings import MarketplaceSettings

MAX_KEEPALIVE_SECONDS = 5
MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 - gunicorn unlinks its files there at once.


def gunicorn_options(settings: MarketplaceSettings, listener: int) -> dict[str, Any]:
    """Give gunicorn's options.

    listener: the descriptor of a socket that listens.
    """
    return {
        "bind": [f"fd://{listener}"],
        "worker_class": DrainingWorker,
        "pre_fork": prepare,
        "workers": settings.web_workers,
        "threads": settings.web_threads,
        "preload_app": settings.web_preload,
        # Whole seconds is all that gunicorn knows.
        "graceful_timeout": math.ceil(settings.grace_seconds),
        "keepalive": _keepalive(settings.grace_seconds),
        # A worker that says nothing for so long hangs, and is replaced. Requests do not count.
        "timeout": 30,
        # A heartbeat in memory: the root file system may be read-only, and disks are slow at times.
        "worker_tmp_dir": str(MEMORY_FOLDER) if MEMORY_FOLDER.is_dir() else None,
        "limit_request_line": 2048,
        "limit_request_fields": 64,
        "limit_request_field_size": 8190,
        "forwarded_allow_ips": settings.forwarded_allow_ips,
        "control_socket_disable": True,
        "logger_class": StructuredLogger,
        "loglevel": settings.log_level.lower(),
        "errorlog": None,
        "accesslog": None,  # The application writes the access lines.
        "proc_name": "marketplace",
    }


def _keepalive(grace_seconds: float) -> int:
    """Give the seconds for which an idle connection is kept: less than the grace period.

    Otherwise one idle browser would use it up, and its worker be killed as if it hung.
    """
    return max(0, min(MAX_KEEPALIVE_SECONDS, math.ceil(grace_seconds) - 1))
