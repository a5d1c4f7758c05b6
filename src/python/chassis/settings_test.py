"""How settings are read, and how what is wrong with them is said."""

import enum
from argparse import ArgumentParser
from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from chassis.flags import Flag, add_flags, overrides
from chassis.settings import Settings, SettingsError, load_settings


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


def _even(number: int) -> int:
    if number % 2:
        raise ValueError("is not even")
    return number


class Example(Settings):
    count: Annotated[int, Flag("--count", "N")] = Field(
        default=3, ge=1, le=10, description="How many."
    )
    share: float = Field(default=0.5, gt=0, lt=1, allow_inf_nan=False)
    verbose: bool = False
    mode: Literal["fast", "slow"] = "fast"
    color: Color = Color.RED
    file: Path | None = None
    pairs: Annotated[int, AfterValidator(_even)] = 2
    name: str = Field(default="x", max_length=5)
    password: SecretStr = Field(default=SecretStr("none"), min_length=4)


def problems(environ: dict[str, str], given: dict[str, str | None] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as error:
        load_settings(Example, environ, given)
    return list(error.value.problems)


def test_without_variables_the_defaults_count() -> None:
    assert Example() == load_settings(Example, {})


def test_each_variable_is_named_like_its_field() -> None:
    environ = {"COUNT": "7", "VERBOSE": "true", "COLOR": "blue", "FILE": "/a/b"}
    expected = Example(count=7, verbose=True, color=Color.BLUE, file=Path("/a/b"))
    assert expected == load_settings(Example, environ)


def test_an_empty_variable_counts_as_unset() -> None:
    assert Example() == load_settings(Example, {"COUNT": "", "FILE": ""})


def test_variables_that_are_no_settings_are_ignored() -> None:
    assert Example() == load_settings(Example, {"HOME": "/root", "count": "8", "Count": "9"})


def test_the_process_environment_is_not_read_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNT", "7")
    assert 3 == Example().count
    assert 3 == load_settings(Example, {}).count


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Example().count = 4


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("COUNT", "many", "COUNT: 'many' is not a whole number"),
        ("COUNT", "1.5", "COUNT: '1.5' is not a whole number"),
        ("COUNT", "0", "COUNT: '0' is less than 1"),
        ("COUNT", "11", "COUNT: '11' is more than 10"),
        ("SHARE", "half", "SHARE: 'half' is not a number"),
        ("SHARE", "nan", "SHARE: 'nan' is not a finite number"),
        ("SHARE", "inf", "SHARE: 'inf' is not a finite number"),
        ("SHARE", "0", "SHARE: '0' is not more than 0.0"),
        ("SHARE", "1", "SHARE: '1' is not less than 1.0"),
        ("VERBOSE", "perhaps", "VERBOSE: 'perhaps' is neither true nor false"),
        ("MODE", "medium", "MODE: 'medium' is not 'fast' or 'slow'"),
        ("COLOR", "green", "COLOR: 'green' is not 'red' or 'blue'"),
        ("PAIRS", "3", "PAIRS: '3' is not even"),
        ("NAME", "too long", "NAME: 'too long' has more than 5 characters"),
    ],
)
def test_a_wrong_value_is_named_with_its_variable_and_why(
    variable: str, value: str, problem: str
) -> None:
    assert [problem] == problems({variable: value})


def test_every_mistake_is_reported_together() -> None:
    expected = ["COUNT: 'x' is not a whole number", "SHARE: 'y' is not a number"]
    assert expected == problems({"COUNT": "x", "SHARE": "y"})


def test_the_error_reads_as_a_list() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(Example, {"COUNT": "x", "SHARE": "y"})
    lines = str(error.value).splitlines()
    assert "the settings are wrong:" == lines[0]
    assert [f"  {problem}" for problem in error.value.problems] == lines[1:]


def test_a_secret_is_never_shown() -> None:
    (problem,) = problems({"PASSWORD": "abc"})
    assert problem.startswith("PASSWORD: the value is wrong: ")
    assert "abc" not in problem


def test_a_long_value_is_cut() -> None:
    (problem,) = problems({"COUNT": "x" * 10_000})
    assert len(problem) < 150


def test_a_value_cannot_break_its_line() -> None:
    (problem,) = problems({"COUNT": "1\nCOUNT: fine\x1b[2J"})
    assert problem.isprintable()


def test_a_required_setting_that_is_missing_is_named() -> None:
    class Required(Settings):
        token: SecretStr

    with pytest.raises(SettingsError) as error:
        load_settings(Required, {})
    assert ("TOKEN: is required and not set",) == error.value.problems


def test_a_rule_on_several_settings_is_reported_in_its_words() -> None:
    class Range(Settings):
        low: int = 0
        high: int = 0

        @model_validator(mode="after")
        def _in_order(self) -> "Range":
            if self.low > self.high:
                raise ValueError("LOW is more than HIGH")
            return self

    with pytest.raises(SettingsError) as error:
        load_settings(Range, {"LOW": "2", "HIGH": "1"})
    assert ("LOW is more than HIGH",) == error.value.problems


def test_what_is_missing_beside_another_setting_is_named_without_a_value() -> None:
    class Pair(Settings):
        first: int | None = None
        second: int | None = None

        @field_validator("second")
        @classmethod
        def _both(cls, value: int | None, info: ValidationInfo) -> int | None:
            if value is None and info.data.get("first") is not None:
                raise ValueError("is required with FIRST")
            return value

    with pytest.raises(SettingsError) as error:
        load_settings(Pair, {"FIRST": "1"})
    assert ("SECOND: is required with FIRST",) == error.value.problems


def test_an_option_is_stronger_than_its_variable() -> None:
    assert 5 == load_settings(Example, {"COUNT": "7"}, {"count": "5"}).count


@pytest.mark.parametrize("absent", [None, ""])
def test_an_option_that_is_not_given_changes_nothing(absent: str | None) -> None:
    assert 7 == load_settings(Example, {"COUNT": "7"}, {"count": absent}).count


def test_a_wrong_option_is_named_as_the_option() -> None:
    assert ["--count: 'x' is not a whole number"] == problems({"COUNT": "7"}, {"count": "x"})


def test_an_override_of_what_is_no_setting_is_a_defect() -> None:
    with pytest.raises(TypeError, match="Example has no cuont"):
        load_settings(Example, {}, {"cuont": "1"})


def test_flags_become_options_that_name_their_variable() -> None:
    parser = ArgumentParser(prog="example")
    add_flags(parser, Example.model_fields)
    assert "--count N" in parser.format_help()
    assert "How many. [COUNT]" in parser.format_help()
    arguments = parser.parse_args(["--count", "4"])
    assert {"count": "4"} == overrides(arguments, Example.model_fields)
    assert {"count": None} == overrides(parser.parse_args([]), Example.model_fields)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([n.upper() for n in Example.model_fields]), st.text()))
def test_whatever_the_environment_says_settings_are_made_or_mistakes_listed(
    environ: dict[str, str],
) -> None:
    mistakes: tuple[str, ...] = ()
    try:
        load_settings(Example, environ)
    except SettingsError as error:
        mistakes = error.problems or ("none listed",)
    assert all(problem.split(":")[0] in environ for problem in mistakes)
