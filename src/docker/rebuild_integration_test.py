"""What a change of code replaces in an image, when all of it is built anew."""

import json
import shutil
import zipfile
from pathlib import Path

from containers import Image, docker

SECONDS = 400.0
BASE = "org.opencontainers.image.base.name"


def layers(image: str) -> list[str]:
    """The digests of an image's layers, the lowest first."""
    found: list[str] = json.loads(docker("inspect", "--format={{json .RootFS.Layers}}", image))
    return found


def change(original: Path, changed: Path, module: str) -> None:
    """Copy a PEX file, with one more line in a module."""
    with zipfile.ZipFile(original) as old:
        files = old.infolist()
        assert module in [file.filename for file in files]
        # A line for the kernel comes before all, by which PEX knows its own.
        changed.write_bytes(original.read_bytes()[: files[0].header_offset])
        with zipfile.ZipFile(changed, "a") as new:
            for file in files:
                more = b"\nCHANGED = True\n" if file.filename == module else b""
                new.writestr(file, old.read(file) + more)


def test_a_change_of_a_service_replaces_its_own_layer_alone(image: Image, tmp_path: Path) -> None:
    """Also on another machine: a layer's bytes come from what it holds and from nothing else."""
    folder = Path("src/docker")
    shutil.copytree(folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    parts = Path(f"src.python.{image.service}")
    shutil.copytree(parts / "libraries.pex", tmp_path / parts / "libraries.pex")
    change(parts / "code.pex", tmp_path / parts / "code.pex", f"{image.service}/settings.py")
    labels = json.loads(docker("inspect", "--format={{json .Config.Labels}}", image.identity))
    name = f"localhost/onlinebooks/rebuilt-{image.service}:test"

    try:
        docker(
            *("build", "--no-cache", f"--tag={name}", f"--build-arg=BASE_IMAGE={labels[BASE]}"),
            *(f"--file={tmp_path / folder / image.service}/Dockerfile", str(tmp_path)),
            seconds=SECONDS,
        )
        *before, service_before = layers(image.identity)
        *after, service_after = layers(name)
    finally:
        docker("rmi", "--force", name)

    assert before == after
    assert service_before != service_after
