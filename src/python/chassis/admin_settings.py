"""The settings of the port for probes and metrics."""

from typing import Annotated

from msgspec import Meta

from chassis.service_settings import Host, Port
from chassis.settings import Settings


class AdminSettings(Settings):
    """Where probes and metrics are answered."""

    admin_host: Annotated[
        Host,
        Meta(description="The address of the admin port; 0.0.0.0 or :: is every interface."),
    ] = "127.0.0.1"
    admin_port: Annotated[
        Port | None,
        Meta(
            description=(
                "The HTTP port, in plain text, of /livez, /readyz and /metrics, by convention"
                " 9464; 0 lets the system choose, unset means none."
            ),
        ),
    ] = None
