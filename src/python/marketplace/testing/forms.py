"""Forms of pages, sent as a browser would."""

from bs4 import Tag
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.testing.pages import soup


def forms_on(html: str) -> dict[str, Tag]:
    """Give the forms that change something, by what their button says."""
    forms = soup(html).select('form[method="post"]')
    return {button.get_text(): form for form in forms for button in form.select("button")}


def send(
    visitor: FlaskClient, path: str, button: str, headers: dict[str, str] | None = None
) -> TestResponse:
    """Open a page and press one of its buttons."""
    form = forms_on(visitor.get(path).text)[button]
    fields = {str(field["name"]): str(field["value"]) for field in form.select("input")}
    return visitor.post(str(form["action"]), data=fields, headers=headers)
