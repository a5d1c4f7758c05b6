"""The table that says who may call what."""

import re
from collections.abc import Iterable, Mapping

ANYONE = "*"
"""In the place of peers: everyone with a certificate that our authorities vouch for."""

_EVERY_RPC = "*"
_SERVICE = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_RPC = re.compile(rf"\*|/{_SERVICE}/(?:\*|[A-Za-z_]\w*)", re.ASCII)
# A SPIFFE id's alphabet: https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md
_PEER = re.compile(
    r"spiffe://[a-z0-9._-]+(?:/[A-Za-z0-9._-]+)*"
    r"|dns:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*"
    r"|cn:[^,;\n]+"
)


class AllowedPeers:
    """Decides who may call an RPC. What the table does not mention, nobody may call.

    rules: identities by RPC: "/package.Service/Method", "/package.Service/*" for what else the
        service has, or "*" for whatever is left. One entry decides, the most exact.
    """

    def __init__(self, rules: Mapping[str, Iterable[str]]) -> None:
        self._rules = {rpc: frozenset(peers) for rpc, peers in rules.items()}

    def __repr__(self) -> str:
        return f"AllowedPeers({self._rules!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AllowedPeers) and self._rules == other._rules

    def __hash__(self) -> int:
        return hash(frozenset(self._rules.items()))

    def allow(self, service: str, method: str, identities: Iterable[str]) -> bool:
        """Tell whether somebody who goes by these names may call the method of the service."""
        for rpc in (f"/{service}/{method}", f"/{service}/*", _EVERY_RPC):
            peers = self._rules.get(rpc)
            if peers is not None:
                return ANYONE in peers or not peers.isdisjoint(identities)
        return False

    @staticmethod
    def parse(text: str) -> "AllowedPeers":
        """Read a table: an entry a line, or several divided by semicolons.

            /package.Service/* = spiffe://domain/path, dns:name
            /package.Service/Method = spiffe://domain/other
            /grpc.health.v1.Health/* = *

        Raises ValueError that names every mistake, in words to be read after the text.
        """
        rules: dict[str, tuple[str, ...]] = {}
        problems: list[str] = []
        for entry in re.split(r"[;\n]", text):
            if not entry.strip():
                continue
            rpc, _, right = (part.strip() for part in entry.partition("="))
            peers = tuple(peer.strip() for peer in right.split(","))
            if not _RPC.fullmatch(rpc):
                problems.append(f"{rpc!r} is no RPC such as /package.Service/Method")
            elif rpc in rules:
                problems.append(f"{rpc} is there twice")
            problems.extend(
                f"{peer!r} is no peer such as spiffe://domain/path or dns:name"
                for peer in peers
                if peer != ANYONE and not _PEER.fullmatch(peer)
            )
            rules[rpc] = peers
        if not rules:
            problems.append("there is no entry")
        if problems:
            raise ValueError(f"is no table of peers: {'; '.join(problems)}")
        return AllowedPeers(rules)
