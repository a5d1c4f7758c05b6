"""Command-line options that override settings."""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic.fields import FieldInfo


@dataclass(frozen=True, slots=True)
class Flag:
    """Marks a setting as overridable: `listen_port: Annotated[int, Flag("--port", "PORT")]`."""

    name: str
    metavar: str


def flag_of(field: FieldInfo) -> Flag | None:
    """Give the option that overrides a setting, if there is one."""
    return next((each for each in field.metadata if isinstance(each, Flag)), None)


def add_flags(parser: ArgumentParser, fields: Mapping[str, FieldInfo]) -> None:
    """Add the options of a settings class, given its `model_fields`.

    Values stay text here: `load_settings` checks them together with the environment.
    """
    for name, field in fields.items():
        if flag := flag_of(field):
            help_text = f"{field.description} [{name.upper()}]"
            parser.add_argument(flag.name, dest=name, metavar=flag.metavar, help=help_text)


def overrides(arguments: Namespace, fields: Mapping[str, FieldInfo]) -> dict[str, str | None]:
    """Give what the command line says, by field name, for `load_settings`."""
    return {name: getattr(arguments, name) for name, field in fields.items() if flag_of(field)}
