"""Files that are imported, in several forms, once and again."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from recommendations.book import Book, Category
from recommendations.catalog import Catalog
from recommendations.command_line import run_command
from recommendations.importing.forms import Form
from recommendations.importing.importer import Importer
from recommendations.importing.report import Report
from recommendations.importing.sources import Advance
from recommendations.storage.books import BATCH, read_books
from recommendations.storage.database import Database
from recommendations.storage.tables import InteractionRow
from recommendations.testing.import_command import DONE, HEADER, Command, Write, book


def test_books_are_imported_and_again_without_a_change(command: Command, write: Write) -> None:
    path = write("b.csv", HEADER + book(1, "Zoë") + '2,"A, ""B""",X;Y,-720,history\n')
    for _ in range(2):
        assert 0 == command(path)
        assert f"{path}: 2 books imported\n" == command.out
        assert {1: "Zoë", 2: 'A, "B"'} == command.titles()
    assert Book(2, 'A, "B"', ("X", "Y"), -720, (Category.HISTORY,)) == command.books()[1]


def test_books_that_are_there_are_replaced_and_others_stay(command: Command, write: Write) -> None:
    command(write("old.csv", HEADER + book(1, "Old") + book(2)))
    before = command.changes()["catalogue"]
    assert 0 == command(write("new.csv", f"{HEADER}3,3,S,1990,mystery\n1,New,S,1990,history\n"))
    assert {1: "New", 2: "2", 3: "3"} == command.titles()
    assert (Category.HISTORY,) == command.books()[0].categories
    assert before + 1 == command.changes()["catalogue"]


def test_interactions_are_imported_and_again_without_a_change(
    command: Command, write: Write
) -> None:
    books = write("b.csv", HEADER + book(1) + book(2))
    done = write("i.csv", DONE + "7,1,viewed,2026-01-31T12:00:00+02:00\n7,1,viewed,\n8,2,bought,\n")
    expected = [
        (7, 1, "viewed", "2026-01-31T10:00:00+00:00"),
        (7, 1, "viewed", ""),
        (8, 2, "bought", ""),
    ]
    for _ in range(2):
        # In this order: books come first whatever is named first.
        assert 0 == command(done, books)
        assert f"{books}: 2 books imported\n{done}: 3 interactions imported\n" == command.out
        assert expected == command.done()
    assert 2 == command.changes()["interactions"]


def test_what_a_reader_did_keeps_its_order_whoever_else_is_in_the_file(
    command: Command, write: Write
) -> None:
    """The order is all that is known where rows have no time."""
    books = write("b.csv", HEADER + "".join(book(n) for n in range(1, 10)))
    rows = [(reader, n) for n in (5, 9, 1, 7) for reader in (30, 4, 200)]
    done = write("i.csv", DONE + "".join(f"{reader},{n},viewed,\n" for reader, n in rows))
    assert 0 == command(books, done)
    for reader in (30, 4, 200):
        assert [5, 9, 1, 7] == [n for who, n, *_ in command.done() if who == reader]


def test_goodbooks_are_imported_in_their_own_form(command: Command, write: Write) -> None:
    books = write(
        "books.csv",
        "book_id,goodreads_book_id,authors,original_publication_year,title\n"
        "1,10,Ann Author,1999.0,The Case\n2,20,Cy Poet,,Dragons\n",
    )
    tags = write("tags.csv", "tag_id,tag_name\n1,mystery\n2,fantasy\n")
    write("book_tags.csv", "goodreads_book_id,tag_id,count\n10,1,90\n20,2,50\n")
    to_read = write("to_read.csv", "user_id,book_id\n9,1\n9,2\n34,2\n")
    assert 0 == command(to_read, books, tags)
    assert {1: "The Case", 2: "Dragons"} == command.titles()
    assert [(9, 1, "wished", ""), (9, 2, "wished", ""), (34, 2, "wished", "")] == command.done()


def test_a_dry_run_checks_everything_and_keeps_nothing(command: Command, write: Write) -> None:
    before = command.changes()
    path = write("b.csv", HEADER + book(1))
    assert 0 == command("--dry-run", path)
    assert f"{path}: 1 books would be imported\n" == command.out
    assert {} == command.titles()
    assert before == command.changes()
    assert 0 == command("--resume", path)
    assert f"{path}: 1 books imported\n" == command.out


def test_what_was_interrupted_goes_on_where_it_was(
    command: Command, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write("1.csv", HEADER + book(1))
    second = write("2.csv", HEADER + "".join(book(n) for n in range(2, 2 * BATCH)))
    third = write("3.csv", HEADER + book(2 * BATCH))
    run = Importer.run

    def interrupted(
        self: Importer, form: Form, paths: tuple[Path, ...], advance: Advance
    ) -> Report:
        def press_ctrl_c_after_a_batch(_: int) -> None:
            pressed.append(paths[0] == Path(second))
            if sum(pressed) == 1 + BATCH // 1000 + 1:
                raise KeyboardInterrupt

        pressed: list[bool] = []
        return run(self, form, paths, press_ctrl_c_after_a_batch)

    monkeypatch.setattr(Importer, "run", interrupted)
    assert 130 == command(first, second, third)
    assert f"{second}: not imported: interrupted" in command.err
    assert {1: "1"} == command.titles()
    monkeypatch.undo()
    assert 0 == command("--resume", first, second, third)
    assert f"{first}: already imported\n" in command.out
    assert 2 * BATCH == len(command.titles())


def test_a_file_whose_content_has_changed_is_not_left_out(command: Command, write: Write) -> None:
    command(write("b.csv", HEADER + book(1, "Old")))
    assert 0 == command("--resume", write("b.csv", HEADER + book(1, "New")))
    assert {1: "New"} == command.titles()


def test_the_default_database_is_made_for_an_import(
    tmp_path: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the service then serves what was imported, not what ships."""
    environ = {"XDG_STATE_HOME": str(tmp_path / "state")}
    assert 0 == run_command(["import", write("b.csv", HEADER + book(1))], environ)
    path = tmp_path / "state" / "onlinebooks" / "recommendations.db"
    with Database(f"sqlite:///{path}", 60).reading() as connection:
        assert [1] == [each.id for each in read_books(connection, Catalog([]).get)]


def test_rows_beyond_one_batch_are_imported(command: Command, write: Write) -> None:
    count = 2 * BATCH + 1
    books = write("b.csv", HEADER + "".join(book(n) for n in range(1, count + 1)))
    done = write("i.csv", DONE + "".join(f"{n},{n},viewed,\n" for n in range(1, count + 1)))
    assert 0 == command(books, done)
    assert count == len(command.titles())
    with command.database.reading() as connection:
        rows = connection.execute(select(func.count()).select_from(InteractionRow)).scalar()
    assert count == rows
