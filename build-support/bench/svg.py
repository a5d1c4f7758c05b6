"""Drawings for a page, without scripts: intervals against a goal, and lines over an axis."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from bench.plots import Line

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 640, 300, 70, 40, 14
_COLORS = ("#1b6ca8", "#c2452d", "#3a8a4d", "#8a5aa8", "#b5841f", "#4b5563")
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Axis:
    """What is along one side. log: each step is as many times more; values must be above 0."""

    name: str
    log: bool = False


def interval(low: float, median: float, high: float, goal: float) -> str:
    """Draw a median and between what it lies, beside a goal."""
    place = _scale([low, median, high, goal], 10, 150, Axis("", log=False))
    return (
        '<svg viewBox="0 0 160 22" width="160" height="22" role="img"'
        f' aria-label="{low:.2f} to {high:.2f}, goal {goal:.2f}">'
        f'<line class="goal" x1="{place(goal):.1f}" x2="{place(goal):.1f}" y1="1" y2="21"/>'
        f'<line class="range" x1="{place(low):.1f}" x2="{place(high):.1f}" y1="11" y2="11"/>'
        f'<circle cx="{place(median):.1f}" cy="11" r="4"/></svg>'
    )


def plot(x: Axis, y: Axis, lines: Sequence[Line]) -> str:
    """Draw lines. There must be a point."""
    xs = [point[0] for line in lines for point in line.points]
    ys = [point[1] for line in lines for point in line.points]
    across = _scale(xs, _LEFT, _WIDTH - 16, x)
    up = _scale(ys if y.log else [0.0, *ys], _HEIGHT - _BOTTOM, _TOP, y)
    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(y.name)}">']
    for value in sorted(set(xs)) if len(set(xs)) <= 10 else _ticks(xs, x):
        parts.append(_text(across(value), _HEIGHT - _BOTTOM + 16, _short(value), "middle"))
    for value in _ticks(ys if y.log else [0.0, *ys], y):
        at = up(value)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(_text(_LEFT - 6, at + 4, _short(value), "end"))
    parts.append(_text((_LEFT + _WIDTH) / 2, _HEIGHT - 6, x.name, "middle"))
    parts.append(_text(4, _TOP, y.name, "start"))
    for number, line in enumerate(lines):
        color = _COLORS[number % len(_COLORS)]
        points = [(across(at), up(value)) for at, value in line.points]
        path = " ".join(f"{at:.1f},{height:.1f}" for at, height in points)
        parts.append(f'<polyline fill="none" stroke="{color}" stroke-width="2" points="{path}"/>')
        parts += [
            f'<circle cx="{at:.1f}" cy="{height:.1f}" r="3" fill="{color}"/>'
            for at, height in points
        ]
    return "".join(parts) + "</svg>" + _legend(lines)


def _legend(lines: Sequence[Line]) -> str:
    items = (
        f'<li><b style="background:{_COLORS[number % len(_COLORS)]}"></b>{escape(line.name)}</li>'
        for number, line in enumerate(lines)
    )
    return f'<ul class="legend">{"".join(items)}</ul>'


def _scale(
    values: Sequence[float], start: float, end: float, axis: Axis
) -> Callable[[float], float]:
    shown = math.log if axis.log else float
    low, high = shown(min(values)), shown(max(values))
    width = (high - low) or 1.0
    return lambda value: start + (shown(value) - low) / width * (end - start)


def _ticks(values: Sequence[float], axis: Axis) -> list[float]:
    low, high = min(values), max(values)
    if axis.log:
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        return [10.0**power for power in range(first, last + 1) if low <= 10.0**power <= high]
    step = 10 ** math.floor(math.log10((high - low) or 1.0))
    while (high - low) / step > _TICKS:
        step *= 2
    return [step * number for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _short(value: float) -> str:
    for size, sign in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{sign}"
    return f"{value:.3g}"


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
