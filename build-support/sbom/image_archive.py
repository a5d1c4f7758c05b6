"""Reads an image as the container engine saves it: its configuration, its layers, its files."""

import json
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

TIMEOUT_SECONDS = 300.0
# How a layer says that a file of a lower one is gone, and that a folder shows nothing from below.
REMOVED = ".wh."
OPAQUE = ".wh..wh..opq"


class ImageError(Exception):
    """An image that cannot be read. The text says why."""


@dataclass(frozen=True)
class ImageFile:
    """A file, folder or link of an image: what its layer's archive says, and the layer's number."""

    entry: tarfile.TarInfo
    layer: int


@dataclass(frozen=True)
class ImageArchive:
    """An open image.

    config: the image's configuration as OCI defines it: `config.Labels`, `rootfs.diff_ids`, …
    files: what a container sees, by path without a leading slash.
    """

    config: Mapping[str, Any]
    files: Mapping[str, ImageFile]
    layers: tuple[tarfile.TarFile, ...]

    @property
    def labels(self) -> Mapping[str, str]:
        """The image's labels."""
        return self.config["config"].get("Labels") or {}

    def read(self, path: str) -> bytes:
        """The content of a regular file."""
        file = self.files[path]
        stream = self.layers[file.layer].extractfile(file.entry)
        if stream is None:
            raise ImageError(f"{path} is no regular file")
        return stream.read()

    def size(self, layer: int) -> int:
        """The bytes in the files of one layer, 0 being the lowest."""
        return sum(entry.size for entry in self.layers[layer].getmembers() if entry.isreg())


@contextmanager
def saved_image(docker: str, image: str) -> Iterator[ImageArchive]:
    """Let the engine save an image, and open it for as long as the block runs.

    Raises ImageError when the engine cannot.
    """
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "image.tar"
        command = [docker, "save", "--output", str(archive), image]
        saved = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS
        )
        if saved.returncode:
            raise ImageError(saved.stderr.strip() or f"docker save gave {saved.returncode}")
        with open_archive(archive) as opened:
            yield opened


@contextmanager
def open_archive(archive: Path) -> Iterator[ImageArchive]:
    """Open a saved image that holds one image, for as long as the block runs."""
    with tarfile.open(archive) as outer:
        (manifest,) = json.loads(_content(outer, "manifest.json"))
        layers = tuple(tarfile.open(fileobj=outer.extractfile(name)) for name in manifest["Layers"])
        config = json.loads(_content(outer, manifest["Config"]))
        yield ImageArchive(config, _merge(layers), layers)


def _content(archive: tarfile.TarFile, name: str) -> bytes:
    stream = archive.extractfile(name)
    if stream is None:
        raise ImageError(f"{name} is no regular file")
    return stream.read()


def _merge(layers: tuple[tarfile.TarFile, ...]) -> Mapping[str, ImageFile]:
    files: dict[str, ImageFile] = {}
    for number, layer in enumerate(layers):
        entries = {str(PurePosixPath(entry.name)): entry for entry in layer.getmembers()}
        for path in entries:
            folder, name = PurePosixPath(path).parent, PurePosixPath(path).name
            if name == OPAQUE:
                _remove(files, f"{folder}/")
            elif name.startswith(REMOVED):
                gone = str(folder / name.removeprefix(REMOVED))
                files.pop(gone, None)
                _remove(files, f"{gone}/")
        files |= {
            path: ImageFile(entry, number)
            for path, entry in entries.items()
            if not PurePosixPath(path).name.startswith(REMOVED)
        }
    return files


def _remove(files: dict[str, ImageFile], prefix: str) -> None:
    for path in [each for each in files if each.startswith(prefix)]:
        del files[path]
