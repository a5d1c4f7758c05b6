"""The client of what readers did, against real servers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.channel import ProcessChannel, open_channel
from chassis.deadline import Budget
from chassis.testing.recording_log import RecordingLog
from marketplace.errors import (
    NoRecommendations,
    NoSuchBook,
    NoTimeLeft,
    RecommendationsDown,
    RecommendationsTooOld,
)
from marketplace.interaction import Interaction, InteractionKind
from marketplace.reader_identity import MAX_READER
from marketplace.reader_memory_client import ReaderMemoryClient
from marketplace.recommendations_client import CHANNEL_SETTINGS
from marketplace.service_address import ServiceAddress
from marketplace.testing.library_servicer import LibraryServicer
from marketplace.testing.recommendations_servicer import bytes_server, servicer_server
from marketplace.testing.small_library import SMALL_LIBRARY
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb

AMPLE = 30.0
VIEWED, WISHED = InteractionKind.VIEWED, InteractionKind.WISHED
CALLS: dict[str, Callable[[ReaderMemoryClient, Budget], object]] = {
    "RecordInteraction": lambda client, left: client.record(7, 1, VIEWED, "k", "id-1", left),
    "ListInteractions": lambda client, left: client.recent(7, 3, "id-1", left),
    "ForgetUser": lambda client, left: client.forget(7, "id-1", left),
}


@contextmanager
def a_client(
    address: ServiceAddress, log: RecordingLog | None = None
) -> Iterator[ReaderMemoryClient]:
    channel = ProcessChannel(lambda: open_channel(address.host, address.port, CHANNEL_SETTINGS))
    try:
        yield ReaderMemoryClient(channel, AMPLE, (log or RecordingLog()).logger)
    finally:
        channel.close()


def budget() -> Budget:
    return Budget(2 * AMPLE)


@pytest.mark.parametrize("reader", [1, MAX_READER])
def test_what_a_reader_did_is_told_and_can_be_asked_for_until_it_is_forgotten(reader: int) -> None:
    with servicer_server(LibraryServicer()) as address, a_client(address) as client:
        for number, kind in ((1, VIEWED), (2, VIEWED), (1, WISHED)):
            client.record(reader, number, kind, f"{kind.value}:{number}", "id-1", budget())
        expected = [
            Interaction(SMALL_LIBRARY[0], WISHED),
            Interaction(SMALL_LIBRARY[1], VIEWED),
            Interaction(SMALL_LIBRARY[0], VIEWED),
        ]
        assert expected == list(client.recent(reader, 9, "id-1", budget()))
        assert expected[:2] == list(client.recent(reader, 2, "id-1", budget()))
        client.forget(reader, "id-1", budget())
        assert () == client.recent(reader, 9, "id-1", budget())


def test_the_key_is_the_callers() -> None:
    servicer = LibraryServicer()
    with servicer_server(servicer) as address, a_client(address) as client:
        for _ in range(2):
            client.record(7, 1, VIEWED, "once", "id-1", budget())
    assert ["once", "once"] == servicer.keys
    assert [("The Maltese Falcon", "INTERACTION_KIND_VIEWED")] == servicer.done_by(7)


def test_an_unknown_book_is_no_failure_of_the_service() -> None:
    with (
        servicer_server(LibraryServicer()) as address,
        a_client(address) as client,
        pytest.raises(NoSuchBook),
    ):
        client.record(7, 999, VIEWED, "k", "id-1", budget())


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (grpc.StatusCode.UNAVAILABLE, RecommendationsDown),
        (grpc.StatusCode.UNIMPLEMENTED, RecommendationsTooOld),
    ],
)
def test_statuses_become_plain_errors(
    method: str, code: grpc.StatusCode, kind: type[NoRecommendations]
) -> None:
    servicer = LibraryServicer()
    servicer.failures[method] = code
    with servicer_server(servicer) as address, a_client(address) as client, pytest.raises(kind):
        CALLS[method](client, budget())


@pytest.mark.parametrize("method", CALLS)
def test_a_caller_without_time_asks_nobody(method: str) -> None:
    servicer = LibraryServicer()
    with servicer_server(servicer) as address, a_client(address) as client:
        with pytest.raises(NoTimeLeft):
            CALLS[method](client, Budget(0))
        CALLS[method](client, budget())
    assert [method] == servicer.calls


@settings(max_examples=15, deadline=None)
@given(rubbish=st.binary(max_size=120))
def test_any_bytes_give_interactions_or_a_plain_error(rubbish: bytes) -> None:
    with bytes_server(rubbish, "ListInteractions") as address, a_client(address) as client:
        try:
            client.recent(7, 3, "id-1", budget())
        except NoRecommendations:
            return


def test_what_cannot_be_shown_is_left_out() -> None:
    """A kind of tomorrow is nobody's fault; a book without a title is somebody's."""
    falcon = pb.Book(id=1, title="The Maltese Falcon", categories=[pb.BOOK_CATEGORY_MYSTERY])
    tomorrow = pb.InteractionKind.ValueType(99)
    viewed = pb.INTERACTION_KIND_VIEWED
    answer = pb.ListInteractionsResponse(
        interactions=[
            pb.Interaction(book=falcon, kind=tomorrow),
            pb.Interaction(book=pb.Book(id=2), kind=viewed),
            pb.Interaction(book=falcon, kind=viewed),
            pb.Interaction(book=falcon, kind=viewed),
        ]
    ).SerializeToString()
    log = RecordingLog()
    with bytes_server(answer, "ListInteractions") as address, a_client(address, log) as client:
        (only,) = client.recent(7, 9, "id-1", budget())
    assert (1, VIEWED) == (only.book.id, only.kind)
    (line,) = log.lines_of("interactions dropped")
    assert "the title has nothing to read" in line["problems"]
