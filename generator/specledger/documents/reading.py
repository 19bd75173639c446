"""What a reader is given and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from specledger.yaml12 import Json, JsonObject

Form = Literal["text", "markdown", "html", "rst"]
Lines = tuple[int, int]


class Unreadable(Exception):
    """A page that no reader can read; `remedy` says what to do about it."""

    def __init__(self, message: str, remedy: str) -> None:
        self.message = message
        self.remedy = remedy
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Page:
    """A documentation page as lines of text, numbered from 1; a last line that is empty does not count."""

    name: str
    text: str = field(repr=False)
    form: Form = "text"
    address: str = ""
    lines: list[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Splits the text once: readers ask for its lines again and again."""
        object.__setattr__(self, "lines", self.text.removesuffix("\n").split("\n"))


@dataclass(frozen=True, slots=True)
class Fact:
    """One row: a place, the lines that speak of it, and what they claim in the words of formats/facts.json."""

    at: str
    lines: Lines
    keywords: JsonObject
    also: tuple[Lines, ...] = ()

    def row(self) -> dict[str, Json]:
        """Returns the row as a facts file and `read --json` have it."""
        row: dict[str, Json] = {"at": self.at, **self.keywords, "lines": list(self.lines)}
        if self.also:
            row["also"] = [list(pair) for pair in self.also]
        return row


@dataclass(frozen=True, slots=True)
class Operation:
    """What a page says about one method of one path."""

    method: str
    path: str
    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found: operations with their facts, and the lines that say nothing, with why."""

    family: str
    edition: str
    operations: tuple[Operation, ...]
    furniture: tuple[tuple[int, int, str], ...] = ()
