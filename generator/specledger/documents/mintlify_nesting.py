"""Fields of a flat copy put below the objects that they belong to, as the samples show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from specledger.documents.mintlify_sheet import Field
from specledger.documents.sample import Node


@dataclass(slots=True)
class _Level:
    """An open object: its field (None for the body itself), the sample's members, and the last name taken there."""

    field: Field | None
    members: dict[str, Node]
    order: dict[str, int]
    taken: set[str]
    last: str = ""
    dotted: bool = False

    def follows(self, name: str) -> bool:
        """Says whether the name is the one that the sample has next."""
        return self.order.get(name, -1) == self.order.get(self.last, -1) + 1


def nest(fields: Sequence[Field], sample: Node | None) -> list[Field]:
    """Returns the top fields, the others below them; without a sample, by what the page says of open folds."""
    top: list[Field] = []
    levels = [_level(None, sample)]
    for found in fields:
        close = _dotted(levels, found.name)
        depth = _depth(levels, found.name) if close is None else close
        del levels[depth + 1 :]
        level = levels[depth]
        (top if level.field is None else level.field.children).append(found)
        level.last = found.name
        level.dotted = level.dotted or (level.field is not None and found.name.startswith(_prefixes(level.field.name)))
        level.taken.add(found.name)
        node = level.members.get(found.name)
        if found.open is not False and not found.children and (found.open or (node and _members(node))):
            levels.append(_level(found, node))
    _hint(top, _members(sample) if sample else {})
    return top


def _hint(fields: Sequence[Field], members: dict[str, Node]) -> None:
    """Gives fields that a list names without a type the one that the sample shows."""
    for found in fields:
        node = members.get(found.name)
        if node is None:
            continue
        if found.listed and not found.word and node.kind != "null":
            found.hint = node.kind
        _hint(found.children, _members(node))


def _prefixes(name: str) -> tuple[str, str]:
    return f"{name}.", f"{name}["


def _dotted(levels: Sequence[_Level], name: str) -> int | None:
    """Returns which open object a name belongs to that repeats that object's, or that does not where others do."""
    for depth in range(len(levels) - 1, 0, -1):
        field = levels[depth].field
        if field is not None and name.startswith(_prefixes(field.name)):
            return depth
    outer = next((depth for depth in range(1, len(levels)) if levels[depth].dotted), None)
    return None if outer is None else outer - 1


def _depth(levels: Sequence[_Level], name: str) -> int:
    """Returns which open object the name belongs to: the innermost that knows it, an outer one where it is due."""
    innermost = levels[-1]
    if not innermost.members and innermost.field is not None and innermost.field.open:
        known = [depth for depth, level in enumerate(levels[:-1]) if name in level.members and name not in level.taken]
        return known[-1] if known else len(levels) - 1
    for depth in range(len(levels) - 1, -1, -1):
        level = levels[depth]
        if name not in level.members or name in level.taken:
            continue
        fresh = level.field is not None and not level.taken and level.field.open is None
        if fresh and any(outer.follows(name) and name not in outer.taken for outer in levels[:depth]):
            continue
        return depth
    return 0


def _level(found: Field | None, node: Node | None) -> _Level:
    members = _members(node) if node else {}
    return _Level(found, members, {name: position for position, name in enumerate(members)}, set())


def _members(node: Node) -> dict[str, Node]:
    """Returns the members of an object, of an array's items together, or of a map's values."""
    if node.kind == "object":
        return node.members
    merged: dict[str, Node] = {}
    for item in node.items:
        for name, member in _members(item).items():
            merged.setdefault(name, member)
    return merged
