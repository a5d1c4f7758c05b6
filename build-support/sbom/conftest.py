"""Images for tests, made of nothing but the files that they name."""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from sbom.image_archive import ImageArchive, open_archive

Layers = Sequence[Mapping[str, str]]
OpenImage = Callable[..., ImageArchive]


@pytest.fixture()
def docker(tmp_path: Path) -> str:
    """A container engine's command that knows one image, `shop:1`, and can save it."""
    saved = tmp_path / "saved.tar"
    saved.write_bytes(_saved([{"app/x": "content"}], {}, []))
    command = tmp_path / "docker"
    command.write_text(
        "#!/bin/sh\n"
        '[ "$4" = shop:1 ] || { echo "No such image: $4" >&2; exit 1; }\n'
        f'cp "{saved}" "$3"\n'
    )
    command.chmod(0o755)
    return str(command)


@pytest.fixture()
def open_image(tmp_path: Path) -> Iterator[OpenImage]:
    """Saves and opens an image: layers of file contents by path, then labels and environment."""
    with ExitStack() as opened:

        def build(layers: Layers, labels: Mapping[str, str], env: Sequence[str]) -> ImageArchive:
            path = tmp_path / "image.tar"
            path.write_bytes(_saved(layers, labels, env))
            return opened.enter_context(open_archive(path))

        yield build


def _saved(layers: Layers, labels: Mapping[str, str], env: Sequence[str]) -> bytes:
    archives = [_tar(files) for files in layers]
    config = {
        "created": "2026-01-02T03:04:05Z",
        "config": {"Labels": labels, "Env": env},
        "rootfs": {"diff_ids": [hashlib.sha256(each).hexdigest() for each in archives]},
    }
    names = [f"{number}/layer.tar" for number in range(len(archives))]
    manifest = [{"Config": "config.json", "Layers": names}]
    return _tar(
        {"manifest.json": json.dumps(manifest), "config.json": json.dumps(config)}
        | dict(zip(names, archives, strict=True))
    )


def _tar(files: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()
