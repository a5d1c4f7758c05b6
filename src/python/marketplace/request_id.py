"""The number that ties a page to its log lines, here and in the services behind."""

import re
import secrets

HEADER = "X-Request-Id"

_SANE = re.compile(r"[A-Za-z0-9._~:/+=-]{1,128}")


def request_id_from(header: str | None) -> str:
    """Take the caller's id if it is harmless in logs, headers and metadata; else make one."""
    if header is not None and _SANE.fullmatch(header):
        return header
    return secrets.token_hex(16)
