"""A process that hangs slows no page beyond its deadline, and is itself again when it wakes."""

import signal
from time import monotonic

from e2e.cluster.conftest import Print
from e2e.cluster.node_engine import process_of, send
from e2e.cluster.shop import Shop
from e2e.cluster.visitors import Outcome, visitors

SERVICE = "recommendations"
PAGE_SECONDS = 1.0
"""RECOMMENDATIONS_DEADLINE_SECONDS, and half a second for the page itself."""
SPARE_SECONDS = 1.0
"""For the way through the cluster, on a machine that is busy."""


def test_pages_keep_their_deadline_while_a_process_hangs(shop: Shop, say: Print) -> None:
    victim = shop.pods(SERVICE)[0]
    process = process_of(shop.kubectl.namespace, victim.name)

    try:
        with visitors(shop.url) as visits:
            send(signal.SIGSTOP, process)
            shop.wait_until("it is not ready", lambda: 2 == len(shop.ready(SERVICE)))
    finally:
        send(signal.SIGCONT, process)
    with visitors(shop.url) as recovering:
        woken = monotonic()
        shop.wait_until("three pods are ready", lambda: 3 == len(shop.ready(SERVICE)))
        recovered = monotonic()
    with visitors(shop.url) as later:
        shop.wait_until("it is asked again", lambda: is_asked(shop, victim.name))

    say(visits.report("a process of recommendations hangs"))
    say(recovering.report(f"it wakes, and is ready after {recovered - woken:.1f} s"))
    say(later.report("afterwards"))
    for each in (visits, recovering):
        assert len(each.all) == each.count(Outcome.BOOKS, Outcome.EARLIER)
        assert each.slowest_seconds < PAGE_SECONDS + SPARE_SECONDS
    assert "" == later.noticed()
    assert victim.restarts in [
        pod.restarts for pod in shop.ready(SERVICE) if pod.name == victim.name
    ]


def is_asked(shop: Shop, pod: str) -> bool:
    """Tell whether calls come to the pod, by letting some time pass between two looks."""
    before = shop.calls([pod])[pod]
    shop.wait_until("a call", lambda: shop.calls([pod])[pod] > before)
    return True
