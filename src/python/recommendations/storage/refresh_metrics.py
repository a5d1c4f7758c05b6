"""What a process tells of its copy of the database."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from recommendations.errors import Unavailability


class RefreshMetrics:
    """Of several processes the gauges tell the worst."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.checked = Gauge(
            "catalogue_checked_timestamp_seconds",
            "When the books in memory were last known to be those of the database.",
            registry=registry,
            multiprocess_mode="livemin",
        )
        self.books = Gauge(
            "catalogue_books",
            "Books in memory.",
            registry=registry,
            multiprocess_mode="livemin",
        )
        self.trained = Gauge(
            "catalogue_model_trained_timestamp_seconds",
            "When training of the learned model in memory began; 0 while there is none.",
            registry=registry,
            multiprocess_mode="livemin",
        )
        self.failures = Counter(
            "catalogue_refresh_failures",
            "Times that the database could not be asked for what is new.",
            ["how"],
            registry=registry,
        )
        for how in (*(each.value for each in Unavailability), "schema"):
            self.failures.labels(how)
