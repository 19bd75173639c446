"""The table that `prove` ends with, one row an API."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from specledger.diagnostics import Diagnostic
from specledger.prove.gate import Tally, Verdict

_PIPED = 150


def show(verdicts: Sequence[Verdict], tree: Sequence[Diagnostic]) -> None:
    """Prints operations, facts, elements, client, mock, fuzz and verdict of each API on stdout."""
    notes = ["generated tree: " + ("as its specs make it" if not tree else f"{len(tree)} files differ")]
    stages = list(dict.fromkeys(name for verdict in verdicts for name in verdict.driven.stages))
    notes += [
        f"{verdict.checked.name}: {tally.unseen} claims about answers show in no answer of the mock"
        for verdict in verdicts
        for tally in verdict.driven.stages.values()
        if tally.unseen
    ]
    notes += [
        f"{verdict.checked.name}: {name} was cut {tally.cut}, where the budget ended"
        for verdict in verdicts
        for name, tally in verdict.driven.stages.items()
        if tally.cut
    ]
    table = Table(caption="\n".join(notes))
    table.add_column("API", no_wrap=True)
    for heading in ("operations", "facts", "elements backed", *stages, "failures"):
        table.add_column(heading, justify="right")
    table.add_column("verdict")
    for verdict in verdicts:
        conformity, driven = verdict.checked.conformity, verdict.driven
        operations = len(verdict.checked.api.operations) if verdict.checked.api else 0
        table.add_row(
            verdict.checked.name,
            str(operations),
            f"{conformity.held} / {conformity.facts}",
            f"{conformity.backed} / {conformity.elements}",
            *(_told(driven.stages.get(name)) for name in stages),
            str(len(driven.diagnostics)),
            "[green]holds[/]" if verdict.holds else "[red]fails[/]",
        )
    console = Console()
    # A pipe has no width of its own; 80 columns would cut the names.
    (console if console.is_terminal else Console(width=_PIPED)).print(table)


def _told(tally: Tally | None) -> str:
    if tally is None:
        return ""
    # Of what is drawn much is meant to be refused; a witness holds or does not.
    return str(tally.cases) if tally.drawn else f"{tally.held} / {tally.cases}"
