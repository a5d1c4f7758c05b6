"""Builds what the stack runs, with Pants."""

from dataclasses import dataclass
from pathlib import Path

from stack.commands import StackError, ask, run

OWN_BASE = "localhost/onlinebooks/base:bookworm"
"""The base image that src/docker/base/build makes. `localhost` cannot be pulled from anywhere."""

TESTS = Path("dist/shop_in_container.pex")
TARGETS = ("src/docker::", "build-support/stack/inside:pex")

ASK_SECONDS = 30.0
BASE_SECONDS = 300.0
PACKAGE_SECONDS = 1200.0


@dataclass(frozen=True)
class Images:
    """The images and the tests that run in one.

    root: the repository. base: the image to build on; None is the Dockerfiles' default.
    """

    root: Path
    base: str | None

    def build(self) -> None:
        """Build, the base too if it is ours and not there. Raises StackError."""
        if self.base == OWN_BASE and not self._is_here(OWN_BASE):
            run([str(self.root / "src/docker/base/build"), OWN_BASE], BASE_SECONDS)
        # This very program may be run by Pants, which else would wait for it to end.
        environ = {"PANTS_CONCURRENT": "true", "PANTS_IMAGES_ENGINE": "required"}
        if self.base:
            environ["PANTS_IMAGES_BASE_IMAGE"] = self.base
        run([str(self.root / "pants"), "package", *TARGETS], PACKAGE_SECONDS, environ)

    def tests(self) -> Path:
        """The PEX file of the tests for the inside of a container."""
        return self.root / TESTS

    def _is_here(self, image: str) -> bool:
        try:
            ask(["docker", "image", "inspect", image], ASK_SECONDS)
        except StackError:
            return False
        return True
