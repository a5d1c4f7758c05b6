"""What is believed of what a caller sends."""

import threading

import pytest
from opentelemetry.context import Context
from opentelemetry.trace import get_current_span

from chassis.tracing.propagation import extract, inject, span_context_in

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"


def said_here(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Give what was logged by this thread: those of other tests may still have to end."""
    return [each.message for each in caplog.records if each.thread == threading.get_ident()]


def test_what_is_extracted_can_be_handed_on() -> None:
    pairs: list[tuple[str, str | bytes]] = [
        ("traceparent", TRACEPARENT),
        ("tracestate", "a=1"),
        ("tracestate", "b=2"),
        ("other", "x"),
    ]
    assert [("traceparent", TRACEPARENT), ("tracestate", "a=1,b=2")] == inject(extract(pairs))


@pytest.mark.parametrize(
    "values",
    [
        [],
        ["nonsense"],
        [f"00-{'0' * 32}-{PARENT}-01"],
        [f"00-{TRACE}-{'0' * 16}-01"],
        [f"ff-{TRACE}-{PARENT}-01"],
        [TRACEPARENT.upper()],
        [TRACEPARENT + "x" * 1000],
        [TRACEPARENT, TRACEPARENT],
    ],
)
def test_nonsense_counts_as_nothing(values: list[str], caplog: pytest.LogCaptureFixture) -> None:
    context = extract([("traceparent", value) for value in values])
    assert [] == said_here(caplog)
    assert span_context_in(context) is None
    assert [] == inject(context)


def test_bytes_count_as_nothing() -> None:
    assert span_context_in(extract([("traceparent", TRACEPARENT.encode())])) is None


@pytest.mark.parametrize(
    "state",
    [
        "",
        ", ,",
        "nonsense",
        "A=1",
        "a=1,b",
        "a=1=2",
        "a=\x1b[2J",
        f"a={'x' * 257}",
        ",".join(f"k{number}={'x' * 50}" for number in range(20)),
        ",".join(f"k{number}=1" for number in range(33)),
    ],
)
def test_a_state_that_is_none_is_left_behind_and_its_trace_goes_on(
    state: str, caplog: pytest.LogCaptureFixture
) -> None:
    """And nothing is logged: a stranger's words, as often as they like."""
    pairs = [("traceparent", TRACEPARENT), ("tracestate", state)]
    assert [("traceparent", TRACEPARENT)] == inject(extract(pairs))
    assert [] == said_here(caplog)


def test_a_state_may_have_tenants_spaces_and_nothing_between_commas() -> None:
    pairs = [("traceparent", TRACEPARENT), ("tracestate", " a/b=x y ,, 1t@v=2\t")]
    assert [("traceparent", TRACEPARENT), ("tracestate", "a/b=x y,1t@v=2")] == inject(
        extract(pairs)
    )


def test_what_is_found_says_that_it_comes_from_elsewhere() -> None:
    found = span_context_in(extract([("traceparent", TRACEPARENT)]))
    assert found is not None
    assert found.is_remote
    assert (int(TRACE, 16), int(PARENT, 16)) == (found.trace_id, found.span_id)


def test_an_empty_context_has_no_span() -> None:
    assert span_context_in(Context()) is None
    assert not get_current_span(Context()).is_recording()
