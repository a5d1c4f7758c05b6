"""More pods take their share of the calls soon, and fewer are not missed."""

from time import monotonic

from devstack.testing.waiting import wait_until
from e2e.cluster.conftest import Noticed, Print
from e2e.cluster.shop import Shop
from e2e.cluster.visitors import visitors

SERVICE = "recommendations"
FIND_SECONDS = 10.0
"""How soon after they are ready new pods must have their share."""
WINDOW_SECONDS = 10.0


def test_three_pods_become_six_and_then_two(shop: Shop, say: Print, noticed: Noticed) -> None:
    old = {pod.name for pod in shop.pods(SERVICE)}
    with visitors(shop.url) as visits:
        shop.scale(SERVICE, 6)
        shop.wait_until("six pods are ready", lambda: 6 == len(shop.ready(SERVICE)))
        pause(FIND_SECONDS)
        names = [pod.name for pod in shop.ready(SERVICE)]
        before = shop.calls(names)
        pause(WINDOW_SECONDS)
        after = shop.calls(names)
        shop.scale(SERVICE, 2)
        shop.wait_until("two pods are left", lambda: 2 == len(shop.pods(SERVICE)))
    with visitors(shop.url) as later:
        shop.scale(SERVICE, 3)
        shop.wait_until("three pods are ready", lambda: 3 == len(shop.ready(SERVICE)))

    made = {name: after[name] - before[name] for name in names}
    shares = {name: calls / sum(made.values()) for name, calls in made.items()}
    told = ", ".join(
        f"{share:.0%}{' (new)' if name not in old else ''}" for name, share in shares.items()
    )
    say(f"{FIND_SECONDS:g} s after six were ready, of {sum(made.values()):g} calls: {told}")
    assert "" == noticed("recommendations scaled from 3 to 6 to 2", visits)
    assert "" == noticed("and from 2 to 3", later)
    fair = 1 / len(names)
    assert {} == {name: share for name, share in shares.items() if share < fair / 2}


def pause(seconds: float) -> None:
    """Let visitors come for so long."""
    end = monotonic() + seconds
    wait_until("the end of a window of time", lambda: monotonic() > end, 2 * seconds)
