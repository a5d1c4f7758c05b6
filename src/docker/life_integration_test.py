"""How containers of the images start, live and stop."""

import http.client
import json
import sys
from time import monotonic, sleep

import grpc
import pytest
from grpc_health.v1 import health_pb2

from containers import Container, Image, Start, built_image

SECONDS = 120.0


def serves_grpc(address: str) -> bool:
    """Whether grpc.health.v1 calls the server SERVING."""
    with grpc.insecure_channel(address) as channel:
        check: grpc.UnaryUnaryMultiCallable[
            health_pb2.HealthCheckRequest, health_pb2.HealthCheckResponse
        ] = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        try:
            answer = check(health_pb2.HealthCheckRequest(), timeout=1.0)
        except grpc.RpcError:
            return False
    return answer.status == health_pb2.HealthCheckResponse.SERVING


def serves_http(address: str) -> bool:
    """Whether the shop calls itself ready."""
    connection = http.client.HTTPConnection(address, timeout=1.0)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


PROBES = {"recommendations": serves_grpc, "marketplace": serves_http}


LAST_WORDS = {"recommendations": "stopped", "marketplace": "Shutting down: Master"}


def wait_until_ready(container: Container) -> None:
    """Wait until the service serves."""
    probe = PROBES[container.service]
    address = container.address()
    deadline = monotonic() + SECONDS
    while not probe(address):
        assert monotonic() < deadline, container.logs()
        sleep(0.02)


def test_a_container_serves_on_a_read_only_root_and_drains_when_stopped(
    image: Image, start: Start, capfd: pytest.CaptureFixture[str]
) -> None:
    began = monotonic()
    container = start(image, DRAIN_SECONDS="0.2")
    wait_until_ready(container)
    ready = monotonic()

    assert 0 == container.stop()

    stopped = monotonic()
    with capfd.disabled():
        figures = f"ready after {ready - began:.2f} s, stopped in {stopped - ready:.2f} s"
        sys.stdout.write(f"\n{image.service}: {figures}\n")
    assert LAST_WORDS[image.service] == container.logs()[-1]["event"]


def test_a_worker_that_is_killed_is_replaced_and_leaves_no_zombie(start: Start) -> None:
    """PID 1 is the service itself: nobody else would wait for its children."""
    container = start(built_image("marketplace"))
    wait_until_ready(container)
    before = processes(container)
    victim = next(pid for pid, (parent, _) in before.items() if parent == 1)

    container.python(f"import os; os.kill({victim}, 9)")

    deadline = monotonic() + SECONDS
    while True:
        now = processes(container)
        workers = [pid for pid, (parent, _) in now.items() if parent == 1]
        if victim not in now and 2 == len(workers):
            break
        assert monotonic() < deadline, now
        sleep(0.1)
    assert "Z" not in [state for _, state in now.values()]


def processes(container: Container) -> dict[int, tuple[int, str]]:
    """The parent and the state of every process of the service, by its number."""
    code = """
import json, os, pathlib
found = {}
for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
    try:
        state, parent = path.read_text().rpartition(")")[2].split()[:2]
    except OSError:
        continue
    if int(path.parent.name) != os.getpid():
        found[path.parent.name] = (int(parent), state)
print(json.dumps(found))
"""
    found = json.loads(container.python(code))
    return {int(pid): (parent, state) for pid, (parent, state) in found.items()}


def test_wrong_settings_stop_the_container_with_exit_code_2(image: Image, start: Start) -> None:
    container = start(image, LISTEN_PORT="nonsense", LOG_LEVEL="LOUD")
    assert 2 == container.wait()
