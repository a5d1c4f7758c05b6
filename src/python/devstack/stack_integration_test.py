"""The whole command with the real services."""

import http.client
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devstack.probes import serves_grpc, serves_http
from devstack.service_command import HOST, python_environ
from devstack.testing.waiting import wait_until

SECONDS = 60.0
ARGV = (
    *(sys.executable, "-P", "-m", "devstack.main", "--port", "0", "--recommendations-port", "0"),
    # A busy machine may let a service wait for long before it stops.
    *("--stop-seconds", str(SECONDS)),
)
PATIENT = {"RECOMMENDATIONS_DEADLINE_SECONDS": "10"}
"""The page must have its recommendations, however slow the machine is."""


@contextmanager
def running(*arguments: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """The command with its output in a pipe."""
    process = subprocess.Popen(
        (*ARGV, *arguments),
        env={**python_environ(os.environ), **PATIENT, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def announced_ports(process: subprocess.Popen[str]) -> tuple[int, int]:
    """The ports of the recommendations and of the shop, read from the output."""
    assert process.stdout is not None
    output = ""
    for line in process.stdout:
        output += line
        if shop := re.search(r"the shop is open: http://localhost:(\d+)/", line):
            recommendations = re.search(r"gRPC at localhost:(\d+)", output)
            assert recommendations
            return int(recommendations[1]), int(shop[1])
    raise AssertionError(f"the shop never opened:\n{output}")


def get(port: int, path: str) -> str:
    """The page of the shop."""
    connection = http.client.HTTPConnection(HOST, port, timeout=SECONDS)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        assert response.status == 200
        return response.read().decode()
    finally:
        connection.close()


def processes_with(variable: str) -> set[int]:
    """The living processes that have inherited this environment variable."""
    found = set()
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if variable.encode() in environ.read_bytes().split(b"\0"):
                found.add(int(environ.parent.name))
        except OSError:  # It has ended meanwhile, or is not ours.
            continue
    return found


def test_the_announced_shop_shows_books_and_ctrl_c_closes_it() -> None:
    with running() as process:
        recommendations_port, shop_port = announced_ports(process)
        page = get(shop_port, "/")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=SECONDS)
    assert "<title>Online Books For You</title>" in page
    assert page.count("<li>") == 3
    assert process.returncode == 0
    assert errors == ""
    assert serves_http(HOST, shop_port, "/readyz") is None
    assert serves_grpc(f"{HOST}:{recommendations_port}") is None


@pytest.mark.skipif(sys.platform != "linux", reason="reads the list of processes from /proc")
@pytest.mark.parametrize("how", ["SIGINT", "SIGKILL"])
def test_no_process_is_left_over(how: str) -> None:
    """Neither gunicorn's workers nor the reaper, whether asked to stop or killed."""
    run = uuid.uuid4().hex
    with running(DEVSTACK_TEST_RUN=run) as process:
        announced_ports(process)
        # The command, the reaper, both services, and at least one worker of the shop.
        assert len(processes_with(f"DEVSTACK_TEST_RUN={run}")) >= 5
        process.send_signal(signal.Signals[how])
        process.communicate(timeout=SECONDS)
    wait_until("the last process' end", lambda: not processes_with(f"DEVSTACK_TEST_RUN={run}"))


def test_a_catalogue_with_mistakes_is_told_and_ends_it(tmp_path: Path) -> None:
    catalogue = tmp_path / "books.csv"
    catalogue.write_text("nothing,of,use\n")
    with running("--catalogue", str(catalogue)) as process:
        output, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert str(catalogue) in output
    assert "recommendations |   line 1: " in output
    assert errors == "devstack: recommendations ended with exit code 2\n"


def test_a_taken_port_is_told_and_ends_it() -> None:
    with running() as first:
        _, shop_port = announced_ports(first)
        with running("--port", str(shop_port)) as second:
            output, errors = second.communicate(timeout=SECONDS)
    assert second.returncode == 1
    assert re.search(rf"marketplace +\| marketplace: .*{shop_port}", output)
    assert errors == "devstack: marketplace ended with exit code 1\n"
