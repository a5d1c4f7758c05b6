"""The Secrets of the shop, made by hand as docs/deploy.md does."""

import secrets as randomness
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dev_certs.folder import SecretFolder
from dev_certs.renewal import SERVICES, renew
from e2e.manifests.rendering import Manifest

FILES = ("ca.crt", "tls.crt", "tls.key")


def make_certificates(folder: Path, days: float) -> None:
    """Make certificates, or new ones of the same authority, that are valid for so many days."""
    now = datetime.now(UTC).replace(microsecond=0)
    renew(SecretFolder(folder), timedelta(days=days), now, force=False)


def secrets(folder: Path) -> list[Manifest]:
    """Give the Secrets with what is in the folder."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": {"name": f"{service}-tls"},
            "data": {
                name: b64encode((folder / service / name).read_bytes()).decode() for name in FILES
            },
        }
        for service in SERVICES
    ]


def cookie_keys() -> Manifest:
    """Give the Secret that the shop's pods sign readers' cookies with, a new one each time."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "marketplace-cookies"},
        "stringData": {"keys": randomness.token_hex(32)},
    }
