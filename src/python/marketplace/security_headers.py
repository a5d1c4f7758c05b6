"""What browsers may do with our pages: show them with our own assets, and send us forms."""

from flask import Flask, Response, request
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

HSTS_SECONDS = 365 * 24 * 3600


def install_security_headers(app: Flask) -> None:
    """Put the headers on every response, and HSTS on those that go out over TLS."""
    headers = _headers()
    over_tls = Secure(hsts=StrictTransportSecurity().max_age(HSTS_SECONDS)).headers

    @app.after_request
    def secure_response(response: Response) -> Response:
        response.headers.update(headers)
        if request.is_secure:
            response.headers.update(over_tls)
        return response


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
