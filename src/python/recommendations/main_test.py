"""The entry point."""

import sys

import pytest

from recommendations.main import main


def test_the_exit_code_is_that_of_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["recommendations", "--port", "x"])
    with pytest.raises(SystemExit) as error:
        main()
    assert 2 == error.value.code
    assert "--port: 'x' is not a whole number" in capsys.readouterr().err
