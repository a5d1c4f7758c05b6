from pathlib import Path

import pytest

from recommendations.book import UNKNOWN_YEAR
from recommendations.goodbooks.source import (
    MAX_PROBLEMS,
    SourceBook,
    UnreadableSource,
    read_books,
    read_marks,
)

BOOKS = "book_id,goodreads_book_id,isbn,authors,original_publication_year,title"
TAGS = "tag_id,tag_name"
MARKS = "goodreads_book_id,tag_id,count"


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def problems(error: pytest.ExceptionInfo[UnreadableSource]) -> list[str]:
    return [line.strip() for line in str(error.value).splitlines()[1:]]


def test_a_row_is_a_book(tmp_path: Path) -> None:
    path = write(tmp_path / "books.csv", BOOKS, '7,70,,"Ann Author, Bo Writer",1999.0,"A, B"')

    assert [
        SourceBook(
            line=2,
            id=7,
            goodreads_id=70,
            title="A, B",
            authors=("Ann Author", "Bo Writer"),
            publication_year=1999,
        )
    ] == read_books(path)


@pytest.mark.parametrize(
    ("cell", "year"), [("", UNKNOWN_YEAR), ("1999", 1999), ("1999.0", 1999), ("-720.0", -720)]
)
def test_years_are_written_with_a_point(tmp_path: Path, cell: str, year: int) -> None:
    path = write(tmp_path / "books.csv", BOOKS, f"7,70,,Ann Author,{cell},A")

    assert year == read_books(path)[0].publication_year


def test_stray_spaces_and_repeated_authors_of_the_source_are_mended(tmp_path: Path) -> None:
    path = write(
        tmp_path / "books.csv", BOOKS, '7,70,,"Ann   Author, Bo Writer,Ann Author",, A  B '
    )

    book = read_books(path)[0]

    assert ("A B", ("Ann Author", "Bo Writer")) == (book.title, book.authors)


def test_every_book_that_is_wrong_is_reported_with_its_line(tmp_path: Path) -> None:
    path = write(
        tmp_path / "books.csv",
        BOOKS,
        '7,70,,"Ann\nAuthor",1999.0,A',
        "x,70,,Ann Author,1999.0,A",
        "8,y,,Ann Author,1999.0,A",
        "8,80,,Ann Author,1999.5,A",
        "8,80,,Ann;Author,1999.0,A",
        "8,80,,Ann Author,1999.0",
        "7,80,,Ann Author,1999.0,A",
    )

    with pytest.raises(UnreadableSource) as error:
        read_books(path)

    assert str(error.value).startswith(f"{path} cannot be read:\n")
    assert [
        "line 4: book_id: 'x' is not a whole number",
        "line 5: goodreads_book_id: 'y' is not a whole number",
        "line 6: original_publication_year: '1999.5' is not a year",
        "line 7: authors: ';' in 'Ann;Author'",
        "line 8: 5 cells where the header names 6 columns",
        "line 9: book_id: 7 is already on line 2",
    ] == problems(error)


def test_only_the_first_problems_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "books.csv", BOOKS, *["x"] * (MAX_PROBLEMS + 7))

    with pytest.raises(UnreadableSource) as error:
        read_books(path)

    assert MAX_PROBLEMS + 1 == len(problems(error))
    assert "and 7 more" == problems(error)[-1]


def test_a_column_that_is_missing_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "books.csv", "book_id,title", "7,A")

    with pytest.raises(UnreadableSource) as error:
        read_books(path)

    assert [
        "not a table in UTF-8: the header lacks "
        "goodreads_book_id, authors, original_publication_year"
    ] == problems(error)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b'"book_id"x\n', f'{BOOKS}\n"7'.encode()])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "books.csv"
    path.write_bytes(content)

    with pytest.raises(UnreadableSource, match="not a table in UTF-8"):
        read_books(path)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "books.csv"

    with pytest.raises(UnreadableSource) as error:
        read_books(path)

    assert f"{path} cannot be read:\n  No such file or directory" == str(error.value)


def test_marks_are_the_tags_of_each_book_with_their_counts(tmp_path: Path) -> None:
    tags = write(tmp_path / "tags.csv", TAGS, "1,mystery", "2,to-read")
    marks = write(tmp_path / "book_tags.csv", MARKS, "70,1,5", "70,2,900", "80,1,6")

    assert {70: {"mystery": 5, "to-read": 900}, 80: {"mystery": 6}} == read_marks(tags, marks)


def test_counts_that_say_nothing_are_left_out_and_the_larger_of_two_holds(tmp_path: Path) -> None:
    tags = write(tmp_path / "tags.csv", TAGS, "1,mystery", "2,crime", "3,noir")
    marks = write(
        tmp_path / "book_tags.csv", MARKS, "70,1,5", "70,1,7", "70,1,6", "70,2,-1", "80,3,0"
    )

    assert {70: {"mystery": 7}} == read_marks(tags, marks)


def test_marks_that_are_wrong_are_reported_with_their_lines(tmp_path: Path) -> None:
    tags = write(tmp_path / "tags.csv", TAGS, "1,mystery")
    marks = write(tmp_path / "book_tags.csv", MARKS, "70,1,many", "70,9,5", "70,,5")

    with pytest.raises(UnreadableSource) as error:
        read_marks(tags, marks)

    assert [
        "line 2: count: 'many' is not a whole number",
        "line 3: tag_id: 9 is not in tags.csv",
        "line 4: tag_id: '' is not a whole number",
    ] == problems(error)
