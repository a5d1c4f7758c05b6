"""A release that cannot run stops at its first pod, and is taken back, before a visitor notices."""

import pytest

from e2e.cluster.conftest import Noticed
from e2e.cluster.shop import Pod, Shop
from e2e.cluster.visitors import visitors

NO_SUCH_IMAGE = "localhost/onlinebooks/none:0.0.0"
BREAKAGES = {
    "an image that is not there": (
        ("set", "image", "deployment/{0}", "{0}=" + NO_SUCH_IMAGE),
        {"ErrImagePull", "ImagePullBackOff"},
    ),
    "a setting that stops the start": (
        ("set", "env", "deployment/{0}", "LISTEN_PORT=nonsense"),
        {"CrashLoopBackOff"},
    ),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
@pytest.mark.parametrize("service", ["recommendations", "marketplace"])
def test_a_bad_release_stalls_with_the_old_pods_serving_and_is_undone(
    shop: Shop, service: str, breakage: str, noticed: Noticed
) -> None:
    words, reasons = BREAKAGES[breakage]
    old = {pod.name for pod in shop.pods(service)}

    with visitors(shop.url) as visits:
        shop.kubectl(*(word.format(service) for word in words))
        shop.wait_until("the new pod is stuck", lambda: stuck(shop, service, old, reasons))
        assert old == {pod.name for pod in shop.ready(service)}
        shop.kubectl("rollout", "undo", f"deployment/{service}")
        shop.wait_for_rollout(service)

    assert "" == noticed(f"{breakage}, for {service}, undone", visits)
    assert old == {pod.name for pod in shop.pods(service)}


def stuck(shop: Shop, service: str, old: set[str], reasons: set[str]) -> bool:
    """Tell whether the one pod of the new release does not start, for one of these reasons."""
    new: list[Pod] = [pod for pod in shop.pods(service) if pod.name not in old]
    return 1 == len(new) and new[0].waiting in reasons
