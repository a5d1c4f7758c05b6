"""Every page's time begins with its HTTP request."""

from flask import Flask, g

from chassis.deadline import close_budget, open_budget


def install_page_budget(app: Flask, page_seconds: float, margin_seconds: float) -> None:
    """Give each request `g.budget`: the time that it may spend on waiting for others.

    It is what is left of the page's time, less a margin, to make HTML of what was waited for. Calls
    over the chassis' channels are bounded by the page's time in any case.
    """

    @app.before_request
    def begin() -> None:
        g.budget = open_budget(page_seconds).less(margin_seconds)

    @app.teardown_request
    def end(_: BaseException | None) -> None:
        close_budget()
