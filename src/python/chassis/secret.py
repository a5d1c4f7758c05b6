"""Values that must not be shown."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that is in no message, no log line and no traceback unless somebody asks for it."""

    text: str = field(repr=False)
