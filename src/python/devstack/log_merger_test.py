import os
import tempfile
import threading
from collections import Counter
from typing import IO

from devstack.log_merger import LONGEST_LINE_BYTES, LogMerger
from devstack.testing.waiting import wait_until

SECONDS = 60.0


def pipe() -> tuple[IO[bytes], IO[bytes]]:
    """The reading and the writing end; the latter unbuffered."""
    reading, writing = os.pipe()
    return os.fdopen(reading, "rb"), os.fdopen(writing, "wb", buffering=0)


def merged(
    *texts: bytes, names: tuple[str, ...] = ("shop", "stock"), colored: bool = False
) -> bytes:
    """What the merger writes for sources with these texts, one after another."""
    with tempfile.TemporaryFile() as output:
        merger = LogMerger(output.fileno(), names, colored=colored)
        for name, text in zip(names, texts, strict=False):
            source, writer = pipe()
            merger.attach(name, source)
            with writer:
                writer.write(text)
            merger.flush(SECONDS)
        output.seek(0)
        return output.read()


def test_each_line_is_prefixed_with_the_padded_name_of_its_source() -> None:
    expected = b"shop  | open\nshop  | sold one\nstock | counted\n"
    assert expected == merged(b"open\nsold one\n", b"counted\n")


def test_each_source_has_a_color_of_its_own_that_ends_with_the_prefix() -> None:
    expected = b"\x1b[36mshop  |\x1b[0m open\n\x1b[35mstock |\x1b[0m counted\n"
    assert expected == merged(b"open\n", b"counted\n", colored=True)


def test_a_last_line_without_a_newline_gets_one() -> None:
    expected = b"shop  | killed in mid-\nstock | next\n"
    assert expected == merged(b"killed in mid-", b"next\n")


def test_bytes_that_are_no_text_pass_unchanged() -> None:
    expected = b"shop  | \xff\xfe\x00\n"
    assert expected == merged(b"\xff\xfe\x00\n")


def test_a_line_without_end_is_broken_up() -> None:
    """Else a program that prints no newline would fill the memory."""
    lines = merged(b"x" * (LONGEST_LINE_BYTES + 1)).splitlines()
    assert [len("shop  | ") + LONGEST_LINE_BYTES, len("shop  | ") + 1] == [
        len(line) for line in lines
    ]


def test_lines_of_sources_that_write_at_once_do_not_mix() -> None:
    """Each source writes its lines in pieces, with many more bytes than a pipe holds."""
    names = ("a", "b", "c")
    output, sink = pipe()
    merger = LogMerger(sink.fileno(), names, colored=False)

    def write_pieces(name: str, writer: IO[bytes]) -> None:
        with writer:
            for number in range(500):
                for piece in (name.encode() * 100, b" ", str(number).encode(), b"\n"):
                    writer.write(piece)

    writers = []
    for name in names:
        source, writer = pipe()
        merger.attach(name, source)
        writers.append(threading.Thread(target=write_pieces, args=(name, writer)))

    def close_after_the_last_line() -> None:
        for thread in writers:
            thread.join()
        merger.flush(SECONDS)
        sink.close()

    for thread in (*writers, closer := threading.Thread(target=close_after_the_last_line)):
        thread.start()
    with output:
        lines = output.read().decode().splitlines()
    closer.join()

    for name in names:
        own = [line for line in lines if line.startswith(name)]
        assert [f"{name} | {name * 100} {number}" for number in range(500)] == own
    assert Counter({name: 500 for name in names}) == Counter(line[0] for line in lines)


def test_what_follows_the_last_words_of_a_source_comes_after_them() -> None:
    """However much of it is still to be read."""
    with tempfile.TemporaryFile() as output:
        names = ("shop", "stock")
        merger = LogMerger(output.fileno(), names, colored=False, last_words_seconds=SECONDS)
        (source, writer), (other, other_writer) = pipe(), pipe()
        merger.attach("shop", source)
        merger.attach("stock", other)
        with writer, other_writer:
            for _ in range(1000):
                writer.write(b"sold one\n" * 20)
            writer.close()
            merger.await_last_words("shop")
            other_writer.write(b"counted\n")
        merger.flush(SECONDS)
        output.seek(0)
        lines = output.read().splitlines()
    assert (20_001, b"stock | counted") == (len(lines), lines[-1])


def test_the_merger_speaks_in_the_name_of_a_source() -> None:
    output, sink = pipe()
    with output, sink:
        merger = LogMerger(sink.fileno(), ("devstack", "shop"), colored=False)
        merger.say("devstack", "ready")
        merger.flush(SECONDS)
        sink.close()
        expected = b"devstack | ready\n"
        assert expected == output.read()


def test_sources_are_read_to_their_end_when_nobody_reads_the_output_any_more() -> None:
    """`./pants up | head -1`: the services must not block on their full pipes."""
    output, sink = pipe()
    with sink:
        merger = LogMerger(sink.fileno(), ("shop",), colored=False)
        output.close()
        source, writer = pipe()
        merger.attach("shop", source)
        with writer:
            writer.write(b"a line\n" * 100_000)
        merger.flush(SECONDS)
        assert wait_until("the source's end", lambda: source.closed)


def test_without_an_output_lines_are_dropped() -> None:
    source, writer = pipe()
    merger = LogMerger(None, ("shop",), colored=False)
    merger.attach("shop", source)
    with writer:
        writer.write(b"a line\n" * 100_000)
    merger.flush(SECONDS)
    assert source.closed


def test_an_output_that_is_stuck_does_not_keep_the_merger_from_returning() -> None:
    """Nobody reads the output, which holds less than the source has to say."""
    output, sink = pipe()
    source, writer = pipe()
    line = b"x" * 999 + b"\n"
    merger = LogMerger(sink.fileno(), ("shop",), colored=False)
    merger.attach("shop", source)
    wrote_all = threading.Event()

    def write() -> None:
        with writer:
            writer.write(line * 10_000)
        wrote_all.set()

    threading.Thread(target=write, daemon=True).start()
    merger.flush(0.1)
    merger.say("shop", "heard?")
    assert not wrote_all.is_set()

    with output:
        prefixed = b"shop | " + line
        for _ in range(10_000):
            while (read := output.readline()) == b"shop | heard?\n":
                pass
            assert prefixed == read
    sink.close()
