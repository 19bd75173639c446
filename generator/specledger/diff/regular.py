"""Regular expressions as languages: derivatives (Brzozowski), with intersection and complement, and their strings.

A step limit bounds every search, so that a verdict does not depend on how fast the machine is.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

Ranges = tuple[tuple[int, int], ...]
TOP = 0x10FFFF
_SURROGATES = (0xD800, 0xDFFF)


class Language:
    """A set of strings. Equal ones that were made in the same way are the same object."""

    __slots__ = ()


@dataclass(frozen=True, eq=False, slots=True)
class Chars(Language):
    """One character out of ranges; none where there are no ranges."""

    ranges: Ranges


@dataclass(frozen=True, eq=False, slots=True)
class Cat(Language):
    """One string after another."""

    first: Language
    rest: Language


@dataclass(frozen=True, eq=False, slots=True)
class Either(Language):
    """A string of any of these."""

    among: frozenset[Language]


@dataclass(frozen=True, eq=False, slots=True)
class Both(Language):
    """A string of all of these; any string where there are none."""

    among: frozenset[Language]


@dataclass(frozen=True, eq=False, slots=True)
class Other(Language):
    """A string that is none of this."""

    inner: Language


@dataclass(frozen=True, eq=False, slots=True)
class Repeat(Language):
    """Between `low` and `high` strings, one after another; `high` None for no end."""

    inner: Language
    low: int
    high: int | None


_POOL: dict[tuple[Hashable, ...], Language] = {}
L = TypeVar("L", bound=Language)


def _make(kind: Callable[..., L], *fields: Hashable) -> Language:
    key = (kind, *fields)
    found = _POOL.get(key)
    if found is None:
        found = _POOL[key] = kind(*fields)
    return found


def union(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Returns the ranges sorted, those that touch as one."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple(found)


def opposite(ranges: Ranges) -> Ranges:
    """Returns every character that the ranges leave out; surrogates are no characters."""
    found, start = [], 0
    for low, high in union([*ranges, _SURROGATES]):
        if start < low:
            found.append((start, low - 1))
        start = high + 1
    if start <= TOP:
        found.append((start, TOP))
    return tuple(found)


def chars(ranges: Iterable[tuple[int, int]]) -> Language:
    """Returns one character out of the ranges."""
    return _make(Chars, union(ranges))


NONE = chars(())
EMPTY = _make(Repeat, NONE, 0, 0)
ANY_CHAR = chars(opposite(()))
ALL = _make(Both, frozenset())


def cat(first: Language, rest: Language) -> Language:
    """Returns one after the other."""
    if NONE in (first, rest):
        return NONE
    if first is EMPTY:
        return rest
    if rest is EMPTY:
        return first
    if isinstance(first, Cat):
        return cat(first.first, cat(first.rest, rest))
    return ALL if first is ALL and rest is ALL else _make(Cat, first, rest)


def either(*among: Language) -> Language:
    """Returns what is in any of these."""
    flat: set[Language] = set()
    for one in among:
        flat |= one.among if isinstance(one, Either) else {one}
    flat.discard(NONE)
    if ALL in flat:
        return ALL
    if len(flat) < 2:
        return next(iter(flat), NONE)
    return _make(Either, frozenset(flat))


def both(*among: Language) -> Language:
    """Returns what is in all of these."""
    flat: set[Language] = set()
    for one in among:
        flat |= one.among if isinstance(one, Both) else {one}
    if NONE in flat or any(isinstance(one, Other) and one.inner in flat for one in flat):
        return NONE
    return next(iter(flat)) if len(flat) == 1 else _make(Both, frozenset(flat))


def other(inner: Language) -> Language:
    """Returns all that is not in this."""
    if inner is ALL:
        return NONE
    if inner is NONE:
        return ALL
    return inner.inner if isinstance(inner, Other) else _make(Other, inner)


def repeat(inner: Language, low: int, high: int | None) -> Language:
    """Returns between `low` and `high` of these, one after another."""
    if high == 0 or inner is EMPTY:
        return EMPTY
    if inner is NONE:
        return EMPTY if low == 0 else NONE
    if low == high == 1:
        return inner
    if inner is ANY_CHAR and low == 0 and high is None:
        return ALL
    return _make(Repeat, inner, 0 if nullable(inner) else low, high)


def nullable(language: Language) -> bool:
    """Says whether the empty string belongs to it."""
    match language:
        case Cat(first, rest):
            return nullable(first) and nullable(rest)
        case Either(among):
            return any(nullable(one) for one in among)
        case Both(among):
            return all(nullable(one) for one in among)
        case Other(inner):
            return not nullable(inner)
        case Repeat(inner, low, _):
            return low == 0 or nullable(inner)
    return False


_AFTER: dict[tuple[Language, int], Language] = {}


def after(language: Language, char: int) -> Language:
    """Returns what may follow this first character."""
    key = (language, char)
    found = _AFTER.get(key)
    if found is None:
        found = _AFTER[key] = _after(language, char)
    return found


def _after(language: Language, char: int) -> Language:
    match language:
        case Chars(ranges):
            return EMPTY if any(low <= char <= high for low, high in ranges) else NONE
        case Cat(first, rest):
            found = cat(after(first, char), rest)
            return either(found, after(rest, char)) if nullable(first) else found
        case Either(among):
            return either(*(after(one, char) for one in among))
        case Both(among):
            return both(*(after(one, char) for one in among))
        case Other(inner):
            return other(after(inner, char))
        case Repeat(inner, low, high):
            left = repeat(inner, max(low - 1, 0), None if high is None else high - 1)
            return cat(after(inner, char), left)
    return NONE


def _edges(language: Language, found: set[int], seen: set[Language]) -> None:
    """Collects where the first character's meaning changes."""
    if language in seen:
        return
    seen.add(language)
    match language:
        case Chars(ranges):
            for low, high in ranges:
                found.update((low, high + 1))
        case Cat(first, rest):
            _edges(first, found, seen)
            if nullable(first):
                _edges(rest, found, seen)
        case Either(among) | Both(among):
            for one in among:
                _edges(one, found, seen)
        case Other(inner) | Repeat(inner, _, _):
            _edges(inner, found, seen)


