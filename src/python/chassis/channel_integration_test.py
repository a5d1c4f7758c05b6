"""Channels across forks, in a process of its own, for pytest's must not be forked."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from chassis.testing.process import python_environment
from chassis.testing.running import HOST

CHILDREN = 4
SECONDS = 60

FORKS = """
import json, os, signal, sys
from chassis.channel import ChannelSettings, ProcessChannel, open_channel

port, used_before, children = int(sys.argv[1]), sys.argv[2] == "used", int(sys.argv[3])
channel = ProcessChannel(lambda: open_channel("127.0.0.1", port, ChannelSettings()))

def ask():
    # No retries: the very first call of a process must be fine.
    return channel.get().unary_unary("/test.Service/Method")(b"hello", timeout=20).decode()

of_parent = channel.get() if used_before else None
answers = {"parent": [ask()] if used_before else []}
channel._lock.acquire()  # As if another thread were about to open the channel.
pipes = []
for _ in range(children):
    readable, writable = os.pipe()
    if not os.fork():
        signal.alarm(30)  # A child that hangs does not outlive the test for long.
        try:
            found = {"answer": ask(), "another": channel.get() is not of_parent}
            channel.close()
        except BaseException as error:
            found = repr(error)
        os.write(writable, json.dumps(found).encode())
        os._exit(0)
    os.close(writable)
    pipes.append(readable)
channel._lock.release()
answers["children"] = [json.loads(os.read(pipe, 65536)) for pipe in pipes]
answers["parent"].append(ask())
answers["same"] = of_parent is None or channel.get() is of_parent
print(json.dumps(answers))
"""


class _Peers(grpc.GenericRpcHandler):
    """Answers each call with what it was sent, and remembers who called."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[bytes, bytes]":
        """See grpc."""
        return grpc.unary_unary_rpc_method_handler(self._answer)

    def _answer(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        self.seen.append(context.peer())
        return request


@pytest.mark.parametrize("parent", ["used", "unused"])
def test_each_process_has_a_connection_of_its_own(parent: str) -> None:
    """Children of a process that has used its channel, or not yet, while its lock is held."""
    peers = _Peers()
    server = grpc.server(ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers((peers,))
    port = server.add_insecure_port(f"{HOST}:0")
    server.start()
    try:
        done = subprocess.run(
            [sys.executable, "-c", FORKS, str(port), parent, str(CHILDREN)],
            env=python_environment(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    finally:
        server.stop(0).wait(SECONDS)
    assert 0 == done.returncode, done.stderr.decode()
    answers = json.loads(done.stdout)
    calls = 2 if parent == "used" else 1
    assert [{"answer": "hello", "another": True}] * CHILDREN == answers["children"]
    assert ["hello"] * calls == answers["parent"]
    assert answers["same"]
    # One port of the client is one connection.
    assert CHILDREN + calls == len(peers.seen)
    assert CHILDREN + 1 == len(set(peers.seen))
