from array import array

import pytest

from recommendations import large_pages as module
from recommendations.large_pages import LARGE_PAGE, bytes_in_large_pages, in_large_pages

COUNT = 5 * LARGE_PAGE // 8
"""Of four bytes each: two pages and a half."""


@pytest.fixture(params=["as the system has it", "no such advice", "advice refused"], autouse=True)
def _system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param != "as the system has it":
        monkeypatch.setattr(module, "_ADVICE", None if request.param == "no such advice" else 10**6)


@pytest.mark.parametrize("typecode", ["i", "I", "f"])
@pytest.mark.parametrize("count", [0, 3, COUNT])
def test_numbers_are_the_same(typecode: str, count: int) -> None:
    numbers: array[float] = array(typecode, range(count))
    copied = in_large_pages(numbers)
    assert numbers.tolist() == copied.tolist()
    assert numbers[1:3].tolist() == copied[1:3].tolist()


def test_what_is_large_is_copied_and_what_is_small_is_not() -> None:
    small, large = array("i", [1, 2]), array("i", bytes(4 * COUNT))
    copy = in_large_pages(large)
    large[7] = 1
    assert in_large_pages(small) is small
    assert 0 == copy[7]


def test_a_copy_is_not_changed() -> None:
    copy = in_large_pages(array("i", bytes(4 * COUNT)))
    with pytest.raises(TypeError, match="read-only"):
        copy[0] = 1


@pytest.mark.parametrize("content", [b"", b"abc", bytes(range(256)) * (LARGE_PAGE // 100)])
def test_slices_of_bytes_are_the_same_bytes(content: bytes) -> None:
    copied = bytes_in_large_pages(content)
    assert content == copied[: len(content)]
    assert content[2:300] == copied[2:300]
