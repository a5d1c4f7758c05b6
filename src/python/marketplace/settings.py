"""The settings of the service; see `chassis.settings` for how they are read."""

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from chassis.flags import Flag
from chassis.service_settings import ServiceSettings
from chassis.tls.settings import TlsClientSettings
from marketplace.service_address import ServiceAddress, split_address

RECOMMENDATIONS_PORT = 50051
"""The port of the recommendations service where none is given."""


def _recommendations_address(value: object) -> object:
    return split_address(value, RECOMMENDATIONS_PORT) if isinstance(value, str) else value


def _proxies(text: str) -> str:
    entries = [entry.strip() for entry in text.split(",")]
    if entries == ["*"]:
        return "*"
    for entry in entries:
        try:
            ipaddress.ip_network(entry)
        except ValueError:
            raise ValueError("is neither * nor a list of IP addresses and networks") from None
    return ",".join(entries)


class MarketplaceSettings(TlsClientSettings, ServiceSettings):
    """What the service is told when it starts."""

    listen_port: Annotated[int, Flag("--port", "PORT")] = Field(
        5000, ge=0, le=65535, description="The port to listen on; 0 lets the system choose."
    )
    recommendations_host: Annotated[ServiceAddress, BeforeValidator(_recommendations_address)] = (
        Field(
            ServiceAddress("localhost", RECOMMENDATIONS_PORT),
            description=(
                "The recommendations service, as HOST or HOST:PORT. All addresses of a name are"
                " used in turn."
            ),
        )
    )
    recommendations_deadline_seconds: float = Field(
        0.5,
        gt=0,
        le=10,
        allow_inf_nan=False,
        description="How long a page waits for recommendations before it does without.",
    )
    web_workers: int = Field(2, ge=1, le=64, description="The number of worker processes.")
    web_threads: int = Field(
        8, ge=1, le=256, description="The requests that each worker process handles at once."
    )
    web_preload: bool = Field(
        False,
        description="Make the application once, before the workers are forked, to share memory.",
    )
    forwarded_allow_ips: Annotated[str, AfterValidator(_proxies)] = Field(
        "127.0.0.1,::1",
        description=(
            "The proxies, addresses or networks with commas between, that are believed when they"
            " say that a request came over TLS; * is all."
        ),
    )
