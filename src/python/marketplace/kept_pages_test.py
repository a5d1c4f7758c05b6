"""Pages that are kept: made once for the same, and never shown for something else."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from flask import Flask

from marketplace.kept_pages import HOLES, KeptPage, KeptPages, install_kept_parts

TEMPLATE = "{{ made() }}{{ name }}|{{ shown }}|{{ url_for('home') }}"
PARTS = (
    "{% macro part(word, more='') -%}"
    "{{ made() }}<i>{{ word }}{{ more }}</i>{{ url_for('home') }}"
    "{%- endmacro %}"
)
LIST = """\
{{ made() }}<b>{{ name }}</b>{{ shown }}
{% for item in items %}
{{ kept_part(item, "!") }}
{% endfor %}
{{ url_for('home') }}"""
UNLIKE = "{% for item in items %}{{ kept_part(item, loop.index) }}{% endfor %}"


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
        (folder / "list.html").write_text(LIST)
        (folder / "unlike.html").write_text(UNLIKE)
        self.app.jinja_env.globals["made"] = self._count
        self.kept = KeptPages(lambda: {"shown": self.shown}, most)
        install_kept_parts(self.app, "parts.html", "part")

    def _count(self) -> str:
        self.made += 1
        return ""

    def page(self, name: str, path: str = "/") -> str:
        with self.app.test_request_context("/", base_url=f"http://shop.example{path}"):
            return self.kept.page("page.html", name=name).body.decode()

    def filled(self, items: Sequence[str], name: str = "a", path: str = "/") -> KeptPage:
        with self.app.test_request_context("/", base_url=f"http://shop.example{path}"):
            return self.kept.filled("list.html", items, name=name, items=HOLES)

    def made_at_once(self, items: Sequence[str], name: str = "a") -> str:
        with self.app.test_request_context("/"):
            page = self.app.jinja_env.get_template("list.html")
            return page.render(name=name, items=items, shown=self.shown)

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


@pytest.mark.parametrize("items", [["x"], ["x", "y"], ["y", "<x>", "\u00e9"]])
def test_a_page_that_is_filled_is_the_same_as_one_made_at_once(
    items: list[str], site: Site
) -> None:
    assert site.made_at_once(items, "<a>").encode() == site.filled(items, "<a>").body


def test_items_that_change_leave_the_rest_as_it_is(site: Site) -> None:
    site.filled(["x", "y"])
    assert 3 == site.made
    site.filled(["y", "x"])
    assert 3 == site.made
    site.filled(["y", "z"])
    assert 4 == site.made


def test_what_else_differs_makes_another_frame(site: Site) -> None:
    first = site.filled(["x"])
    site.shown = False
    others = [first, site.filled(["x"]), site.filled(["x"], "b"), site.filled(["x"], "b", "/below")]
    assert 4 == len({page.body for page in others}) == len({page.etag for page in others})
    assert (
        others[3].body.count(b"/below/") == others[0].body.count(b"/") - 2
    )  # Those of </b>, </i>.


def test_filled_pages_have_the_same_name_if_and_only_if_they_are_the_same(tmp_path: Path) -> None:
    one, other = (tmp_path / name for name in ("one", "other"))
    one.mkdir()
    other.mkdir()
    site, replica = Site(one), Site(other)
    assert site.filled(["x", "y"]) == replica.filled(["x", "y"])
    pages = [site.filled(items) for items in (["x", "y"], ["y", "x"], ["x"], ["xy"])]
    assert 4 == len({page.etag for page in pages})


def test_items_that_are_not_shown_alike_have_no_frame(site: Site) -> None:
    with (
        site.app.test_request_context("/"),
        pytest.raises(ValueError, match="different ways"),
    ):
        site.kept.filled("unlike.html", ["x"], items=HOLES)
