"""The stub of a process: as new as its channel."""

import grpc

from chassis.channel import ProcessChannel
from marketplace.stub_client import StubOfProcess


def test_a_stub_is_made_once_for_each_channel() -> None:
    channel = ProcessChannel(lambda: grpc.insecure_channel("127.0.0.1:1"))
    stub = StubOfProcess(channel)
    first = stub.get()
    assert first is stub.get()
    channel.close()
    assert first is not stub.get()
    channel.close()
