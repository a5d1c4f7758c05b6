"""The entry point."""

import sys

import pytest

from marketplace.main import main


def test_the_exit_code_is_that_of_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["marketplace", "--port", "none"])
    with pytest.raises(SystemExit) as end:
        main()
    assert 2 == end.value.code
    assert "--port: 'none' is not a whole number" in capsys.readouterr().err
