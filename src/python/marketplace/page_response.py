"""Pages as responses: who may keep them, and for how long."""

from typing import TYPE_CHECKING

from flask import Response, request
from werkzeug.datastructures import Headers

from marketplace.kept_pages import KeptPage, etag_of

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

SHARED = "no-cache"
"""Anybody may keep it, caches of many readers included, but asks whether it has changed."""
PERSONAL = "private, no-cache"
"""The same, but only the reader's own browser: it was made for them, or brings them a cookie."""
KEPT_BY_NOBODY = "no-store"
"""It shows a gap that will be filled, or what the reader may want forgotten."""

_HTML = "text/html; charset=utf-8"
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH", "HTTP_IF_MODIFIED_SINCE")
"""What a browser that may have the page says, in WSGI's words."""


def page_response(html: str, cache_control: str, status: int = 200) -> Response:
    """Answer with a page, or with 304 if the browser has it."""
    body = html.encode()
    etag = "" if cache_control == KEPT_BY_NOBODY else etag_of(body)
    return kept_page_response(KeptPage(body, etag), cache_control, status)


def kept_page_response(page: KeptPage, cache_control: str, status: int = 200) -> Response:
    """Answer with a page that is kept, or with 304 if the browser has it."""
    response = _Page([page.body], status, headers_of(page, cache_control))
    if cache_control == KEPT_BY_NOBODY:
        return response
    environ = request.environ
    if any(condition in environ for condition in CONDITIONS):
        response.make_conditional(request)
    return response


def headers_of(page: KeptPage, cache_control: str) -> list[tuple[str, str]]:
    """Give the headers that say what a page is, and who may keep it."""
    headers = [
        ("Content-Type", _HTML),
        ("Content-Length", str(len(page.body))),
        ("Cache-Control", cache_control),
    ]
    if cache_control != SHARED:
        headers.append(("Vary", "Cookie"))
    if cache_control != KEPT_BY_NOBODY:
        headers.append(("ETag", f'"{page.etag}"'))
    return headers


class _Page(Response):
    """A response whose headers say it all: Werkzeug need not look for what is missing."""

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:
        """See Werkzeug."""
        return self.headers if self.status_code == 200 else super().get_wsgi_headers(environ)
