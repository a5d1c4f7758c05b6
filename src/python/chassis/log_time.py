"""The time of a log line."""

import time

_known = (0, "")


def timestamp(nanoseconds: int) -> str:
    """Give a time since the epoch in UTC, in ISO 8601 with microseconds.

    Its date becomes text once for many times of one second.
    """
    global _known
    second, nanos = divmod(nanoseconds, 1_000_000_000)
    known, text = _known
    if known != second:
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        _known = (second, text)
    return f"{text}.{nanos // 1000:06}Z"
