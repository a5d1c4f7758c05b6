"""Who a visitor is, as far as the shop knows: a random number in a signed cookie."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Any

from itsdangerous import BadData

from marketplace.signing import DatedNumberSigner, NumberSigner

MAX_READER = 2**63 - 1
SECONDS_A_DAY = 24 * 3600
_NOT_OURS = (BadData, UnicodeError)
"""What a text may be that nobody signed: the latter is of one that has no bytes in UTF-8."""


class ReaderIdentity:
    """Signs readers' numbers, and the forms that are made for them.

    keys: the first signs, all are accepted; at least one, of 32 bytes or more.
    days: how long a number is believed, from the day that it was given out.
    always_secure: whether cookies are for TLS alone even if a request seems to have come without.
    """

    def __init__(self, keys: Sequence[bytes], days: int, always_secure: bool) -> None:
        self.max_age_seconds = days * SECONDS_A_DAY
        self.always_secure = always_secure
        settings: dict[str, Any] = {
            # itsdangerous signs with the last.
            "secret_key": list(reversed(keys)),
            "signer_kwargs": {"key_derivation": "hmac", "digest_method": hashlib.sha256},
        }
        self._cookies = DatedNumberSigner(salt="reader", **settings)
        # Not dated: it is of no use without the cookie, which is; and a page that has not changed
        # must not look as if it had.
        self._forms = NumberSigner(salt="form", **settings)

    def new_reader(self) -> int:
        """Draw the number of a reader, 1 to `MAX_READER`."""
        # As `secrets.randbelow` would, but that draws bit by bit.
        return (int.from_bytes(secrets.token_bytes(8)) & MAX_READER) or self.new_reader()

    def cookie_of(self, reader: int) -> str:
        """Give a cookie's value that is believed from now on."""
        return str(self._cookies.dumps(reader))

    def reader_of(self, cookie: str) -> int | None:
        """Give the reader of a cookie; None if nobody signed it, or too long ago."""
        try:
            return _reader(self._cookies.loads(cookie, max_age=self.max_age_seconds))
        except _NOT_OURS:
            return None

    def form_token_of(self, reader: int) -> str:
        """Give what proves that a form was made for this reader, by us."""
        return str(self._forms.dumps(reader))

    def is_form_token_of(self, reader: int, token: str) -> bool:
        """Tell whether that is what a form came with."""
        try:
            found = _reader(self._forms.loads(token))
        except _NOT_OURS:
            return False
        return found is not None and hmac.compare_digest(str(found), str(reader))


def _reader(value: object) -> int | None:
    return value if isinstance(value, int) and 1 <= value <= MAX_READER else None
