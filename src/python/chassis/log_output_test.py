"""Lines that wait are written in order, soon, bounded in number, and by nobody twice."""

import io
import os
import threading

import pytest

from chassis.log_output import PIPE_BYTES, LogOutput
from chassis.testing.waiting import wait_until

NEVER = 3600.0


class Pieces(io.StringIO):
    """A stream that keeps what was written in one piece apart."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def write(self, text: str) -> int:
        self.pieces.append(text)
        return super().write(text)


class Broken(io.StringIO):
    def write(self, _: str) -> int:
        raise BrokenPipeError


def test_a_line_that_may_wait_is_written_soon() -> None:
    stream = io.StringIO()
    output = LogOutput(stream, delay_seconds=0.01)
    output.write_soon("a\n")
    wait_until(lambda: stream.getvalue() == "a\n")
    output.write_soon("b\n")
    wait_until(lambda: stream.getvalue() == "a\nb\n")


def test_a_line_that_may_not_wait_comes_after_those_that_do() -> None:
    stream = io.StringIO()
    output = LogOutput(stream, delay_seconds=NEVER)
    output.write_soon("a\n")
    assert "" == stream.getvalue()
    output.write("b\n")
    assert "a\nb\n" == stream.getvalue()


def test_no_more_lines_wait_than_are_allowed() -> None:
    stream = io.StringIO()
    output = LogOutput(stream, delay_seconds=NEVER, max_waiting=10)
    for _ in range(25):
        output.write_soon("a\n")
    assert 20 == stream.getvalue().count("a")


def test_lines_are_written_in_pieces_that_a_pipe_takes_whole() -> None:
    """So those of several processes that share it do not mix."""
    stream = Pieces()
    output = LogOutput(stream, delay_seconds=NEVER, max_waiting=1000)
    lines = [f"{number}".ljust(300, "x") + "\n" for number in range(100)]
    for line in lines:
        output.write_soon(line)
    output.flush()
    assert "".join(lines) == stream.getvalue()
    assert all(len(piece) <= PIPE_BYTES and piece.endswith("\n") for piece in stream.pieces)
    assert len(stream.pieces) < 10


def test_a_line_longer_than_a_piece_is_written_too() -> None:
    stream = Pieces()
    LogOutput(stream).write("x" * (3 * PIPE_BYTES) + "\n")
    assert [3 * PIPE_BYTES + 1] == [len(piece) for piece in stream.pieces]


def test_every_line_of_many_threads_is_written_once() -> None:
    stream = io.StringIO()
    output = LogOutput(stream, delay_seconds=0.001, max_waiting=50)

    def log(name: int) -> None:
        for number in range(500):
            (output.write if number % 7 == 0 else output.write_soon)(f"{name} {number}\n")

    threads = [threading.Thread(target=log, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    output.flush()
    lines = stream.getvalue().splitlines()
    for name in range(4):
        own = [line for line in lines if line.startswith(f"{name} ")]
        assert [f"{name} {number}" for number in range(500)] == own


def test_a_broken_stream_loses_lines_and_fails_nobody() -> None:
    output = LogOutput(Broken(), delay_seconds=NEVER)
    output.write_soon("a\n")
    output.write("b\n")
    output.flush()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_fork_writes_its_own_lines_and_not_its_parents() -> None:
    read, write = os.pipe()
    with os.fdopen(write, "w") as stream, os.fdopen(read) as other_end:
        output = LogOutput(stream, delay_seconds=NEVER)
        output.write_soon("parent\n")
        if not (pid := os.fork()):
            try:
                output.write_soon("child\n")
                output.flush()
            finally:
                os._exit(0)
        assert (pid, 0) == os.waitpid(pid, 0)
        assert "child\n" == other_end.readline()
        output.flush()
        assert "parent\n" == other_end.readline()
