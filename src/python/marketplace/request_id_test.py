"""Which ids are taken over from callers."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.request_id import request_id_from


@pytest.mark.parametrize(
    "text", ["a", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "Root=1-67891233-abcdef", "x" * 128]
)
def test_a_harmless_id_is_taken_over(text: str) -> None:
    assert text == request_id_from(text)


@pytest.mark.parametrize(
    "text", [None, "", "x" * 129, "a b", "a\nb", "a\n", "é", '"', "<b>", "a;b", "a,b"]
)
def test_any_other_is_replaced(text: str | None) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", request_id_from(text))


def test_no_two_are_the_same() -> None:
    assert 1000 == len({request_id_from(None) for _ in range(1000)})


@settings(deadline=None)
@given(st.text())
def test_whatever_comes_the_id_is_harmless(text: str) -> None:
    assert re.fullmatch(r"[\w.~:/+=-]{1,128}", request_id_from(text), re.ASCII)
