"""What ships, and above all what does not."""

from collections.abc import Callable, Iterable

import pytest

from e2e.pex_file import PexFile
from e2e.service_process import MARKETPLACE, RECOMMENDATIONS, Machine

OTHERS = {RECOMMENDATIONS: MARKETPLACE, MARKETPLACE: RECOMMENDATIONS}
TOOLS = {"black", "coverage", "grpcio-tools", "hypothesis", "mypy", "pytest", "pytest-cov", "ruff"}
both = pytest.mark.parametrize("name", OTHERS)


@pytest.fixture()
def pex(machine: Machine, name: str) -> PexFile:
    return PexFile(machine.pex(name))


def closure(start: Iterable[str], following: Callable[[str], Iterable[str]]) -> set[str]:
    """All that can be reached."""
    reached: set[str] = set()
    waiting = list(start)
    while waiting:
        if (one := waiting.pop()) not in reached:
            reached.add(one)
            waiting += following(one)
    return reached


def imported_modules(pex: PexFile) -> set[str]:
    """The first-party modules that the entry point reaches by imports."""
    entry_point, _, _ = str(pex.info["entry_point"]).partition(":")
    return closure(
        [entry_point],
        lambda module: [own for name in pex.imports(module) if (own := pex.module(name))],
    )


@both
def test_it_starts_the_service(pex: PexFile, name: str) -> None:
    assert f"{name}.main:main" == pex.info["entry_point"]


@both
def test_it_asks_for_python_3_11_and_takes_nothing_from_the_machine(pex: PexFile) -> None:
    assert ["CPython==3.11.*"] == pex.info["interpreter_constraints"]
    assert "false" == pex.info["inherit_path"]


@both
def test_every_first_party_module_in_it_is_imported(pex: PexFile) -> None:
    """So there are no tests, no test kits, and nothing of the other service."""
    assert imported_modules(pex) == pex.modules


@both
def test_every_distribution_in_it_is_imported_or_needed_by_one_that_is(pex: PexFile) -> None:
    imported = {
        owner
        for module in imported_modules(pex)
        for name in pex.imports(module)
        if (owner := pex.owner(name))
    }
    needed = closure(imported, lambda name: pex.distributions[name].requires)
    # Which extras were asked for is not said in what is installed.
    wanted = closure(
        imported, lambda name: pex.distributions[name].may_require & pex.distributions.keys()
    )
    assert needed <= set(pex.distributions) <= wanted | needed


@both
def test_the_other_service_is_not_in_it(pex: PexFile, name: str) -> None:
    assert [] == [file for file in pex.own_files if file.startswith(f"{OTHERS[name]}/")]


@both
def test_no_tools_and_no_type_stubs_are_in_it(pex: PexFile) -> None:
    assert set() == TOOLS & set(pex.distributions)
    assert [] == [name for name in pex.distributions if name.startswith("types-")]


@both
def test_no_tests_are_in_it(pex: PexFile) -> None:
    """By name, beside the stricter test by imports."""
    assert [] == [file for file in pex.own_files if file.endswith(("_test.py", "conftest.py"))]


def test_only_the_service_with_the_tutorials_api_has_its_code(machine: Machine) -> None:
    having = [
        name for name in OTHERS if "recommendations_pb2" in PexFile(machine.pex(name)).modules
    ]
    assert [RECOMMENDATIONS] == having
