"""What the log says when a page has to do without the recommendations service."""

from structlog.typing import FilteringBoundLogger

from marketplace.errors import (
    NoRecommendations,
    RecommendationsInvalid,
    RecommendationsRefused,
    RecommendationsTooOld,
)

LASTING = (RecommendationsRefused, RecommendationsInvalid, RecommendationsTooOld)


def log_failure(
    log: FilteringBoundLogger, event: str, failure: NoRecommendations, **what: object
) -> None:
    """Log why. Outages end by themselves; what is an error has to be mended by somebody."""
    write = log.error if isinstance(failure, LASTING) else log.warning
    write(event, reason=type(failure).__name__, detail=str(failure), **what)


def log_absence(log: FilteringBoundLogger, part: str, failure: NoRecommendations) -> None:
    """Log why a part of a page is missing that an earlier release of the service cannot give."""
    if isinstance(failure, RecommendationsTooOld):
        log.debug("part of a page absent", part=part, detail=str(failure))
    else:
        log_failure(log, "part of a page absent", failure, part=part)
