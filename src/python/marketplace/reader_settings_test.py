"""What the shop is told of how it deals with readers."""

from pathlib import Path

import pytest

from chassis.settings import SettingsError, load_settings
from chassis.testing.recording_log import RecordingLog
from marketplace.reader_settings import ReaderSettings
from marketplace.readers import new_readers

ONE, TWO = "1" * 32, "2" * 32


def load(**environ: str) -> ReaderSettings:
    return load_settings(ReaderSettings, environ)


def test_without_any_there_is_no_key() -> None:
    settings = load()
    assert settings.keys is None
    assert ("auto", 180, 30) == (
        settings.cookie_secure,
        settings.reader_days,
        settings.writes_per_minute,
    )


@pytest.mark.parametrize("text", [f"{ONE},{TWO}", f"{ONE}\n{TWO}\n", f" {ONE} , {TWO} "])
def test_keys_come_from_a_variable_or_a_file_in_their_order(text: str, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(text)
    expected = (ONE.encode(), TWO.encode())
    assert expected == load(COOKIE_KEYS=text).keys
    assert expected == load(COOKIE_KEYS_FILE=str(file)).keys


@pytest.mark.parametrize("text", ["short-secret", f"{ONE},short-secret", " , "])
def test_a_weak_key_is_a_mistake_and_is_not_shown(text: str, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(text)
    for environ in ({"COOKIE_KEYS": text}, {"COOKIE_KEYS_FILE": str(file)}):
        with pytest.raises(SettingsError, match=f"{next(iter(environ))}: ") as error:
            load(**environ)
        assert "short-secret" not in str(error.value)


def test_keys_are_not_shown_anywhere(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(ONE)
    assert ONE not in repr(load(COOKIE_KEYS_FILE=str(file)))
    assert ONE not in repr(load(COOKIE_KEYS=ONE))


def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        load(COOKIE_KEYS_FILE=str(tmp_path / "missing"))
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff" * 40)
    with pytest.raises(SettingsError, match="cannot be read: it is no text"):
        load(COOKIE_KEYS_FILE=str(binary))


def test_two_sources_are_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(ONE)
    with pytest.raises(SettingsError, match="COOKIE_KEYS_FILE: .* which is meant"):
        load(COOKIE_KEYS=TWO, COOKIE_KEYS_FILE=str(file))


def test_without_keys_there_is_a_random_one_and_a_warning() -> None:
    log = RecordingLog()
    one, two = (new_readers(load(), "127.0.0.1", log.logger).identity for _ in range(2))
    assert 7 == one.reader_of(one.cookie_of(7))
    assert two.reader_of(one.cookie_of(7)) is None
    assert ["warning"] * 2 == [line["level"] for line in log.lines]
    assert "no COOKIE_KEYS" in log.lines[0]["event"]


def test_with_keys_there_is_no_warning() -> None:
    log = RecordingLog()
    one, two = (
        new_readers(load(COOKIE_KEYS=ONE), "127.0.0.1", log.logger).identity for _ in range(2)
    )
    assert 7 == two.reader_of(one.cookie_of(7))
    assert [] == log.lines
