"""Programs that the stack runs have a bound on their time, and their failures a plain reason."""

import re
import sys
from pathlib import Path

import pytest

from stack.commands import StackError, ask, run

SECONDS = 60.0
"""Time that no command here needs, unless it hangs."""


def python(code: str) -> list[str]:
    """A command that runs code."""
    return [sys.executable, "-c", code]


def test_an_answer_is_what_a_command_prints() -> None:
    assert "1.2.3" == ask(python("print('1.2.3')"), SECONDS)


def test_a_command_gets_settings_beside_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "a")
    code = "import os; print(os.environ['KEPT'] + os.environ['ADDED'])"
    assert "ab" == ask(python(code), SECONDS, {"ADDED": "b"})


def test_the_last_line_of_a_complaint_is_the_reason() -> None:
    with pytest.raises(StackError, match="^worse$"):
        ask(python("import sys; sys.exit('bad\\nworse')"), SECONDS)


def test_a_silent_failure_is_told_by_its_exit_code() -> None:
    with pytest.raises(StackError, match="gave 3$"):
        ask(python("raise SystemExit(3)"), SECONDS)
    with pytest.raises(StackError, match="gave exit code 3$"):
        run(python("raise SystemExit(3)"), SECONDS)


def test_a_program_that_is_not_there_is_named() -> None:
    for call in (ask, run):
        with pytest.raises(StackError, match="^there is no no-such-program$"):
            call(["no-such-program"], SECONDS)


def test_a_command_that_hangs_is_ended() -> None:
    hang = python("import threading; threading.Event().wait()")
    for call in (ask, run):
        with pytest.raises(StackError, match=re.escape("took more than 0.5 s")):
            call(hang, 0.5)


def test_output_for_people_leaves_standard_output_alone(capfd: pytest.CaptureFixture[str]) -> None:
    run(python("print('building')"), SECONDS)
    assert ("", "building\n") == capfd.readouterr()


def test_a_file_can_be_sent_into_a_command(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "tests.pex"
    file.write_text("content")
    run(python("import sys; print(sys.stdin.read())"), SECONDS, stdin=file)
    assert "content\n" == capfd.readouterr().err
