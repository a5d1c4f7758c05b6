"""Command-line options that override settings."""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping

from chassis.setting import Setting


def add_flags(parser: ArgumentParser, fields: Mapping[str, Setting]) -> None:
    """Add the options of a settings class, given its `fields()`.

    Values stay text here: `load_settings` checks them together with the environment.
    """
    for name, setting in fields.items():
        if flag := setting.flag:
            help_text = f"{setting.description} [{name.upper()}]"
            parser.add_argument(flag.name, dest=name, metavar=flag.metavar, help=help_text)


def overrides(arguments: Namespace, fields: Mapping[str, Setting]) -> dict[str, str | None]:
    """Give what the command line says, by field name, for `load_settings`."""
    return {name: getattr(arguments, name) for name, setting in fields.items() if setting.flag}
