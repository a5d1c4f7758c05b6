"""The number that ties a page to its log lines, here and in the services behind."""

import random
import re

HEADER = "X-Request-Id"
ENVIRON_HEADER = "HTTP_X_REQUEST_ID"
"""The same in WSGI's words."""

_SANE = re.compile(r"[A-Za-z0-9._~:/+=-]{1,128}")


def request_id_from(header: str | None) -> str:
    """Take the caller's id if it is harmless in logs, headers and metadata; else make one."""
    if header is not None and _SANE.fullmatch(header):
        return header
    # No secret: a caller may choose it. Python seeds each process anew, also one that is forked.
    return f"{random.getrandbits(128):032x}"
