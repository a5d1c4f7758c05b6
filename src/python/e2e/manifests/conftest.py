"""Every way in which the manifests can be put together that ships."""

import pytest

from e2e.manifests.rendering import Manifest, components, overlays, render, render_with

NEEDS = {"mtls-cert-manager": ["mtls"], "training": ["database"]}
"""Components that go with others."""


def shapes() -> list[str]:
    """The names of what is rendered: the overlays, and the base with each component."""
    return [path.name for path in overlays()] + [f"base+{path.name}" for path in components()]


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Manifest]]:
    """The objects of each of these."""
    scratch = tmp_path_factory.mktemp("rendered")
    found = {path.name: render(path) for path in overlays()}
    for path in components():
        chosen = [*NEEDS.get(path.name, []), path.name]
        found[f"base+{path.name}"] = render_with(scratch, "base", chosen)
    return found


@pytest.fixture(params=shapes())
def shape(request: pytest.FixtureRequest, rendered: dict[str, list[Manifest]]) -> list[Manifest]:
    """The objects of each in turn."""
    objects: list[Manifest] = rendered[request.param]
    return objects
