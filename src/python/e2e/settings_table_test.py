"""The tables of settings in docs/operations.md say what the code says."""

import re
from pathlib import Path

import pytest

from chassis.setting_values import value_of
from chassis.settings import Settings
from chassis.tracing.settings import TracingSettings
from marketplace.settings import MarketplaceSettings
from recommendations.settings import RecommendationsSettings

OPERATIONS = Path("docs/operations.md")


def table(settings: type[Settings]) -> list[str]:
    """Give the rows for settings as they must stand in the document; those of tracing once."""
    rows = []
    for name, field in settings.fields().items():
        if name in TracingSettings.fields() and settings is not TracingSettings:
            continue
        variable = f"`{name.upper()}`" + (f" `{field.flag.name}`" if field.flag else "")
        default = "" if field.default is None else f"`{field.default}`"
        rows.append(f"| {variable} | {default} | {field.description} |")
    return rows


@pytest.mark.parametrize("service", [RecommendationsSettings, MarketplaceSettings])
def test_both_services_have_the_settings_of_tracing(service: type[Settings]) -> None:
    assert issubclass(service, TracingSettings)


@pytest.mark.parametrize("service", [RecommendationsSettings, MarketplaceSettings])
def test_defaults_are_values_that_could_be_set(service: type[Settings]) -> None:
    """Else who writes down what is anyway would be told that it is wrong."""
    for name, field in service.fields().items():
        if field.default is not None:
            assert field.default == value_of(field, str(field.default)), name


@pytest.mark.parametrize(
    ("heading", "settings"),
    [
        ("Settings of recommendations", RecommendationsSettings),
        ("Settings of the marketplace", MarketplaceSettings),
        ("Settings of tracing, in both services", TracingSettings),
    ],
)
def test_the_table_has_each_setting_with_its_default_and_meaning(
    heading: str, settings: type[Settings]
) -> None:
    section = OPERATIONS.read_text().split(f"### {heading}\n")[1].split("\n#")[0]
    rows = [line for line in section.splitlines() if re.match(r"\| `", line)]
    assert table(settings) == rows
