"""The stylesheet: contrasts of both colour schemes, nothing loaded from elsewhere."""

import re
from importlib.resources import files

import pytest

from marketplace.category import Category

STYLESHEET = files("marketplace").joinpath("assets/shop.css").read_text("utf-8")
AA_TEXT = 4.5
AA_LARGE = 3.0
"""WCAG 2.2, 1.4.3 and 1.4.11."""

THEMES = re.findall(r"\.theme-([\w-]+) \{ (.*?) --art", STYLESHEET)


def colors(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css))


def schemes() -> dict[str, dict[str, str]]:
    day, night = (
        colors(block) for block in re.findall(r":root \{(.*?)\n *\}", STYLESHEET, re.DOTALL)
    )
    assert day.keys() == night.keys()
    return {"day": day, "night": night}


def luminance(color: str) -> float:
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_wcag_says() -> None:
    assert 21.0 == pytest.approx(contrast("#000000", "#ffffff"))
    assert 4.54 == pytest.approx(contrast("#767676", "#ffffff"), abs=0.005)


@pytest.mark.parametrize("scheme", ["day", "night"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "wall"),
        ("soft", "wall"),
        ("link", "wall"),
        ("gilt", "paint"),
        ("gilt", "paint-edge"),
        ("motto", "paint"),
        ("motto", "paint-edge"),
        ("inside-ink", "inside"),
        ("inside-ink", "inside-glow"),
        ("inside-soft", "inside"),
        ("inside-soft", "inside-glow"),
        ("card-ink", "card"),
        ("card-soft", "card"),
    ],
)
def test_text_can_be_read_in_both_schemes(scheme: str, text: str, ground: str) -> None:
    palette = schemes()[scheme]
    assert contrast(palette[text], palette[ground]) >= AA_TEXT


@pytest.mark.parametrize("scheme", ["day", "night"])
@pytest.mark.parametrize("ground", ["wall", "inside", "inside-glow"])
def test_the_ring_around_what_has_the_focus_can_be_seen(scheme: str, ground: str) -> None:
    palette = schemes()[scheme]
    assert contrast(palette["focus"], palette[ground]) >= AA_LARGE


def test_every_category_has_a_theme() -> None:
    assert [category.value for category in Category] == [name for name, _ in THEMES]


@pytest.mark.parametrize("colorway", [1, 2])
@pytest.mark.parametrize(("theme", "css"), THEMES, ids=[name for name, _ in THEMES])
def test_titles_can_be_read_on_every_cover(theme: str, css: str, colorway: int) -> None:
    palette = colors(css)
    assert contrast(palette[f"print-{colorway}"], palette[f"ground-{colorway}"]) >= AA_TEXT


def test_nothing_is_loaded_from_anywhere() -> None:
    assert not re.search(r"url\(|@import|@font-face|https?:", STYLESHEET)
