"""The stored copies of the pages: found, and every line accounted for."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from specledger.diagnostics import Diagnostic
from specledger.ledger import Facts, Row
from specledger.yaml12 import Pointer, as_list, as_object, as_rows

VARIABLE = "SPECLEDGER_DOCUMENTS"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of one page is accounted for: lines that say something, and how many of them are read."""

    document: str
    found: bool
    lines: int
    read: int
    diagnostics: tuple[Diagnostic, ...] = ()


def folder(specs: Path) -> Path | None:
    """Returns where the copies of the pages are: $SPECLEDGER_DOCUMENTS, else ../shared/documents beside the project."""
    named = os.environ.get(VARIABLE)
    candidate = Path(named) if named else specs.resolve().parent.parent / "shared" / "documents"
    return candidate if candidate.is_dir() else None


def coverage(facts: Facts, documents: Path | None) -> Coverage:
    """Returns how much of a page its facts account for; a page that is not at hand is not looked at."""
    path = documents / facts.page.document if documents else None
    if path is None or not path.is_file():
        return Coverage(facts.page.document, False, 0, 0)
    raw = path.read_bytes()
    text = raw.decode("utf-8", errors="replace")
    lines = text.removesuffix("\n").split("\n")
    if hashlib.sha256(raw).hexdigest() != facts.page.sha256:
        message = f"{path.name} is not the edition that the facts were read from"
        remedy = "read the page again, then write its sha256 here"
        changed = _at(facts, ("page", "sha256"), "page-changed", message, remedy)
        return Coverage(facts.page.document, True, len(lines), 0, (changed,))
    saying = {number for number, line in enumerate(lines, 1) if line.strip()}
    ranges = [pair for row in facts.rows for pair in row.lines] + list(facts.furniture)
    read = {number for first, last in ranges for number in range(first, last + 1)}
    found = (*_bounds(facts, len(lines)), *_unread(facts, lines, sorted(saying - read)), *_words(facts, lines))
    return Coverage(facts.page.document, True, len(saying), len(saying & read), found)


def _at(facts: Facts, pointer: Pointer, code: str, message: str, remedy: str, at: str = "") -> Diagnostic:
    return facts.document.diagnostic(pointer, code, message, remedy, operation=facts.label, at=at)


def _bounds(facts: Facts, count: int) -> Iterator[Diagnostic]:
    if facts.page.lines != count:
        message = f"the page has {count} lines, not {facts.page.lines}"
        yield _at(facts, ("page", "lines"), "page-lines", message, f"write lines: {count}")
    for row in facts.rows:
        if any(last > count for _, last in row.lines):
            message = f"the row was read from lines beyond the page's {count}"
            yield _at(facts, (*row.pointer, "lines"), "page-lines", message, "correct the lines", str(row.at))


def _unread(facts: Facts, lines: list[str], numbers: list[int]) -> Iterator[Diagnostic]:
    for number in numbers:
        message = f"line {number} of {facts.page.document} is not accounted for: {lines[number - 1].strip()[:80]!r}"
        remedy = "read it into a row of facts, or list it under furniture with the reason"
        yield _at(facts, ("facts",), "page-unread", message, remedy, _drafted(facts, number))


def _drafted(facts: Facts, number: int) -> str:
    """Returns the place that the reader found a line to speak of, the narrowest where there are several."""
    found: list[tuple[int, str]] = []
    for row in as_rows(as_object(facts.document.value).get("drafted")):
        for pair in (row["lines"], *as_list(row.get("also"))):
            first, last = (int(str(line)) for line in as_list(pair))
            if first <= number <= last:
                found.append((last - first, str(row["at"])))
    return min(found, default=(0, ""))[1]


def _words(facts: Facts, lines: list[str]) -> Iterator[Diagnostic]:
    """Yields rows whose lines do not mention the name they are about."""
    for row in facts.rows:
        name = _name(row)
        text = "\n".join("\n".join(lines[first - 1 : last]) for first, last in row.lines)
        if name and name not in text:
            message = f"lines {_ranges(row)} of {facts.page.document} do not mention {name!r}"
            yield _at(facts, (*row.pointer, "lines"), "page-words", message, "correct the lines", str(row.at))


def _ranges(row: Row) -> str:
    return ", ".join(f"{first}-{last}" for first, last in row.lines)


def _name(row: Row) -> str:
    """Returns the word that the page must use for a row: a field's name or a status."""
    steps = [step for step in row.at.steps if step not in ("[]", "{}")]
    if steps[0] == "request" and len(steps) > 2:
        return steps[-1]
    if steps[0] == "response" and len(steps) > 3:
        return steps[-1]
    return steps[1] if steps[0] == "response" and len(steps) == 2 and steps[1].isdigit() else ""
