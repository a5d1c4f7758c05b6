"""Metrics of certificates."""

from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge


class TlsMetrics:
    """Shows what becomes of certificates; is the observer of a store.

    Expiry is a point in time, as is the custom, so that it is right however old the value is:
    `tls_certificate_not_after_timestamp_seconds - time()` is what is left.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        reloads = Counter(
            "tls_reloads",
            "Changes of certificate files, by whether they were taken up.",
            ["result"],
            registry=registry,
        )
        self._accepted = reloads.labels("accepted")
        self._rejected = reloads.labels("rejected")
        self._registry = registry
        self._not_after: Gauge | None = None

    def in_use(self, not_after: datetime) -> None:
        """See `ReloadObserver`."""
        if self._not_after is None:
            # Not made before it is known: it would be 0, the earliest of all processes.
            self._not_after = Gauge(
                "tls_certificate_not_after_timestamp_seconds",
                "When the certificate in use expires, in seconds since 1970.",
                registry=self._registry,
                # Of several processes, the one whose certificate ends first is what matters.
                multiprocess_mode="livemin",
            )
        self._not_after.set(not_after.timestamp())

    def accepted(self) -> None:
        """See `ReloadObserver`."""
        self._accepted.inc()

    def rejected(self) -> None:
        """See `ReloadObserver`."""
        self._rejected.inc()
