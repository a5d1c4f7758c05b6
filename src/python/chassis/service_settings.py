"""The settings that every service has, under the same names everywhere."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from chassis.setting import Flag, Parser
from chassis.settings import Settings

_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?")


def parse_host(text: str) -> str:
    """Give a host name as it is, an IP address without brackets. Raises ValueError."""
    if _HOST_NAME.fullmatch(text) and len(text) <= 253:
        return text
    try:
        return str(ipaddress.ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        raise ValueError("is neither an IP address nor a host name") from None


Host = Annotated[str, Parser(parse_host)]
"""A host name, or an IP address without brackets."""

Port = Annotated[int, Meta(ge=0, le=65535)]
"""The number of a port; 0 lets the system choose."""


class ServiceSettings(Settings):
    """Where a service listens, how it logs and how it stops."""

    listen_host: Annotated[
        Host,
        Flag("--host", "HOST"),
        Meta(description="The address to listen on; 0.0.0.0 or :: is every interface."),
    ] = "127.0.0.1"
    listen_port: Annotated[
        Port,
        Flag("--port", "PORT"),
        Meta(description="The port to listen on; 0 lets the system choose."),
    ] = 0
    port_file: Annotated[
        Path | None,
        Flag("--port-file", "FILE"),
        Meta(description="A file that holds the port, in decimal, while the service listens."),
    ] = None
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"],
        Meta(description="The least severe log lines to write."),
    ] = "INFO"
    log_format: Annotated[
        Literal["console", "json"] | None,
        Meta(description="The form of log lines; unset means console for a terminal, else json."),
    ] = None
    drain_seconds: Annotated[
        float,
        Meta(
            ge=0,
            le=3600,
            description=(
                "How long to go on serving after a signal to stop, not ready, so that load"
                " balancers notice. 0 suits one machine; under Kubernetes, the time its endpoints"
                " take to spread."
            ),
        ),
    ] = 0.0
    grace_seconds: Annotated[
        float,
        Meta(
            ge=0,
            le=3600,
            description=(
                "How long calls in flight may go on after that. Together with DRAIN_SECONDS it"
                " must stay below Kubernetes' terminationGracePeriodSeconds."
            ),
        ),
    ] = 10.0
