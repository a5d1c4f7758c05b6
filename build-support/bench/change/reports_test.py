"""What the reports of pytest say, which Pants hands on."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.change.reports import Tally, files, ran_between, read_reports, tally

SECONDS = 60.0
TESTS = {
    "src/python/shop/page_test.py": "def test_one(): pass\ndef test_two(): pass\n",
    "src/python/shop/book_test.py": "def test_three(): pass\n",
    "src/python/shop/browser_test.py": (
        "import pytest\npytest.skip('no browser', allow_module_level=True)\n"
    ),
}


@pytest.fixture()
def repository(tmp_path: Path) -> Path:
    """A folder with tests, and an empty one for reports."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for name, text in TESTS.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def run_tests(repository: Path, report: str, *names: str) -> None:
    """One process, as Pants starts it."""
    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider")
    subprocess.run(
        [*command, f"--junit-xml=reports/{report}", "-o", "junit_family=xunit2", *names],
        check=True,
        cwd=repository,
        stdout=subprocess.DEVNULL,
        timeout=SECONDS,
    )


def test_a_process_is_counted_with_its_files_and_tests(repository: Path) -> None:
    """Also a file that was skipped as a whole: it ran, as far as it can."""
    run_tests(repository, "batch.xml", *TESTS)
    reports = read_reports(repository / "reports")
    assert Tally(1, 3, 4) == tally(reports)
    assert frozenset(TESTS) == files(reports.values())


def test_what_ran_again_is_told_from_what_was_kept(repository: Path) -> None:
    page, book, _ = TESTS
    run_tests(repository, "page.xml", page)
    run_tests(repository, "book.xml", book)
    before = read_reports(repository / "reports")
    run_tests(repository, "page.xml", page)
    after = read_reports(repository / "reports")
    assert ["page.xml"] == list(ran_between(before, after))
    assert {} == ran_between(after, after)


def test_a_process_that_was_not_there_before_has_run(repository: Path) -> None:
    page, *_ = TESTS
    run_tests(repository, "page.xml", page)
    assert ["page.xml"] == list(ran_between({}, read_reports(repository / "reports")))


def test_a_tally_is_said_in_words() -> None:
    assert "2,345 tests of 60 files in 30 processes" == str(Tally(30, 60, 2345))
