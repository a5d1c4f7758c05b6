"""What browsers may do with our pages."""

import pytest

from marketplace.assets import load_assets
from marketplace.testing.pages import PAGES, shop, visit

STYLESHEET = f"/assets/{load_assets()['shop.css'].served_as}"
PATHS = ["/", "/categories/mystery", "/nowhere", "/healthz", "/readyz", STYLESHEET]


@pytest.mark.parametrize("path", PATHS)
def test_every_response_has_them(path: str) -> None:
    headers = shop().get(path).headers
    csp = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
    } == csp
    assert {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
    }.items() <= dict(headers).items()
    permissions = headers["Permissions-Policy"].split(", ")
    assert all(permission.endswith("=()") for permission in permissions)
    assert {"camera=()", "microphone=()", "geolocation=()"} <= set(permissions)


@pytest.mark.parametrize("name", PAGES)
def test_so_do_pages_that_went_wrong(name: str) -> None:
    assert "Content-Security-Policy" in visit(name).headers


@pytest.mark.parametrize("path", PATHS)
def test_browsers_are_told_to_stay_with_tls_by_tls_alone(path: str) -> None:
    assert "Strict-Transport-Security" not in shop().get(path).headers
    over_tls = shop().get(path, base_url="https://shop.example")
    assert "max-age=31536000" == over_tls.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("path", ["/nowhere", "/healthz", "/readyz", "/search", "/you", STYLESHEET])
def test_what_is_the_same_for_everybody_sets_no_cookie(path: str) -> None:
    assert "Set-Cookie" not in shop().get(path).headers
