"""The settings of how the shop deals with readers; see `chassis.settings` for how they are read."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from chassis.secret import Secret
from chassis.setting import Parser
from chassis.settings import Settings
from marketplace.cookie_keys import KeyFile, parse_keys, read_keys


def _keys(text: str) -> Secret:
    parse_keys(text)
    return Secret(text)


class ReaderSettings(Settings):
    """How readers are known, and how often they may write."""

    cookie_keys: Annotated[
        Secret | None,
        Parser(_keys),
        Meta(
            description=(
                "Secrets of 32 characters or more, with commas between, that readers' cookies are"
                " signed with: the first signs, all are believed. Unset means a random one at each"
                " start, which forgets who readers are."
            ),
        ),
    ] = None
    cookie_keys_file: Annotated[
        KeyFile | None,
        Parser(read_keys),
        Meta(description="A file with the same, one a line; read at the start."),
    ] = None
    cookie_secure: Annotated[
        Literal["auto", "always"],
        Meta(
            description=(
                "Whether browsers may send the cookie over TLS alone: auto if the request came"
                " over TLS, as far as FORWARDED_ALLOW_IPS lets us know; or always."
            ),
        ),
    ] = "auto"
    reader_days: Annotated[
        int,
        Meta(ge=1, le=400, description="How many days a reader is known, from the first visit on."),
    ] = 180
    writes_per_minute: Annotated[
        int,
        Meta(
            ge=1,
            le=10_000,
            description=(
                "How many forms a reader may send a minute to each worker process; an address, ten"
                " times as many."
            ),
        ),
    ] = 30

    @classmethod
    def mistakes(cls, sound: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Say what does not go together."""
        yield from super().mistakes(sound)
        if sound.get("cookie_keys") and sound.get("cookie_keys_file"):
            yield "cookie_keys_file", "is set beside COOKIE_KEYS: which is meant?"

    @property
    def keys(self) -> tuple[bytes, ...] | None:
        """The keys of cookies, None if there are none."""
        if self.cookie_keys_file is not None:
            return self.cookie_keys_file.keys
        return None if self.cookie_keys is None else parse_keys(self.cookie_keys.text)
