"""How much a visitor's browser loads for a page that it has not seen before."""

import re
from urllib.parse import urljoin
from urllib.request import urlopen

_SECONDS = 10.0
_PART = re.compile(r'<(?:link|script|img)\b[^>]*?\b(?:href|src)="([^"]+)"')


def page_bytes(url: str) -> tuple[int, int]:
    """Give the bytes of a page, and of it and all that it names: styles, scripts, pictures.

    Raises URLError.
    """
    html = _loaded(url)
    parts = {urljoin(url, each) for each in _PART.findall(html.decode())}
    return len(html), len(html) + sum(len(_loaded(each)) for each in parts)


def _loaded(url: str) -> bytes:
    with urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - of a server of our own.
        content: bytes = answer.read()
        return content
