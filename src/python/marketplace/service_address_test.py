"""How RECOMMENDATIONS_HOST is read."""

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.settings import SettingsError, load_settings
from marketplace.service_address import ServiceAddress
from marketplace.settings import MarketplaceSettings

labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
names = st.lists(labels, min_size=1, max_size=4).map(".".join)
ports = st.integers(1, 65535)


def read(text: str) -> ServiceAddress:
    return load_settings(MarketplaceSettings, {"RECOMMENDATIONS_HOST": text}).recommendations_host


def problem(text: str) -> str:
    with pytest.raises(SettingsError) as error:
        read(text)
    (only,) = error.value.problems
    return only


def test_nothing_means_this_machine() -> None:
    assert ServiceAddress("localhost", 50051) == read("")


@settings(deadline=None)
@given(names)
def test_a_host_alone_has_the_usual_port(host: str) -> None:
    assert ServiceAddress(host, 50051) == read(host)


@settings(deadline=None)
@given(names, ports)
def test_a_host_may_have_a_port(host: str, port: int) -> None:
    assert ServiceAddress(host, port) == read(f"{host}:{port}")


@settings(deadline=None)
@given(st.ip_addresses(v=4), ports)
def test_an_ipv4_address_is_a_host(address: ipaddress.IPv4Address, port: int) -> None:
    assert ServiceAddress(str(address), port) == read(f"{address}:{port}")


@settings(deadline=None)
@given(st.ip_addresses(v=6), ports)
def test_an_ipv6_address_has_brackets_if_it_has_a_port(
    address: ipaddress.IPv6Address, port: int
) -> None:
    assert ServiceAddress(str(address), 50051) == read(str(address))
    assert ServiceAddress(str(address), 50051) == read(f"[{address}]")
    assert ServiceAddress(str(address), port) == read(f"[{address}]:{port}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (":50051", "':50051' is neither an IP address nor a host name"),
        ("http://host", "'http://host' has a port that is not a number"),
        ("host name", "'host name' is neither an IP address nor a host name"),
        ("host:", "'host:' has a port that is not a number"),
        ("host:http", "'host:http' has a port that is not a number"),
        ("host:5_0", "'host:5_0' has a port that is not a number"),
        ("host:٣", "'host:٣' has a port that is not a number"),
        ("host:0", "'host:0' has a port that is not from 1 to 65535"),
        ("host:65536", "'host:65536' has a port that is not from 1 to 65535"),
        ("[::1", "'[::1' is neither HOST nor HOST:PORT"),
        ("[::1]50051", "'[::1]50051' is neither HOST nor HOST:PORT"),
        ("[host]x:1", "'[host]x:1' is neither HOST nor HOST:PORT"),
        ("a:b:c", "'a:b:c' is neither an IP address nor a host name"),
        ("tcp://10.0.0.1:50051", "'tcp://10.0.0.1:50051' is neither an IP address nor a host name"),
    ],
)
def test_anything_else_is_a_mistake_in_plain_words(text: str, expected: str) -> None:
    assert f"RECOMMENDATIONS_HOST: {expected}" == problem(text)


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="\x00")))
def test_any_text_is_an_address_or_one_mistake(text: str) -> None:
    try:
        ports = [read(text).port]
        problems: tuple[str, ...] = ()
    except SettingsError as error:
        ports, problems = [], error.problems
    assert 1 == len(ports) + len(problems)
    assert all(1 <= port <= 65535 for port in ports)
