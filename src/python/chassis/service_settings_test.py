"""The settings that every service has."""

import pytest

from chassis.service_settings import ServiceSettings
from chassis.settings import SettingsError, load_settings


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("localhost", "localhost"),
        ("books.example.", "books.example."),
        ("10.0.0.1", "10.0.0.1"),
        ("::", "::"),
        ("[::1]", "::1"),
        ("2001:DB8::1", "2001:db8::1"),
    ],
)
def test_a_host_is_a_name_or_an_address(text: str, host: str) -> None:
    assert host == load_settings(ServiceSettings, {"LISTEN_HOST": text}).listen_host


@pytest.mark.parametrize(
    "text", ["a b", "localhost:80", "-a", "a-", "a..b", ":::", "http://a", "x" * 64, "é", "unix:/a"]
)
def test_anything_else_is_no_host(text: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(ServiceSettings, {"LISTEN_HOST": text})
    (problem,) = error.value.problems
    assert problem.endswith("is neither an IP address nor a host name")


def test_a_new_developer_need_set_nothing() -> None:
    """And nobody else on the network reaches what they start."""
    settings = load_settings(ServiceSettings, {})
    assert "127.0.0.1" == settings.listen_host
    assert 0 == settings.drain_seconds


@pytest.mark.parametrize("port", ["-1", "65536", "tcp://10.0.0.1:50051"])
def test_a_port_is_a_number_below_65536(port: str) -> None:
    with pytest.raises(SettingsError, match="LISTEN_PORT"):
        load_settings(ServiceSettings, {"LISTEN_PORT": port})


@pytest.mark.parametrize("variable", ["DRAIN_SECONDS", "GRACE_SECONDS"])
@pytest.mark.parametrize("seconds", ["-0.1", "3601", "nan", "inf", "soon"])
def test_periods_are_bounded(variable: str, seconds: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        load_settings(ServiceSettings, {variable: seconds})


def test_every_setting_is_described() -> None:
    missing = [n for n, field in ServiceSettings.fields().items() if not field.description]
    assert [] == missing
