"""Whether a worker still answers, as far as its supervisor can tell."""

_QUESTIONS = 10
"""So many questions fit into the time that one may go unanswered."""


class Liveness:
    """Questions to one worker, and how long the last has been without an answer.

    timeout_seconds: how long a question may go unanswered.

    Only time that the supervisor was there to see counts: where the whole machine, or the container
    with all of its processes, was stopped for a while, nobody could have answered.
    """

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._pause_seconds = timeout_seconds / _QUESTIONS
        self._asked = False
        self.silent_seconds = 0.0
        """Since the question that is open, or since the last answer."""

    @property
    def question_is_due(self) -> bool:
        """Whether it is time to ask."""
        return not self._asked and self.silent_seconds >= self._pause_seconds

    @property
    def timed_out(self) -> bool:
        """Whether a question has gone unanswered for too long."""
        return self._asked and self.silent_seconds >= self._timeout_seconds

    @property
    def seconds_left(self) -> float:
        """Until it is time to look again.

        That is often: time in which we were stopped ourselves counts as far as it was planned.
        """
        limit = self._timeout_seconds if self._asked else self._pause_seconds
        return min(max(0.0, limit - self.silent_seconds), self._pause_seconds)

    def asked(self) -> None:
        """Note that the worker was asked."""
        self._asked = True
        self.silent_seconds = 0.0

    def answered(self) -> None:
        """Note that the worker has answered."""
        self._asked = False
        self.silent_seconds = 0.0

    def passed(self, seconds: float) -> None:
        """Note that time has passed in which the supervisor would have heard an answer."""
        self.silent_seconds += seconds
