"""Which tests ran, by the reports that each process with tests leaves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

Reports = Mapping[str, bytes]
"""The reports of a run of Pants, in JUnit's XML, by their names: one for each process."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many processes ran tests, of how many files, and how many tests."""

    processes: int
    files: int
    tests: int

    def __str__(self) -> str:
        return f"{self.tests:,} tests of {self.files} files in {self.processes} processes"


def read_reports(folder: Path) -> Reports:
    """Read what `./pants test --test-report` wrote."""
    return {file.name: file.read_bytes() for file in sorted(folder.glob("*.xml"))}


def ran_between(before: Reports, after: Reports) -> Reports:
    """Give those reports of a run that are not what an earlier run left.

    A report tells when its tests began and how long each took. One that is the same to the last
    byte comes from the cache.
    """
    return {name: report for name, report in after.items() if before.get(name) != report}


def tally(reports: Reports) -> Tally:
    """Count."""
    tests = sum(1 for report in reports.values() for _ in _cases(report))
    return Tally(len(reports), len(files(reports.values())), tests)


def files(reports: Iterable[bytes]) -> frozenset[str]:
    """Give the test files that reports tell of, as paths from the root of the repository."""
    modules = {
        # A file that was skipped as a whole is named where a test's name would be.
        case.get("classname") or case.get("name") or ""
        for report in reports
        for case in _cases(report)
    }
    return frozenset(f"{module.replace('.', '/')}.py" for module in modules)


def _cases(report: bytes) -> Iterable[ElementTree.Element]:
    root = ElementTree.fromstring(report)  # noqa: S314 # Our own pytest wrote it.
    return root.iter("testcase")
