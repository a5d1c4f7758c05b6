"""The settings that every service has, under the same names everywhere."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from chassis.flags import Flag
from chassis.settings import Settings

_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?")


def _host(text: str) -> str:
    if _HOST_NAME.fullmatch(text) and len(text) <= 253:
        return text
    try:
        return str(ipaddress.ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        raise ValueError("is neither an IP address nor a host name") from None


Host = Annotated[str, AfterValidator(_host)]
"""A host name, or an IP address without brackets."""


class ServiceSettings(Settings):
    """Where a service listens, how it logs and how it stops."""

    listen_host: Annotated[Host, Flag("--host", "HOST")] = Field(
        default="127.0.0.1",
        description="The address to listen on; 0.0.0.0 or :: is every interface.",
    )
    listen_port: Annotated[int, Flag("--port", "PORT")] = Field(
        default=0, ge=0, le=65535, description="The port to listen on; 0 lets the system choose."
    )
    port_file: Annotated[Path | None, Flag("--port-file", "FILE")] = Field(
        default=None,
        description="A file that holds the port, in decimal, while the service listens.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="The least severe log lines to write."
    )
    log_format: Literal["console", "json"] | None = Field(
        default=None,
        description="The form of log lines; unset means console for a terminal, else json.",
    )
    drain_seconds: float = Field(
        default=0.0,
        ge=0,
        le=3600,
        allow_inf_nan=False,
        description=(
            "How long to go on serving after a signal to stop, not ready, so that load balancers"
            " notice. 0 suits one machine; under Kubernetes, the time its endpoints take to spread."
        ),
    )
    grace_seconds: float = Field(
        default=10.0,
        ge=0,
        le=3600,
        allow_inf_nan=False,
        description=(
            "How long calls in flight may go on after that. Together with DRAIN_SECONDS it must"
            " stay below Kubernetes' terminationGracePeriodSeconds."
        ),
    )
