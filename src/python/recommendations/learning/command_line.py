"""The commands of training: learn, or judge."""

import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import datetime

from chassis.settings import SettingsError, load_settings
from recommendations.errors import StorageError
from recommendations.learning.interactions_csv import CsvInteractionSource, UnreadableInteractions
from recommendations.learning.marks import Marks, read_marks
from recommendations.learning.methods import (
    AnyMethod,
    WrongParameter,
    method_for,
    with_parameters,
)
from recommendations.learning.options import PROGRAM, parse
from recommendations.learning.ports import InteractionSource, SimilarityStore
from recommendations.learning.terminal import bars, table
from recommendations.learning.training import BASELINE, NothingHeldBack, compare, train
from recommendations.storage.database import Database
from recommendations.storage.database_url import default_url, parse_url
from recommendations.storage.interaction_source import SqlInteractionSource
from recommendations.storage.schema import check_schema
from recommendations.storage.settings import NONE, DatabaseSettings
from recommendations.storage.similarities import SqlSimilarityStore


class NothingToLearnFrom(Exception):
    """No reader did anything yet."""


def run_command(
    argv: Sequence[str], environ: Mapping[str, str], now: Callable[[], datetime]
) -> int:
    """Do what the options say, and give the exit code.

    0: done. 1: not possible here and now. 2: wrong settings, options or data.
    """
    options = parse(argv)
    try:
        if options.interactions:
            return _evaluate(CsvInteractionSource(options.interactions), options)
        with closing(_database(environ)) as database:
            with database.reading() as connection:
                check_schema(connection)
            source = SqlInteractionSource(database)
            if options.evaluate:
                return _evaluate(source, options)
            return _train(source, SqlSimilarityStore(database), options, now)
    except (SettingsError, UnreadableInteractions, WrongParameter) as error:
        return _failed(error, 2)
    except (StorageError, NothingHeldBack, NothingToLearnFrom) as error:
        return _failed(error, 1)


def _train(
    source: InteractionSource,
    store: SimilarityStore,
    options: Namespace,
    now: Callable[[], datetime],
) -> int:
    marks = _read(source, options)
    if not len(marks):
        raise NothingToLearnFrom("no reader did anything yet, so there is nothing to learn from")
    (method,) = _methods(marks, options)
    model = train(marks, method, seed=options.seed, now=now(), progress=bars(sys.stderr))
    version = store.write(model)
    sys.stdout.write(f"model {version}: {method.name}, from {_counted(marks)}\n")
    return 0


def _evaluate(source: InteractionSource, options: Namespace) -> int:
    marks = _read(source, options)
    seeds = range(options.seed, options.seed + options.splits)
    progress = bars(sys.stderr)
    scores = compare(marks, _methods(marks, options), seeds=seeds, progress=progress)
    means = f"means over {len(seeds)} splits, in brackets times {BASELINE}"
    sys.stdout.write(f"{_counted(marks)}; {means}\n{table(scores, BASELINE)}\n")
    return 0


def _read(source: InteractionSource, options: Namespace) -> Marks:
    return read_marks(source, options.seed, bars(sys.stderr))


def _methods(marks: Marks, options: Namespace) -> list[AnyMethod]:
    """Give each method once: one may have taken the place of another."""
    named = (method_for(name, len(marks.book_ids)) for name in options.method or [None])
    methods = {each.name: with_parameters(each, dict(options.parameters)) for each in named}
    return list(methods.values())


def _database(environ: Mapping[str, str]) -> Database:
    settings = load_settings(DatabaseSettings, environ)
    url = settings.database_url.text if settings.database_url else None
    if url == NONE:
        raise SettingsError(("DATABASE_URL: is 'none', and a model has to be kept",))
    target = default_url(environ) if url is None else parse_url(url)
    return Database(target, settings.database_timeout_seconds)


def _counted(marks: Marks) -> str:
    readers, books = len(marks.reader_ids), len(marks.book_ids)
    return f"{len(marks)} marks of {books} books by {readers} readers"


def _failed(error: Exception, exit_code: int) -> int:
    sys.stderr.write(f"{PROGRAM}: {error}\n")
    return exit_code
