"""The table of what was measured: shown in the terminal, or kept in the README with its plot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks import plot
from benchmarks.rows import Measured, Row

HEAD = ("what, beside what", "goal", "here", "others")


def marks(name: str) -> tuple[str, str]:
    """Returns the lines between which the README keeps a table."""
    return f"<!-- {name} -->\n", f"<!-- /{name} -->\n"


def show(title: str, rows: Sequence[Row], measured: Measured) -> None:
    """Prints the rows that were measured."""
    found = Table(*HEAD, title=title)
    for row in rows:
        if row.measurable(measured):
            found.add_row(*map(escape, row.cells(measured)))
    Console().print(found)


def missing(rows: Sequence[Row], measured: Measured) -> list[str]:
    """Returns what a whole table would show and this run has not measured, each once."""
    wanted = [(row.measure, name) for row in rows for name in (row.ours, row.basis, *row.peers) if name]
    return list(dict.fromkeys(name for measure, name in wanted if name not in measured.get(measure, ())))


def record(name: str, rows: Sequence[Row], measured: Measured, readme: Path, picture: Path) -> None:
    """Puts the table between its marks in the README, and draws the plot; a row without a unit is no bar."""
    begin, end = marks(name)
    lines = [f"| {' | '.join(HEAD)} |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(row.cells(measured))} |" for row in rows]
    text = readme.read_text(encoding="utf-8")
    head, _, rest = text.partition(begin)
    readme.write_text(head + begin + "\n" + "\n".join(lines) + "\n\n" + end + rest.partition(end)[2], encoding="utf-8")
    bars = [
        (row.title, row.goal, [(one, row.figure(measured, one)) for one in (row.ours, *row.peers)], row.unit)
        for row in rows
        if row.unit
    ]
    picture.write_text(plot.draw(bars), encoding="utf-8")
