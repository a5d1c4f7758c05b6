"""The fences in the repository's BUILD files hold: who may import whom."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

import pytest
from pants.backend.experimental.visibility import register as visibility
from pants.backend.python import register as python
from pants.core import register as core
from pants.engine.addresses import Address, Addresses
from pants.engine.internals.dep_rules import DependencyRuleActionDeniedError
from pants.engine.internals.scheduler import ExecutionError
from pants.engine.rules import QueryRule
from pants.engine.target import Dependencies, DependenciesRequest
from pants.testutil.rule_runner import RuleRunner

from grpcio_tools import register as grpcio_tools

PACKAGES = sorted(path.parent for path in Path("src/python").glob("*/BUILD"))
SERVICES = ["marketplace", "recommendations"]

# What the rooms hold, as far as the fences tell it apart, and how it is imported.
MODULES = {
    "chassis": "src/python/chassis/server.py",
    "client": "src/python/marketplace/recommendations_client.py",
    "devstack": "src/python/devstack/stack.py",
    "domain": "src/python/recommendations/recommender.py",
    "e2e": "src/python/e2e/page_integration_test.py",
    "legacy": "src/protos/recommendations.proto",
    "servicer": "src/python/recommendations/v1_servicer.py",
    "stand-in": "src/python/marketplace/testing/sockets.py",
    "test-kit": "src/python/chassis/testing/certificates.py",
    "v1": "src/protos/onlinebooks/recommendations/v1/recommendations.proto",
    "views": "src/python/marketplace/pages.py",
    "views-test": "src/python/marketplace/pages_test.py",
}
IMPORTS = {
    "chassis": "chassis.server",
    "devstack": "devstack.stack",
    "domain": "recommendations.recommender",
    "e2e": "e2e.page_integration_test",
    "legacy": "recommendations_pb2",
    "stand-in": "marketplace.testing.sockets",
    "test-kit": "chassis.testing.certificates",
    "v1": "onlinebooks.recommendations.v1.recommendations_pb2",
    "views": "marketplace.pages",
}


@pytest.fixture(scope="module")
def repository() -> RuleRunner:
    """Give the repository's own BUILD files with empty modules."""
    runner = RuleRunner(
        rules=[
            *core.rules(),
            *grpcio_tools.rules(),
            *python.rules(),
            *visibility.rules(),
            QueryRule(Addresses, [DependenciesRequest]),
        ],
        target_types=[
            *core.target_types(),
            *grpcio_tools.target_types(),
            *python.target_types(),
        ],
        inherent_environment=None,
    )
    runner.set_options(
        [
            "--backend-packages=pants.backend.experimental.visibility",
            "--no-python-protobuf-infer-runtime-dependency",
            "--python-infer-use-rust-parser",
            "--source-root-patterns=['/src/protos', '/src/python']",
        ],
        env_inherit={"PATH"},
    )
    builds = [path for root in ("src/python", "src/protos") for path in Path(root).rglob("BUILD")]
    runner.write_files({str(path): path.read_text() for path in builds})
    runner.write_files({path: "" for path in MODULES.values()})
    # Files that BUILD files name must exist.
    runner.write_files(
        {
            path.parent / name: ""
            for path in builds
            for name in re.findall(r'"(\w+\.py)"', path.read_text())
        }
    )
    return runner


def import_of(runner: RuleRunner, importer: str, imported: str) -> Addresses:
    """Let a module import another one, and resolve what it depends on."""
    path = PurePath(MODULES[importer])
    name = "tests" if path.stem.endswith("_test") else None
    address = Address(str(path.parent), target_name=name, relative_file_path=path.name)
    runner.write_files({path: f"import {IMPORTS[imported]}"})
    try:
        target = runner.get_target(address)
        return runner.request(Addresses, [DependenciesRequest(target[Dependencies])])
    finally:
        runner.write_files({path: ""})


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("views", "domain"),
        ("domain", "views"),
        ("chassis", "domain"),
        ("chassis", "views"),
        ("chassis", "v1"),
        ("domain", "v1"),
        ("domain", "legacy"),
        ("views", "v1"),
        ("views", "e2e"),
        ("views", "stand-in"),
        ("views", "test-kit"),
        ("servicer", "devstack"),
        ("chassis", "devstack"),
    ],
)
def test_a_forbidden_import_fails(repository: RuleRunner, importer: str, imported: str) -> None:
    with pytest.raises(ExecutionError) as error:
        import_of(repository, importer, imported)
    causes = [type(each) for each in error.value.wrapped_exceptions]
    assert causes == [DependencyRuleActionDeniedError]


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("servicer", "v1"),
        ("servicer", "legacy"),
        ("servicer", "chassis"),
        ("client", "v1"),
        ("client", "chassis"),
        ("views-test", "stand-in"),
        ("views-test", "test-kit"),
        ("views-test", "v1"),
        ("e2e", "v1"),
        ("e2e", "domain"),
        ("e2e", "views"),
        ("e2e", "test-kit"),
        ("devstack", "domain"),
        ("devstack", "views"),
    ],
)
def test_an_allowed_import_passes(repository: RuleRunner, importer: str, imported: str) -> None:
    dependencies = import_of(repository, importer, imported)
    assert MODULES[imported] in [each.filename for each in dependencies if each.is_file_target]


@pytest.mark.parametrize("package", [p for p in PACKAGES if p.name != "chassis"], ids=str)
def test_every_package_but_the_chassis_is_fenced(package: Path) -> None:
    assert "__dependents_rules__(" in (package / "BUILD").read_text()


INIT_FILES = sorted(Path("src/python").rglob("__init__.py"))


@pytest.mark.parametrize("init", INIT_FILES, ids=str)
def test_every_init_file_is_empty(init: Path) -> None:
    """Code in one would run at the import of anything below it."""
    assert init.read_text() == ""


def test_the_repository_itself_is_what_was_looked_at() -> None:
    assert {"chassis", *SERVICES} <= {package.name for package in PACKAGES}
    assert len(INIT_FILES) >= len(PACKAGES)
