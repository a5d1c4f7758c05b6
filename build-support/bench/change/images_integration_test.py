"""Two images, made by an engine, that share their lower layer."""

import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest

from bench.change.images import image_built, layers_of, remove_images

SECONDS = 120.0


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the docker command. The builder is the one that Pants uses."""
    command = ("docker", *words)
    environ = {**os.environ, "DOCKER_BUILDKIT": "0"}
    return subprocess.run(
        command, capture_output=True, check=False, env=environ, text=True, timeout=SECONDS
    )


def docker(*words: str) -> str:
    """What it prints."""
    done = run(*words)
    assert 0 == done.returncode, done.stderr
    return done.stdout.strip()


def need_engine() -> None:
    """Skip where no engine answers; in CI that fails."""
    if which("docker") is None or run("version").returncode:
        problem = "no container engine answers"
        if os.environ.get("CI"):
            pytest.fail(problem)
        pytest.skip(problem)


@pytest.fixture()
def tag() -> Iterator[str]:
    """The beginning of a name for images, which are removed."""
    need_engine()
    name = f"localhost/bench-{uuid.uuid4().hex}"
    yield name
    for each in docker("image", "ls", "--quiet", f"--filter=reference={name}/*").split():
        docker("rmi", "--force", each)


def build(folder: Path, tag: str, code: str) -> str:
    """Give the ID of an image of two layers: a library and code."""
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY library /\nCOPY code /\n")
    (folder / "library").write_text("library" * 1000)
    (folder / "code").write_text(code)
    docker("build", f"--tag={tag}", str(folder))
    return docker("inspect", "--format={{.Id}}", tag)


def test_what_a_change_replaces_is_the_layers_above_the_common_ones(
    tag: str, tmp_path: Path
) -> None:
    before = layers_of(build(tmp_path, f"{tag}/before", "code"))
    after = layers_of(build(tmp_path, f"{tag}/after", "other code"))
    assert (7000, 4) == before.sizes
    assert (len("other code"),) == after.beyond(before)
    assert () == before.beyond(before)


def test_an_image_that_pants_left_out_is_none(tmp_path: Path) -> None:
    target = "src/docker/shop:image"
    assert None is image_built(tmp_path, target)
    folder = tmp_path / "dist" / "src.docker.shop"
    folder.mkdir(parents=True)
    (folder / "image.docker-info.json").write_text('{"image_id": "sha256:1"}')
    assert "sha256:1" == image_built(tmp_path, target)


def test_names_of_images_that_were_built_to_measure_are_removed(tag: str, tmp_path: Path) -> None:
    build(tmp_path, f"{tag}/onlinebooks/shop", "code")
    kept = build(tmp_path, f"{tag}/shop", "code")
    remove_images(tag)
    left = docker("image", "ls", "--format={{.Repository}}", f"--filter=reference={tag}/*/*")
    assert "" == left
    assert kept == docker("inspect", "--format={{.Id}}", f"{tag}/shop")
