"""What a service of an earlier release cannot do is not asked of it for a while."""

import pytest

from marketplace.abilities import HIDDEN_SECONDS, RECHECK_SECONDS, Abilities, Ability
from marketplace.errors import RecommendationsDown, RecommendationsTooOld
from marketplace.testing.clock import FakeClock


class Service:
    """Fails as it is told, and counts who asks."""

    def __init__(self, failure: Exception | None) -> None:
        self.failure = failure
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.failure:
            raise self.failure
        return "done"


def test_it_is_asked_again_after_a_while_and_not_before() -> None:
    clock = FakeClock()
    abilities = Abilities(clock)
    service = Service(RecommendationsTooOld("no"))
    for _ in range(3):
        with pytest.raises(RecommendationsTooOld):
            abilities.using(Ability.SEARCH, service)
    assert 1 == service.calls
    assert abilities.lacks(Ability.SEARCH)
    assert not abilities.lacks(Ability.BOOK)
    clock.advance(RECHECK_SECONDS)
    service.failure = None
    assert "done" == abilities.using(Ability.SEARCH, service)
    assert not abilities.lacks(Ability.SEARCH)


@pytest.mark.parametrize(("age", "lacks"), [(HIDDEN_SECONDS - 0.1, True), (HIDDEN_SECONDS, False)])
def test_pages_do_without_it_for_longer_but_not_for_ever(age: float, lacks: bool) -> None:
    """Whoever cannot see a link cannot find out that it would work again."""
    clock = FakeClock()
    abilities = Abilities(clock)
    with pytest.raises(RecommendationsTooOld):
        abilities.using(Ability.SEARCH, Service(RecommendationsTooOld("no")))
    clock.advance(age)
    assert lacks == abilities.lacks(Ability.SEARCH)


def test_an_outage_says_nothing_of_what_it_can_do() -> None:
    abilities = Abilities(FakeClock())
    with pytest.raises(RecommendationsDown):
        abilities.using(Ability.SEARCH, Service(RecommendationsDown("no")))
    assert not abilities.lacks(Ability.SEARCH)
