"""What an image is made of, and what another one replaces of it."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from bench.change.checkout import BuildError
from sbom.image_archive import ImageError, saved_image

_REMOVAL_SECONDS = 120.0
_REGISTRY = "localhost/bench"
"""Comes before the names of images, so that those of whoever measures keep theirs."""
APART = {"PANTS_DOCKER_REGISTRIES": str({"bench": {"address": _REGISTRY, "default": True}})}
"""Settings of Pants that see to it."""


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers of an image, the lowest first: digests, and the bytes in the files of each."""

    digests: tuple[str, ...]
    sizes: tuple[int, ...]

    def beyond(self, other: "Layers") -> tuple[int, ...]:
        """Give the sizes of what is above the layers that both images begin with."""
        same = 0
        for ours, theirs in zip(self.digests, other.digests, strict=False):
            if ours != theirs:
                break
            same += 1
        return self.sizes[same:]


def image_built(folder: Path, target: str) -> str | None:
    """Give the ID of the image that Pants has built of a target; None if it left it out.

    folder: the repository.
    target: such as src/docker/recommendations:image.
    """
    path, _, name = target.partition(":")
    info = folder / "dist" / path.replace("/", ".") / f"{name}.docker-info.json"
    return str(json.loads(info.read_text("utf-8"))["image_id"]) if info.exists() else None


def layers_of(image: str) -> Layers:
    """Have the engine save an image, and look at it. Raises BuildError."""
    try:
        with saved_image(which("docker") or "docker", image) as archive:
            sizes = tuple(archive.size(layer) for layer in range(len(archive.layers)))
            return Layers(tuple(archive.config["rootfs"]["diff_ids"]), sizes)
    except ImageError as error:
        raise BuildError(str(error)) from error


def remove_images(registry: str = _REGISTRY) -> None:
    """Remove all names of images that begin with ours, as far as there is an engine."""
    listing = ("--format={{.Repository}}:{{.Tag}}", f"--filter=reference={registry}/*/*")
    if names := _docker("image", "ls", *listing).split():
        _docker("rmi", *names)


def _docker(*words: str) -> str:
    """Give what the command prints; nothing if it fails or there is none."""
    command = (which("docker") or "docker", *words)
    try:
        done = subprocess.run(
            command, capture_output=True, check=False, text=True, timeout=_REMOVAL_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
