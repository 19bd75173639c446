"""A diff as text, Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from specledger.diff.change import LEVELS, Change, Level, level_of
from specledger.yaml12 import Json, JsonObject

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed in one API."""

    api: str
    changes: tuple[Change, ...]

    @property
    def level(self) -> Level:
        """Returns the gravest level among the changes."""
        return level_of(self.changes)


def level(differences: Iterable[Difference]) -> Level:
    """Returns the gravest level of all."""
    return level_of(change for one in differences for change in one.changes)


def as_json(differences: list[Difference]) -> str:
    """Returns `{"level": …, "changes": […]}`; a change of one API among several says which."""
    rows: list[Json] = [_row(one, change, len(differences) > 1) for one in differences for change in one.changes]
    return json.dumps({"level": level(differences), "changes": rows}, ensure_ascii=False, indent=2)


def _row(one: Difference, change: Change, several: bool) -> JsonObject:
    row: JsonObject = {"api": one.api} if several else {}
    row |= {
        "place": change.place,
        "operation": change.operation,
        "at": change.at,
        "kind": change.kind,
        "level": change.level,
        "side": change.side,
        "certain": change.certain,
        "before": change.before,
        "after": change.after,
        "message": change.message,
    }
    if change.witness is not None:
        row["witness"] = change.witness.value
    return row


def text(differences: list[Difference]) -> str:
    """Returns the changes by operation, the gravest first, and what they amount to."""
    return "\n".join(_lines(differences, "{}", "  {level:<10} {at}{message} [{kind}]{witness}"))


def markdown(differences: list[Difference]) -> str:
    """Returns the changes as a comment on a forge."""
    return "\n".join(_lines(differences, "\n### {}\n", "- **{level}** {at}{message}{witness}", code="`"))


def _lines(differences: list[Difference], head: str, row: str, code: str = "") -> Iterator[str]:
    for one in differences:
        ordered = sorted(one.changes, key=lambda change: (change.operation, -LEVELS.index(change.level), change.at))
        for operation, changes in groupby(ordered, key=lambda change: change.operation):
            name = " ".join(part for part in (one.api if len(differences) > 1 else "", operation) if part)
            yield head.format(f"{code}{name or 'the whole API'}{code}")
            for change in changes:
                at = f"{code}{change.at}{code}: " if change.at else ""
                told = {"level": change.level, "at": at, "kind": change.kind, "message": _plain(change.message)}
                yield row.format(**told, witness=_witness(change, code))
    yield _summary(differences)


def _witness(change: Change, code: str) -> str:
    if change.witness is None:
        return ""
    value = json.dumps(change.witness.value, ensure_ascii=False)
    shown = value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
    return f"; for example {code}{_plain(shown)}{code}"


def _plain(words: str) -> str:
    """Returns the words on one line, without what a terminal or a comment would take as a command."""
    return "".join(char if char.isprintable() else " " for char in words).replace("`", "'")


def _summary(differences: list[Difference]) -> str:
    counts = {word: sum(change.level == word for one in differences for change in one.changes) for word in LEVELS}
    if not any(counts.values()):
        return "nothing changed"
    said = ", ".join(f"{counts[word]} {word}" for word in reversed(LEVELS) if counts[word])
    return f"{level(differences)}: {said}"
