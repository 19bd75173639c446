"""A diagnostic says where something is wrong, what, and how to mend it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, order=True, slots=True)
class Diagnostic:
    """One located finding.

    `file` and `line` (1-based, 0 for the file as a whole) name what to edit; `operation` and `at` name the
    place in the contract; `page` is the line of the documentation page that speaks about it.
    """

    file: str
    line: int
    code: str
    message: str
    remedy: str
    operation: str = ""
    at: str = ""
    page: str = ""
    excerpt: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        place = " ".join(part for part in (self.operation, self.at) if part)
        head = f"{self.file}:{self.line}: " if self.line else f"{self.file}: "
        lines = [f"{head}{place + ': ' if place else ''}{self.message} [{self.code}]"]
        lines += [f"    {line}" for line in self.excerpt]
        if self.page:
            lines.append(f"    page: {self.page}")
        if self.remedy:
            lines.append(f"    remedy: {self.remedy}")
        return "\n".join(lines)


class Failure(Exception):
    """Diagnostics that end a command; `exit_code` is 1 for bad input, 2 for wrong usage or an unreadable page."""

    def __init__(self, diagnostics: Iterable[Diagnostic], exit_code: int = 1) -> None:
        self.diagnostics = sort(diagnostics)
        self.exit_code = exit_code
        super().__init__("\n".join(str(diagnostic) for diagnostic in self.diagnostics))


def sort(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Returns the diagnostics once each, in the order of file, line and code."""
    return tuple(sorted(set(diagnostics)))


def excerpt(text: str, line: int) -> tuple[str, ...]:
    """Returns the line with a neighbour on each side, numbered, an arrow at the line itself."""
    rows = text.splitlines()
    if not 0 < line <= len(rows):
        return ()
    first, last = max(1, line - 1), min(len(rows), line + 1)
    return tuple(f"{'→' if n == line else ' '} {n:>4} | {rows[n - 1][:160]}".rstrip() for n in range(first, last + 1))


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """Returns the diagnostics as a JSON document: `{"diagnostics": [{file, line, code, …}]}`."""
    rows = [asdict(diagnostic) for diagnostic in diagnostics]
    return json.dumps({"diagnostics": rows}, ensure_ascii=False, indent=2)


def shown(path: Path) -> str:
    """Returns the path as a reader would type it: relative to the working directory where it lies below it."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()
