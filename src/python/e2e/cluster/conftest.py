"""The shop, deployed to the cluster that E2E_KUBECONFIG names, in a namespace of its own."""

import json
import os
import secrets as randomness
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from e2e.cluster.certificates import cookie_keys, make_certificates, secrets
from e2e.cluster.kubectl import Kubectl
from e2e.cluster.shop import Shop, outside_address
from e2e.cluster.visitors import Visits
from e2e.manifests.rendering import Manifest, render, write_overlay
from e2e.manifests.selection import SERVICES

KUBECONFIG = "E2E_KUBECONFIG"
"""Not KUBECONFIG, which may be set and lead to a cluster that is no place for tests."""
IMAGE_PREFIX = "E2E_IMAGE_PREFIX"
IMAGE_TAG = "E2E_IMAGE_TAG"
CERTIFICATE_DAYS = 30.0

MOST_LOSSES = 20
"""Of how many pages that were not as they should be everything is told."""

Print = Callable[[str], None]
Noticed = Callable[[str, Visits], str]


@pytest.fixture(scope="session")
def namespace() -> str:
    """A name that nobody else has."""
    return f"shop-e2e-{randomness.token_hex(3)}"


@pytest.fixture(scope="session")
def kubectl(namespace: str) -> Iterator[Kubectl]:
    """The cluster, with a namespace that is gone after the tests."""
    with new_namespace(namespace) as kubectl:
        yield kubectl


@contextmanager
def new_namespace(name: str) -> Iterator[Kubectl]:
    """Make a namespace, and remove it with all that is in it. Skips where there is no cluster."""
    path = os.environ.get(KUBECONFIG)
    if not path:
        pytest.skip(f"{KUBECONFIG} names no kubeconfig of a cluster for tests")
    kubectl = Kubectl(Path(path), name)
    kubectl("create", "namespace", name)
    try:
        yield kubectl
    finally:
        kubectl("delete", "deployments", "--all", "--cascade=foreground", seconds=120)
        kubectl("delete", "namespace", name, seconds=120)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of certificates, as the Secrets have them at first."""
    folder = tmp_path_factory.mktemp("certificates") / "made"
    make_certificates(folder, CERTIFICATE_DAYS)
    return folder


@pytest.fixture(scope="session")
def objects(tmp_path_factory: pytest.TempPathFactory, namespace: str) -> list[Manifest]:
    """The overlay dev with mutual TLS, as production has it, and the images to be tested."""
    chosen = ["mtls", "prometheus-annotations"]
    extra = {"namespace": namespace, "images": images(*SERVICES)}
    scratch = tmp_path_factory.mktemp("overlay")
    return render(write_overlay(scratch, "overlays/dev", chosen, extra))


def images(*names: str) -> list[Manifest]:
    """Which images to run for those that the manifests name, as kustomize takes it."""
    prefix = os.environ.get(IMAGE_PREFIX, "onlinebooks")
    return [
        {
            "name": f"onlinebooks/{name}",
            "newName": f"{prefix}/{name}",
            "newTag": os.environ.get(IMAGE_TAG) or built_tag(name),
        }
        for name in names
    ]


def built_tag(name: str) -> str:
    """The tag of the image that Pants has built for this run: its commit, or its version."""
    info = json.loads(Path(f"src.docker.{name}", "image.docker-info.json").read_text())
    tags = [each["tag"] for registry in info["registries"] for each in registry["tags"]]
    tag: str = next(each for each in reversed(tags) if each not in ("dev", "latest"))
    return tag


@pytest.fixture(scope="session")
def deployed(kubectl: Kubectl, objects: list[Manifest], certificates: Path) -> Shop:
    """The shop, applied and rolled out."""
    kubectl.apply([*secrets(certificates), cookie_keys(), *objects])
    shop = Shop(kubectl, "")
    for service in SERVICES:
        shop.wait_for_rollout(service)
    return Shop(kubectl, outside_address(kubectl))


@pytest.fixture()
def shop(deployed: Shop) -> Shop:
    """The shop as it should be before a test: three ready pods of each service, and no other."""
    for service in SERVICES:
        deployed.wait_until(f"three pods of {service}", partial(is_whole, deployed, service))
    return deployed


def is_whole(shop: Shop, service: str) -> bool:
    """Tell whether a service has its three pods, and none that leaves or does not serve."""
    return [True] * 3 == [pod.ready and not pod.leaving for pod in shop.pods(service)]


@pytest.fixture()
def say(capfd: pytest.CaptureFixture[str]) -> Print:
    """Prints figures, also of tests that pass."""

    def write(line: str) -> None:
        with capfd.disabled():
            sys.stdout.write(f"\n{line}\n")

    return write


@pytest.fixture()
def noticed(shop: Shop, say: Print) -> Noticed:
    """Prints what visitors got, and what pods say of each page that was not as it should be.

    Gives what the visitors must have noticed.
    """

    def judge(what: str, visits: Visits) -> str:
        say(visits.report(what))
        began = min(each.at for each in visits.all)
        losses = visits.losses()[:MOST_LOSSES]
        lines = shop.lines_of([each.request_id for each in losses]) if losses else {}
        for each in losses:
            say(
                f"after {each.at - began:.2f} s, within {each.seconds:.2f} s:"
                f" {each.outcome.value} {each.detail} ({each.request_id})"
            )
            for line in lines[each.request_id] or ["no pod says anything of it"]:
                say(f"    {line}")
        return visits.noticed()

    return judge
