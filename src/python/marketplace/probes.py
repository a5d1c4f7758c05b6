"""What Kubernetes and load balancers ask."""

from collections.abc import Callable

from flask import Blueprint, Response


def probes_blueprint(draining: Callable[[], bool]) -> Blueprint:
    """`/healthz`: the process answers. `/readyz`: send it visitors; 503 while it drains.

    Recommendations have no part in either: the shop is open without them.
    """
    blueprint = Blueprint("probes", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return _plain("alive\n", 200)

    @blueprint.get("/readyz")
    def readyz() -> Response:
        return _plain("draining\n", 503) if draining() else _plain("ready\n", 200)

    return blueprint


def _plain(text: str, status: int) -> Response:
    response = Response(text, status=status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
