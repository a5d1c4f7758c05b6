"""What signs cookies and forms: itsdangerous', without what is the same each time."""

import hmac
from typing import Any

from itsdangerous import Signer, TimestampSigner, URLSafeSerializer, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode
from itsdangerous.signer import SigningAlgorithm


class _HmacAtOnce(SigningAlgorithm):
    """HMAC by one call of OpenSSL. digest: its name for the hash."""

    def __init__(self, digest: str) -> None:
        self._digest = digest

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        """See `SigningAlgorithm`."""
        return hmac.digest(key, value, self._digest)


class _KeepsKeys(Signer):
    """Derives each key once. There are a few, and they are made anew for every signature else."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.algorithm = _HmacAtOnce(self.digest_method().name)
        self._derived: dict[bytes, bytes] = {}

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        """See `Signer`."""
        secret = self.secret_keys[-1] if secret_key is None else secret_key
        secret = secret.encode() if isinstance(secret, str) else secret
        if (key := self._derived.get(secret)) is None:
            key = self._derived[secret] = super().derive_key(secret)
        return key


class _TimedSigner(_KeepsKeys, TimestampSigner):
    pass


class _KeepsSigner:
    """Makes one signer, and does not try whether a number becomes shorter when compressed."""

    _signer: Any = None

    def make_signer(self, salt: str | bytes | None = None) -> Any:
        """See `Serializer`. None but the serializer's own salt is used."""
        if self._signer is None:
            make: Any = super()
            self._signer = make.make_signer(salt)
        return self._signer

    def dump_payload(self, obj: Any) -> bytes:
        """See `Serializer`."""
        return base64_encode(str(obj))


class NumberSigner(_KeepsSigner, URLSafeSerializer):
    """Signs numbers, for good."""

    default_signer = _KeepsKeys


class DatedNumberSigner(_KeepsSigner, URLSafeTimedSerializer):
    """Signs numbers, with the date."""

    default_signer = _TimedSigner
