"""A schema as a formula: `and`, `or`, `not` over statements about one type each.

A statement about a type says nothing of values of other types. Equal formulas are the same object, so that what
two schemas have in common cancels out at once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

NULL, BOOLEAN, NUMBER, STRING, ARRAY, OBJECT = 1, 2, 4, 8, 16, 32
ANYTHING = 63
MASKS = {"null": NULL, "boolean": BOOLEAN, "number": NUMBER, "string": STRING, "array": ARRAY, "object": OBJECT}


class Node:
    """A formula."""

    __slots__ = ()


@dataclass(frozen=True, eq=False, slots=True)
class And(Node):
    """All of these."""

    among: frozenset[Node]


@dataclass(frozen=True, eq=False, slots=True)
class Or(Node):
    """Any of these."""

    among: frozenset[Node]


@dataclass(frozen=True, eq=False, slots=True)
class OneOf(Node):
    """Exactly one of these."""

    among: tuple[Node, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Not(Node):
    """The opposite."""

    inner: Node


@dataclass(frozen=True, eq=False, slots=True)
class Named(Node):
    """A schema that speaks about itself, by its name and the digest of all that it leads to."""

    key: str


@dataclass(frozen=True, eq=False, slots=True)
class Kind(Node):
    """A value of one of these types."""

    mask: int


@dataclass(frozen=True, eq=False, slots=True)
class Values(Node):
    """One of these values, as canonical texts."""

    among: frozenset[str]


@dataclass(frozen=True, eq=False, slots=True)
class Low(Node):
    """A number not below this."""

    value: Fraction
    strict: bool


@dataclass(frozen=True, eq=False, slots=True)
class High(Node):
    """A number not above this."""

    value: Fraction
    strict: bool


@dataclass(frozen=True, eq=False, slots=True)
class Multiple(Node):
    """A number that is a multiple of this."""

    value: Fraction


@dataclass(frozen=True, eq=False, slots=True)
class AtLeast(Node):
    """A text, list or object of this length or more."""

    mask: int
    count: int


@dataclass(frozen=True, eq=False, slots=True)
class AtMost(Node):
    """A text, list or object of this length or less."""

    mask: int
    count: int


@dataclass(frozen=True, eq=False, slots=True)
class Pattern(Node):
    """A text in which this is found."""

    pattern: str


@dataclass(frozen=True, eq=False, slots=True)
class Format(Node):
    """A text of this format."""

    name: str


@dataclass(frozen=True, eq=False, slots=True)
class Content(Node):
    """A text that holds something: `encoding` and `media` as written, `inner` what the decoded value must be."""

    word: str
    inner: Node


@dataclass(frozen=True, eq=False, slots=True)
class Unique(Node):
    """A list without doubles."""


@dataclass(frozen=True, eq=False, slots=True)
class Item(Node):
    """A list whose item at this index, where there is one, is so."""

    index: int
    inner: Node


@dataclass(frozen=True, eq=False, slots=True)
class Rest(Node):
    """A list whose items from this index on are so."""

    start: int
    inner: Node


@dataclass(frozen=True, eq=False, slots=True)
class Holds(Node):
    """A list in which at least so many items are so."""

    inner: Node
    count: int


@dataclass(frozen=True, eq=False, slots=True)
class Has(Node):
    """An object with this name."""

    name: str


@dataclass(frozen=True, eq=False, slots=True)
class Field(Node):
    """An object whose value of this name, where it has one, is so."""

    name: str
    inner: Node


@dataclass(frozen=True, eq=False, slots=True)
class Family(Node):
    """An object whose values of all names in which the pattern is found are so."""

    pattern: str
    inner: Node


@dataclass(frozen=True, eq=False, slots=True)
class Others(Node):
    """An object whose values of all names beside these are so."""

    names: frozenset[str]
    patterns: frozenset[str]
    inner: Node


@dataclass(frozen=True, eq=False, slots=True)
class Names(Node):
    """An object whose names are so."""

    inner: Node


_POOL: dict[tuple[Hashable, ...], Node] = {}
_SERIALS: dict[Node, int] = {}
N = TypeVar("N", bound=Node)


def make(kind: Callable[..., N], *fields: Hashable) -> Node:
    """Returns the one node of this kind with these fields."""
    key = (kind, *fields)
    found = _POOL.get(key)
    if found is None:
        found = _POOL[key] = kind(*fields)
        _SERIALS[found] = len(_SERIALS)
    return found


def serial(node: Node) -> int:
    """Returns the node's number in the order of making, so that every run walks in the same order."""
    return _SERIALS[node]


TRUE = make(And, frozenset())
FALSE = make(Or, frozenset())


def kind(mask: int) -> Node:
    """Returns any value of these types."""
    return TRUE if mask == ANYTHING else make(Kind, mask) if mask else FALSE


def values(among: Iterable[str]) -> Node:
    """Returns these values, null and both booleans as what they are: types."""
    found = set(among)
    mask = NULL if "null" in found else 0
    found.discard("null")
    if {"true", "false"} <= found:
        mask, found = mask | BOOLEAN, found - {"true", "false"}
    listed = make(Values, frozenset(found)) if found else FALSE
    return either(kind(mask), listed)


def negate(node: Node) -> Node:
    """Returns the opposite."""
    if isinstance(node, Not):
        return node.inner
    if isinstance(node, Kind):
        return kind(ANYTHING & ~node.mask)
    return FALSE if node is TRUE else TRUE if node is FALSE else make(Not, node)


def all_of(*among: Node) -> Node:
    """Returns what is all of these."""
    flat: set[Node] = set()
    mask = ANYTHING
    for one in among:
        for part in one.among if isinstance(one, And) else (one,):
            if isinstance(part, Kind):
                mask &= part.mask
            else:
                flat.add(part)
    if mask != ANYTHING:
        flat.add(kind(mask))
    if FALSE in flat or any(isinstance(one, Not) and one.inner in flat for one in flat):
        return FALSE
    return next(iter(flat)) if len(flat) == 1 else make(And, frozenset(flat))


def either(*among: Node) -> Node:
    """Returns what is any of these."""
    flat: set[Node] = set()
    mask = 0
    for one in among:
        for part in one.among if isinstance(one, Or) else (one,):
            if isinstance(part, Kind):
                mask |= part.mask
            else:
                flat.add(part)
    listed = [one for one in flat if isinstance(one, Values)]
    if len(listed) > 1:
        flat.difference_update(listed)
        flat.add(make(Values, frozenset().union(*(one.among for one in listed))))
    if mask:
        flat.add(kind(mask))
    if TRUE in flat or any(isinstance(one, Not) and one.inner in flat for one in flat):
        return TRUE
    return next(iter(flat)) if len(flat) == 1 else make(Or, frozenset(flat))


def mask_of_text(text: str) -> int:
    """Returns the type of a canonical text."""
    return {"n": NULL, "t": BOOLEAN, "f": BOOLEAN, '"': STRING, "[": ARRAY, "{": OBJECT}.get(text[:1], NUMBER)


def about(node: Node) -> int:
    """Returns the type that a statement is about; 0 for one about all."""
    match node:
        case Low() | High() | Multiple():
            return NUMBER
        case Pattern() | Format() | Content():
            return STRING
        case Unique() | Item() | Rest() | Holds():
            return ARRAY
        case Has() | Field() | Family() | Others() | Names():
            return OBJECT
        case AtLeast(mask, _) | AtMost(mask, _):
            return mask
    return 0
