"""What can go wrong in the marketplace.

MarketplaceError
├── InvalidBook                  a book breaks the rules of `book.py`; says every rule it breaks
├── NoSuchBook                   the catalogue has no book of that number
└── NoRecommendations            the recommendations service is of no use, whatever the cause
    ├── RecommendationsDown      nobody answers, or whoever does is too busy
    ├── RecommendationsTooSlow   no answer within the deadline
    ├── RecommendationsPaused    nobody was asked, because asking has failed too often of late
    ├── RecommendationsRefused   the answer is an error that waiting will not mend
    ├── RecommendationsTooOld    the service is of a release that cannot do this yet
    ├── RecommendationsInvalid   the answer cannot be trusted
    └── NoTimeLeft               the page's own time was over first

A page does without it in all these cases. They differ for whoever reads the log.
"""

from collections.abc import Sequence


class MarketplaceError(Exception):
    """The base of every error that the marketplace raises on purpose."""


class InvalidBook(MarketplaceError):
    """A book that breaks the rules of `book.py`. `problems` holds every broken one."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class NoSuchBook(MarketplaceError):
    """The catalogue has no book of that number."""


class NoRecommendations(MarketplaceError):
    """The recommendations service is of no use now.

    The text is for the log, not for readers of the page.
    """


class RecommendationsDown(NoRecommendations):
    """Nobody answers, or whoever does is too busy."""


class RecommendationsTooSlow(NoRecommendations):
    """No answer came within the deadline."""


class RecommendationsPaused(NoRecommendations):
    """Nobody was asked, because asking has failed too often of late; see `circuit.py`."""


class RecommendationsRefused(NoRecommendations):
    """The answer is an error that asking again will not mend."""


class RecommendationsTooOld(NoRecommendations):
    """The service is of a release that cannot do this yet."""


class RecommendationsInvalid(NoRecommendations):
    """The answer breaks the API's promises."""


class NoTimeLeft(NoRecommendations):
    """The page's own time was over before the deadline was: that says nothing of the service."""
