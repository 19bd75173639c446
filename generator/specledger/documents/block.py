"""Blocks: what a page consists of once its markup is taken away, each with the page lines it stands on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["heading", "text", "item", "code", "table"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A table's cell: its paragraphs, one a line, bullets with a leading `• `, and where it stands.

    `said` is the same text with code, and words in bold, in backticks.
    """

    text: str
    first: int
    last: int
    said: str = ""


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as rows of cells, the head first; `caption` is empty where the markup gives none."""

    rows: tuple[Row, ...]
    first: int
    last: int
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a line of text, a list's item, code (its lines as they are) or a table.

    `level` is a heading's rank from 1, or how deep an item is indented from 0.
    """

    kind: Kind
    text: str
    first: int
    last: int
    level: int = 0
    table: Table | None = None
