"""Certificate files as a service reads them, replaced as a careful operator does."""

import os
from pathlib import Path

from chassis.testing.certificates import Authority, KeyPair, bundle
from chassis.tls.certificates import CertificateFiles


class CertificateFolder:
    """Files for one service in a folder, under the names that Kubernetes gives them."""

    def __init__(self, path: Path, pair: KeyPair, *authorities: Authority) -> None:
        path.mkdir(exist_ok=True)
        self.certificate = path / "tls.crt"
        self.key = path / "tls.key"
        self.authorities = path / "ca.crt"
        self.files = CertificateFiles(self.certificate, self.key, self.authorities)
        self.write(pair)
        self.trust(*authorities)

    def write(self, pair: KeyPair) -> None:
        """Replace certificate and key. Between the two they do not fit together."""
        _replace(self.key, pair.key)
        _replace(self.certificate, pair.certificate)

    def trust(self, *authorities: Authority) -> None:
        """Replace the authorities."""
        _replace(self.authorities, bundle(authorities))


def _replace(path: Path, text: bytes) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(text)
    os.replace(temporary, path)
