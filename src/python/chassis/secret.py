"""Values that must not be shown."""

from msgspec import Struct


class Secret(Struct, frozen=True):
    """A text that is in no message, no log line and no traceback unless somebody asks for it."""

    text: str

    def __repr__(self) -> str:
        return "Secret()"
