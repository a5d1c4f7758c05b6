"""Text that is nobody's business outside: what a server must never send."""

import re

_INTERNAL = re.compile(
    rb"Traceback|File \"|[A-Za-z_]{3,}\.(?:py|pyx|cc)\b|site-packages|/(?:usr|home|root|tmp|srv)/"
    rb"|\b[A-Za-z]{2,}(?:Error|Exception|Warning)\b|\bline \d+|SELECT |sqlite|psycopg"
    rb"|0x[0-9a-f]{6,}",
)


def internal_text(data: bytes) -> str | None:
    """Give some of what should not be in there, with what is around it, or None."""
    found = _INTERNAL.search(data)
    if found is None:
        return None
    return data[max(found.start() - 80, 0) : found.end() + 80].decode("ascii", "backslashreplace")
