"""A pod of recommendations that vanishes without a word takes no page with it."""

import signal

from e2e.cluster.conftest import Noticed
from e2e.cluster.node_engine import process_of, send
from e2e.cluster.shop import Shop
from e2e.cluster.visitors import visitors

SERVICE = "recommendations"


def test_a_pod_that_is_deleted_by_force_is_not_missed(shop: Shop, noticed: Noticed) -> None:
    victim = shop.pods(SERVICE)[0].name

    with visitors(shop.url) as visits:
        shop.kubectl("delete", "pod", victim, "--grace-period=0", "--force")
        shop.wait_until("a third pod is ready", lambda: is_whole_without(shop, victim))

    assert "" == noticed("a pod of recommendations deleted by force", visits)


def test_a_process_that_is_killed_is_not_missed(shop: Shop, noticed: Noticed) -> None:
    victim = shop.pods(SERVICE)[0]
    process = process_of(shop.kubectl.namespace, victim.name)

    with visitors(shop.url) as visits:
        send(signal.SIGKILL, process)
        shop.wait_until(
            "the pod is ready again",
            lambda: victim.restarts + 1
            in [pod.restarts for pod in shop.ready(SERVICE) if pod.name == victim.name],
        )

    assert "" == noticed("SIGKILL of a process of recommendations", visits)


def is_whole_without(shop: Shop, victim: str) -> bool:
    names = [pod.name for pod in shop.ready(SERVICE)]
    return 3 == len(names) and victim not in names
