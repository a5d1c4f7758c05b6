"""The settings of the service; see `chassis.settings` for how they are read."""

import ipaddress
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Annotated, Any

from msgspec import Meta

from chassis.admin_settings import AdminSettings
from chassis.calling_settings import CallingSettings
from chassis.service_settings import Port, ServiceSettings
from chassis.setting import Flag, Parser
from chassis.tls.settings import TlsClientSettings
from chassis.tracing.settings import TracingSettings
from marketplace.reader_settings import ReaderSettings
from marketplace.service_address import ServiceAddress, parse_address

RECOMMENDATIONS_PORT = 50051
"""The port of the recommendations service where none is given."""
_ON_THIS_MACHINE = ServiceAddress("localhost", RECOMMENDATIONS_PORT)


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

    listen_port: Annotated[
        Port,
        Flag("--port", "PORT"),
        Meta(description="The port to listen on; 0 lets the system choose."),
    ] = 5000
    recommendations_host: Annotated[
        ServiceAddress,
        Parser(partial(parse_address, default_port=RECOMMENDATIONS_PORT)),
        Meta(
            description=(
                "The recommendations service, as HOST or HOST:PORT. All addresses of a name are"
                " used in turn."
            ),
        ),
    ] = _ON_THIS_MACHINE
    recommendations_deadline_seconds: Annotated[
        float,
        Meta(
            gt=0,
            le=10,
            description="How long a page waits for recommendations before it does without.",
        ),
    ] = 0.5
    recommendations_stale_seconds: Annotated[
        float,
        Meta(
            ge=0,
            le=86400,
            description=(
                "While recommendations fail, a page shows its last list if it is younger than"
                " this, and says so; 0 is never."
            ),
        ),
    ] = 600.0
    recommendations_fresh_seconds: Annotated[
        float,
        Meta(
            ge=0,
            le=3600,
            description=(
                "What is the same for all readers, such as a newcomer's list, is shown again"
                " without asking if it is younger than this; 0 always asks. Of a known reader it is"
                " always asked."
            ),
        ),
    ] = 1.0
    recommendations_circuit_failures: Annotated[
        int,
        Meta(
            ge=1,
            le=1000,
            description=(
                "How many calls in a row must be unanswered, or too slow, before a worker process"
                " stops asking for a while."
            ),
        ),
    ] = 5
    recommendations_circuit_pause_seconds: Annotated[
        float,
        Meta(
            gt=0,
            le=60,
            description=(
                "The most that such a while lasts before one call is tried; at least half of it,"
                " by chance."
            ),
        ),
    ] = 2.0
    page_budget_seconds: Annotated[
        Annotated[float, Meta(gt=0, le=60)] | None,
        Meta(
            description=(
                "How long a page may take in all, from its request on; unset means half a second"
                " more than RECOMMENDATIONS_DEADLINE_SECONDS, or twice DEADLINE_MARGIN_SECONDS if"
                " that is more."
            ),
        ),
    ] = None
    web_workers: Annotated[
        int, Meta(ge=1, le=64, description="The number of worker processes.")
    ] = 2
    web_threads: Annotated[
        int,
        Meta(ge=1, le=256, description="The requests that each worker process handles at once."),
    ] = 8
    web_preload: Annotated[
        bool,
        Meta(
            description=(
                "Make the application once, before the workers are forked, to share memory."
            ),
        ),
    ] = False
    forwarded_allow_ips: Annotated[
        str,
        Parser(_proxies),
        Meta(
            description=(
                "The proxies, addresses or networks with commas between, that are believed when"
                " they say that a request came over TLS; * is all."
            ),
        ),
    ] = "127.0.0.1,::1"
    traceparent_trusted: Annotated[
        bool,
        Meta(
            description=(
                "With tracing: whether a request's `traceparent` header is believed, so that its"
                " trace goes on; only behind a proxy that makes the header itself, or removes it."
            ),
        ),
    ] = False

    @classmethod
    def mistakes(cls, sound: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Say what does not go together."""
        yield from super().mistakes(sound)
        budget = sound.get("page_budget_seconds")
        deadline = sound.get("recommendations_deadline_seconds")
        margin = sound.get("deadline_margin_seconds")
        if budget is None or deadline is None or margin is None:
            return
        if budget < deadline + 2 * margin:
            # Else no call would ever have its whole deadline, and none be known to be too slow.
            words = f"is not {2 * margin} more than RECOMMENDATIONS_DEADLINE_SECONDS"
            yield "page_budget_seconds", words

    @property
    def page_seconds(self) -> float:
        """How long a page may take in all."""
        if self.page_budget_seconds is None:
            return self.recommendations_deadline_seconds + max(
                0.5, 2 * self.deadline_margin_seconds
            )
        return self.page_budget_seconds
