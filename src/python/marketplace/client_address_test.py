"""Who asks, as far as trusted proxies tell."""

import pytest

from marketplace.client_address import ClientAddresses


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        # Whoever is no proxy of ours can claim what they like.
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        # What a client claims stands before what our proxy saw.
        ("10.0.0.1", "192.0.2.77, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", ", ,", "10.0.0.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
        (None, "198.51.100.1", ""),
        ("", None, ""),
    ],
)
def test_only_proxies_of_ours_say_for_whom_they_ask(
    peer: str | None, forwarded_for: str | None, client: str
) -> None:
    assert client == ClientAddresses("10.0.0.0/8,::1").client_of(peer, forwarded_for)


def test_if_all_are_trusted_the_first_is_the_client() -> None:
    addresses = ClientAddresses("*")
    assert "198.51.100.1" == addresses.client_of("10.0.0.1", "198.51.100.1, 192.0.2.1")


def test_neighbours_in_one_ipv6_network_are_one_and_others_are_not() -> None:
    addresses = ClientAddresses("::1")
    one, two, other = (
        addresses.client_of(peer, None)
        for peer in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")
    )
    assert one == two
    assert one != other
