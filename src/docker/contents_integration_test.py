"""What is in the images, and what is not."""

import json
import sys
from fnmatch import fnmatch
from pathlib import PurePosixPath

import pytest

from containers import PORTS, Image, docker
from sbom.image_archive import ImageArchive
from shared_object import loaded_part

pytestmark = pytest.mark.parametrize("image", [*PORTS, "training"], indirect=True, scope="module")

MEGABYTE = 1_000_000
LIMITS = {"recommendations": 67 * MEGABYTE, "marketplace": 70 * MEGABYTE, "training": 42 * MEGABYTE}
# Of one purpose each; together so large that they would hide what else grows.
EXTRAS = {
    "TLS": ("cryptography", "cffi", "pycparser", "_cffi_backend"),
    "tracing": (
        "opentelemetry",
        "googleapis_common_protos",
        *(f"google/{each}" for each in ("api", "cloud", "gapic", "logging", "longrunning", "type")),
    ),
    "databases": ("sqlalchemy", "alembic", "mako", "psycopg"),
    "learning": ("numpy", "scipy"),
}
LIMITS_OF_EXTRAS = {
    "TLS": 14 * MEGABYTE,
    "tracing": 4 * MEGABYTE,
    "databases": 34 * MEGABYTE,
    "learning": 160 * MEGABYTE,
}
LABELS = {"title", "version", "revision", "created", "source", "base.name"}
SITE = "app/lib/python3.11/site-packages"

NEVER = {
    "a shell": ["*/sh", "*/bash", "*/dash", "*/busybox"],
    "a package manager": [
        "*/bin/apt*",
        "*/bin/dpkg*",
        "*/bin/pip*",
        "*/site-packages/pip/*",
        "*/ensurepip",
    ],
    "a compiler": ["*/bin/*gcc*", "*/bin/cc", "*/bin/ld", "*/bin/make", "*.h"],
    "tests": ["*_test.py", "*/conftest.py", "*/pytest/*", "*/hypothesis/*", "*/tests"],
    "our test kits": [f"{SITE}/chassis/testing/*", f"{SITE}/marketplace/testing/*"],
    "a type checker's": ["*/site-packages/*/mypy.py", "*/mypy/*"],
    "a generator": [
        "*/grpc_tools/*",
        "*/protoc",
        "*/protoc-gen-*",
        "*/mypy_protobuf/*",
        "*.proto",
        "*.pyi",
    ],
    "a key": ["*.key", "*id_rsa*", "*.p12", "*/.env", "*/.git", "*/.netrc"],
}

# Statistical tests, which scipy imports.
NO_TESTS = {f"{SITE}/scipy/stats/{name}_test.py" for name in ("_bws", "_page_trend")}


@pytest.mark.parametrize("what", NEVER)
def test_an_image_holds_nothing_that_a_service_does_not_need(
    archive: ImageArchive, what: str
) -> None:
    own_base = "var/lib/dpkg/status.d/python3.11-minimal" in archive.files
    found = [
        path
        for path in archive.files.keys() - NO_TESTS
        if own_base or path.startswith("app/")
        if any(fnmatch(f"/{path}", f"/{pattern.lstrip('/')}") for pattern in NEVER[what])
    ]
    assert [] == found


def test_no_file_holds_a_private_key(archive: ImageArchive) -> None:
    holders = [
        path
        for path, file in archive.files.items()
        if file.entry.isreg() and not path.endswith((".py", ".pyc", ".so"))
        if b"PRIVATE KEY-----" in archive.read(path)
    ]
    assert [] == [path for path in holders if "/lib/" not in f"/{PurePosixPath(path).name}"]


def test_no_file_can_be_changed_by_the_user_that_the_service_runs_as(
    archive: ImageArchive,
) -> None:
    changeable = [
        path
        for path, file in archive.files.items()
        if not file.entry.issym()
        if file.entry.uid == 10001 or file.entry.mode & 0o002
    ]
    assert ["tmp"] == changeable


def test_an_image_is_small(
    image: Image, archive: ImageArchive, capfd: pytest.CaptureFixture[str]
) -> None:
    sizes = [archive.size(layer) for layer in range(len(archive.layers))]
    extras = {name: size_of(archive, packages) for name, packages in EXTRAS.items()}
    with capfd.disabled():
        layers = " + ".join(f"{size / MEGABYTE:.1f}" for size in sizes)
        of_it = ", ".join(f"{size / MEGABYTE:.1f} for {name}" for name, size in extras.items())
        sys.stdout.write(f"\n{image.service}: {layers} MB, of it {of_it}\n")
    assert sum(sizes) - sum(extras.values()) < LIMITS[image.service]
    assert [] == [name for name, size in extras.items() if size >= LIMITS_OF_EXTRAS[name]]


def size_of(archive: ImageArchive, packages: tuple[str, ...]) -> int:
    """The bytes of packages of the virtual environment."""
    return sum(
        file.entry.size
        for path, file in archive.files.items()
        if path.removeprefix(f"{SITE}/").startswith(packages)
    )


def test_a_change_of_our_code_replaces_less_than_a_megabyte(
    image: Image, archive: ImageArchive
) -> None:
    """Of what services share, or of a service: rebuild_integration_test.py changes one."""
    last = len(archive.layers) - 1
    layers = {
        package: {
            file.layer
            for path, file in archive.files.items()
            if path.startswith(f"{SITE}/{package}/")
        }
        for package in ("chassis", image.package)
    }
    assert {"chassis": {last - 1}, image.package: {last}} == layers
    assert [] == [layer for layer in (last - 1, last) if archive.size(layer) >= MEGABYTE]


def test_shared_objects_hold_no_more_than_is_loaded(archive: ImageArchive) -> None:
    sizes = {
        path: (len(content), len(loaded_part(content)))
        for path in archive.files
        if fnmatch(path, "app/*.so*")
        for content in [archive.read(path)]
    }
    assert sizes
    assert {} == {path: (size, least) for path, (size, least) in sizes.items() if size > least}


def test_an_image_says_what_it_is(image: Image, archive: ImageArchive) -> None:
    prefix = "org.opencontainers.image."
    present = {name.removeprefix(prefix) for name in archive.labels if name.startswith(prefix)}
    assert LABELS <= present
    assert f"Online Books For You: {image.service}" == archive.labels[f"{prefix}title"]


def test_an_image_runs_as_a_numbered_user_that_is_not_root(archive: ImageArchive) -> None:
    assert "10001:10001" == archive.config["config"]["User"]


def test_the_bill_names_what_python_finds_in_the_image(image: Image) -> None:
    code = (
        "import importlib.metadata as m, json;"
        "print(json.dumps([d.name.lower().replace('_', '-') for d in m.distributions()]))"
    )
    flags = ("run", "--rm", "--network=none", "--entrypoint=/app/bin/python")
    installed = json.loads(docker(*flags, image.identity, "-c", code))
    components = image.bill["components"]
    assert isinstance(components, list)
    named = {each["name"] for each in components if each["purl"].startswith("pkg:pypi/")}
    assert sorted(installed) == sorted(named)
