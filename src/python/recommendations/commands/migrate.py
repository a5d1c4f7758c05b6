"""`recommendations migrate`: brings a database to a version of the schema."""

import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence

from chassis.settings import SettingsError, load_settings
from recommendations.commands.opening import open_database
from recommendations.errors import StorageError
from recommendations.storage.first_start import seed
from recommendations.storage.migrations.run import EMPTY, known_versions, migrate
from recommendations.storage.schema import check_schema
from recommendations.storage.settings import DatabaseSettings
from recommendations.storage.tables import SCHEMA_VERSION

_SECONDS = 3600.0
"""How long migrations may take; the tables of a large shop are large."""


def run_migrate(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Migrate, and give the exit code.

    0: done, or nothing to do. 1: the database is away or of a later version; with --check, it is
    not what this version serves. 2: wrong settings or options.
    """
    arguments = _parser().parse_args(argv)
    try:
        settings = load_settings(DatabaseSettings, environ)
    except SettingsError as error:
        return _failed(error, 2)
    if arguments.to not in (EMPTY, *known_versions()):
        versions = ", ".join([EMPTY, *known_versions()])
        return _failed(f"--to: there is no schema {arguments.to!r}; there are {versions}", 2)
    if arguments.seed and arguments.to != SCHEMA_VERSION:
        return _failed(f"--seed: goes with schema {SCHEMA_VERSION} alone", 2)
    try:
        return _migrate(settings, environ, arguments.to, arguments.check, arguments.seed)
    except StorageError as error:
        return _failed(error, 1)


def _migrate(
    settings: DatabaseSettings, environ: Mapping[str, str], to: str, check: bool, with_seed: bool
) -> int:
    database = open_database(settings, environ, create=not check)
    try:
        if check:
            with database.reading() as connection:
                check_schema(connection)
            sys.stdout.write(f"the schema is {SCHEMA_VERSION}\n")
            return 0
        with database.writing(_SECONDS) as connection:
            before, after = migrate(connection, to)
            seeded = seed(connection) if with_seed else 0
    finally:
        database.close()
    was = "nothing to do" if before == after else f"was {before or EMPTY}"
    sys.stdout.write(f"the schema is {after or EMPTY}: {was}\n")
    if with_seed:
        sys.stdout.write(f"{seeded} books of the catalogue that ships were written\n")
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        "recommendations migrate",
        description="Brings the tables of the database that DATABASE_URL names to the version that"
        " this program works with. Several may run at once: one works, the others wait.",
        epilog="Exit codes: 0 done, or nothing to do; 1 the database cannot be reached, or is of"
        " a later version, or with --check is not as it should be; 2 wrong settings or options.",
    )
    parser.add_argument(
        "--to",
        metavar="VERSION",
        default=SCHEMA_VERSION,
        help=f"the version to go to, forwards or back; {EMPTY} drops all tables and all that is in"
        f" them (default: {SCHEMA_VERSION})",
    )
    parser.add_argument("--check", action="store_true", help="change nothing, only compare")
    parser.add_argument(
        "--seed",
        action="store_true",
        help="write the catalogue that ships to a database without books",
    )
    return parser


def _failed(problem: object, exit_code: int) -> int:
    sys.stderr.write(f"recommendations migrate: {problem}\n")
    return exit_code
