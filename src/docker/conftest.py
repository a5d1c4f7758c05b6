"""Each image in turn, and containers that end with the test."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from containers import HARDENED, PORTS, Container, Image, Start, built_image, docker
from sbom.image_archive import ImageArchive, saved_image


@pytest.fixture(scope="module", params=PORTS)
def image(request: pytest.FixtureRequest) -> Image:
    """Each service's image in turn, unless a test names others."""
    return built_image(request.param)


@pytest.fixture(scope="module")
def archive(image: Image) -> Iterator[ImageArchive]:
    """What is in the image. One for all tests of a module: the engine takes seconds to save it."""
    with saved_image(str(shutil.which("docker")), image.identity) as opened:
        yield opened


@pytest.fixture()
def start() -> Iterator[Start]:
    """Starts containers, and removes them after the test."""
    with ExitStack() as running:

        def start_one(image: Image, **environ: str) -> Container:
            settings = [f"--env={name}={value}" for name, value in environ.items()]
            published = f"--publish=127.0.0.1::{PORTS[image.service]}"
            flags = ("run", "--detach", published, *HARDENED, *settings)
            container = Container(image.service, docker(*flags, image.identity))
            running.callback(docker, "rm", "--force", "--volumes", container.identity)
            return container

        yield start_one
