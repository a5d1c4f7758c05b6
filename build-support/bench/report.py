"""What was measured, as one page that needs nothing else: `report.html`."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from statistics import median
from typing import Any

from bench import svg, table
from bench.plots import Line
from bench.quantities import UNITS

NAME = "report"
FILE = "report.html"

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #8885 }
svg { max-width: 44rem } svg text { font-size: 12px; fill: currentColor }
.grid { stroke: #8884 } .goal { stroke: #c2452d; stroke-width: 2 }
.range { stroke: #1b6ca8; stroke-width: 3 } td circle { fill: #1b6ca8 }
.legend { display: flex; gap: 1.5rem; list-style: none; padding: 0 }
.legend b { display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem }
"""


class NothingMeasured(Exception):
    """There is nothing to report. The text says where it was looked for."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        NAME,
        help="what was measured, as a page with plots",
        description="Reads all JSON files in a folder, those of the table and of every command"
        f" that plots, and writes {FILE} beside them.",
    )
    parser.add_argument("--folder", type=Path, default=table.DEFAULT_FOLDER, help="(%(default)s)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the page. Raises NothingMeasured."""
    folder: Path = arguments.folder
    documents = [json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*.json"))]
    shown = [part for document in documents for part in _sections(document)]
    if not shown:
        raise NothingMeasured(f"{folder} has nothing measured: run the table first")
    (folder / FILE).write_text(page(shown), "utf-8")
    sys.stdout.write(f"{folder / FILE}\n")
    return 0


def page(sections: list[str]) -> str:
    """Put sections of HTML on a page."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>'
        f"<title>Benchmarks</title><style>{_STYLE}</style></head>"
        f"<body><h1>Benchmarks</h1>{''.join(sections)}</body></html>\n"
    )


def _sections(document: Mapping[str, Any]) -> Iterator[str]:
    if rows := document.get("rows"):
        yield f"<section><h2>What is promised</h2>{_machine(document)}{_table(rows)}</section>"
    for each in document.get("plots", ()):
        x, y = (svg.Axis(each[side]["name"], bool(each[side].get("log"))) for side in "xy")
        lines = [
            Line(line["name"], tuple((float(at), float(value)) for at, value in line["points"]))
            for line in each["lines"]
        ]
        note = f"<p>{escape(each.get('note', ''))}</p>"
        title = f"<h2>{escape(each['title'])}</h2>"
        yield f"<section>{title}{note}{svg.plot(x, y, lines)}{_machine(document)}</section>"


def _machine(document: Mapping[str, Any]) -> str:
    machine = document.get("machine", {})
    words = "; ".join(f"{name}: {value}" for name, value in machine.items())
    return f"<p><small>{escape(words)}</small></p>"


def _table(rows: list[Mapping[str, Any]]) -> str:
    head = "".join(
        f"<th>{name}</th>"
        for name in ("work", "against", "goal", "times", "", "result", "it", "the other", "")
    )
    return f"<table><tr>{head}</tr>{''.join(map(_row, rows))}</table>"


def _row(row: Mapping[str, Any]) -> str:
    ratio, unit = row["ratio"], UNITS[row["quantity"]]
    base, other = (
        unit.show(median(sample[row["quantity"]] for sample in row[side]["samples"]))
        for side in ("base", "other")
    )
    drawing = svg.interval(ratio["low"], ratio["median"], ratio["high"], row["goal"])
    cells = (
        *(_code(row["work"]), _code(row["against"])),
        *(f"{row['direction']} {row['goal']:.3g}", f"{ratio['median']:.2f}", drawing),
        *(escape(row["verdict"]), other, base, escape(unit.words)),
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _code(markdown: str) -> str:
    """Give HTML of text with code between backticks."""
    parts = escape(markdown).split("`")
    return "".join(
        f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts)
    )
