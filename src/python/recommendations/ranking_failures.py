"""What becomes known of a ranking that fails: readers do not notice."""

from prometheus_client import Counter
from structlog.typing import FilteringBoundLogger


class RankingFailures:
    """Logs and counts them. `counter` is to be registered by whoever shows metrics."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        self.counter = Counter(
            "recommendations_fallbacks",
            "Answers with popular books because choosing for the reader failed.",
            registry=None,
        )
        self._log = log

    def __call__(self, error: Exception) -> None:
        """Note one; call it while the exception is handled."""
        self.counter.inc()
        self._log.error("ranking failed, popular books instead", exc_info=error)
