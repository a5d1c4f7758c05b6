"""What the board says of services, given how their components are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.health import OVERALL, Health, HealthBoard


def board() -> HealthBoard:
    return HealthBoard({OVERALL: {"store", "cache"}, "shop.Books": {"store"}, "shop.Ping": ()})


def test_nothing_is_healthy_before_its_components_are_reported_well() -> None:
    assert Health.NOT_SERVING == board().health_of("shop.Books")


def test_a_service_that_needs_nothing_is_healthy() -> None:
    assert Health.SERVING == board().health_of("shop.Ping")


def test_a_service_is_healthy_when_all_that_it_needs_is_well() -> None:
    health = board()
    health.report("store", well=True)
    assert Health.SERVING == health.health_of("shop.Books")
    assert Health.NOT_SERVING == health.health_of(OVERALL)
    health.report("cache", well=True)
    assert Health.SERVING == health.health_of(OVERALL)


def test_a_component_that_falls_ill_takes_its_services_with_it() -> None:
    health = board()
    health.report("store", well=True)
    health.report("store", well=False)
    assert Health.NOT_SERVING == health.health_of("shop.Books")
    assert Health.SERVING == health.health_of("shop.Ping")


def test_a_service_that_does_not_exist_is_unknown() -> None:
    assert Health.UNKNOWN == board().health_of("shop.None")


def test_a_component_that_no_service_needs_is_an_error() -> None:
    """A report that changes nothing is a slip of the pen."""
    with pytest.raises(KeyError, match="stroe"):
        board().report("stroe", well=True)


def test_stopping_makes_every_service_unhealthy_for_good() -> None:
    health = board()
    health.stop()
    health.report("store", well=True)
    assert {Health.NOT_SERVING} == {health.health_of(name) for name in health.services}


def test_what_is_unwell_has_a_name() -> None:
    health = board()
    health.report("store", well=True)
    assert ["cache"] == health.unwell()
    assert [] == health.unwell("shop.Books")
    assert ["unknown"] == health.unwell("shop.None")
    health.stop()
    assert ["stopping", "cache"] == health.unwell()
    assert ["stopping"] == health.unwell("shop.Books")


def test_components_tell_more_of_themselves_whether_well_or_not() -> None:
    health = board()
    health.describe("store", lambda: "two days old")
    health.describe("cache", lambda: "")
    assert ["store: two days old"] == health.details() == health.details("shop.Books")
    assert [] == health.details("shop.None")
    with pytest.raises(KeyError, match="stroe"):
        health.describe("stroe", str)


def test_a_listener_hears_the_present_health_and_each_change_once() -> None:
    health = board()
    heard: list[Health] = []
    with health.listening("shop.Books", heard.append):
        health.report("cache", well=True)  # Nothing to this service.
        health.report("store", well=True)
        health.report("store", well=True)
        health.stop()
        health.close()
    health.report("store", well=True)
    expected = [Health.NOT_SERVING, Health.SERVING, Health.NOT_SERVING, Health.CLOSED]
    assert expected == heard


def test_a_listener_that_comes_after_the_end_hears_so() -> None:
    health = board()
    health.close()
    heard: list[Health] = []
    with health.listening("shop.Ping", heard.append):
        pass
    assert [Health.SERVING, Health.CLOSED] == heard


def test_a_listener_to_a_service_that_does_not_exist_hears_that() -> None:
    heard: list[Health] = []
    with board().listening("shop.None", heard.append):
        pass
    assert [Health.UNKNOWN] == heard


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["store", "cache"]), st.booleans())))
def test_what_a_listener_heard_last_is_what_the_board_says(
    reports: list[tuple[str, bool]],
) -> None:
    health = board()
    heard: list[Health] = []
    with health.listening(OVERALL, heard.append):
        for component, well in reports:
            health.report(component, well=well)
        assert health.health_of(OVERALL) == heard[-1]
    assert all(one is not other for one, other in zip(heard, heard[1:], strict=False))
