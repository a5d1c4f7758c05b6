"""Every page's time begins with its HTTP request."""

from flask import Flask, g

from marketplace.budget import Budget

RENDERING_SECONDS = 0.05
"""What is kept back of a page's time, to make HTML of what was waited for."""


def install_page_budget(app: Flask, page_seconds: float) -> None:
    """Give each request `g.budget`: the time that it may spend on waiting for others."""

    @app.before_request
    def begin() -> None:
        g.budget = Budget(page_seconds - RENDERING_SECONDS)
