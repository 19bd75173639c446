"""The traces as a table, one line a row, and below it what stands against them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from specledger.trace.traced import Traced

# A pipe has no width of its own, and one line a row is what can be searched.
_PIPED = 1000


def show(traces: Sequence[Traced]) -> None:
    """Prints place, page, spec, client and the mock's verdict of each row, then the failures and the count."""
    table = Table(box=None, pad_edge=False)
    for heading in ("row", "page", "spec", "client", "mock"):
        table.add_column(heading, no_wrap=True, overflow="ellipsis")
    for traced in traces:
        table.add_row(*map(escape, _cells(traced)), style="" if traced.holds else "red")
    console = Console(highlight=False)
    console = console if console.is_terminal else Console(width=_PIPED, highlight=False)
    console.print(table)
    for traced in traces:
        for reason in traced.reasons:
            line = f"{traced.row.file}:{traced.row.line}: {traced.at}: {reason}"
            console.print(f"[red]{escape(line)}[/]", soft_wrap=True)
    console.print(summary(traces))


def summary(traces: Sequence[Traced]) -> str:
    """Returns one line: how many facts and rulings were traced."""
    facts = [traced.holds for traced in traces if not traced.ruling]
    rulings = [traced.holds for traced in traces if traced.ruling]
    return f"facts traced {sum(facts)}/{len(facts)}, rulings traced {sum(rulings)}/{len(rulings)}"


def _cells(traced: Traced) -> tuple[str, str, str, str, str]:
    page = f"{traced.pages[0][0]}:{traced.pages[0][1]}" if traced.pages else f"ruling {traced.ruling}"
    specs = [said.spec for said in traced.said if said.spec]
    where = f"{specs[0].file}:{specs[0].line}" if specs else "–"
    named = [said.client.name for said in traced.said] + [said.client.reason for said in traced.said]
    first, *more = traced.at.split(", ")
    at = f"{first} and {len(more)} more" if more else first
    return f"{traced.api} {at}", page, where, next(filter(None, named), "–"), _mock(traced)


def _mock(traced: Traced) -> str:
    """Returns the witnesses on either side, or the ruling, or why there is no witness."""
    exchanges = [exchange for said in traced.said for exchange in said.exchanges]
    sides = [exchange.side for exchange in exchanges]
    held = sum(exchange.held for exchange in exchanges)
    parts = [f"{sides.count('accept')} accepted, {sides.count('refuse')} refused, {held} held"] if exchanges else []
    parts += [f"overruled by {name}" for name in dict.fromkeys(said.ruling for said in traced.said) if name]
    return "; ".join(parts) or next((reason for said in traced.said for reason in said.unwitnessed), "–")
