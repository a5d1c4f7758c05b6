"""The ways in which the service can run: whatever its clients see must be the same in all."""

import sys
from dataclasses import dataclass

from chassis.testing.process import ServiceProcess, python_environment
from chassis.testing.waiting import wait_until

COMMAND = (sys.executable, "-m", "recommendations.main")
SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Variant:
    """How the service works inside.

    kind: a value of SERVER_KIND.
    workers: how many processes serve.
    """

    kind: str
    workers: int

    def __str__(self) -> str:
        return f"{self.kind}-{self.workers}"

    def process(self, *argv: str, **environ: str) -> ServiceProcess:
        """Make the service's process, to be entered. Keywords are settings."""
        settings = {"SERVER_KIND": self.kind, "WORKERS": str(self.workers), **environ}
        return ServiceProcess([*COMMAND, *argv], {**python_environment(), **settings}, SECONDS)

    def wait_for_all(self, service: ServiceProcess, event: str) -> None:
        """Wait until every process that serves has logged an event."""
        wait_until(lambda: service.log.count(f'"{event}"') >= self.workers, SECONDS)


VARIANTS = tuple(Variant(kind, workers) for kind in ("threads", "asyncio") for workers in (1, 2))
