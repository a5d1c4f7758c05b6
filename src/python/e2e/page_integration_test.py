"""The shop's pages, as the tutorial's reader sees them."""

import httpx
from bs4 import BeautifulSoup


def test_the_home_page_is_that_of_the_tutorial(shop: httpx.Client) -> None:
    response = shop.get("/")
    assert response.status_code == 200
    page = response.text
    assert "<title>Online Books For You</title>" in page
    assert "<h1>Mystery books you may like</h1>" in page
    assert page.count("<li>") == 3


def test_each_shelf_that_the_home_page_links_to_has_books(shop: httpx.Client) -> None:
    """A category on either side that the other does not know would leave a shelf empty."""
    home = BeautifulSoup(shop.get("/").text, "html.parser")
    shelves = {str(link["href"]) for link in home.select("nav a[href]")}
    assert len(shelves) == 8
    for shelf in shelves:
        page = shop.get(shelf)
        assert page.status_code == 200
        assert page.text.count("<li>") > 3


def test_everything_that_the_home_page_asks_for_is_there(shop: httpx.Client) -> None:
    """Style sheet and icon are in the PEX file."""
    home = BeautifulSoup(shop.get("/").text, "html.parser")
    assets = {str(link["href"]) for link in home.select("link[href]")}
    assert assets
    for asset in assets:
        assert shop.get(asset).status_code == 200


def test_an_unknown_path_has_a_page_of_its_own(shop: httpx.Client) -> None:
    response = shop.get("/no/such/page")
    assert response.status_code == 404
    assert "text/html" in response.headers["content-type"]


def test_the_shop_answers_what_kubernetes_asks(shop: httpx.Client) -> None:
    assert [200, 200] == [shop.get(path).status_code for path in ("/healthz", "/readyz")]
