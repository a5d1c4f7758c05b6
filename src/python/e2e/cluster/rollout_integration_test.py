"""A new version replaces the old one while visitors keep coming, and none of them notices."""

from e2e.cluster.conftest import Noticed, Print
from e2e.cluster.shop import RPC, Shop
from e2e.cluster.visitors import visitors

ENDINGS = {"OK", "DEADLINE_EXCEEDED"}
"""How calls may end. The latter is a busy machine's; a call that was lost is UNAVAILABLE."""


def test_a_rolling_restart_of_recommendations_loses_no_call_and_no_page(
    shop: Shop, say: Print, noticed: Noticed
) -> None:
    old = {pod.name for pod in shop.pods("recommendations")}
    before, lists_before = shop.client_codes(), shop.client_codes([RPC])["OK"]

    with visitors(shop.url) as visits:
        shop.restart("recommendations")

    codes = shop.client_codes() - before
    lists = shop.client_codes([RPC])["OK"] - lists_before
    say(f"calls by code: {dict(codes)}; {lists} lists for {visits.asked_for} pages")
    assert "" == noticed("rollout restart of recommendations", visits)
    assert set() == codes.keys() - ENDINGS
    assert 0 < visits.asked_for <= lists
    assert_all_new(shop, "recommendations", old)


def test_a_rolling_restart_of_the_shop_loses_no_page(shop: Shop, noticed: Noticed) -> None:
    old = {pod.name for pod in shop.pods("marketplace")}

    with visitors(shop.url) as visits:
        shop.restart("marketplace")

    assert "" == noticed("rollout restart of marketplace", visits)
    assert_all_new(shop, "marketplace", old)


def assert_all_new(shop: Shop, service: str, old: set[str]) -> None:
    now = shop.pods(service)
    assert set() == old & {pod.name for pod in now}
    assert [0, 0, 0] == [pod.restarts for pod in now]
