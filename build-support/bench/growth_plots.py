"""Plots of what grows with callers, books and processes."""

from collections.abc import Callable, Mapping

from bench.comparison import Sample
from bench.plots import Line, Plot
from bench.quantities import P99, PER_SECOND, RESIDENT, UNITS

FIRST_ANSWER = "seconds until the first answer"
PAGE, WITH_PARTS = "the page alone", "with styles, scripts and pictures"

_TITLES = {PER_SECOND: "calls", P99: "99th percentile", RESIDENT: "memory"}

Curve = Mapping[int, Sample]
"""By size: callers, books or processes."""


def as_markdown(plot: Plot) -> list[str]:
    """Give the points of a plot as lines of a table."""
    sizes = [x for x, _ in plot.lines[0].points]
    rows = [f"| {plot.title}: {plot.x} | " + " | ".join(f"{x:,.0f}" for x in sizes) + " |"]
    rows.append("|---" * (1 + len(sizes)) + "|")
    for line in plot.lines:
        values = " | ".join(f"{y:,.0f}" if y >= 100 else f"{y:.1f}" for _, y in line.points)
        rows.append(f"| {line.name}, {plot.y} | {values} |")
    return rows


def of_callers(curves: Mapping[str, Curve]) -> list[Plot]:
    """Draw calls and latency; `curves` by the kind of server."""
    note = "Each waits for its reply before it calls again. Where calls stop growing, time grows."
    return [_plot("callers", note, "callers at once", q, curves) for q in (PER_SECOND, P99)]


def of_processes(curve: Curve) -> list[Plot]:
    """Draw calls and latency."""
    note = "64 callers on 16 connections; they take part of the same processors."
    return [
        _plot("processes", note, "processes", q, {"as it ships": curve}, log_x=False)
        for q in (PER_SECOND, P99)
    ]


def of_books(curve: Curve) -> list[Plot]:
    """Draw calls, latency, memory, start and page weight."""
    note = "The same question at every size, of a service that read its books from SQLite."
    plots = [
        _plot("books", note, "books", quantity, {"as it ships": curve})
        for quantity in (PER_SECOND, P99, RESIDENT)
    ]
    plots.append(
        Plot(
            "start against books",
            "From the start of the process until it recommends books.",
            "books",
            "s",
            (_line("until the first answer", curve, lambda sample: sample[FIRST_ANSWER]),),
            log_x=True,
        )
    )
    weights = tuple(_line(name, curve, _kilobytes(name)) for name in (PAGE, WITH_PARTS))
    note = "What the first visit of `/` loads; styles and scripts are kept by the browser."
    return [*plots, Plot("page weight against books", note, "books", "kB", weights, log_x=True)]


def _plot(
    what: str,
    note: str,
    x: str,
    quantity: str,
    curves: Mapping[str, Curve],
    *,
    log_x: bool = True,
) -> Plot:
    unit = UNITS[quantity]
    lines = tuple(
        _line(name, curve, lambda sample: sample[quantity] * unit.factor)
        for name, curve in curves.items()
    )
    return Plot(f"{_TITLES[quantity]} against {what}", note, x, unit.words, lines, log_x)


def _line(name: str, curve: Curve, value: Callable[[Sample], float]) -> Line:
    return Line(name, tuple((float(size), value(sample)) for size, sample in curve.items()))


def _kilobytes(name: str) -> Callable[[Sample], float]:
    return lambda sample: sample[name] / 1000
