"""The benchmark from its command line to its table, with few calls."""

import json
from pathlib import Path

import pytest

from bench import load_integration_test
from bench.main import main
from bench.server_process import ServerError, ServerProcess

_program = load_integration_test._program


@pytest.mark.parametrize("kind", ["threads", "asyncio"])
def test_both_alternatives_are_measured_and_judged(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, log = tmp_path / "result.json", tmp_path / "log"
    few = ["--kind", kind, "--rounds=2", "--calls=200", "--warm-up=100", "--limit=100000"]
    assert 0 == main(["interceptors", *few, f"--json={file}", f"--log={log}"])
    out, err = capsys.readouterr()
    assert "within the limit" in out
    assert 4 == err.count("calls/s")
    result = json.loads(file.read_text())[kind]
    assert "within" == result["verdict"]
    for name in ("bare", "chassis"):
        assert [True, True] == [sample["calls_per_second"] > 0 for sample in result[name]]
    # It was the chassis that was measured: it wrote a line for each call.
    calls = [line for line in log.read_text().splitlines() if '"event":"call"' in line]
    assert 100 + 2 * 200 <= len(calls)


def test_a_cost_beyond_the_limit_has_an_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    few = ["--kind=threads", "--rounds=1", "--calls=100", "--warm-up=50", "--limit=-100000"]
    assert 1 == main(["interceptors", *few])
    assert "over the limit" in capsys.readouterr().out


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="usage:"):
        ServerProcess("bench.chain_server", ("neither",), tmp_path / "log").__enter__()
