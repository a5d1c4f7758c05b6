"""The comparison from its command line to its table, with few calls."""

import pytest

from bench import load_integration_test
from bench.main import main

_program = load_integration_test._program
FEW = ["--rounds=2", "--calls=200", "--warm-up=100"]


@pytest.mark.parametrize("kind", ["threads", "asyncio"])
def test_both_services_give_the_same_books_and_are_judged(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reply of another length would have ended the run."""
    assert 0 == main(["recommend", f"--kind={kind}", "--goal=0.0001", *FEW])
    out, err = capsys.readouterr()
    assert "reached" in out
    assert 2 == err.count("plainest: ")
    assert 2 == err.count(f"ours on {kind}: ")


def test_a_goal_that_is_missed_has_an_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == main(["recommend", "--kind=threads", "--goal=10000", *FEW])
    assert "missed" in capsys.readouterr().out
