"""`recommendations import`: brings books, and what readers did, from files to the database."""

import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path

from tqdm import tqdm

from chassis.settings import SettingsError, load_settings
from recommendations.commands.opening import open_database
from recommendations.errors import StorageError
from recommendations.importing.importer import Importer
from recommendations.importing.plan import Step, UnusableFiles, plan
from recommendations.importing.report import Report
from recommendations.storage.database import Database
from recommendations.storage.schema import check_schema
from recommendations.storage.settings import DatabaseSettings

INTERRUPTED = 130
"""128 and the number of SIGINT."""


def run_import(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Import files, and give the exit code.

    0: all files were imported, or were already. 1: a file has wrong rows, cannot be read, or the
    database cannot be written. 2: wrong settings or options. 130: interrupted.
    """
    arguments = _parser().parse_args(argv)
    try:
        settings = load_settings(DatabaseSettings, environ)
    except SettingsError as error:
        return _failed(error, 2)
    try:
        steps = plan(arguments.files)
        database = open_database(settings, environ, create=False)
        try:
            with database.reading() as connection:
                check_schema(connection)
            return _import(database, steps, arguments.resume, arguments.dry_run, arguments.skip)
        finally:
            database.close()
    except (StorageError, UnusableFiles) as error:
        return _failed(error, 1)


def _import(
    database: Database, steps: Sequence[Step], resume: bool, dry_run: bool, skip: bool
) -> int:
    importer = Importer(database, dry_run=dry_run, skip_wrong_rows=skip)
    exit_code = 0
    for step in steps:
        path = step.paths[0]
        try:
            if resume and importer.is_imported(*step.paths):
                sys.stdout.write(f"{path}: already imported\n")
                continue
            report = _with_bar(importer, step)
        except OSError as error:
            exit_code = _failed(f"{path}: {error.strerror or error}", 1)
            continue
        except StorageError as error:
            return _failed(f"{path}: not imported: {error}", 1)
        except KeyboardInterrupt:
            return _failed(f"{path}: not imported: interrupted", INTERRUPTED)
        _tell(report, dry_run)
        if report.wrong_rows:
            exit_code = 1
    return exit_code


def _with_bar(importer: Importer, step: Step) -> Report:
    path = step.paths[0]
    # None: silence where nobody looks.
    with tqdm(
        desc=path.name,
        total=path.stat().st_size,
        unit="B",
        unit_scale=True,
        file=sys.stderr,
        disable=None,
        leave=False,
    ) as bar:
        return importer.run(step.form, step.paths, bar.update)


def _tell(report: Report, dry_run: bool) -> None:
    for line in report.lines():
        sys.stderr.write(f"{line}\n")
    wrong = f", {report.wrong_rows} wrong" if report.wrong_rows else ""
    would = "would be imported" if dry_run else "imported"
    sys.stdout.write(f"{report.path}: {report.rows} {report.what} {would}{wrong}\n")


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        "recommendations import",
        description="Brings books and interactions from CSV files to the database that"
        " DATABASE_URL names. Each file is imported whole or not at all; to import one again"
        " changes nothing. Forms are told by the first line: see docs/catalogue.md.",
        epilog="Exit codes: 0 done; 1 a file has wrong rows or cannot be read, or the database"
        " cannot be written; 2 wrong settings or options; 130 interrupted.",
    )
    parser.add_argument("files", metavar="FILE", type=Path, nargs="+")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="check everything, the database too, and keep nothing",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="leave out files whose content was imported before: go on after an interruption",
    )
    parser.add_argument(
        "--skip-wrong-rows",
        dest="skip",
        action="store_true",
        help="import the rest of a file that has wrong rows, instead of nothing; the exit code"
        " still says that there were some",
    )
    return parser


def _failed(problem: object, exit_code: int) -> int:
    for line in str(problem).splitlines():
        sys.stderr.write(f"recommendations import: {line}\n")
    return exit_code
