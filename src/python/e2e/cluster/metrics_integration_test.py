"""What alerts ask for is what pods answer."""

import re

from e2e.cluster.shop import Shop
from e2e.cluster.visitors import visitors
from e2e.manifests.rendering import ROOT, render
from e2e.manifests.selection import SERVICES, of_kind

NAME = re.compile(r"\b([a-z]+(?:_[a-z0-9]+)+)(?=\{|\[|\))")

NOT_HERE = {
    "kube_pod_container_status_restarts_total": "kube-state-metrics has it",
    "server_worker_restarts_total": "only with WORKERS above 1",
}


def test_every_metric_of_an_alert_is_one_that_a_pod_has(shop: Shop) -> None:
    (rules,) = of_kind(render(ROOT / "overlays/prod"), "PrometheusRule")
    asked = {
        name
        for group in rules["spec"]["groups"]
        for rule in group["rules"]
        for name in NAME.findall(rule["expr"])
    }
    assert NOT_HERE.keys() <= asked
    asked -= NOT_HERE.keys()
    assert len(asked) >= 8
    with visitors(shop.url):
        shop.wait_until("every metric is there", lambda: asked <= names(shop))


def names(shop: Shop) -> set[str]:
    """The names of all that one pod of each service counts."""
    return {name for service in SERVICES for name in shop.metric_names(shop.ready(service)[0].name)}
