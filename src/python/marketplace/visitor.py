"""The reader behind a request: known by a cookie, or about to get one."""

import time
from functools import lru_cache

from flask import Flask, abort, g, request
from werkzeug.http import dump_cookie
from werkzeug.wrappers import Response

from marketplace.reader_identity import ReaderIdentity

TOKEN_FIELD = "token"  # noqa: S105 - the name of a form's field.
SAME_SITE = frozenset({"same-origin", "none"})
"""What browsers call the site that a form was sent from: ours, or the reader's own doing."""


class Visitor:
    """Of one request.

    known: the reader that the request's cookie names; None for a first visit.
    new: the reader that the response's cookie will name, if any.
    """

    def __init__(self, identity: ReaderIdentity) -> None:
        self._identity = identity
        cookie: str | None = None
        if "HTTP_COOKIE" in request.environ:
            cookie = request.cookies.get(cookie_name(self.secure))
        self.known = None if cookie is None else identity.reader_of(cookie)
        self.new: int | None = None

    @property
    def secure(self) -> bool:
        """Whether cookies are for TLS alone."""
        return self._identity.always_secure or request.is_secure

    def reader(self) -> int:
        """Give the reader; a first visit begins one, and the response tells the browser."""
        if self.known is not None:
            return self.known
        if self.new is None:
            self.new = self._identity.new_reader()
        return self.new

    def form_token(self) -> str:
        """Give what a form must carry; see `written_by_reader`."""
        return self._identity.form_token_of(self.reader())

    def written_by_reader(self) -> int:
        """Give the reader who sent a form. Aborts with 403 unless it is one of our own, for them.

        Another site can make a browser send a form, but neither read the token out of a page of
        ours nor make one.
        """
        token = request.form.get(TOKEN_FIELD, "")
        from_here = request.headers.get("Sec-Fetch-Site", "none") in SAME_SITE
        if not from_here or self.known is None:
            abort(403)
        if not self._identity.is_form_token_of(self.known, token):
            abort(403)
        return self.known

    def forgotten(self, response: Response) -> None:
        """Have the browser drop the cookie."""
        name = cookie_name(self.secure)
        response.delete_cookie(name, secure=self.secure, httponly=True, samesite="Lax")


def cookie_name(secure: bool) -> str:
    """Give the cookie's name. Browsers let nobody but this host set one that begins like that."""
    return "__Host-reader" if secure else "reader"


def install_visitors(app: Flask, identity: ReaderIdentity) -> None:
    """Give each request `g.visitor`, and each new reader a cookie."""

    @app.before_request
    def arrive() -> None:
        g.visitor = Visitor(identity)

    @app.after_request
    def leave(response: Response) -> Response:
        # Other hooks may have refused the request before this one's turn.
        visitor: Visitor | None = g.get("visitor")
        if visitor and visitor.new is not None:
            cookie = new_cookie(identity, visitor.new, visitor.secure)
            response.headers.add("Set-Cookie", cookie)
        return response


def new_cookie(identity: ReaderIdentity, reader: int, secure: bool) -> str:
    """Give the header by which a browser learns who its reader is.

    secure: whether it may be sent over TLS alone.
    """
    attributes = _attributes(secure, identity.max_age_seconds, int(time.time()))
    return f"{cookie_name(secure)}={identity.cookie_of(reader)}{attributes}"


@lru_cache(4)
def _attributes(secure: bool, max_age_seconds: int, _: int) -> str:
    """Give what follows a new reader's cookie: the same for all who come within a second."""
    cookie = dump_cookie(
        "reader",
        "",
        max_age=max_age_seconds,
        secure=secure,
        httponly=True,
        samesite="Lax",
    )
    return cookie.removeprefix("reader=")
