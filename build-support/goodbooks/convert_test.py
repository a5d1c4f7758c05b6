import stat
from pathlib import Path

import pytest

from goodbooks.convert import main, write_atomically
from recommendations.book import Book, Category
from recommendations.catalog_csv import parse_catalog, read_catalog


@pytest.fixture()
def folder(tmp_path: Path) -> Path:
    """Five books in the form of goodbooks: two with a genre, three without."""
    folder = tmp_path / "goodbooks"
    folder.mkdir()
    (folder / "books.csv").write_text(
        "book_id,goodreads_book_id,authors,original_publication_year,title\n"
        '1,10,"Ann Author, Bo Writer",1999.0,"The Case (Cases, #1)"\n'
        "2,20,Cy Poet,-50.0,Dragons\n"
        "3,30,Di Diarist,,At Sea\n"
        "4,40,Ed Essayist,1850.0,Verses\n"
        "5,50,Flo Forgotten,1850.0,Nobody Knows\n",
        encoding="utf-8",
    )
    (folder / "tags.csv").write_text(
        "tag_id,tag_name\n1,mystery\n2,fantasy\n3,adventure\n4,poetry\n5,thriller\n",
        encoding="utf-8",
    )
    (folder / "book_tags.csv").write_text(
        "goodreads_book_id,tag_id,count\n"
        "10,5,60\n10,1,90\n20,2,50\n30,3,40\n40,4,30\n99,1,1000\n50,1,0\n",
        encoding="utf-8",
    )
    return folder


def test_books_are_put_into_their_categories(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "catalogue.csv"

    assert 0 == main([str(folder), "--output", str(output)])

    def book(
        book_id: int, title: str, authors: tuple[str, ...], year: int, *categories: Category
    ) -> Book:
        return Book(book_id, title, authors, year, categories)

    assert (
        book(
            1,
            "The Case (Cases, #1)",
            ("Ann Author", "Bo Writer"),
            1999,
            Category.MYSTERY,
            Category.THRILLER,
        ),
        book(2, "Dragons", ("Cy Poet",), -50, Category.FANTASY),
        book(3, "At Sea", ("Di Diarist",), 0, Category.THRILLER),
        book(4, "Verses", ("Ed Essayist",), 1850, Category.HISTORY),
    ) == read_catalog(output).books


def test_the_report_tells_what_was_done_with_every_book(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(folder), "-o", str(tmp_path / "catalogue.csv")])

    assert [
        "5 books read, 4 written",
        "  2 stand by their genres",
        "  1 stand by a neighboring genre",
        "  1 stand for want of any genre of the shop",
        "  1 left out, for no reader put a tag on them",
        "categories:",
        "  1 mystery",
        "  0 science-fiction",
        "  0 self-help",
        "  1 fantasy",
        "  1 history",
        "  0 biography",
        "  0 romance",
        "  2 thriller",
    ] == capsys.readouterr().err.splitlines()


def test_the_catalogue_goes_to_standard_output_unless_a_file_is_named(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert 0 == main([str(folder)])

    assert 4 == len(parse_catalog(capsysbinary.readouterr().out, "standard output"))


def test_rows_that_are_wrong_stop_it_and_leave_the_old_catalogue(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "catalogue.csv"
    output.write_text("old", encoding="utf-8")
    with (folder / "books.csv").open("a", encoding="utf-8") as books:
        books.write("x,60,Gil Ghost,1850.0,Lost\n")

    assert 1 == main([str(folder), "-o", str(output)])

    assert "line 7: book_id: 'x' is not a whole number" in capsys.readouterr().err
    assert "old" == output.read_text(encoding="utf-8")


def test_books_that_the_catalogue_cannot_hold_are_reported_with_their_lines(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "books.csv").write_text(
        "book_id,goodreads_book_id,authors,original_publication_year,title\n"
        "1,10,Ann Author,9999.0,\n"
        "2,20,Cy Poet,1999.0,Dragons\n"
        "0,30,Di Diarist,1999.0,At Sea\n",
        encoding="utf-8",
    )

    assert 1 == main([str(folder)])

    assert [
        f"{folder / 'books.csv'} cannot be read:",
        "  line 2: title: empty text; year: 9999 is not from -3000 to 2100",
        "  line 4: id: 0 is not from 1 to 2147483647",
    ] == capsys.readouterr().err.splitlines()


def test_data_without_a_single_book_to_serve_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "book_tags.csv").write_text("goodreads_book_id,tag_id,count\n", encoding="utf-8")

    assert 1 == main([str(folder)])

    assert "no books follow the header" in capsys.readouterr().err


def test_a_folder_that_is_missing_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 1 == main([str(tmp_path / "nowhere")])

    assert f"{tmp_path / 'nowhere' / 'books.csv'} cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("output", "reason"),
    [("missing/catalogue.csv", "No such file or directory"), (".", "not a regular file")],
)
def test_a_place_that_cannot_be_written_is_named(
    folder: Path, tmp_path: Path, output: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / output

    assert 1 == main([str(folder), "-o", str(path)])

    assert f"{path} cannot be written: {reason}\n" == capsys.readouterr().err


def test_wrong_usage_is_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([])

    assert 2 == stopped.value.code
    assert "the following arguments are required: folder" in capsys.readouterr().err


def test_a_file_is_replaced_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.csv"
    path.write_bytes(b"a longer text than the new one")
    with path.open("rb") as reader_of_the_old:
        write_atomically(path, b"new")

        assert b"a longer text than the new one" == reader_of_the_old.read()
    assert b"new" == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_a_new_file_can_be_read_by_others(tmp_path: Path) -> None:
    """The usual rights of this user's new files, not those of a private temporary one."""
    usual = tmp_path / "usual"
    usual.touch()
    path = tmp_path / "catalogue.csv"

    write_atomically(path, b"new")

    assert stat.S_IMODE(usual.stat().st_mode) == stat.S_IMODE(path.stat().st_mode)


def test_a_link_stays_and_the_file_behind_it_is_replaced(tmp_path: Path) -> None:
    file, link = tmp_path / "file.csv", tmp_path / "link.csv"
    file.write_bytes(b"old")
    link.symlink_to(file)

    write_atomically(link, b"new")

    assert link.is_symlink()
    assert b"new" == file.read_bytes()
