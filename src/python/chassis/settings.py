"""Settings from the environment: read once, checked whole, every mistake reported together."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Secret, SecretBytes, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from chassis.flags import flag_of

S = TypeVar("S", bound="Settings")

_MAX_SHOWN = 80
_WORDS = {
    "bool_parsing": "is neither true nor false",
    "enum": "is not {expected}",
    "finite_number": "is not a finite number",
    "float_parsing": "is not a number",
    "greater_than": "is not more than {gt}",
    "greater_than_equal": "is less than {ge}",
    "int_from_float": "is not a whole number",
    "int_parsing": "is not a whole number",
    "int_parsing_size": "is out of range",
    "less_than": "is not less than {lt}",
    "less_than_equal": "is more than {le}",
    "literal_error": "is not {expected}",
    "path_not_directory": "is not a directory",
    "path_not_file": "is not a file",
    "string_too_long": "has more than {max_length} characters",
    "value_error": "{error}",
}
"""What is wrong, by pydantic's type of error, to be read after the value."""


class SettingsError(Exception):
    """Settings that the program cannot start with; `problems` has a line for every mistake."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(["the settings are wrong:", *(f"  {p}" for p in problems)]))


class Settings(BaseModel):
    """The base of a program's settings: an immutable value, made by `load_settings`.

    The field `listen_port` is the environment variable LISTEN_PORT. A field's description is its
    documentation, a `Flag` in its annotation is the command-line option that overrides it, and a
    type such as `SecretStr` keeps its value out of messages. A validator raises ValueError with
    words to be read after the value: "is not a host name".

    The constructor reads no environment, so that tests can make settings of keyword arguments.
    """

    # Most classes are bases of another: pydantic makes what checks values for those that are used.
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, defer_build=True)


def load_settings(
    cls: type[S], environ: Mapping[str, str], overrides: Mapping[str, str | None] | None = None
) -> S:
    """Make settings of environment variables, or raise SettingsError with every mistake.

    environ: `os.environ` or a substitute. Variables that are not settings are ignored.
    overrides: values by field name, stronger than the environment; see `chassis.flags`.

    An empty value counts as none, in both.
    """
    names = cls.model_fields.keys()
    given = {name: value for name, value in (overrides or {}).items() if value}
    if unknown := given.keys() - names:
        raise TypeError(f"{cls.__name__} has no {', '.join(sorted(unknown))}")
    from_environ = {name: value for name in names if (value := environ.get(name.upper()))}
    try:
        return cls(**{**from_environ, **given})
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise SettingsError(tuple(_problem(cls, given, each) for each in details)) from None


def _problem(cls: type[Settings], overrides: Mapping[str, str], error: ErrorDetails) -> str:
    if not error["loc"]:  # A rule that concerns several fields.
        return _what(error)
    name = str(error["loc"][0])
    flag = flag_of(cls.model_fields[name])
    source = flag.name if flag and name in overrides else name.upper()
    if error["type"] == "missing":
        return f"{source}: is required and not set"
    if error["input"] is None:  # It is missing beside something else that is set.
        return f"{source}: {_what(error)}"
    value = "the value" if _is_secret(cls, name) else _shown(error["input"])
    return f"{source}: {value} {_what(error)}"


def _what(error: ErrorDetails) -> str:
    context: dict[str, Any] = error.get("ctx", {})
    words = _WORDS.get(error["type"])
    return words.format_map(context) if words else f"is wrong: {error['msg']}"


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    return repr(text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…")


def _is_secret(cls: type[Settings], name: str) -> bool:
    annotation = cls.model_fields[name].annotation
    secrets = (Secret, SecretStr, SecretBytes)
    mentioned = [annotation, *getattr(annotation, "__args__", ())]
    return any(isinstance(each, type) and issubclass(each, secrets) for each in mentioned)
