"""Names in a certificate, as gRPC hands them over; with real certificates in handshake_test.py."""

import pytest

from chassis.tls.identity import AuthContext, identities

SPIFFE = {"peer_spiffe_id": [b"spiffe://a/b"]}
DNS = {"peer_dns": [b"Shop.Example", b"localhost"]}
COMMON_NAME = {"x509_common_name": [b"shop"]}


@pytest.mark.parametrize(
    ("auth", "common_name", "expected"),
    [
        ({}, True, ()),
        (SPIFFE, False, ("spiffe://a/b",)),
        (SPIFFE | DNS, False, ("spiffe://a/b", "dns:shop.example", "dns:localhost")),
        (COMMON_NAME, False, ()),
        (COMMON_NAME, True, ("cn:shop",)),
        (COMMON_NAME | DNS, True, ("dns:shop.example", "dns:localhost")),
        ({"peer_uri": [b"https://a/b"], "peer_ip": [b"127.0.0.1"]}, False, ()),
        ({"peer_dns": [b"spiffe://a/b"]}, False, ("dns:spiffe://a/b",)),
        ({"peer_dns": [b"\xff"]}, False, (r"dns:\xff",)),
    ],
)
def test_names_come_from_their_own_fields(
    auth: AuthContext, common_name: bool, expected: tuple[str, ...]
) -> None:
    assert expected == identities(auth, common_name=common_name)
