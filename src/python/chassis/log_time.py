"""The time of a log line."""

import time

_known = (0, "")


def timestamp() -> str:
    """Give the time in UTC, in ISO 8601 with microseconds; its date becomes text once a second."""
    global _known
    second, nanos = divmod(time.time_ns(), 1_000_000_000)
    known, text = _known
    if known != second:
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        _known = (second, text)
    return f"{text}.{nanos // 1000:06}Z"
