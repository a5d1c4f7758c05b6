"""A real API server accepts every object, but for kinds that this cluster does not have."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from e2e.cluster.conftest import Print
from e2e.cluster.kubectl import Kubectl, KubectlError
from e2e.manifests.rendering import Manifest, render, write_overlay
from e2e.manifests.selection import SERVICES, of_kind

COMPONENTS = (
    "database",
    "training",
    "mtls",
    "mtls-cert-manager",
    "autoscaling",
    "disruption-budget",
    "network-policy",
    "prometheus-annotations",
    "pod-monitor",
    "alerts",
)
NEWER = {
    "Certificate",
    "CronJob",
    "HorizontalPodAutoscaler",
    "Issuer",
    "PodDisruptionBudget",
    "PodMonitor",
    "PrometheusRule",
}
"""What a cluster may lack, because it is old or has no such operator."""


def split(kubectl: Kubectl, objects: Iterable[Manifest]) -> tuple[list[Manifest], set[str]]:
    """Give the objects that the cluster has kinds for, and the kinds that it has not."""
    known: dict[tuple[str, str], bool] = {}
    taken, left_out = [], set()
    for each in objects:
        kind = (each["apiVersion"], each["kind"])
        if kind not in known:
            known[kind] = kubectl.knows(*kind)
        if known[kind]:
            taken.append(each)
        else:
            left_out.add(each["kind"])
    return taken, left_out


def test_the_server_would_take_all_that_production_applies(
    kubectl: Kubectl, tmp_path: Path, say: Print
) -> None:
    extra = {"namespace": kubectl.namespace}
    objects = render(write_overlay(tmp_path, "overlays/dev", COMPONENTS, extra))
    taken, left_out = split(kubectl, objects)

    said = kubectl.apply(taken, "--dry-run=server").splitlines()

    for kind in sorted(left_out):
        say(f"left out of the dry run, because this cluster has no such kind: {kind}")
    assert len(taken) == len(said)
    assert set() == left_out - NEWER
    assert len(SERVICES) == len(of_kind(taken, "Deployment"))


def test_prod_is_taken_too(kubectl: Kubectl, tmp_path: Path) -> None:
    objects = render(write_overlay(tmp_path, "overlays/prod", (), {"namespace": kubectl.namespace}))
    taken, _ = split(kubectl, objects)
    assert len(taken) == len(kubectl.apply(taken, "--dry-run=server").splitlines())


def test_what_schemas_do_not_catch_is_refused(kubectl: Kubectl, tmp_path: Path) -> None:
    """A quantity that is none: otherwise a dry run would prove nothing that schemas do not."""
    objects = render(write_overlay(tmp_path, "overlays/dev", (), {"namespace": kubectl.namespace}))
    broken, *_ = of_kind(objects, "Deployment")
    (its,) = broken["spec"]["template"]["spec"]["containers"]
    its["resources"]["limits"]["memory"] = "much"
    with pytest.raises(KubectlError, match="quantities must match"):
        kubectl.apply([broken], "--dry-run=server")
