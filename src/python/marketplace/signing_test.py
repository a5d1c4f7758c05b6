"""What signs is itsdangerous, with fewer words: what one signs, the other believes."""

import hashlib
from typing import Any

import pytest
from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

from marketplace.signing import DatedNumberSigner, NumberSigner

OLD, NEW = b"an old key of thirty-two letters", b"a newer key, also long as it must"
SETTINGS: dict[str, Any] = {
    "salt": "reader",
    "signer_kwargs": {"key_derivation": "hmac", "digest_method": hashlib.sha256},
}
PAIRS = [(NumberSigner, URLSafeSerializer), (DatedNumberSigner, URLSafeTimedSerializer)]
NUMBERS = [1, 42, 2**63 - 1]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@pytest.mark.parametrize("number", NUMBERS)
def test_cookies_of_earlier_releases_are_believed_and_ours_by_them(
    ours: Any, theirs: Any, number: int
) -> None:
    mine, its = ours([OLD, NEW], **SETTINGS), theirs([OLD, NEW], **SETTINGS)
    for _ in range(2):
        assert number == its.loads(mine.dumps(number))
        assert number == mine.loads(its.dumps(number))


def test_a_form_is_signed_letter_for_letter_the_same() -> None:
    its = URLSafeSerializer([NEW], **SETTINGS)
    assert [its.dumps(each) for each in NUMBERS] == [
        NumberSigner([NEW], **SETTINGS).dumps(each) for each in NUMBERS
    ]


@pytest.mark.parametrize("kind", [NumberSigner, DatedNumberSigner])
def test_every_key_is_believed_and_no_other(kind: Any) -> None:
    signer = kind([OLD, NEW], **SETTINGS)
    assert 7 == signer.loads(kind([OLD], **SETTINGS).dumps(7))
    assert 7 == kind([NEW], **SETTINGS).loads(signer.dumps(7))
    with pytest.raises(BadSignature):
        signer.loads(kind([b"a key that nobody has ever heard of"], **SETTINGS).dumps(7))
    with pytest.raises(BadSignature):
        kind([OLD], **SETTINGS).loads(signer.dumps(7))
