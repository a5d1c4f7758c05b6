"""A new version replaces the old one while visitors keep coming, and none of them notices."""

import pytest

from e2e.cluster.conftest import Print
from e2e.cluster.shop import Shop
from e2e.cluster.visitors import Outcome, describe, visitors


@pytest.mark.parametrize("service", ["recommendations", "marketplace"])
def test_a_rolling_restart_costs_no_page_and_no_book(shop: Shop, service: str, say: Print) -> None:
    before = {pod.name for pod in shop.pods(service)}

    with visitors(shop.url) as visits:
        shop.restart(service)

    say(visits.report(f"rollout restart of {service}"))
    assert "" == describe(visits.failures)
    assert len(visits.all) == visits.count(Outcome.BOOKS)
    after = shop.pods(service)
    assert set() == before & {pod.name for pod in after}
    assert [0, 0, 0] == [pod.restarts for pod in after]
