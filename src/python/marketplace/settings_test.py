"""What the service is told when it starts."""

import pytest

from chassis.settings import SettingsError, load_settings
from marketplace.service_address import ServiceAddress
from marketplace.settings import MarketplaceSettings


def test_without_any_setting_it_serves_this_machine() -> None:
    settings = load_settings(MarketplaceSettings, {})
    assert ("127.0.0.1", 5000) == (settings.listen_host, settings.listen_port)
    assert ServiceAddress("localhost", 50051) == settings.recommendations_host
    assert 0.5 == settings.recommendations_deadline_seconds
    assert (2, 8, False) == (settings.web_workers, settings.web_threads, settings.web_preload)
    assert (5, 2.0) == (
        settings.recommendations_circuit_failures,
        settings.recommendations_circuit_pause_seconds,
    )
    assert (600, 1) == (
        settings.recommendations_stale_seconds,
        settings.recommendations_fresh_seconds,
    )
    assert "127.0.0.1,::1" == settings.forwarded_allow_ips


def test_every_mistake_is_reported_together() -> None:
    wrong = {
        "LISTEN_PORT": "http",
        "RECOMMENDATIONS_HOST": "no where",
        "RECOMMENDATIONS_DEADLINE_SECONDS": "0",
        "RECOMMENDATIONS_STALE_SECONDS": "-1",
        "RECOMMENDATIONS_FRESH_SECONDS": "inf",
        "RECOMMENDATIONS_CIRCUIT_FAILURES": "0",
        "RECOMMENDATIONS_CIRCUIT_PAUSE_SECONDS": "0",
        "PAGE_BUDGET_SECONDS": "0",
        "WEB_WORKERS": "65",
        "WEB_THREADS": "0",
        "WEB_PRELOAD": "perhaps",
        "FORWARDED_ALLOW_IPS": "10.0.0.0/8,nobody",
    }
    with pytest.raises(SettingsError) as error:
        load_settings(MarketplaceSettings, wrong)
    assert sorted(wrong) == sorted(each.partition(":")[0] for each in error.value.problems)


@pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "11"])
def test_a_deadline_is_a_time_that_a_visitor_would_wait(seconds: str) -> None:
    with pytest.raises(SettingsError, match="RECOMMENDATIONS_DEADLINE_SECONDS"):
        load_settings(MarketplaceSettings, {"RECOMMENDATIONS_DEADLINE_SECONDS": seconds})


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, 1.0),
        ({"RECOMMENDATIONS_DEADLINE_SECONDS": "2"}, 2.5),
        ({"RECOMMENDATIONS_DEADLINE_SECONDS": "2", "PAGE_BUDGET_SECONDS": "2.1"}, 2.1),
        ({"RECOMMENDATIONS_DEADLINE_SECONDS": "2", "DEADLINE_MARGIN_SECONDS": "1"}, 4.0),
        ({"PAGE_BUDGET_SECONDS": "0.5", "DEADLINE_MARGIN_SECONDS": "0"}, 0.5),
    ],
)
def test_a_page_may_take_longer_than_recommendations(
    environ: dict[str, str], seconds: float
) -> None:
    assert seconds == load_settings(MarketplaceSettings, environ).page_seconds


@pytest.mark.parametrize("seconds", ["0.05", "0.59", "61"])
def test_a_page_must_have_time_for_recommendations(seconds: str) -> None:
    with pytest.raises(SettingsError, match=f"PAGE_BUDGET_SECONDS: '{seconds}' is "):
        load_settings(MarketplaceSettings, {"PAGE_BUDGET_SECONDS": seconds})


@pytest.mark.parametrize(
    ("text", "proxies"),
    [
        ("*", "*"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("10.1.2.3, fd00::/8", "10.1.2.3,fd00::/8"),
    ],
)
def test_proxies_are_addresses_and_networks(text: str, proxies: str) -> None:
    settings = load_settings(MarketplaceSettings, {"FORWARDED_ALLOW_IPS": text})
    assert proxies == settings.forwarded_allow_ips


@pytest.mark.parametrize("text", ["proxy.example", "10.0.0.1/8", "*,10.0.0.1", ",", "10.0.0.1,"])
def test_other_proxies_are_a_mistake(text: str) -> None:
    """A network with host bits set is more likely a slip than meant."""
    with pytest.raises(SettingsError, match="neither \\* nor a list of IP addresses"):
        load_settings(MarketplaceSettings, {"FORWARDED_ALLOW_IPS": text})
