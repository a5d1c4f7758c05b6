"""Books from catalogue files that are as they should be."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations import catalog_csv
from recommendations.book import MAX_YEAR, MIN_YEAR, UNKNOWN_YEAR, Book, Category
from recommendations.catalog_csv import MAX_BYTES, parse_catalog, read_catalog
from recommendations.catalog_csv_writer import write_books
from recommendations.errors import InvalidBook, UnreadableCatalog

HEADER = "id,title,authors,year,categories,featured"
EMMA = "1,Emma,Jane Austen,1815,romance,no"

text = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30)
names = text.filter(lambda name: ";" not in name)
books = st.builds(
    Book,
    id=st.integers(min_value=1, max_value=2**31 - 1),
    title=text,
    authors=st.lists(names, min_size=1, max_size=4, unique=True).map(tuple),
    publication_year=st.integers(min_value=MIN_YEAR, max_value=MAX_YEAR),
    categories=st.lists(st.sampled_from(Category), min_size=1, unique=True).map(tuple),
    featured=st.booleans(),
)


def content(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def test_a_row_is_a_book() -> None:
    row = '12,"The Thin Man, Again",Dashiell Hammett;A. Friend,1934,mystery;thriller,yes'

    catalog = parse_catalog(content(HEADER, row), "books.csv")

    assert (
        Book(
            id=12,
            title="The Thin Man, Again",
            authors=("Dashiell Hammett", "A. Friend"),
            publication_year=1934,
            categories=(Category.MYSTERY, Category.THRILLER),
            featured=True,
        ),
    ) == catalog.books


@settings(deadline=None)
@given(st.lists(books, min_size=1, max_size=5, unique_by=lambda book: book.id))
def test_what_is_written_is_read_back(written: list[Book]) -> None:
    file = io.StringIO(newline="")

    write_books(written, file)

    assert tuple(written) == parse_catalog(file.getvalue().encode(), "books.csv").books


def test_an_author_whose_name_holds_the_separator_cannot_be_written() -> None:
    book = Book(1, "Emma", ("Austen; Jane",), 1815, (Category.ROMANCE,))

    with pytest.raises(InvalidBook, match="authors: ';' within a name"):
        write_books([book], io.StringIO())


def test_columns_may_come_in_any_order() -> None:
    raw = content("categories,year,id,featured,authors,title", "romance,1815,1,no,Jane Austen,Emma")

    assert "Emma" == parse_catalog(raw, "books.csv").books[0].title


@pytest.mark.parametrize(("cell", "featured"), [("yes", True), ("no", False), ("", False)])
def test_a_book_is_featured_by_yes(cell: str, featured: bool) -> None:
    raw = content(HEADER, f"1,Emma,Jane Austen,1815,romance,{cell}")

    assert featured == parse_catalog(raw, "books.csv").books[0].featured


def test_without_the_column_no_book_is_featured() -> None:
    raw = content("id,title,authors,year,categories", "1,Emma,Jane Austen,1815,romance")

    assert not parse_catalog(raw, "books.csv").books[0].featured


@pytest.mark.parametrize(
    ("cell", "year"), [("", UNKNOWN_YEAR), ("0", UNKNOWN_YEAR), ("-720", -720), ("2100", 2100)]
)
def test_a_year_may_be_unknown_or_before_christ(cell: str, year: int) -> None:
    raw = content(HEADER, f"1,The Odyssey,Homer,{cell},history,no")

    assert year == parse_catalog(raw, "books.csv").books[0].publication_year


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_do_not_matter(line_end: str, mark: str) -> None:
    raw = f"{mark}{HEADER}{line_end}{EMMA}".encode()

    assert 1 == len(parse_catalog(raw, "books.csv"))


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "books.csv"
    path.write_bytes(content(HEADER, EMMA))

    assert 1 == len(read_catalog(path))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".", "Is a directory"),
        ("missing.csv", "No such file or directory"),
        ("books.csv/x", "Not a directory"),
    ],
)
def test_a_path_that_cannot_be_read_is_a_clear_error(
    tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / "books.csv").touch()
    path = tmp_path / name

    with pytest.raises(UnreadableCatalog) as raised:
        read_catalog(path)

    assert f"the catalogue {path} cannot be read:\n  {reason}" == str(raised.value)


def test_a_file_too_large_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "books.csv"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES * 16)

    with pytest.raises(UnreadableCatalog, match=f"larger than {MAX_BYTES} bytes"):
        read_catalog(path)


def test_the_default_catalogue_is_found_inside_a_zip_file(tmp_path: Path) -> None:
    """As in a PEX file that is not unpacked."""
    package = Path(catalog_csv.__file__).parent
    archive = tmp_path / "service.zip"
    with zipfile.ZipFile(archive, "w") as service:
        for path in [*package.glob("*.py"), *package.glob("data/*.csv")]:
            service.write(path, path.relative_to(package.parent))
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from recommendations import catalog_csv\n"
        "print(catalog_csv.__file__, len(catalog_csv.load_default()), sep='\\n')"
    )

    printed = subprocess.run(
        [sys.executable, "-I", "-c", code, str(archive)],
        capture_output=True,
        check=True,
        encoding="utf-8",
        timeout=30,
    ).stdout.splitlines()

    assert [
        f"{archive}/recommendations/catalog_csv.py",
        str(len(catalog_csv.load_default())),
    ] == printed
