"""What a server's credentials cannot be made of; what they do is in handshake_test.py."""

import pytest

from chassis.testing.certificates import Authority
from chassis.tls.certificates import Credentials, Pem
from chassis.tls.server_credentials import server_credentials

AUTHORITY = Authority.create()
PAIR = AUTHORITY.issue("localhost")


class Fixed:
    def __init__(self, pem: Pem) -> None:
        self.current = Credentials(pem, None)


def test_a_server_needs_a_certificate() -> None:
    with pytest.raises(ValueError, match="needs a certificate and its key"):
        server_credentials(Fixed(Pem(None, None, AUTHORITY.pem.certificate)), require_client=False)


def test_clients_are_verified_by_authorities() -> None:
    with pytest.raises(ValueError, match="cannot be verified without authorities"):
        server_credentials(Fixed(Pem(PAIR.certificate, PAIR.key, None)), require_client=True)
