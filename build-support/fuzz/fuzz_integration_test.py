"""A short run of what `./pants run build-support:fuzz` does at length."""

import pytest

from fuzz.leaks import internal_text
from fuzz.main import main
from fuzz.target import running

COUNT = 4000


@pytest.mark.parametrize("kind", ["threads", "asyncio"])
def test_malformed_messages_and_frames_do_no_harm(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server answers, is not much larger, and has told nothing of its inside."""
    code = main(["--count", str(COUNT), "--kind", kind])
    report = capsys.readouterr().out
    assert "problem" not in report
    assert 0 == code


def test_a_run_that_does_not_end_in_time_is_not_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == main(["--count=1000", "--kind=threads", "--seconds=0"])
    assert "there was no time for all of it" in capsys.readouterr().out


def test_a_server_that_has_ended_is_a_problem() -> None:
    with running("threads") as target:
        assert target.problem() is None
        target.kill()
        assert target.problem() is not None


@pytest.mark.parametrize(
    "text",
    [
        b"Traceback (most recent call last):",
        b"...message: ValueError: no such thing",
        b"in recommender.py",
        b"psycopg.OperationalError",
        b"SELECT title FROM books",
        b"/usr/lib/python3",
        b"<Book object at 0x7f1234567890>",
    ],
)
def test_internal_text_is_found(text: bytes) -> None:
    assert internal_text(b"\x00\x01" + text) is not None


@pytest.mark.parametrize(
    "text",
    [
        b"the request cannot be decoded",
        b"internal error (request id 0123456789abcdef0123456789abcdef)",
        b"no such method",
        b"category: is not a category",
        b"Category not found",
        b"too many calls at once",
    ],
)
def test_what_clients_may_read_is_not(text: bytes) -> None:
    assert internal_text(text) is None
