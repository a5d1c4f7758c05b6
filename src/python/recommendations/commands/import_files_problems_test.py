"""Files that are not imported, and what is said of them."""

from pathlib import Path

import pytest

from recommendations.command_line import run_command
from recommendations.importing.report import MAX_PROBLEMS
from recommendations.storage.database import Database
from recommendations.testing.import_command import DONE, HEADER, Command, Write, book


def test_a_file_with_wrong_rows_is_not_imported_and_each_is_named(
    command: Command, write: Write
) -> None:
    path = write(
        "b.csv",
        HEADER
        + book(1)
        + "x,,Somebody,1990,mystery\n"
        + "3,Short\n"
        + "\n"
        + '4,"two\nlines",Somebody,1990,mystery\n'
        + book(1, "Twice")
        + '5,"open,Somebody\n',
    )
    good = write("good.csv", HEADER + book(9))
    assert 1 == command(path, good)
    lines = [line.removeprefix(f"{path}: ") for line in command.err.splitlines()]
    assert "line 3: id: 'x' is not a whole number from 1 to 2147483647" in lines
    assert "line 3: title: empty text" in lines
    assert "line 4: 2 cells where the header names 5 columns" in lines
    assert "line 5: blank" in lines
    assert "line 6: title: control character U+000A" in lines
    assert "line 8: id: 1 is already on a line before" in lines
    assert any(line.startswith("line 9: not CSV: ") for line in lines)
    assert f"{path}: 0 books imported, 6 wrong\n{good}: 1 books imported\n" == command.out
    assert {9: "9"} == command.titles()


def test_wrong_rows_may_be_left_out(command: Command, write: Write) -> None:
    path = write("b.csv", HEADER + book(1) + "x,T,A,0,mystery\n" + book(2))
    assert 1 == command("--skip-wrong-rows", path)
    assert f"{path}: 2 books imported, 1 wrong\n" == command.out
    assert {1: "1", 2: "2"} == command.titles()


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("0,1,viewed,", "reader_id: '0' is not a whole number from 1"),
        ("7,99,viewed,", "book_id: there is no book 99"),
        ("7,1,stolen,", "kind: 'stolen' is none of viewed, wished, bought"),
        ("7,1,viewed,yesterday", "at: 'yesterday' is not a moment"),
        ("7,1,viewed,2026-01-01T00:00:00", "at: '2026-01-01T00:00:00' is not a moment"),
        ("7,1", "2 cells where the header names 4 columns"),
    ],
)
def test_a_wrong_interaction_is_named(
    command: Command, write: Write, row: str, problem: str
) -> None:
    path = write("i.csv", f"{DONE}7,1,viewed,\n{row}\n")
    assert 1 == command(write("b.csv", HEADER + book(1)), path)
    assert command.err.startswith(f"{path}: line 3: {problem}")
    assert [] == command.done()


def test_the_first_problems_are_named_and_the_rest_is_counted(
    command: Command, write: Write
) -> None:
    path = write("b.csv", HEADER + "x,T,A,0,mystery\n" * (MAX_PROBLEMS + 7))
    assert 1 == command(path)
    lines = command.err.splitlines()
    assert MAX_PROBLEMS + 1 == len(lines)
    assert f"{path}: and 7 problems more" == lines[-1]
    assert f"{MAX_PROBLEMS + 7} wrong" in command.out


def test_a_header_that_misses_something_is_named(command: Command, write: Write) -> None:
    path = write("b.csv", "id,title,authors,yaer\n")
    assert 1 == command(path)
    assert f"{path}: line 1: the header lacks year, categories\n" in command.err


def test_files_that_cannot_be_imported_are_all_named_before_anything_is_done(
    command: Command, write: Write, tmp_path: Path
) -> None:
    good = write("good.csv", HEADER + book(1))
    what = write("what.csv", "a,b\n")
    goodbooks = write("books.csv", "book_id,goodreads_book_id,authors,title\n")
    assert 1 == command(good, what, goodbooks, "/nowhere.csv", str(tmp_path))
    for expected in (
        f"{what}: the first line names the columns of no form that can be imported",
        f"{goodbooks}: needs {tmp_path / 'tags.csv'}, for the categories",
        "/nowhere.csv: No such file or directory",
        f"{tmp_path}: Is a directory",
    ):
        assert f"recommendations import: {expected}\n" in command.err
    assert {} == command.titles()


def test_tags_alone_are_no_books(command: Command, write: Write) -> None:
    assert 1 == command(write("tags.csv", "tag_id,tag_name\n1,mystery\n"))
    assert "name books.csv too" in command.err


def test_goodbooks_that_are_wrong_are_named(command: Command, write: Write) -> None:
    header = "book_id,goodreads_book_id,authors,original_publication_year,title\n"
    books = write("books.csv", f"{header}x,10,Ann Author,1999.0,The Case\n")
    write("tags.csv", "tag_id,tag_name\n1,mystery\n")
    write("book_tags.csv", "goodreads_book_id,tag_id,count\n10,1,90\n")
    assert 1 == command(books)
    assert "line 2: book_id: 'x' is not a whole number" in command.err


def test_a_database_without_tables_is_refused(
    empty_url: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    Database(empty_url, create=True).close()
    path = write("b.csv", HEADER + book(1))
    assert 1 == run_command(["import", path], {"DATABASE_URL": empty_url})
    assert "recommendations import: " in capsys.readouterr().err


def test_wrong_usage_is_2(command: Command) -> None:
    assert 2 == command()
    assert 2 == command("--what", "x")
    assert 2 == run_command(["import", "x"], {"DATABASE_URL": "x"})
