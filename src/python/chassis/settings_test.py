"""How settings are read, and how what is wrong with them is said."""

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta

from chassis.flags import add_flags, overrides
from chassis.secret import Secret
from chassis.setting import Flag, Parser
from chassis.setting_values import ExistingFile
from chassis.settings import Settings, SettingsError, load_settings


def _even(text: str) -> int:
    if int(text) % 2:
        raise ValueError("is not even")
    return int(text)


def _password(text: str) -> Secret:
    if len(text) < 4:
        raise ValueError("is too short")
    return Secret(text)


class Example(Settings):
    count: Annotated[int, Flag("--count", "N"), Meta(ge=1, le=10, description="How many.")] = 3
    share: Annotated[float, Meta(gt=0, lt=1)] = 0.5
    verbose: bool = False
    mode: Literal["fast", "slow"] = "fast"
    only: Literal["one"] | None = None
    level: Literal["low", "middle", "high"] = "low"
    file: Path | None = None
    existing: Annotated[ExistingFile | None, Meta(description="A file.")] = None
    pairs: Annotated[int, Parser(_even)] = 2
    name: Annotated[str, Meta(max_length=5)] = "x"
    most: Annotated[Annotated[int, Meta(le=7)] | None, Meta(description="At most.")] = None
    password: Annotated[Secret | None, Parser(_password)] = None


class Required(Settings):
    token: Annotated[Secret, Parser(Secret)]


class Range(Settings):
    low: int | None = None
    high: int = 0

    @classmethod
    def mistakes(cls, sound: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        yield from super().mistakes(sound)
        if "high" in sound:
            if sound.get("low", "wrong") is None and sound["high"]:
                yield "low", "is required with HIGH"
            if (sound.get("low") or 0) > sound["high"]:
                yield "high", "is less than LOW"


class RangeAndMore(Example, Range):
    pass


def problems(environ: dict[str, str], given: dict[str, str | None] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as error:
        load_settings(Example, environ, given)
    return list(error.value.problems)


def test_without_variables_the_defaults_count() -> None:
    assert Example() == load_settings(Example, {})


def test_each_variable_is_named_like_its_field() -> None:
    environ = {"COUNT": "7", "VERBOSE": "true", "LEVEL": "high", "FILE": "/a/b"}
    expected = Example(count=7, verbose=True, level="high", file=Path("/a/b"))
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
    example: Any = Example()
    with pytest.raises(AttributeError, match="settings do not change"):
        example.count = 4


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
        ("ONLY", "two", "ONLY: 'two' is not 'one'"),
        ("LEVEL", "none", "LEVEL: 'none' is not 'low', 'middle' or 'high'"),
        ("EXISTING", "/none", "EXISTING: '/none' is not a file"),
        ("MOST", "8", "MOST: '8' is more than 7"),
        ("MOST", "null", "MOST: 'null' is not a whole number"),
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
    assert ["PASSWORD: the value is too short"] == problems({"PASSWORD": "abc"})
    settings = load_settings(Example, {"PASSWORD": "abcd"})
    assert Secret("abcd") == settings.password
    assert "abcd" not in f"{settings} {settings!r} {settings.password}"


def test_a_long_value_is_cut() -> None:
    (problem,) = problems({"COUNT": "x" * 10_000})
    assert len(problem) < 150


def test_a_value_cannot_break_its_line() -> None:
    (problem,) = problems({"COUNT": "1\nCOUNT: fine\x1b[2J"})
    assert problem.isprintable()


def test_a_required_setting_that_is_missing_is_named() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(Required, {})
    assert ("TOKEN: is required and not set",) == error.value.problems


def test_settings_are_made_of_what_there_is_to_set() -> None:
    nothing: dict[str, Any] = {}
    with pytest.raises(TypeError, match="Range: unknown or missing: cuont"):
        Range(**{**nothing, "cuont": 1})
    with pytest.raises(TypeError, match="Required: unknown or missing: token"):
        Required(**nothing)


def test_settings_are_equal_if_all_values_are() -> None:
    assert Range(low=1) == Range(low=1)
    assert Range(low=1) != Range(low=2)
    assert Range() != RangeAndMore()
    assert "Range(low=1, high=0)" == repr(Range(low=1))


def test_settings_may_be_replaced_one_by_one() -> None:
    settings = Range(low=1, high=2)
    assert Range(low=1, high=3) == settings.replace(high=3)
    assert Range(low=1, high=2) == settings


def test_values_that_do_not_go_together_are_reported() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(Range, {"LOW": "2", "HIGH": "1"})
    assert ("HIGH: '1' is less than LOW",) == error.value.problems


def test_a_default_that_does_not_go_with_a_value_is_reported_as_if_it_were_set() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(Range, {"LOW": "2"})
    assert ("HIGH: '0' is less than LOW",) == error.value.problems


def test_what_is_missing_beside_another_setting_is_named_without_a_value() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(Range, {"HIGH": "1"})
    assert ("LOW: is required with HIGH",) == error.value.problems


def test_rules_of_a_base_hold_whatever_else_is_wrong() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(RangeAndMore, {"LOW": "2", "COUNT": "many"})
    assert ("HIGH: '0' is less than LOW", "COUNT: 'many' is not a whole number") == (
        error.value.problems
    )


def test_a_rule_says_nothing_of_a_value_that_is_wrong_by_itself() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(Range, {"LOW": "many", "HIGH": "1"})
    assert ("LOW: 'many' is not a whole number",) == error.value.problems


@pytest.mark.parametrize("text", ["1", "on", "true", "True", "YES", "y", "t"])
def test_there_are_several_words_for_true(text: str) -> None:
    assert load_settings(Example, {"VERBOSE": text}).verbose


@pytest.mark.parametrize("text", ["0", "off", "false", "False", "NO", "n", "f"])
def test_there_are_several_words_for_false(text: str) -> None:
    assert not load_settings(Example, {"VERBOSE": text}).verbose


@pytest.mark.parametrize(("text", "share"), [(".5", 0.5), ("0.50", 0.5), ("5e-1", 0.5)])
def test_numbers_are_written_as_people_do(text: str, share: float) -> None:
    assert share == load_settings(Example, {"SHARE": text}).share


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
    add_flags(parser, Example.fields())
    assert "--count N" in parser.format_help()
    assert "How many. [COUNT]" in parser.format_help()
    arguments = parser.parse_args(["--count", "4"])
    assert {"count": "4"} == overrides(arguments, Example.fields())
    assert {"count": None} == overrides(parser.parse_args([]), Example.fields())


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([n.upper() for n in Example.fields()]), st.text()))
def test_whatever_the_environment_says_settings_are_made_or_mistakes_listed(
    environ: dict[str, str],
) -> None:
    mistakes: tuple[str, ...] = ()
    try:
        load_settings(Example, environ)
    except SettingsError as error:
        mistakes = error.problems or ("none listed",)
    assert all(problem.split(":")[0] in environ for problem in mistakes)
