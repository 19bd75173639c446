"""A change of the contract in the words of who calls the client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from specledger import names, places
from specledger.ir import Operation, ReleaseChange
from specledger.release.breaks import Break
from specledger.release.entries import made
from specledger.versions import LEVELS, Level
from specledger.yaml12 import Json

DEPRECATED = "deprecated-changed"


class Change(Protocol):
    """What is used of a change of the contract."""

    @property
    def operation(self) -> str:
        """`METHOD /path`; empty for what no operation holds."""

    @property
    def at(self) -> str:
        """The place in the operation."""

    @property
    def place(self) -> str:
        """Both as one text."""

    @property
    def kind(self) -> str:
        """What kind of change it is."""

    @property
    def level(self) -> Level:
        """Whom it concerns."""

    @property
    def message(self) -> str:
        """What changed, as a sentence without its end."""

    @property
    def after(self) -> Json:
        """What stands there now, where it was told."""


def rows(
    changes: Sequence[Change], breaks: Sequence[Break], operations: Mapping[str, Operation], address: str
) -> list[ReleaseChange]:
    """Returns the rows of an entry, what breaks first: the contract's changes, then what only Python sees.

    `operations` holds those of both versions by `METHOD /path`. A break of a name that stands for a place which
    changed is told with that change, as the type checker's words.
    """
    told = [one for one in changes if one.level != "docs"]
    found = [_row(one, one.message, operations, address) for one in told]
    alone = [*_deprecated(changes, operations, address), *_described(changes, operations, address)]
    # A call is what most programs hold: its error is told before that of a model's field.
    for one in sorted(breaks, key=lambda one: one.symbol.kind not in ("method", "keyword")):
        at = _told(one, told, operations)
        if at is None:
            alone.append(made(ReleaseChange(one.level, one.text, one.error, "", one.symbol.path, one.kind)))
        elif one.level == "breaking":
            is_first = not found[at].error
            found[at] = replace(found[at], level="breaking", error=one.error if is_first else found[at].error)
    return sorted([*found, *alone], key=lambda one: -LEVELS.index(_level(one.level)))


def _deprecated(
    changes: Sequence[Change], operations: Mapping[str, Operation], address: str
) -> Iterator[ReleaseChange]:
    """Yields what is deprecated now, or no longer: new for a caller, so that it makes a minor version."""
    for one in changes:
        if one.kind == DEPRECATED:
            said = "is deprecated" if _is_deprecated(one, operations) else "is no longer deprecated"
            yield replace(_row(one, said, operations, address), level="compatible")


def _is_deprecated(change: Change, operations: Mapping[str, Operation]) -> bool:
    operation = operations.get(change.operation)
    if operation is not None and change.at == "operation":
        return operation.deprecated
    for one in operation.parameters if operation else ():
        if change.at == f"request.{one.location}.{one.wire_name}":
            return one.deprecated
    return change.after is True


def _described(changes: Sequence[Change], operations: Mapping[str, Operation], address: str) -> Iterator[ReleaseChange]:
    """Yields one row for each operation of which only the words changed at some place."""
    places = {one.operation: one for one in changes if one.level == "docs" and one.kind != DEPRECATED}
    for one in places.values():
        row = _row(one, "its documentation changed", operations, address)
        operation = operations.get(one.operation)
        subject = f"`client.{operation.resource}.{operation.name}`: its" if operation else "The"
        text = f"{subject} documentation changed."
        yield made(replace(row, text=text, place=one.operation, kind="documentation-changed"))


def _level(text: str) -> Level:
    return next(level for level in LEVELS if level == text)


def _row(change: Change, message: str, operations: Mapping[str, Operation], address: str) -> ReleaseChange:
    operation = operations.get(change.operation)
    subject = f"`client.{operation.resource}.{operation.name}`" if operation else ""
    where = f"`{_quoted(change.at)}`" if change.at not in ("", "operation") else ""
    text = ", ".join(part for part in (subject, where) if part)
    said = message.rstrip(".")
    page = (operation.address if operation else "") or address
    between = "" if not text else " " if said.startswith("is ") else ": "
    return made(ReleaseChange(change.level, f"{text}{between}{said}.", "", page, change.place, change.kind))


def _quoted(text: str) -> str:
    return text.replace("`", "'")


def _told(one: Break, changes: Sequence[Change], operations: Mapping[str, Operation]) -> int | None:
    """Returns which change of the contract a break follows from."""
    path = one.symbol.path
    method, _, keyword = path.removesuffix(")").partition("(")
    for number, change in sorted(enumerate(changes), key=lambda row: row[1].level != one.level):
        operation = operations.get(change.operation)
        if one.symbol.kind in ("method", "keyword") and operation is not None:
            is_own = method == f"{operation.resource}.{operation.name}"
            if is_own and (not keyword or keyword in _names(change.at)):
                return number
        elif path.startswith("models.") and one.symbol.kind == "field" and one.symbol.name in _names(change.at):
            return number
    return None


def _names(at: str) -> Iterator[str]:
    """Yields what the last name of a place is called in Python, and on the wire."""
    try:
        steps = places.parse(at).steps
    except ValueError:
        return
    named = [step for step in steps if step not in ("[]", "{}")]
    if named:
        yield names.snake(named[-1])
        yield named[-1]
