"""The settings of the port for probes and metrics."""

from pydantic import Field

from chassis.service_settings import Host
from chassis.settings import Settings


class AdminSettings(Settings):
    """Where probes and metrics are answered."""

    admin_host: Host = Field(
        default="127.0.0.1",
        description="The address of the admin port; 0.0.0.0 or :: is every interface.",
    )
    admin_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description=(
            "The HTTP port, in plain text, of /livez, /readyz and /metrics, by convention 9464;"
            " 0 lets the system choose, unset means none."
        ),
    )
