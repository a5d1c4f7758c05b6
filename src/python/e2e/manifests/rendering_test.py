"""What cannot be rendered, or is nothing, is an error instead of an empty success."""

from pathlib import Path

import pytest

from e2e.manifests.rendering import RenderError, components, overlays, render


def kustomization(folder: Path, text: str) -> Path:
    (folder / "kustomization.yaml").write_text(
        f"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n{text}"
    )
    return folder


def test_a_resource_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="no-such-file"):
        render(kustomization(tmp_path, "resources: [no-such-file.yaml]\n"))


def test_a_render_without_objects_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("---\n# Nothing.\n")
    with pytest.raises(RenderError, match="renders to nothing"):
        render(kustomization(tmp_path, "resources: [empty.yaml]\n"))


def test_what_is_there_is_found() -> None:
    assert ["dev", "prod"] == [folder.name for folder in overlays()]
    assert {"autoscaling", "mtls"} <= {folder.name for folder in components()}
