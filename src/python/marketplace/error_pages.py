"""The pages that say that something is not there, or went wrong, and where to go on."""

from dataclasses import dataclass

from flask import Flask, g, make_response, render_template
from structlog.typing import FilteringBoundLogger
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable
from werkzeug.wrappers import Response

RETRY_SECONDS = 10


@dataclass(frozen=True, slots=True)
class _Text:
    heading: str
    explanation: str


_TEXTS = {
    403: _Text(
        "That form is out of date",
        "Please go back, load the page again and then try once more. Your browser must keep our"
        " cookie: without it we cannot tell your forms from forged ones.",
    ),
    404: _Text(
        "That page is not on our shelves",
        "It may have moved, or the address may have lost a letter on the way.",
    ),
    405: _Text(
        "That is not how this page works",
        "The page is here, but it cannot be used in the way your browser asked.",
    ),
    429: _Text(
        "One thing at a time, please",
        "That was a lot in one minute. Nothing was noted this time; please try again shortly.",
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


class NotNow(ServiceUnavailable):
    """Something that recommendations are needed for, while they are of no use.

    explanation: what did not come to pass, and what to do, in words for readers.
    """

    def __init__(self, explanation: str) -> None:
        super().__init__(retry_after=RETRY_SECONDS)
        self.text = _Text("We cannot do that right now", explanation)


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
    if isinstance(error, NotNow):
        text = error.text
    else:
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
    for name in ("Allow", "Retry-After"):
        if value := ready_made.headers.get(name):
            response.headers[name] = value
    return response
