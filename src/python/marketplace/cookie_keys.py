"""The keys that readers' cookies are signed with."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

MIN_LENGTH = 32
RANDOM_BYTES = 32


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A file with keys, read when the service starts. The keys are in no message."""

    path: Path
    keys: tuple[bytes, ...] = field(repr=False)


def parse_keys(text: str) -> tuple[bytes, ...]:
    """Give the keys of a text, between commas or white space. Raises ValueError."""
    keys = tuple(each.encode() for each in text.replace(",", " ").split())
    if not keys:
        raise ValueError("has no key")
    if any(len(key) < MIN_LENGTH for key in keys):
        raise ValueError(f"has a key of less than {MIN_LENGTH} characters")
    return keys


def read_keys(path: str) -> KeyFile:
    """Read a file. Raises ValueError."""
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ValueError(f"cannot be read: {reason}") from None
    return KeyFile(Path(path), parse_keys(text))


def random_keys() -> tuple[bytes, ...]:
    """Make a key that no other start of the service has."""
    return (secrets.token_bytes(RANDOM_BYTES),)
