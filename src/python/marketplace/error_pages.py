"""The pages that say that something is not there, or went wrong, and where to go on."""

from dataclasses import dataclass

from flask import Flask, g, make_response, render_template
from structlog.typing import FilteringBoundLogger
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response


@dataclass(frozen=True, slots=True)
class _Text:
    heading: str
    explanation: str


_TEXTS = {
    404: _Text(
        "That page is not on our shelves",
        "It may have moved, or the address may have lost a letter on the way.",
    ),
    405: _Text(
        "That is not how this page works",
        "The page is here, but it cannot be used in the way your browser asked.",
    ),
}
_OTHER_REFUSAL = _Text(
    "We did not understand that",
    "Something in the request is not as this shop expects it.",
)
_OUR_FAULT = _Text(
    "Something fell off the shelf",
    "It is our fault, not yours. We have made a note of it and will look into it.",
)


def install_error_pages(app: Flask, log: FilteringBoundLogger) -> None:
    """Answer errors with a page. What went wrong inside is for the log, under the same id."""

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        return _page(error)

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        log.error("request failed", exception_type=type(error).__name__, exc_info=error)
        return _page(InternalServerError())


def _page(error: HTTPException) -> Response:
    ready_made = error.get_response()
    status = ready_made.status_code
    our_fault = status >= 500
    text = _OUR_FAULT if our_fault else _TEXTS.get(status, _OTHER_REFUSAL)
    page = render_template(
        "error.html",
        heading=text.heading,
        explanation=text.explanation,
        request_id=g.request_id,
        show_id=our_fault,
    )
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    if allowed := ready_made.headers.get("Allow"):
        response.headers["Allow"] = allowed
    return response
