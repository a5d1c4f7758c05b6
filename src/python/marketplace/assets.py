"""The files that pages load, under addresses that change with their content."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from flask import Blueprint, Flask, abort, request, url_for
from werkzeug.wrappers import Response

CACHE_FOREVER = "public, max-age=31536000, immutable"

_TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file and the name it is served under: `shop.css` becomes `shop.1a2b3c4d5e6f.css`."""

    content: bytes
    content_type: str
    digest: str
    served_as: str


def load_assets() -> dict[str, Asset]:
    """Read the package's assets, by their plain name. Raises KeyError for a type it lacks."""
    assets = {}
    for file in files("marketplace").joinpath("assets").iterdir():
        stem, _, extension = file.name.rpartition(".")
        content = file.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        served_as = f"{stem}.{digest[:12]}.{extension}"
        assets[file.name] = Asset(content, _TYPES[extension], digest, served_as)
    return assets


def install_assets(app: Flask, assets: Mapping[str, Asset]) -> None:
    """Serve assets, and give templates `asset_url(name)`, which is a KeyError for an unknown name.

    An address never serves other content than the one it was made for, so that browsers may keep
    what they got for as long as they like. An address of another release is NOT FOUND.
    """
    by_served_name = {asset.served_as: asset for asset in assets.values()}
    blueprint = Blueprint("assets", __name__)

    @blueprint.get("/assets/<name>")
    def asset(name: str) -> Response:
        found = by_served_name.get(name)
        if found is None:
            abort(404)
        response = Response(found.content, content_type=found.content_type)
        response.headers["Cache-Control"] = CACHE_FOREVER
        response.set_etag(found.digest)
        return response.make_conditional(request)

    app.register_blueprint(blueprint)
    app.add_template_global(
        lambda name: url_for("assets.asset", name=assets[name].served_as), "asset_url"
    )
