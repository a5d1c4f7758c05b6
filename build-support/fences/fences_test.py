"""The fences in the repository's BUILD files hold: who may import whom."""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest
from pants.backend.codegen.protobuf.target_types import (
    ProtobufSourcesGeneratorTarget,
    ProtobufSourceTarget,
)
from pants.backend.experimental.visibility.register import rules as visibility_rules
from pants.backend.python.target_types import (
    PexBinary,
    PythonSourcesGeneratorTarget,
    PythonSourceTarget,
    PythonTestsGeneratorTarget,
    PythonTestTarget,
    PythonTestUtilsGeneratorTarget,
)
from pants.backend.python.target_types_rules import rules as python_target_rules
from pants.core.target_types import (
    FilesGeneratorTarget,
    FileTarget,
    ResourcesGeneratorTarget,
    ResourceTarget,
)
from pants.core.target_types import rules as core_target_rules
from pants.engine.addresses import Address, Addresses
from pants.engine.internals.dep_rules import DependencyRuleActionDeniedError
from pants.engine.internals.scheduler import ExecutionError
from pants.engine.rules import QueryRule
from pants.engine.target import Dependencies, DependenciesRequest
from pants.testutil.rule_runner import RuleRunner

PACKAGES = sorted(path.parent for path in Path("src/python").glob("*/BUILD"))
SERVICES = ["marketplace", "recommendations"]
LEGACY = "src/protos/recommendations.proto"
V1 = "src/protos/onlinebooks/recommendations/v1/recommendations.proto"

# A module of each room that the fences tell apart.
CHASSIS = "src/python/chassis/server.py"
CLIENT = "src/python/marketplace/recommendations_client.py"
DEVSTACK = "src/python/devstack/main.py"
DOMAIN = "src/python/recommendations/recommender.py"
E2E = "src/python/e2e/page_test.py"
SERVICER = "src/python/recommendations/v1_servicer.py"
VIEWS = "src/python/marketplace/views.py"
MODULES = [CHASSIS, CLIENT, DEVSTACK, DOMAIN, E2E, SERVICER, VIEWS]


@pytest.fixture(scope="module")
def repository() -> RuleRunner:
    """Give the repository's own BUILD files and, for sources, the modules above."""
    runner = RuleRunner(
        rules=[
            *core_target_rules(),
            *python_target_rules(),
            *visibility_rules(),
            QueryRule(Addresses, [DependenciesRequest]),
        ],
        target_types=[
            FilesGeneratorTarget,
            FileTarget,
            PexBinary,
            ProtobufSourcesGeneratorTarget,
            ProtobufSourceTarget,
            PythonSourcesGeneratorTarget,
            PythonSourceTarget,
            PythonTestsGeneratorTarget,
            PythonTestTarget,
            PythonTestUtilsGeneratorTarget,
            ResourcesGeneratorTarget,
            ResourceTarget,
        ],
        inherent_environment=None,
    )
    builds = [path for root in ("src/python", "src/protos") for path in Path(root).rglob("BUILD")]
    runner.write_files({str(path): path.read_text() for path in builds})
    runner.write_files({path: "" for path in (*MODULES, LEGACY, V1)})
    return runner


def import_of(runner: RuleRunner, importer: str, imported: str) -> None:
    """Let a module of `importer`'s room depend on `imported`, and resolve its dependencies."""
    room = PurePath(importer).parent
    build = Path(room / "BUILD").read_text()
    name = PurePath(importer).name
    runner.write_files(
        {
            str(room / "BUILD"): f"{build}\n"
            f"python_source(name='newcomer', source='{name}', dependencies=['{imported}'])\n"
        }
    )
    try:
        target = runner.get_target(Address(str(room), target_name="newcomer"))
        runner.request(Addresses, [DependenciesRequest(target[Dependencies])])
    finally:
        runner.write_files({str(room / "BUILD"): build})


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        (VIEWS, DOMAIN),
        (DOMAIN, VIEWS),
        (CHASSIS, DOMAIN),
        (CHASSIS, VIEWS),
        (CHASSIS, V1),
        (DOMAIN, V1),
        (DOMAIN, LEGACY),
        (VIEWS, V1),
        (VIEWS, E2E),
        (SERVICER, DEVSTACK),
        (CHASSIS, DEVSTACK),
    ],
)
def test_a_forbidden_import_fails(repository: RuleRunner, importer: str, imported: str) -> None:
    with pytest.raises(ExecutionError) as error:
        import_of(repository, importer, imported)
    (cause,) = error.value.wrapped_exceptions
    assert isinstance(cause, DependencyRuleActionDeniedError)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        (SERVICER, V1),
        (SERVICER, LEGACY),
        (SERVICER, CHASSIS),
        (CLIENT, V1),
        (CLIENT, CHASSIS),
        (E2E, V1),
        (E2E, DOMAIN),
        (E2E, VIEWS),
        (DEVSTACK, DOMAIN),
        (DEVSTACK, VIEWS),
    ],
)
def test_an_allowed_import_passes(repository: RuleRunner, importer: str, imported: str) -> None:
    import_of(repository, importer, imported)


@pytest.mark.parametrize("package", [p for p in PACKAGES if p.name != "chassis"], ids=str)
def test_every_package_but_the_chassis_is_fenced(package: Path) -> None:
    assert "__dependents_rules__(" in (package / "BUILD").read_text()


@pytest.mark.parametrize("init", sorted(Path().rglob("__init__.py")), ids=str)
def test_every_init_file_is_empty(init: Path) -> None:
    """Code in one would run at the import of anything below it."""
    assert init.read_text() == ""


def test_the_rooms_above_are_those_of_the_repository() -> None:
    assert {"chassis", *SERVICES} <= {package.name for package in PACKAGES}
