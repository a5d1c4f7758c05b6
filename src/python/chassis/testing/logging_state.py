"""Logging is the process' own: a test that sets it up puts it back."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import structlog


@contextmanager
def logging_restored() -> Iterator[None]:
    """Put logging back, when the block ends, as it was when it began."""
    root = logging.getLogger()
    handlers, level, show = root.handlers, root.level, warnings.showwarning
    configuration = structlog.get_config() if structlog.is_configured() else None
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.handlers, warnings.showwarning = handlers, show
        root.setLevel(level)
        structlog.reset_defaults()
        if configuration:
            structlog.configure(**configuration)
