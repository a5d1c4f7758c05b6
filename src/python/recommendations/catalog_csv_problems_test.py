"""What is said of catalogue files that cannot be read."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations.book import Book
from recommendations.catalog_csv import MAX_PROBLEMS, parse_catalog
from recommendations.errors import CatalogError, Problem, UnreadableCatalog

HEADER = "id,title,authors,year,categories,featured"
EMMA = "1,Emma,Jane Austen,1815,romance,no"

ALLOWED = "mystery, science-fiction, self-help, fantasy, history, biography, romance, thriller"


def content(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def problems(raw: bytes) -> list[str]:
    with pytest.raises(UnreadableCatalog) as raised:
        parse_catalog(raw, "books.csv")
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (",A,B,1900,history,", ["id: '' is not a whole number from 1 to 2147483647"]),
        ("x,A,B,1900,history,", ["id: 'x' is not a whole number from 1 to 2147483647"]),
        ("1.0,A,B,1900,history,", ["id: '1.0' is not a whole number from 1 to 2147483647"]),
        ("007,A,B,1900,history,", ["id: '007' is not a whole number from 1 to 2147483647"]),
        ("1_0,A,B,1900,history,", ["id: '1_0' is not a whole number from 1 to 2147483647"]),
        (" 2,A,B,1900,history,", ["id: ' 2' is not a whole number from 1 to 2147483647"]),
        ("٣,A,B,1900,history,", ["id: '٣' is not a whole number from 1 to 2147483647"]),
        ("0,A,B,1900,history,", ["id: '0' is not a whole number from 1 to 2147483647"]),
        ("-2,A,B,1900,history,", ["id: '-2' is not a whole number from 1 to 2147483647"]),
        (
            "2147483648,A,B,1900,history,",
            ["id: '2147483648' is not a whole number from 1 to 2147483647"],
        ),
        (
            f"{'9' * 5000},A,B,1900,history,",
            [f"id: '{'9' * 40}…' is not a whole number from 1 to 2147483647"],
        ),
        ("2,,B,1900,history,", ["title: empty text"]),
        ("2, A,B,1900,history,", ["title: space before or after 'A'"]),
        (f"2,{'A' * 501},B,1900,history,", ["title: 501 characters, more than 500"]),
        ("2,A\x00B,B,1900,history,", ["title: control character U+0000"]),
        ("2,A,,1900,history,", ["authors: at least one is needed"]),
        ("2,A,B;,1900,history,", ["authors: empty text"]),
        ("2,A,B; C,1900,history,", ["authors: space before or after 'C'"]),
        ("2,A,B;B,1900,history,", ["authors: 'B' appears more than once"]),
        ("2,A,B,MCM,history,", ["year: 'MCM' is not a whole number from -3000 to 2100"]),
        ("2,A,B,1900.0,history,", ["year: '1900.0' is not a whole number from -3000 to 2100"]),
        ("2,A,B,2101,history,", ["year: '2101' is not a whole number from -3000 to 2100"]),
        ("2,A,B,-3001,history,", ["year: '-3001' is not a whole number from -3000 to 2100"]),
        ("2,A,B,1900,,", ["categories: at least one is needed"]),
        ("2,A,B,1900,horror,", [f"categories: 'horror' is none of {ALLOWED}"]),
        ("2,A,B,1900,History,", [f"categories: 'History' is none of {ALLOWED}"]),
        ("2,A,B,1900,history;x;y,", [f"categories: 'x', 'y' is none of {ALLOWED}"]),
        ("2,A,B,1900,history;,", [f"categories: '' is none of {ALLOWED}"]),
        ("2,A,B,1900,history;history,", ["categories: 'history' appears more than once"]),
        ("2,A,B,1900,history,maybe", ["featured: 'maybe' is neither 'yes' nor 'no'"]),
        ("2,A,B,1900,history", ["5 cells where the header names 6 columns"]),
        ("2,A,B,1900,history,,", ["7 cells where the header names 6 columns"]),
        ("", ["blank"]),
        ("1,A,B,1900,history,", ["id: '1' is already on line 2"]),
        (
            '2,"A"B,B,1900,history,',
            ["not CSV: ',' expected after '\"' (is a quote left open or not doubled?)"],
        ),
        (
            "0,,,x,y,z",
            [
                "id: '0' is not a whole number from 1 to 2147483647",
                "year: 'x' is not a whole number from -3000 to 2100",
                f"categories: 'y' is none of {ALLOWED}",
                "featured: 'z' is neither 'yes' nor 'no'",
                "title: empty text",
                "authors: at least one is needed",
            ],
        ),
    ],
)
def test_what_is_wrong_with_a_row_is_said_with_its_line(row: str, expected: list[str]) -> None:
    raw = content(HEADER, EMMA, row, "3,Persuasion,Jane Austen,1817,romance,no")

    assert [f"line 3: {problem}" for problem in expected] == problems(raw)


def test_all_rows_that_are_wrong_are_reported_at_once() -> None:
    raw = content(HEADER, "1,,B,1900,history,", EMMA, "x,A,B,1900,history,", "4")

    assert [
        "line 2: title: empty text",
        "line 3: id: '1' is already on line 2",
        "line 4: id: 'x' is not a whole number from 1 to 2147483647",
        "line 5: 1 cells where the header names 6 columns",
    ] == problems(raw)


def test_ids_that_are_missing_are_not_called_duplicates() -> None:
    raw = content(HEADER, ",A,B,1900,history,", ",A,B,1900,history,")

    assert not any("already" in problem for problem in problems(raw))


def test_lines_are_those_of_the_file_even_after_a_cell_of_several_lines() -> None:
    raw = content(HEADER, '1,"A\nB\r\nC",B,1900,history,', "x,A,B,1900,history,")

    assert [
        "line 2: title: control character U+000A",
        "line 5: id: 'x' is not a whole number from 1 to 2147483647",
    ] == problems(raw)


def test_a_quote_that_is_never_closed_is_reported_where_it_opens() -> None:
    raw = content(HEADER, EMMA, '2,"A,B,1900,history,', "3,A,B,1900,history,")

    assert [
        "line 3: not CSV: unexpected end of data (is a quote left open or not doubled?)"
    ] == problems(raw)


def test_a_cell_too_large_for_csv_is_reported_and_the_rest_still_read() -> None:
    raw = content(HEADER, f"1,{'A' * 200_000},B,1900,history,", "x,A,B,1900,history,")

    first, second = problems(raw)

    assert first.startswith("line 2: not CSV: field larger than field limit (131072)")
    assert second.startswith("line 3: id: 'x'")


def test_bytes_that_are_not_utf8_are_reported_with_their_line() -> None:
    raw = content(HEADER, EMMA) + "2,Wuthering Heights,Emily Brontë,1847,romance,no\n".encode(
        "latin-1"
    )

    assert ["line 3: authors: byte 0xEB is not UTF-8"] == problems(raw)


def test_a_header_that_is_not_utf8_is_reported() -> None:
    assert any("'titl\\udce9'" in problem for problem in problems(b"id,titl\xe9\n"))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_is_recognized_and_refused(encoding: str) -> None:
    raw = f"\ufeff{HEADER}\n{EMMA}\n".encode(encoding)

    assert ["UTF-16 text; save it as UTF-8"] == problems(raw)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            "id,title,categories",
            ["line 1: the header lacks authors, year"],
        ),
        (
            f"{HEADER},isbn,pages",
            [
                "line 1: the header names 'isbn', 'pages', none of "
                "id, title, authors, year, categories, featured"
            ],
        ),
        (f"{HEADER},id", ["line 1: the header names 'id' more than once"]),
        (
            "id,id,Title,authors,year,categories",
            [
                "line 1: the header lacks title",
                "line 1: the header names 'Title', none of "
                "id, title, authors, year, categories, featured",
                "line 1: the header names 'id' more than once",
            ],
        ),
        (
            '"id"x,title',
            ["line 1: not CSV: ',' expected after '\"' (is a quote left open or not doubled?)"],
        ),
    ],
)
def test_a_wrong_header_is_explained_and_rows_are_not_guessed(
    header: str, expected: list[str]
) -> None:
    assert expected == problems(content(header, EMMA, "x"))


@pytest.mark.parametrize("raw", [b"", b"\xef\xbb\xbf"])
def test_an_empty_file_lacks_its_header(raw: bytes) -> None:
    assert ["line 1: the header lacks id, title, authors, year, categories"] == problems(raw)


def test_a_file_without_books_is_refused() -> None:
    assert ["no books follow the header"] == problems(content(HEADER))


def test_only_the_first_problems_are_named_and_the_rest_counted() -> None:
    raw = content(HEADER, *(f"{n},,B,1900,history," for n in range(1, MAX_PROBLEMS + 24)))

    with pytest.raises(UnreadableCatalog) as raised:
        parse_catalog(raw, "books.csv")

    assert MAX_PROBLEMS == len(raised.value.problems)
    assert 23 == raised.value.left_out
    assert str(raised.value).endswith(
        f"\n  line {MAX_PROBLEMS + 1}: title: empty text\n  and 23 more"
    )


def test_the_error_has_a_line_for_each_problem() -> None:
    raw = content(HEADER, "1,,B,1900,history,", "2,A,,1900,history,")

    with pytest.raises(CatalogError) as raised:
        parse_catalog(raw, "books.csv")

    assert [
        "the catalogue books.csv cannot be read:",
        "  line 2: title: empty text",
        "  line 3: authors: at least one is needed",
    ] == str(raised.value).splitlines()


def test_the_error_can_always_be_printed() -> None:
    """Whatever bytes the file holds, the report is text that UTF-8 can carry."""
    raw = content(HEADER) + bytes(range(256)) + b"\xff,\xff\xfe;\x00,;,;,\xff,\xff\n"

    with pytest.raises(UnreadableCatalog) as raised:
        parse_catalog(raw, "books.csv")

    assert str(raised.value).encode()


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(rows: bytes) -> None:
    """Any file either is a catalogue or is refused with a reason."""
    books_or_problems: Sequence[Book | Problem]
    try:
        books_or_problems = parse_catalog(content(HEADER) + rows, "books.csv").books
    except UnreadableCatalog as error:
        books_or_problems = error.problems

    assert books_or_problems
