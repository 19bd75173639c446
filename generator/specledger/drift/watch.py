"""`watch`: every page of specs/ fetched by its address and held against its facts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from specledger.diagnostics import Failure, shown
from specledger.drift import compare, match, report
from specledger.drift import source as sources
from specledger.drift.compare import Drift
from specledger.drift.fetch import Fetcher
from specledger.drift.match import Known
from specledger.yaml12 import Json, JsonObject

Outcome = Literal["unchanged", "drifted", "unreadable"]


@dataclass(frozen=True, slots=True)
class Watched:
    """What became of one page: its drift where it could be read, else the message why not."""

    api: str
    facts: str
    address: str
    drift: Drift | None
    message: str = ""

    @property
    def outcome(self) -> Outcome:
        """Returns the page's state in one word."""
        if self.drift is None:
            return "unreadable"
        return "drifted" if self.drift.drifted else "unchanged"


def watch(specs: Path, fetcher: Fetcher, told: Callable[[int, str], None]) -> list[Watched]:
    """Fetches each page once and compares it with its facts; `told` hears the address before it is fetched.

    Raises Failure (exit code 2) where the facts cannot be loaded. A page that cannot be fetched or read is an
    outcome, and stops no other.
    """
    known = match.everything(specs, "")
    by_address: dict[str, list[Known]] = {}
    for one in known:
        address = one.facts.page.fetch or ("" if one.facts.page.twin_of else one.facts.page.address)
        if address:
            by_address.setdefault(address, []).append(one)
    found = []
    for number, (address, pages) in enumerate(sorted(by_address.items())):
        told(number, address)
        found.append(_watched(address, pages, fetcher))
    return found


def _watched(address: str, pages: list[Known], fetcher: Fetcher) -> Watched:
    api = pages[0].folder.name
    files = ", ".join(shown(one.facts.document.path) for one in pages)
    try:
        fetched = fetcher.get(address)
        source = sources.of_bytes(address, fetched.body, address=address, content_type=fetched.content_type)
        return Watched(api, files, address, compare.of_source(source, pages, only=True))
    except Failure as failure:
        found = failure.diagnostics[0]
        return Watched(api, files, address, None, f"{found.message}; {found.remedy}")


def exit_code(pages: list[Watched]) -> int:
    """Returns 2 where a page could not be read, else 1 where one has drifted, else 0."""
    outcomes = {page.outcome for page in pages}
    return 2 if "unreadable" in outcomes else 1 if "drifted" in outcomes else 0


def as_json(pages: list[Watched]) -> str:
    """Returns `{pages: [{api, facts, address, outcome, level, changes, message}]}`."""
    rows: list[Json] = []
    for page in pages:
        moved: JsonObject = report.value(page.drift) if page.drift else {"level": "none", "changes": []}
        row: JsonObject = {
            "api": page.api,
            "facts": page.facts,
            "address": page.address,
            "outcome": page.outcome,
            "level": moved["level"],
            "changes": moved["changes"],
            "message": page.message,
        }
        rows.append(row)
    return json.dumps({"pages": rows}, ensure_ascii=False, indent=2)


def as_markdown(pages: list[Watched]) -> str:
    """Returns the drifted pages for an issue tracker, then those that could not be read; empty for neither."""
    parts = [report.markdown(page.drift) for page in pages if page.drift and page.drift.drifted]
    unread = [page for page in pages if page.outcome == "unreadable"]
    if unread:
        rows = [f"- {report.code(page.address)}: {report.code(page.message)}" for page in unread]
        parts.append("\n".join(["## Pages that could not be read", "", *rows, ""]))
    return "\n".join(parts)


def show(pages: list[Watched]) -> None:
    """Prints each drift, then the table: page, outcome, level, what to do."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    for page in pages:
        if page.drift and page.drift.drifted:
            print(report.text(page.drift), end="\n\n")
    table = Table(show_edge=False, pad_edge=False)
    for heading in ("api", "page", "outcome", "version"):
        table.add_column(heading, overflow="fold")
    colours = {"unchanged": "green", "drifted": "yellow", "unreadable": "red"}
    for page in pages:
        said = f"{page.outcome}: {page.message}" if page.message else page.outcome
        level = page.drift.level if page.drift and page.drift.drifted else "-"
        table.add_row(Text(page.api), Text(page.address), Text(said, colours[page.outcome]), Text(level))
    Console().print(table)
