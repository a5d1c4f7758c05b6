"""A reader at a shop with real recommendations: known by a cookie, remembered, and forgotten."""

from collections.abc import Iterator

import httpx
import pytest
from bs4 import BeautifulSoup

from devstack.testing.waiting import wait_until
from e2e.conftest import SECONDS, Start
from e2e.service_process import HOST, MARKETPLACE, PATIENT, RECOMMENDATIONS

KEYS = "a-key-of-the-test-and-of-nobody-else"
NOTHING = "There is nothing here yet."


@pytest.fixture()
def reader(start: Start) -> Iterator[httpx.Client]:
    """A newcomer to a new shop, with several workers behind it."""
    recommendations = start(RECOMMENDATIONS).wait_until_ready()
    shop = start(
        MARKETPLACE, RECOMMENDATIONS_HOST=recommendations.address(), COOKIE_KEYS=KEYS, **PATIENT
    ).wait_until_ready()
    address = f"http://{HOST}:{shop.port()}"
    with httpx.Client(
        base_url=address, timeout=SECONDS, trust_env=False, follow_redirects=True
    ) as client:
        yield client


def press(reader: httpx.Client, path: str, button: str) -> httpx.Response:
    """Opens a page and sends the form of one of its buttons."""
    page = BeautifulSoup(reader.get(path).text, "html.parser")
    forms = page.select('form[method="post"]')
    (form,) = (each for each in forms if each.get_text(strip=True) == button)
    fields = {str(field["name"]): str(field["value"]) for field in form.select("input")}
    return reader.post(str(form["action"]), data=fields)


def test_what_a_reader_does_is_remembered_until_they_want_it_forgotten(
    reader: httpx.Client,
) -> None:
    assert reader.get("/").text.count("<li>") == 3
    assert NOTHING in reader.get("/you").text

    page = reader.get("/books/1")
    assert "The Maltese Falcon" in page.text
    wait_until("the view", lambda: "You looked at it" in reader.get("/you").text)

    assert "It is on your list now." in press(reader, "/books/2", "Put on my list").text
    you = reader.get("/you").text
    assert "Murder on the Orient Express" in you
    assert "You wished for" in you
    assert reader.get("/").text.count("<li>") == 3

    forgotten = press(reader, "/you", "Forget me")
    assert forgotten.url.path == "/forgotten"
    assert not reader.cookies
    assert reader.get("/").text.count("<li>") == 3
    assert NOTHING in reader.get("/you").text


def test_a_book_that_is_not_in_the_catalogue_has_no_page(reader: httpx.Client) -> None:
    assert reader.get("/books/2147483647").status_code == 404
