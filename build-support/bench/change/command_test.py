"""The command over a repository of three tests, with a program in the place of Pants.

It keeps results of tests as Pants does, and gives each report a mark of its own when a test runs.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench.change.command import lines
from bench.change.measurement import Measurement, Rebuilt, Rerun
from bench.change.reports import Tally
from bench.main import main
from bench.verdict import Verdict

SECONDS = 60.0
MODULE = "src/servicer.py"
PANTS = f"""#!{sys.executable}
import json, os, pathlib, signal, subprocess, sys, uuid

goal = sys.argv[1]
text = pathlib.Path("{MODULE}").read_text()
if goal == "dependents":
    print("src/servicer_test.py:tests")
if goal != "test":
    sys.exit()
if "fails" in text:
    sys.exit(3)
daemon = pathlib.Path(".pids/host/pantsd")
if not daemon.exists():
    daemon.mkdir(parents=True)
    process = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    (daemon / "pid").write_text(str(process.pid))
    (pathlib.Path(os.environ["NOTES"]) / "daemon").write_text(str(process.pid))
if "ends" in text:
    number = getattr(signal, text.split()[-1])
    os.kill(os.getppid(), number)
    os.kill(os.getppid(), number)
    signal.pause()
folder = pathlib.Path(sys.argv[3].partition("=")[2])
folder.mkdir(parents=True, exist_ok=True)
kept = pathlib.Path("kept.json")
results = json.loads(kept.read_text()) if kept.exists() else {{}}
for name, inputs in [
    ("src.servicer_test", text),
    ("src.book_test", ""),
    ("src.careless_test", text if "careless" in text else ""),
]:
    mark = results.setdefault(name + inputs, str(uuid.uuid4()))
    case = f'<testcase classname="{{name}}" name="test" time="{{mark}}"/>'
    (folder / (name + ".xml")).write_text("<testsuites>" + case + "</testsuites>")
kept.write_text(json.dumps(results))
"""


def git(repository: Path, *words: str) -> str:
    """What git prints."""
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@localhost")
    command = ["git", *who, *words]
    return subprocess.run(
        command, check=True, cwd=repository, stdout=subprocess.PIPE, text=True, timeout=SECONDS
    ).stdout


@pytest.fixture()
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that the command is run in; it copies to a folder beside."""
    for name in ("repository", "copies", "notes", "programs"):
        (tmp_path / name).mkdir()
    # No engine: a measurement that these tests are part of keeps its images.
    (tmp_path / "programs" / "git").symlink_to(str(shutil.which("git")))
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "copies"))
    root = tmp_path / "repository"
    monkeypatch.chdir(root)
    git(root, "init", "--quiet")
    commit(root, "pants", PANTS)
    commit(root, MODULE, "")
    return root


def commit(repository: Path, name: str, text: str) -> None:
    """Write a file and commit it."""
    (repository / name).parent.mkdir(exist_ok=True)
    (repository / name).write_text(text)
    (repository / name).chmod(0o755)
    git(repository, "add", name)
    git(repository, "commit", "--quiet", f"--message=Write {name}")


def change(repository: Path, *options: str) -> int:
    """Run the command."""
    folder = repository.parent / "results"
    return main(["change", f"--module={MODULE}", f"--folder={folder}", *options])


def daemon_has_ended(repository: Path) -> bool:
    """Is what Pants started and left running gone?"""
    try:
        os.kill(int((repository.parent / "notes" / "daemon").read_text()), 0)
    except ProcessLookupError:
        return True
    return False


def test_it_tells_what_ran_again_and_what_was_kept(
    repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert 0 == change(repository)
    out = capfd.readouterr().out
    assert "| tests run again | 1 tests of 1 files in 1 processes |  |  |" in out
    assert "| tests from the cache | 2 tests of 2 files in 2 processes |  |  |" in out
    assert "| tests run needlessly | none | none | reached |" in out
    assert "| the image | left out: Pants says why |  |  |" in out
    document = json.loads((repository.parent / "results" / "change.json").read_text())
    assert 1 == document["change"]["rerun"]["ran"]["processes"]


def test_a_test_that_ran_and_depends_on_nothing_changed_is_named_and_missed(
    repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    commit(repository, MODULE, "# careless\n")
    assert 1 == change(repository)
    assert "| tests run needlessly | src/careless_test.py | none | missed |" in (
        capfd.readouterr().out
    )


def test_nothing_is_left_and_the_repository_is_as_it_was(repository: Path) -> None:
    """The copy is gone, its daemon has ended, and what was not committed is not touched."""
    (repository / MODULE).write_text("# work in progress\n")
    assert 0 == change(repository)
    assert [] == list((repository.parent / "copies").iterdir())
    assert f" M {MODULE}\n" == git(repository, "status", "--porcelain")
    assert "# work in progress\n" == (repository / MODULE).read_text()
    assert daemon_has_ended(repository)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_nothing_is_left_when_it_is_told_to_end(repository: Path, name: str) -> None:
    """Even if told twice. Whoever called it hears signals as before."""
    commit(repository, MODULE, f"# ends {name}\n")
    number = signal.Signals[name]
    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as ended:
        change(repository)
    assert 128 + number == ended.value.code
    assert [] == list((repository.parent / "copies").iterdir())
    assert daemon_has_ended(repository)
    assert before == signal.getsignal(number)


def test_tests_that_fail_as_they_are_end_it(
    repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    commit(repository, MODULE, "# fails\n")
    assert 1 == change(repository)
    said = capfd.readouterr().err
    assert "bench: `./pants test " in said
    assert "gave exit code 3" in said
    assert [] == list((repository.parent / "copies").iterdir())


def test_a_module_that_is_not_there_is_named(
    repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert 1 == change(repository, "--module=src/nothing.py")
    assert "bench: the last commit has no src/nothing.py\n" == capfd.readouterr().err


def test_it_ends_when_its_time_is_over(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert 1 == change(repository, "--minutes=0")
    assert "bench: no time is left for `git clone" in capfd.readouterr().err
    assert [] == list((repository.parent / "copies").iterdir())


@pytest.mark.parametrize(
    ("seconds", "replaced", "verdicts"),
    [
        (19.9, (999_999,), [Verdict.REACHED, Verdict.REACHED]),
        (20.1, (600_000, 400_000), [Verdict.MISSED, Verdict.MISSED]),
    ],
)
def test_an_image_is_judged_by_its_time_and_the_bytes_of_what_is_replaced(
    seconds: float, replaced: tuple[int, ...], verdicts: list[Verdict]
) -> None:
    rerun = Rerun(Tally(1, 1, 1), Tally(1, 1, 1), (), 1.0, 1.0)
    cost = Measurement(rerun, Rebuilt(seconds, 4, replaced))
    *_, time, size = lines(cost)
    assert verdicts == [time[3], size[3]]
    assert f"its layers, {len(replaced)} of 4 replaced" == size[0]
