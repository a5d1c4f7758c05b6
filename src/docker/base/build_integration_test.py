"""The base image, built for real."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from containers import docker

SCRIPT = Path("src/docker/base/build").resolve()
SECONDS = 300.0
ROOT = () if os.getuid() == 0 else ("sudo", "--non-interactive")
CODE = """
import importlib, pathlib, pwd, socket, sqlite3, ssl, zoneinfo
for library in pathlib.Path("/usr/lib/python3.11/lib-dynload").glob("*.so"):
    importlib.import_module(library.name.split(".")[0])
assert ssl.create_default_context().cert_store_stats()["x509_ca"] > 100
assert 443 == socket.getservbyname("https")
assert "app" == pwd.getpwuid(10001).pw_name
zoneinfo.ZoneInfo("Europe/Berlin")
"""


def succeeds(*command: str) -> bool:
    """Whether a command is there and does its work."""
    if not shutil.which(command[0]):
        return False
    done = subprocess.run(command, capture_output=True, check=False, timeout=SECONDS)
    return done.returncode == 0


def build(name: str) -> str:
    """Build the image under a name, and give its ID."""
    command = (*ROOT, str(SCRIPT), name)
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=SECONDS)
    assert 0 == done.returncode, done.stderr
    return done.stdout.strip()


@pytest.fixture()
def names() -> tuple[str, str]:
    """Names for two images. Skips where none can be built; in CI that fails."""
    needs = {
        "a container engine": succeeds("docker", "version"),
        "mmdebstrap": succeeds("mmdebstrap", "--version"),
        "root": succeeds(*ROOT, "true"),
    }
    if missing := [name for name, present in needs.items() if not present]:
        reason = f"building a base image needs {', '.join(missing)}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return ("localhost/onlinebooks/base-test:1", "localhost/onlinebooks/base-test:2")


def test_the_same_packages_give_the_same_image_and_all_of_python_works_in_it(
    names: tuple[str, str],
) -> None:
    try:
        first, second = (build(name) for name in names)
        assert first == second
        docker("run", "--rm", "--network=none", "--read-only", first, "python3.11", "-c", CODE)
    finally:
        docker("rmi", *names)
