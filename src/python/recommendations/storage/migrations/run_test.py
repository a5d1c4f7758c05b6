"""The migrations, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, inspect, select, text, update
from sqlalchemy.exc import IntegrityError

from recommendations.book import Category
from recommendations.errors import DatabaseUnavailable, SchemaMismatch
from recommendations.storage.database import Database
from recommendations.storage.migrations.run import (
    EMPTY,
    MIGRATIONS,
    UnknownVersion,
    differences,
    known_versions,
    migrate,
)
from recommendations.storage.migrations.versions import v0001_catalogue_interactions_models
from recommendations.storage.schema import check_schema, schema_version
from recommendations.storage.tables import SCHEMA_VERSION, BookRow, CategoryRow, InteractionRow


def tables(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


@pytest.fixture()
def empty(empty_url: str) -> Iterator[Database]:
    database = Database(empty_url, timeout_seconds=30, create=True)
    yield database
    database.close()


def test_the_last_migration_leads_to_the_version_that_the_code_expects() -> None:
    assert SCHEMA_VERSION == known_versions()[-1]


def test_versions_are_numbered_without_a_gap() -> None:
    """They are compared as texts to tell an older schema from a newer one."""
    numbers = [f"{number:04}" for number in range(1, len(known_versions()) + 1)]
    assert numbers == list(known_versions())


def test_every_migration_of_the_folder_is_named() -> None:
    """Else it would be in no program that ships."""
    folder = Path(v0001_catalogue_interactions_models.__file__).parent
    named = [f"{migration.__name__.rpartition('.')[2]}.py" for migration in MIGRATIONS]
    assert sorted(path.name for path in folder.glob("v*.py")) == named


def test_after_all_migrations_the_tables_are_those_of_the_code(database: Database) -> None:
    with database.reading() as connection:
        assert [] == differences(connection)


def test_a_table_that_lacks_something_is_told(database: Database) -> None:
    """Or the comparison above would prove nothing."""
    with database.writing() as connection:
        connection.execute(text("DROP INDEX ix_forgotten_readers_at"))
        connection.execute(text("ALTER TABLE imports ADD COLUMN extra INTEGER"))
    with database.reading() as connection:
        found = {difference[0] for difference in differences(connection)}
    assert {"add_index", "remove_column"} == found


def test_each_migration_can_be_undone_and_done_again(empty: Database) -> None:
    for version in known_versions():
        with empty.writing() as connection:
            migrate(connection, version)
            assert version == schema_version(connection)
    for version in [*reversed(known_versions()[:-1]), EMPTY]:
        with empty.writing() as connection:
            migrate(connection, version)
    assert set() == tables(empty)
    with empty.writing() as connection:
        assert (None, SCHEMA_VERSION) == migrate(connection)
        assert [] == differences(connection)


def test_to_migrate_again_changes_nothing(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(insert(BookRow), [_row(1)])
        assert (SCHEMA_VERSION, SCHEMA_VERSION) == migrate(connection)
        assert [1] == list(connection.execute(select(BookRow.id)).scalars())


def test_a_failed_migration_leaves_nothing_behind(empty: Database) -> None:
    with empty.writing() as connection:
        connection.execute(text("CREATE TABLE imports (id INTEGER)"))
    with pytest.raises(DatabaseUnavailable, match="imports"), empty.writing() as connection:
        migrate(connection)
    assert {"imports"} == tables(empty)


def test_a_version_that_does_not_exist_is_refused_with_those_that_do(database: Database) -> None:
    with (
        pytest.raises(UnknownVersion, match="no schema '12'; there are 0000, 0001"),
        database.writing() as connection,
    ):
        migrate(connection, "12")


def test_the_tables_of_a_later_program_are_left_alone(database: Database) -> None:
    _pretend(database, "9999")
    with database.writing() as connection:
        with pytest.raises(SchemaMismatch, match="too new: it is 9999"):
            migrate(connection)
        with pytest.raises(SchemaMismatch) as error:
            check_schema(connection)
    assert error.value.is_newer


def test_an_older_schema_is_not_what_the_code_expects(database: Database) -> None:
    _pretend(database, "0000")
    too_old = "too old: it is 0000.*recommendations migrate"
    with database.reading() as connection, pytest.raises(SchemaMismatch, match=too_old):
        check_schema(connection)


def test_a_database_without_tables_says_what_to_do(empty: Database) -> None:
    none = "no tables yet: run `recommendations migrate`"
    with empty.reading() as connection, pytest.raises(SchemaMismatch, match=none):
        check_schema(connection)


def test_the_schema_that_is_expected_is_accepted(database: Database) -> None:
    with database.reading() as connection:
        check_schema(connection)


def test_every_category_of_the_code_is_in_the_database(database: Database) -> None:
    with database.reading() as connection:
        names = set(connection.execute(select(CategoryRow.name)).scalars())
    assert {category.value for category in Category} == names


@pytest.mark.parametrize("wrong", [{"kind": "stolen"}, {"reader_id": 0}])
def test_the_database_itself_refuses_what_no_reader_can_do(
    database: Database, wrong: dict[str, object]
) -> None:
    right = {"reader_id": 1, "book_id": 1, "kind": "viewed", "idempotency_key": "k"}
    with database.writing() as connection:
        connection.execute(insert(InteractionRow), [right])
    with pytest.raises(DatabaseUnavailable) as error, database.writing() as connection:
        connection.execute(insert(InteractionRow), [{**right, "idempotency_key": "l", **wrong}])
    assert isinstance(error.value.__cause__, IntegrityError)


def _pretend(database: Database, version: str) -> None:
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})


def _row(book_id: int) -> dict[str, object]:
    return {
        "id": book_id,
        "title": "T",
        "authors": ["A"],
        "publication_year": 0,
        "featured": False,
    }


def test_rows_can_be_changed_under_their_rules(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(insert(BookRow), [_row(1)])
        connection.execute(update(BookRow).values(authors=["B", "C"]))
        assert ["B", "C"] == connection.execute(select(BookRow.authors)).scalar()
