"""What a drift and a diff came to, as findings that a forge can show at a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from specledger import lower, yaml12
from specledger.diagnostics import Diagnostic, shown
from specledger.diff.report import Difference
from specledger.drift.compare import Drift
from specledger.yaml12 import Document


def of_drift(drift: Drift) -> Iterator[Diagnostic]:
    """Yields each change of a page at the line of the spec to edit, at its facts where the spec has none."""
    page = drift.source.shown
    for one in drift.operations:
        for change in one.changes:
            found = change.difference
            edit = next(iter(change.edits), None)
            yield Diagnostic(
                file=edit.file if edit else one.file or page,
                line=edit.line if edit else 0,
                code=f"page-{found.kind}",
                message=f"{found.kind} on the page ({change.level}: {change.why})",
                remedy=f"specledger accept {page}, then edit the spec",
                operation=one.label,
                at=found.at,
                page=f"{page}:{found.lines[0]}",
            )


def of_diff(differences: Iterable[Difference], new: str) -> Iterator[Diagnostic]:
    """Yields what breaks a caller, at the operation's line where the new contract is a file."""
    document = (
        yaml12.load(Path(new)) if Path(new).suffix in (".yaml", ".yml", ".json") and Path(new).is_file() else None
    )
    for one in differences:
        for change in one.changes:
            if change.level == "breaking":
                line = _line(document, change.operation) if document else 0
                message = change.message if change.certain else f"{change.message} (could not be decided)"
                remedy = "take it back, or release it as a breaking version"
                file = shown(document.path) if document else one.api or new
                yield Diagnostic(file, line, change.kind, message, remedy, change.operation, change.at)


def _line(document: Document, label: str) -> int:
    for pointer, _ in lower.operations(document):
        if f"{str(pointer[2]).upper()} {pointer[1]}" == label:
            return document.line(pointer)
    return 0
