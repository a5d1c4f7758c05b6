"""Numbers that only we can have signed, and not too long ago."""

import itsdangerous
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from marketplace.reader_identity import MAX_READER, SECONDS_A_DAY, ReaderIdentity
from marketplace.testing.clock import FakeClock

OLD, NEW, FOREIGN = (f"{name} key".ljust(32, ".").encode() for name in ("old", "new", "foreign"))


def identity(*keys: bytes, days: int = 180) -> ReaderIdentity:
    return ReaderIdentity(keys or (NEW,), days, False)


@settings(deadline=None)
@given(st.integers(1, MAX_READER))
def test_a_number_comes_back_as_it_went(reader: int) -> None:
    ours = identity()
    assert reader == ours.reader_of(ours.cookie_of(reader))
    assert ours.is_form_token_of(reader, ours.form_token_of(reader))


@settings(deadline=None)
@given(st.text(max_size=80))
@example("\ud800")
def test_nothing_else_is_believed(text: str) -> None:
    assert identity().reader_of(text) is None
    assert not identity().is_form_token_of(1, text)


@settings(deadline=None)
@given(st.integers(0, 200), st.characters())
@example(0, "\ud800")
def test_a_cookie_that_was_tampered_with_is_not_believed(place: int, other: str) -> None:
    ours = identity()
    cookie = ours.cookie_of(12345)
    place %= len(cookie) - 1  # The last character has bits that mean nothing.
    changed = cookie[:place] + other + cookie[place + 1 :]
    assert (12345 if changed == cookie else None) == ours.reader_of(changed)


def test_new_readers_are_never_the_same() -> None:
    readers = {identity().new_reader() for _ in range(1000)}
    assert 1000 == len(readers)
    assert all(1 <= reader <= MAX_READER for reader in readers)
    assert any(reader > 2**60 for reader in readers)


def test_a_key_that_is_replaced_is_believed_and_signs_no_more() -> None:
    before, after = identity(OLD), identity(NEW, OLD)
    assert 7 == after.reader_of(before.cookie_of(7))
    assert after.is_form_token_of(7, before.form_token_of(7))
    assert before.reader_of(after.cookie_of(7)) is None
    assert 7 == identity(NEW).reader_of(after.cookie_of(7))
    assert identity(FOREIGN).reader_of(before.cookie_of(7)) is None


@pytest.mark.parametrize(("age", "reader"), [(SECONDS_A_DAY, 7), (SECONDS_A_DAY + 1, None)])
def test_a_cookie_grows_too_old(
    age: int, reader: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = identity(days=1)
    clock = FakeClock()
    monkeypatch.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda _: int(clock.now))
    cookie = ours.cookie_of(7)
    clock.advance(age)
    assert reader == ours.reader_of(cookie)


def test_a_form_is_its_readers_and_a_cookie_is_no_form() -> None:
    ours = identity()
    assert not ours.is_form_token_of(8, ours.form_token_of(7))
    assert not ours.is_form_token_of(7, ours.cookie_of(7))
    assert ours.reader_of(ours.form_token_of(7)) is None


def test_a_form_for_a_reader_is_always_the_same() -> None:
    """Else no page with one could be answered with 304."""
    assert identity().form_token_of(7) == identity().form_token_of(7)
