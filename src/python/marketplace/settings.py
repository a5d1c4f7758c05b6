"""The settings of the service; see `chassis.settings` for how they are read."""

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from chassis.admin_settings import AdminSettings
from chassis.calling_settings import CallingSettings
from chassis.flags import Flag
from chassis.service_settings import ServiceSettings
from chassis.tls.settings import TlsClientSettings
from chassis.tracing.settings import TracingSettings
from marketplace.reader_settings import ReaderSettings
from marketplace.service_address import ServiceAddress, split_address

RECOMMENDATIONS_PORT = 50051
"""The port of the recommendations service where none is given."""


def _recommendations_address(value: object) -> object:
    return split_address(value, RECOMMENDATIONS_PORT) if isinstance(value, str) else value


def _page_budget(seconds: float | None, info: ValidationInfo) -> float | None:
    deadline = info.data.get("recommendations_deadline_seconds")
    margin = info.data.get("deadline_margin_seconds")
    if seconds is None or deadline is None or margin is None:
        return seconds
    if seconds < deadline + 2 * margin:
        # Otherwise no call would ever have its whole deadline, and none be known to be too slow.
        raise ValueError(f"is not {2 * margin} more than RECOMMENDATIONS_DEADLINE_SECONDS")
    return seconds


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


class MarketplaceSettings(
    ReaderSettings,
    TracingSettings,
    TlsClientSettings,
    CallingSettings,
    AdminSettings,
    ServiceSettings,
):
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
    recommendations_stale_seconds: float = Field(
        600.0,
        ge=0,
        le=86400,
        allow_inf_nan=False,
        description=(
            "While recommendations fail, a page shows its last list if it is younger than this, and"
            " says so; 0 is never."
        ),
    )
    recommendations_fresh_seconds: float = Field(
        0.0,
        ge=0,
        le=3600,
        allow_inf_nan=False,
        description=(
            "A page shows its last list without asking again if it is younger than this; 0 always"
            " asks."
        ),
    )
    recommendations_circuit_failures: int = Field(
        5,
        ge=1,
        le=1000,
        description=(
            "How many calls in a row must be unanswered, or too slow, before a worker process stops"
            " asking for a while."
        ),
    )
    recommendations_circuit_pause_seconds: float = Field(
        2.0,
        gt=0,
        le=60,
        allow_inf_nan=False,
        description=(
            "The most that such a while lasts before one call is tried; at least half of it, by"
            " chance."
        ),
    )
    page_budget_seconds: Annotated[float | None, AfterValidator(_page_budget)] = Field(
        None,
        gt=0,
        le=60,
        allow_inf_nan=False,
        description=(
            "How long a page may take in all, from its request on; unset means half a second more"
            " than RECOMMENDATIONS_DEADLINE_SECONDS, or twice DEADLINE_MARGIN_SECONDS if that is"
            " more."
        ),
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
    traceparent_trusted: bool = Field(
        False,
        description=(
            "With tracing: whether a request's `traceparent` header is believed, so that its trace"
            " goes on; only behind a proxy that makes the header itself, or removes it."
        ),
    )

    @property
    def page_seconds(self) -> float:
        """How long a page may take in all."""
        if self.page_budget_seconds is None:
            return self.recommendations_deadline_seconds + max(
                0.5, 2 * self.deadline_margin_seconds
            )
        return self.page_budget_seconds
