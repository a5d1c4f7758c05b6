"""The settings of how the shop deals with readers; see `chassis.settings` for how they are read."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo

from chassis.settings import Settings
from marketplace.cookie_keys import KeyFile, parse_keys, read_keys


def _keys(secret: SecretStr | None) -> SecretStr | None:
    if secret is not None:
        parse_keys(secret.get_secret_value())
    return secret


def _key_file(path: object, info: ValidationInfo) -> object:
    if not isinstance(path, str):
        return path
    if info.data.get("cookie_keys") is not None:
        raise ValueError("is set beside COOKIE_KEYS: which is meant?")
    return read_keys(path)


class ReaderSettings(Settings):
    """How readers are known, and how often they may write."""

    cookie_keys: Annotated[SecretStr | None, AfterValidator(_keys)] = Field(
        None,
        description=(
            "Secrets of 32 characters or more, with commas between, that readers' cookies are"
            " signed with: the first signs, all are believed. Unset means a random one at each"
            " start, which forgets who readers are."
        ),
    )
    cookie_keys_file: Annotated[KeyFile | None, BeforeValidator(_key_file)] = Field(
        None, description="A file with the same, one a line; read at the start."
    )
    cookie_secure: Literal["auto", "always"] = Field(
        "auto",
        description=(
            "Whether browsers may send the cookie over TLS alone: auto if the request came over"
            " TLS, as far as FORWARDED_ALLOW_IPS lets us know; or always."
        ),
    )
    reader_days: int = Field(
        180,
        ge=1,
        le=400,
        description="How many days a reader is known, from the first visit on.",
    )
    writes_per_minute: int = Field(
        30,
        ge=1,
        le=10_000,
        description=(
            "How many forms a reader may send a minute to each worker process; an address, ten"
            " times as many."
        ),
    )

    @property
    def keys(self) -> tuple[bytes, ...] | None:
        """The keys of cookies, None if there are none."""
        if self.cookie_keys_file is not None:
            return self.cookie_keys_file.keys
        return None if self.cookie_keys is None else parse_keys(self.cookie_keys.get_secret_value())
