"""The address that a request came from, also behind proxies."""

import ipaddress
from collections.abc import Iterable
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

IPV6_PREFIX = 64
"""What one subscriber gets at least: within it, they can be anybody."""


class ClientAddresses:
    """Finds out who asks.

    trusted_proxies: addresses and networks with commas between, or * for all: those that are
        believed when they say for whom they ask.
    """

    def __init__(self, trusted_proxies: str) -> None:
        self._all_trusted = trusted_proxies == "*"
        networks = [] if self._all_trusted else trusted_proxies.split(",")
        self._trusted = [ipaddress.ip_network(each) for each in networks]

    def client_of(self, peer: str | None, forwarded_for: str | None) -> str:
        """Give the address, for IPv6 its network; "" if there is none.

        peer: the address at the other end of the connection.
        forwarded_for: the header X-Forwarded-For, to which each proxy appends whom it asks for.
        """
        hops = [each.strip() for each in (forwarded_for or "").split(",") if each.strip()]
        client = _parsed(peer)
        for hop in reversed(hops):
            if client is None or not self._trusts(client):
                break
            parsed = _parsed(hop)
            if parsed is None:
                break
            client = parsed
        return "" if client is None else _subscriber(client)

    def _trusts(self, address: Address) -> bool:
        return self._all_trusted or _within(address, self._trusted)


def _within(
    address: Address, networks: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]
) -> bool:
    return any(address in network for network in networks)


def _parsed(text: str | None) -> Address | None:
    try:
        address = ipaddress.ip_address(text or "")
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _subscriber(address: Address) -> str:
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.IPv6Network((address, IPV6_PREFIX), strict=False))
