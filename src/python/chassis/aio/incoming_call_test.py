"""What is known of a call on the event loop, while it is there and afterwards."""

from typing import Any

import grpc
import pytest

from chassis.aio.incoming_call import IncomingCall
from chassis.testing.four_kinds import ask
from chassis.testing.loop_calls import BIDI
from chassis.testing.loop_serving import SECONDS, serving
from chassis.testing.waiting import wait_until

OK, ABORTED = 0, 10


def test_what_is_known_of_a_call() -> None:
    seen: list[Any] = []

    async def serve(call: IncomingCall, _: bytes | None) -> None:
        left = call.time_remaining()
        seen.append((call.path, call.peer()[:15], dict(call.invocation_metadata())["key"]))
        seen.append((call.peer_identities(), call.peer_identity_key(), 0 < left < 2 * SECONDS))
        call.finish(OK)

    with serving(serve) as running:
        ask(running.channel, BIDI, timeout=SECONDS, metadata=[("key", "value")])
    assert ("/chassis.testing.FourKinds/BidiStream", "ipv4:127.0.0.1:", "value") == seen[0]
    assert (None, None, True) == seen[1]


def test_when_it_is_over_nothing_is_known_and_nothing_can_be_done() -> None:
    """A servicer may have kept its context; gRPC's part of the call is gone."""
    kept: list[IncomingCall] = []

    async def serve(call: IncomingCall, _: bytes | None) -> None:
        kept.append(call)
        call.finish(OK)

    async def use(call: IncomingCall) -> str:
        with pytest.raises(grpc.aio.UsageError):
            await call.write(b"1")
        with pytest.raises(grpc.aio.UsageError):
            await call.read()
        call.finish(OK)
        return call.peer()

    async def peer_of(call: IncomingCall) -> str:
        return call.peer()

    with serving(serve) as running:
        ask(running.channel, BIDI, timeout=SECONDS)
        (call,) = kept
        wait_until(lambda: running.thread.call(peer_of(call), SECONDS) == "", SECONDS)
        assert "" == running.thread.call(use(call), SECONDS)
    assert {} == call.auth_context()
    assert (None, None) == (call.peer_identities(), call.peer_identity_key())
