"""Stylesheet and pictures: addresses that change with the content, kept for ever."""

import hashlib
from importlib.resources import files

import pytest
from flask import Flask

from marketplace.assets import CACHE_FOREVER, Asset, install_assets, load_assets
from marketplace.testing.pages import shop


def address_of(name: str) -> str:
    return f"/assets/{load_assets()[name].served_as}"


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("shop.css", "text/css; charset=utf-8"), ("bookmark.svg", "image/svg+xml")],
)
def test_each_is_served_whole_under_its_hash(name: str, content_type: str) -> None:
    content = files("marketplace").joinpath("assets", name).read_bytes()
    assert hashlib.sha256(content).hexdigest()[:12] in address_of(name)
    response = shop().get(address_of(name))
    assert (200, content) == (response.status_code, response.data)
    assert content_type == response.headers["Content-Type"]
    assert CACHE_FOREVER == response.headers["Cache-Control"]


def test_what_a_browser_has_is_not_sent_again() -> None:
    visitor = shop()
    tag = visitor.get(address_of("shop.css")).headers["ETag"]
    again = visitor.get(address_of("shop.css"), headers={"If-None-Match": tag})
    assert (304, b"") == (again.status_code, again.data)
    assert CACHE_FOREVER == again.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "/assets/shop.css",
        "/assets/shop.000000000000.css",
        "/assets/",
        "/assets/../app.py",
        "/assets/..%2fapp.py",
        "/static/shop.css",
    ],
)
def test_nothing_else_is_served(path: str) -> None:
    """The hash of another release must not be answered with this release's content."""
    response = shop().get(path)
    assert 404 == response.status_code
    assert "immutable" not in response.headers["Cache-Control"]


def test_an_unknown_asset_fails_the_page_that_names_it() -> None:
    app = Flask("marketplace")
    install_assets(app, {"a.css": Asset(b"", "text/css", "0", "a.0.css")})
    with app.test_request_context():
        template = app.jinja_env.from_string("{{ asset_url('b.css') }}")
        with pytest.raises(KeyError, match=r"b\.css"):
            template.render()
