"""Paths to operations by a trie of segments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote, unquote_to_bytes

T = TypeVar("T")

_EXPRESSION = re.compile(r"\{([^{}]*)\}")
_MAX_MIXED = 2000  # matching a mixed segment may take the square of its length
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(slots=True)
class _Node(Generic[T]):
    """One segment deep: literals before mixed segments (`{name}.json`) before a lone parameter."""

    literal: dict[str, _Node[T]] = field(default_factory=dict)
    mixed: dict[str, tuple[re.Pattern[str], _Node[T]]] = field(default_factory=dict)
    parameter: _Node[T] | None = None
    methods: dict[str, tuple[tuple[str, ...], T]] = field(default_factory=dict)


@dataclass(slots=True)
class Found(Generic[T]):
    """What answers a path: the target and the path's parameters as texts."""

    target: T
    parameters: dict[str, str]


class Routes(Generic[T]):
    """Templated paths (`/v1/things/{id}`) with a target for each method."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, method: str, path: str, target: T) -> None:
        """Registers a target; the first of two that collide stays."""
        node = self._root
        for segment in path.removeprefix("/").split("/"):
            node = _child(node, segment)
        node.methods.setdefault(method, (tuple(_EXPRESSION.findall(path)), target))

    def find(self, method: str, segments: list[str]) -> Found[T] | tuple[str, ...]:
        """Returns what answers, or else the methods that the path has: none where there is no such path."""
        node, lone = self._root, list[str]()
        for segment in segments:
            child = node.literal.get(segment)
            if node.mixed or (child and node.parameter):
                break
            if child is None:
                child = node.parameter
                lone.append(segment)
            if child is None or not segment:
                break
            node = child
        else:
            if (held := node.methods.get(method)) is not None:
                return Found(held[1], dict(zip(held[0], lone, strict=True)))
        return self._search(method, segments)

    def _search(self, method: str, segments: list[str]) -> Found[T] | tuple[str, ...]:
        """Looks for what answers wherever a segment may be read in several ways."""
        allowed: dict[str, None] = {}
        for node, values in _matches(self._root, segments, 0, ()):
            if method in node.methods:
                names, target = node.methods[method]
                return Found(target, dict(zip(names, values, strict=True)))
            allowed.update(dict.fromkeys(node.methods))
            if not values:
                break  # a path without parameters goes before all that have some (OpenAPI 3.1, 4.8.8.2)
        return tuple(sorted(allowed))


def _child(node: _Node[T], segment: str) -> _Node[T]:
    names = _EXPRESSION.findall(segment)
    if not names:
        return node.literal.setdefault(unquote(segment), _Node())
    if _EXPRESSION.fullmatch(segment):
        node.parameter = node.parameter or _Node()
        return node.parameter
    pieces = _EXPRESSION.split(segment)
    pattern = "".join("(.+?)" if number % 2 else re.escape(piece) for number, piece in enumerate(pieces))
    return node.mixed.setdefault(pattern, (re.compile(pattern, re.DOTALL), _Node()))[1]


def _matches(
    node: _Node[T], segments: list[str], depth: int, values: tuple[str, ...]
) -> list[tuple[_Node[T], tuple[str, ...]]]:
    """Returns the nodes at which the segments end, most literal first."""
    if depth == len(segments):
        return [(node, values)] if node.methods else []
    segment = segments[depth]
    found: list[tuple[_Node[T], tuple[str, ...]]] = []
    if segment in node.literal:
        found += _matches(node.literal[segment], segments, depth + 1, values)
    for pattern, child in node.mixed.values():
        match = pattern.fullmatch(segment) if len(segment) <= _MAX_MIXED else None
        if match:
            found += _matches(child, segments, depth + 1, (*values, *match.groups()))
    if node.parameter is not None and segment:
        found += _matches(node.parameter, segments, depth + 1, (*values, segment))
    return found


def split(raw_path: bytes) -> list[str] | None:
    """Returns the decoded segments of a path as it came over the wire; None where an escape is no UTF-8 text.

    Segments are decoded one by one, so that `%2F` stays part of its segment.
    """
    try:
        text = raw_path.decode("utf-8")
        if "%" not in text:
            return text.removeprefix("/").split("/")
        if _BAD_ESCAPE.search(text):
            return None
        return [unquote_to_bytes(segment).decode("utf-8") for segment in text.removeprefix("/").split("/")]
    except UnicodeDecodeError:
        return None
