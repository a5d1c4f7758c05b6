"""The shop as a process of its own, with gunicorn's workers, and visitors of it."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from chassis.testing.process import ServiceProcess, python_environment
from marketplace.service_address import ServiceAddress

SECONDS = 120.0
COMMAND = (sys.executable, "-m", "marketplace.main")


@contextmanager
def a_shop(
    address: ServiceAddress, command: Sequence[str] = COMMAND, **environment: str
) -> Iterator[tuple[ServiceProcess, str]]:
    """Run the service, and give its process and its address once it answers.

    address: of the recommendations.
    command: what starts it.
    environment: settings other than those that most tests need.
    """
    settings = {
        "RECOMMENDATIONS_HOST": f"{address.host}:{address.port}",
        "RECOMMENDATIONS_DEADLINE_SECONDS": "10",
        # An earlier list must not hide that a call has failed, or was not made.
        "RECOMMENDATIONS_STALE_SECONDS": "0",
        "RECOMMENDATIONS_FRESH_SECONDS": "0",
        "GRACE_SECONDS": "30",
        "LOG_LEVEL": "DEBUG",
        **python_environment(),
        **environment,
    }
    with ServiceProcess(command, settings, SECONDS) as process:
        url = f"http://127.0.0.1:{process.port()}"
        get(url + "/healthz")
        yield process, url


def get(url: str) -> httpx.Response:
    """Ask for a page, over a connection for it alone: one that is kept stays with one worker."""
    return httpx.get(url, timeout=SECONDS, headers={"Connection": "close"}, trust_env=False)


def workers_of(process: ServiceProcess) -> set[int]:
    """Give the numbers of the worker processes."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return {int(pid) for pid in children.read_text("ascii").split()}
