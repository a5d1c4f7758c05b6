"""How the shop deals with readers, put together."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from structlog.typing import FilteringBoundLogger

from marketplace.client_address import ClientAddresses
from marketplace.cookie_keys import random_keys
from marketplace.reader_identity import ReaderIdentity
from marketplace.reader_settings import ReaderSettings
from marketplace.writes import Writes


def utc_today() -> date:
    """Give the day."""
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class Readers:
    """Who readers are, what they may write, and by which days it is counted."""

    identity: ReaderIdentity
    writes: Writes
    today: Callable[[], date] = utc_today


def new_readers(
    settings: ReaderSettings,
    trusted_proxies: str,
    log: FilteringBoundLogger,
    clock: Callable[[], float] = time.monotonic,
) -> Readers:
    """Make what is known of readers. Worker processes share a random key: it is made before.

    clock: gives seconds that never go back.
    """
    keys = settings.keys
    if keys is None:
        log.warning(
            "no COOKIE_KEYS: readers will be strangers after a restart, and to other replicas"
        )
        keys = random_keys()
    always = settings.cookie_secure == "always"
    addresses = ClientAddresses(trusted_proxies)
    return Readers(
        ReaderIdentity(keys, settings.reader_days, always),
        Writes(settings.writes_per_minute, addresses, clock),
    )
