"""Pages that are kept: made once for the same, and never shown for something else."""

from pathlib import Path

import pytest
from flask import Flask

from marketplace.kept_pages import KeptPages, install_kept_parts

TEMPLATE = "{{ made() }}{{ name }}|{{ shown }}|{{ url_for('home') }}"
PARTS = "{% macro part(word) -%}{{ made() }}<i>{{ word }}</i>{{ url_for('home') }}{%- endmacro %}"


class Site:
    """An application whose templates count how often they are rendered."""

    def __init__(self, folder: Path, most: int = 8) -> None:
        self.made = 0
        self.shown = True
        self.app = Flask("site", template_folder=str(folder))
        self.app.add_url_rule("/", "home", str)
        (folder / "page.html").write_text(TEMPLATE)
        (folder / "parts.html").write_text(PARTS)
        (folder / "whole.html").write_text("{{ kept_part(word) }}")
        self.app.jinja_env.globals["made"] = self._count
        self.kept = KeptPages(lambda: {"shown": self.shown}, most)
        install_kept_parts(self.app, "parts.html", "part")

    def _count(self) -> str:
        self.made += 1
        return ""

    def page(self, name: str, path: str = "/") -> str:
        with self.app.test_request_context("/", base_url=f"http://shop.example{path}"):
            return self.kept.page("page.html", name=name).body.decode()

    def whole(self, word: str) -> str:
        with self.app.test_request_context("/"):
            return self.app.jinja_env.get_template("whole.html").render(word=word)


@pytest.fixture()
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_page_is_made_once(site: Site) -> None:
    assert ["a|True|/", "a|True|/"] == [site.page("a"), site.page("a")]
    assert 1 == site.made


def test_other_values_and_surroundings_make_another_page(site: Site) -> None:
    assert "a|True|/" == site.page("a")
    assert "b|True|/" == site.page("b")
    site.shown = False
    assert "a|False|/" == site.page("a")


def test_an_application_under_another_path_has_pages_of_its_own(site: Site) -> None:
    """A proxy may put the shop below a path: links must follow."""
    assert "a|True|/" == site.page("a")
    assert "a|True|/below/" == site.page("a", "/below/")


def test_pages_have_the_same_name_if_and_only_if_they_are_the_same(site: Site) -> None:
    with site.app.test_request_context("/"):
        first, again, other = (site.kept.page("page.html", name=name) for name in ("a", "a", "b"))
    assert first.etag == again.etag != other.etag


def test_the_page_that_was_of_no_use_for_longest_goes(tmp_path: Path) -> None:
    site = Site(tmp_path, most=2)
    for name in ("a", "b", "a", "c", "a"):
        site.page(name)
    assert 3 == site.made
    site.page("b")
    assert 4 == site.made


def test_parts_are_made_once_and_escaped_once(site: Site) -> None:
    assert {"<i>&lt;b&gt;</i>/"} == {site.whole("<b>"), site.whole("<b>")}
    assert 1 == site.made
    assert "<i>other</i>/" == site.whole("other")
