"""What verbs of the command line share: options, and how findings are printed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from specledger.annotate import FORMATS, Format, written
from specledger.diagnostics import Diagnostic

SPECS = click.option(
    "--specs", type=click.Path(path_type=Path), default=Path("specs"), show_default=True, help="Folder of the specs."
)
GENERATED = click.option(
    "--generated",
    type=click.Path(path_type=Path),
    default=Path("generated"),
    show_default=True,
    help="Folder of the generated distributions.",
)
SEED = click.option("--seed", type=int, default=1, show_default=True, help="Seed of everything that is drawn.")
EXAMPLES = click.option(
    "--max-examples", type=click.IntRange(1), default=100, show_default=True, help="Requests drawn for each phase."
)
TIMINGS = click.option("--timings", is_flag=True, help="Print what each step cost.")
FORMAT = click.option(
    "--format", "form", type=click.Choice(FORMATS), help="Print the findings for a forge's review page, or as SARIF."
)
APIS = click.argument("apis", nargs=-1, metavar="[API]...")


def print_findings(diagnostics: Sequence[Diagnostic]) -> None:
    """Prints findings on stderr, and how many there are."""
    for diagnostic in diagnostics:
        print(diagnostic, file=sys.stderr)
    if diagnostics:
        count = len(diagnostics)
        print(f"{count} finding{'' if count == 1 else 's'}", file=sys.stderr)


def print_for_forge(diagnostics: Sequence[Diagnostic], form: Format) -> None:
    """Prints findings on stdout in the form that was asked for."""
    text = written(diagnostics, form)
    if text:
        print(text)
