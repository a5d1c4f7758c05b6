"""The order in which the shop's services start on one machine."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from devstack.probes import port_in, serves_grpc, serves_http
from devstack.service_command import (
    HOST,
    MARKETPLACE,
    RECOMMENDATIONS,
    marketplace_command,
    recommendations_command,
)
from devstack.supervisor import Supervisor


@dataclass(frozen=True)
class StackOptions:
    """What the person at the keyboard chose."""

    marketplace_port: int
    """0 to 65535; 0 picks a free one."""
    recommendations_port: int
    """0 to 65535; 0 picks a free one."""
    catalogue: Path | None
    """The catalogue to serve instead of the one that the service brings along."""
    ready_seconds: float
    """How long each service has to get ready."""
    stop_seconds: float
    """How long each service has to stop before it is killed."""


def run_stack(
    supervisor: Supervisor,
    options: StackOptions,
    environ: Mapping[str, str],
    announce: Callable[[str], None],
) -> NoReturn:
    """Starts both services, tells the shop's address, and watches.

    :param environ: the environment of the services.
    :param announce: called with each line for the person at the keyboard.
    :raises StackError: a service ended, or did not get ready in time.
    :raises StopRequested:
    """
    with tempfile.TemporaryDirectory(prefix="devstack-") as folder:
        seconds = options.ready_seconds

        port_file = Path(folder, RECOMMENDATIONS)
        supervisor.start(
            recommendations_command(
                environ, options.recommendations_port, port_file, options.catalogue
            )
        )
        rpc_port = supervisor.wait_for(
            f"the start of {RECOMMENDATIONS}", lambda: port_in(port_file), seconds
        )

        shop_file = Path(folder, MARKETPLACE)
        supervisor.start(
            marketplace_command(environ, options.marketplace_port, shop_file, rpc_port)
        )
        # Started first and asked now: both get ready at the same time.
        supervisor.wait_for(
            f"the readiness of {RECOMMENDATIONS}",
            lambda: serves_grpc(f"{HOST}:{rpc_port}"),
            seconds,
        )
        shop_port = supervisor.wait_for(
            f"the start of {MARKETPLACE}", lambda: port_in(shop_file), seconds
        )
        supervisor.wait_for(
            f"the readiness of {MARKETPLACE}",
            lambda: serves_http(HOST, shop_port, "/readyz"),
            seconds,
        )
        announce(f"{RECOMMENDATIONS} answer gRPC at localhost:{rpc_port}")
        announce(f"the shop is open: http://localhost:{shop_port}/  (Ctrl-C closes it)")
        supervisor.watch()
