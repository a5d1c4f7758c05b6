"""What every page owes to those who do not see it, or see it badly."""

import itertools
from urllib.parse import urlsplit

import pytest
from bs4 import Tag

from marketplace.testing.pages import PAGES, page, shop, soup, well_formed


def test_the_pages_differ() -> None:
    assert len(PAGES) == len({page(name) for name in PAGES})


@pytest.mark.parametrize("name", PAGES)
def test_every_element_is_closed(name: str) -> None:
    assert "html" == well_formed(page(name)).tag


@pytest.mark.parametrize("name", PAGES)
def test_the_language_the_characters_and_the_width_are_stated(name: str) -> None:
    html = soup(page(name))
    assert html.select_one('html[lang="en"]')
    assert html.select_one('meta[charset="utf-8"]')
    viewport = html.select_one('meta[name="viewport"]')
    assert viewport is not None
    assert "width=device-width, initial-scale=1" == viewport["content"]


@pytest.mark.parametrize("name", PAGES)
def test_there_is_one_of_each_landmark(name: str) -> None:
    html = soup(page(name))
    for landmark in ("header", "main", "nav", "footer", "h1", "title"):
        assert 1 == len(html.find_all(landmark)), landmark


@pytest.mark.parametrize("name", PAGES)
def test_headings_begin_at_one_and_skip_no_level(name: str) -> None:
    levels = [int(heading.name[1]) for heading in soup(page(name)).select("h1, h2, h3, h4, h5, h6")]
    assert 1 == levels[0]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize("name", PAGES)
def test_headings_and_links_have_a_text(name: str) -> None:
    for each in soup(page(name)).select("h1, h2, a"):
        assert each.get_text(strip=True)


@pytest.mark.parametrize("name", PAGES)
def test_the_first_link_skips_to_the_content(name: str) -> None:
    html = soup(page(name))
    first = html.find("a")
    assert isinstance(first, Tag)
    target = html.select_one(str(first["href"]))
    assert target is not None
    assert "main" == target.name
    assert "-1" == target["tabindex"]


@pytest.mark.parametrize("name", PAGES)
def test_ids_are_unique_and_references_lead_somewhere(name: str) -> None:
    html = soup(page(name))
    ids = [each["id"] for each in html.select("[id]")]
    assert len(set(ids)) == len(ids)
    for each in html.select("[aria-labelledby]"):
        assert each["aria-labelledby"] in ids


@pytest.mark.parametrize("name", PAGES)
def test_drawn_covers_are_hidden_from_those_who_listen(name: str) -> None:
    """They repeat what the label says."""
    assert all("true" == each["aria-hidden"] for each in soup(page(name)).select(".cover, .gap"))


@pytest.mark.parametrize("name", PAGES)
def test_nothing_hidden_can_be_focused(name: str) -> None:
    assert [] == soup(page(name)).select("[aria-hidden] a, [aria-hidden] [tabindex]")


@pytest.mark.parametrize("name", PAGES)
def test_there_is_no_script_and_no_inline_style(name: str) -> None:
    html = soup(page(name))
    assert [] == html.select("script, style, iframe, object, embed, [style]")
    attributes = {name for each in html.find_all(True) for name in each.attrs}
    assert not {each for each in attributes if each.startswith("on")}


@pytest.mark.parametrize("name", PAGES)
def test_every_address_is_our_own_and_answers(name: str) -> None:
    html = soup(page(name))
    addresses = {str(each[key]) for key in ("href", "src") for each in html.select(f"[{key}]")}
    visitor = shop()
    for address in addresses:
        parts = urlsplit(address)
        assert ("", "") == (parts.scheme, parts.netloc), address
        if parts.path:
            assert 200 == visitor.get(parts.path).status_code, address
