"""Certificates for development, where compose.yaml takes them from."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from dev_certs.folder import SecretFolder, UnusableFolder
from dev_certs.renewal import UnreadableAuthority, renew
from stack.commands import StackError

FOLDER = Path("dist/dev-certs")
LIFETIME = timedelta(days=30)


def make_certificates(root: Path) -> None:
    """Renew the services' certificates, and the authority where it would not last.

    Raises StackError when the folder holds what cannot be used.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    try:
        renew(SecretFolder(root / FOLDER), LIFETIME, now, force=False)
    except (UnusableFolder, UnreadableAuthority) as error:
        raise StackError(str(error)) from error
