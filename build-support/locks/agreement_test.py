"""The locks agree with their inputs and each other, and generated code with the runtime."""

import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

FOLDER = Path("3rdparty/python")
LOCKS = sorted(FOLDER.glob("*.lock"))
GENERATED = [
    "recommendations_pb2.py",
    "onlinebooks/recommendations/v1/recommendations_pb2.py",
]
GENERATED_GRPC = [name.replace("_pb2", "_pb2_grpc") for name in GENERATED]
SOURCE_ROOT = Path("src/protos")


def requirements(path: Path) -> Iterator[Requirement]:
    text = re.sub(r"\\\n\s*", " ", path.read_text())
    for line in text.splitlines():
        line = line.split("#")[0].split("--hash")[0].strip()
        if line:
            yield Requirement(line)


def pins(path: Path) -> dict[str, set[str]]:
    """Versions by package; a universal lock may hold several, one for each interpreter."""
    found: dict[str, set[str]] = {}
    for requirement in requirements(path):
        (specifier,) = requirement.specifier
        assert specifier.operator == "=="
        found.setdefault(canonicalize_name(requirement.name), set()).add(specifier.version)
    return found


RUNTIME = pins(FOLDER / "python-default.lock")
CODEGEN = pins(FOLDER / "codegen.lock")


def runtime_version(package: str) -> Version:
    (pin,) = RUNTIME[package]
    return Version(pin)


def test_every_lock_has_an_input_and_every_input_a_lock() -> None:
    assert [p.stem for p in LOCKS] == sorted(p.stem for p in FOLDER.glob("*.in"))
    assert len(LOCKS) >= 9


@pytest.mark.parametrize("lock", LOCKS, ids=lambda p: str(p.name))
def test_a_lock_pins_all_that_its_input_asks_for(lock: Path) -> None:
    pinned = pins(lock)
    for wanted in requirements(lock.with_suffix(".in")):
        versions = pinned[canonicalize_name(wanted.name)]
        assert [v for v in versions if wanted.specifier.contains(v)], f"{wanted}: {versions}"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda p: str(p.name))
def test_each_pin_has_a_hash(lock: Path) -> None:
    text = re.sub(r"\\\n\s*", " ", lock.read_text())
    assert [] == [line for line in text.splitlines() if "--hash=sha256:" not in line]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda p: str(p.name))
def test_no_lock_holds_an_address(lock: Path) -> None:
    assert "://" not in lock.read_text()
    assert "index-url" not in lock.read_text()


def test_protobuf_is_the_same_where_code_is_generated_and_where_it_runs() -> None:
    assert RUNTIME["protobuf"] == CODEGEN["protobuf"]


@pytest.mark.parametrize(
    "package",
    ["grpcio", "grpcio-health-checking", "grpcio-reflection", "grpcio-status"],
)
def test_everything_of_grpcio_has_the_version_of_its_generator(package: str) -> None:
    assert RUNTIME[package] == CODEGEN["grpcio-tools"]


def test_the_generator_runs_on_the_grpcio_that_ships() -> None:
    assert CODEGEN["grpcio"] == RUNTIME["grpcio"]


@pytest.mark.parametrize("package", ["grpcio", "protobuf", "flask", "gunicorn"])
def test_what_is_installed_here_is_what_the_lock_says(package: str) -> None:
    assert version(package) in RUNTIME[package]


@pytest.mark.parametrize("module", GENERATED)
def test_generated_messages_need_no_newer_protobuf_than_ships(module: str) -> None:
    source = (SOURCE_ROOT / module).read_text()
    pattern = r"ValidateProtobufRuntimeVersion\(\s*[\w.]+,\s*(\d+),\s*(\d+),\s*(\d+)"
    needed = re.search(pattern, source)
    assert needed is not None
    assert Version(".".join(needed.groups())) <= runtime_version("protobuf")


@pytest.mark.parametrize("module", GENERATED_GRPC)
def test_generated_stubs_need_no_newer_grpcio_than_ships(module: str) -> None:
    source = (SOURCE_ROOT / module).read_text()
    needed = re.search(r"GRPC_GENERATED_VERSION = '([\d.]+)'", source)
    assert needed is not None
    assert Version(needed.group(1)) <= runtime_version("grpcio")
