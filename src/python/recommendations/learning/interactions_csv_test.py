from datetime import UTC, datetime
from pathlib import Path

import pytest

from recommendations.interaction import Interaction, InteractionKind
from recommendations.learning import interactions_csv
from recommendations.learning.interactions_csv import CsvInteractionSource, UnreadableInteractions


def read(path: Path, content: str | bytes) -> list[Interaction]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [each for batch in CsvInteractionSource(path).read() for each in batch]


@pytest.fixture()
def path(tmp_path: Path) -> Path:
    return tmp_path / "marks.csv"


def test_kind_and_moment_are_read_where_they_stand(path: Path) -> None:
    content = (
        "at,kind,book_id,reader_id,note\n"
        "2026-01-31T12:00:00Z,bought,7,9223372036854775807,x\n"
        ",,8,1,\n"
    )
    assert [
        Interaction(2**63 - 1, 7, InteractionKind.BOUGHT, datetime(2026, 1, 31, 12, tzinfo=UTC)),
        Interaction(1, 8, InteractionKind.VIEWED),
    ] == read(path, content)


def test_goodbooks_marks_are_read(path: Path) -> None:
    expected = [Interaction(9, 8, InteractionKind.VIEWED)]
    assert expected == read(path, "\ufeffuser_id,book_id\r\n9,8\r\n")


def test_it_can_be_read_again_in_batches(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interactions_csv, "BATCH", 2)
    path.write_text("reader_id,book_id\n1,1\n2,2\n3,3\n")
    source = CsvInteractionSource(path)
    assert [2, 1] == [len(batch) for batch in source.read()]
    assert [2, 1] == [len(batch) for batch in source.read()]


def test_every_wrong_row_is_named_with_its_line_and_what_is_wrong(path: Path) -> None:
    content = (
        "reader_id,book_id,kind,at\n"
        "0,1,viewed,\n"
        "1,1,viewed,\n"
        "1,2147483648,,\n"
        "1\n"
        "1,1,sold,\n"
        "1,1,,yesterday\n"
        "1,1,,2026-01-31T12:00:00\n"
    )
    with pytest.raises(UnreadableInteractions) as raised:
        read(path, content)
    assert [
        f"{path} cannot be read:",
        "  line 2: reader_id: '0' is not a whole number from 1 to 9223372036854775807",
        "  line 4: book_id: '2147483648' is not a whole number from 1 to 2147483647",
        "  line 5: book_id: '' is not a whole number from 1 to 2147483647",
        "  line 6: kind: 'sold' is none of viewed, wished, bought",
        "  line 7: at: 'yesterday' is not a moment like 2026-01-31T12:00:00Z",
        "  line 8: at: '2026-01-31T12:00:00' is not a moment like 2026-01-31T12:00:00Z",
    ] == str(raised.value).splitlines()


def test_wrong_rows_beyond_the_first_are_not_read(path: Path) -> None:
    with pytest.raises(UnreadableInteractions) as raised:
        read(path, "reader_id,book_id\n" + "x,y\n" * 1000)
    assert 1 + interactions_csv.MAX_PROBLEMS == len(str(raised.value).splitlines())


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "line 1: the header must name reader_id and book_id"),
        (b"reader_id,book\n1,1\n", "line 1: the header must name reader_id and book_id"),
        (b"reader_id,book_id\n1,\xff\n", "not text in UTF-8"),
        (b'reader_id,book_id\n1,"2\n', "not CSV: unexpected end of data"),
    ],
)
def test_a_file_of_another_form_is_refused(path: Path, content: bytes, problem: str) -> None:
    with pytest.raises(UnreadableInteractions) as raised:
        read(path, content)
    assert f"{path} cannot be read:\n  {problem}" == str(raised.value)


def test_a_file_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(UnreadableInteractions, match="No such file"):
        list(CsvInteractionSource(path).read())
