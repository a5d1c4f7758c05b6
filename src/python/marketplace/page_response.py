"""Pages as responses: who may keep them, and for how long."""

from flask import make_response, request
from werkzeug.wrappers import Response

SHARED = "no-cache"
"""Anybody may keep it, caches of many readers included, but asks whether it has changed."""
PERSONAL = "private, no-cache"
"""The same, but only the reader's own browser: it was made for them, or brings them a cookie."""
KEPT_BY_NOBODY = "no-store"
"""It shows a gap that will be filled, or what the reader may want forgotten."""


def page_response(html: str, cache_control: str, status: int = 200) -> Response:
    """Answer with a page, or with 304 if the browser has it."""
    response = make_response(html, status)
    response.headers["Cache-Control"] = cache_control
    if cache_control != SHARED:
        response.vary.add("Cookie")
    if cache_control == KEPT_BY_NOBODY:
        return response
    response.add_etag()
    return response.make_conditional(request)
