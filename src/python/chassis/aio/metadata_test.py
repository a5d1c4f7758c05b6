"""Metadata that cannot be sent are found before gRPC ends the call of whoever sends them."""

from typing import Any

import grpc
import pytest

from chassis.aio.metadata import sendable


@pytest.mark.parametrize(
    "metadata",
    [
        (),
        (("key", "value"),),
        (("a-b_c.d9", " ~"), ("key", "")),
        (("key", b"value"), ("key-bin", b"\x00\xff")),
    ],
)
def test_what_can_be_sent_is_given_as_it_is(metadata: Any) -> None:
    assert metadata == sendable(list(metadata))


def test_grpcs_own_kind_of_metadata_can_be_sent() -> None:
    assert (("a", "1"), ("a", "2")) == sendable(grpc.aio.Metadata(("a", "1"), ("a", "2")))


@pytest.mark.parametrize(
    "metadata",
    [{"key": "value"}, ("ab",), (("a", "b", "c"),), ((b"key", "value"),), (("key", 5),)],
)
def test_what_are_no_pairs_of_strings_is_a_mistake(metadata: Any) -> None:
    with pytest.raises(TypeError, match="metadata"):
        sendable(metadata)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("", "value"),
        ("Key", "value"),
        (":path", "value"),
        ("kéy", "value"),
        ("key\n", "value"),
        ("key", "válue"),
        ("key", "a\nb"),
        ("key", "\x7f"),
        ("key", b"\xff"),
        ("key-bin", "value"),
    ],
)
def test_what_has_no_place_in_a_header_is_refused(key: str, value: Any) -> None:
    with pytest.raises(ValueError, match="key|value"):
        sendable([("fine", "fine"), (key, value)])


def test_the_value_is_not_told() -> None:
    with pytest.raises(ValueError, match="metadata") as error:
        sendable([("key", "secret\n")])
    assert "secret" not in str(error.value)
