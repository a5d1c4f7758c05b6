"""What browsers may do with our pages: show them with our own assets, and send us forms."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask
from secure import Secure
from secure.headers import (
    ContentSecurityPolicy,
    CrossOriginEmbedderPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

HSTS_SECONDS = 365 * 24 * 3600


def install_security_headers(app: Flask) -> None:
    """Put the headers on every response, and HSTS on those that go out over TLS."""
    headers = list(_headers().items())
    hsts = Secure(hsts=StrictTransportSecurity().max_age(HSTS_SECONDS)).headers
    over_tls = [*headers, *hsts.items()]
    inner = app.wsgi_app

    def secured(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Add the headers at the very end, where they are a list: no header is looked up."""
        added = over_tls if environ["wsgi.url_scheme"] == "https" else headers

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            headers += added
            return start_response(status, headers, *error)

        return inner(environ, start)

    app.wsgi_app = secured  # type: ignore[method-assign]  # Flask's documented way.


def _headers() -> dict[str, str]:
    csp = (
        ContentSecurityPolicy()
        .default_src("'none'")
        .style_src("'self'")
        .img_src("'self'")
        .base_uri("'none'")
        .form_action("'self'")
        .frame_ancestors("'none'")
        .require_trusted_types_for("'script'")
    )
    permissions = (
        PermissionsPolicy()
        .camera("()")
        .microphone("()")
        .geolocation("()")
        .payment("()")
        .usb("()")
        .browsing_topics("()")
    )
    policy = Secure(
        csp=csp,
        permissions=permissions,
        referrer=ReferrerPolicy().same_origin(),
        coop=CrossOriginOpenerPolicy().same_origin(),
        coep=CrossOriginEmbedderPolicy().require_corp(),
        corp=CrossOriginResourcePolicy().same_origin(),
        xcto=XContentTypeOptions().nosniff(),
        xfo=XFrameOptions().deny(),
    )
    return dict(policy.validate_and_normalize_headers(on_invalid="raise").headers)