def _firsts(language: Language) -> list[int]:
    """Returns one character of each kind that the language tells apart, readable ones first."""
    edges: set[int] = {0}
    _edges(language, edges, set())
    marks = [*sorted(edge for edge in edges if edge <= TOP), TOP + 1]
    found = []
    for low, end in itertools.pairwise(marks):
        for start, stop in ((97, 123), (48, 58), (65, 91), (33, 127), (32, 33), (161, 0xD800), (low, end)):
            if max(low, start) < min(end, stop):
                if not _SURROGATES[0] <= max(low, start) <= _SURROGATES[1]:
                    found.append(max(low, start))
                break
    return sorted(found, key=lambda char: (not chr(char).isalnum() or char > 127, char))


class TooMany(Exception):
    """The step limit was reached."""


def strings(language: Language, limit: int = 40_000) -> Iterator[str]:
    """Yields strings of the language, the shortest first, one for each way through it; raises TooMany at the limit."""
    queue: deque[tuple[Language, str]] = deque([(language, "")])
    seen: dict[Language, int] = {language: 1}
    steps = 0
    while queue:
        here, text = queue.popleft()
        if nullable(here):
            yield text
        for char in _firsts(here):
            steps += 1
            if steps > limit:
                raise TooMany
            there = after(here, char)
            # A state is entered a few times, so that more than one string of it is seen.
            if there is not NONE and seen.get(there, 0) < 3:
                seen[there] = seen.get(there, 0) + 1
                queue.append((there, text + chr(char)))


def long_string(language: Language, limit: int = 6000) -> str | None:
    """Returns some string of the language, found by going on and on; None where that leads nowhere soon."""
    stack: list[tuple[Language, str]] = [(language, "")]
    seen = {language}
    steps = 0
    while stack and steps < limit:
        here, text = stack.pop()
        if nullable(here):
            return text
        for char in reversed(_firsts(here)):
            steps += 1
            there = after(here, char)
            if there is not NONE and there not in seen:
                seen.add(there)
                stack.append((there, text + chr(char)))
    return None


def is_empty(language: Language) -> bool:
    """Says whether no string belongs to it. Raises TooMany."""
    return next(strings(language), None) is None
