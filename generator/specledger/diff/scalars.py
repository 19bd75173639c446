"""Values of the simple types: constants, numbers and texts."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor, lcm
from typing import TYPE_CHECKING

from specledger.canonical import canonical
from specledger.diff import nodes, regular
from specledger.diff.expression import Unreadable, language
from specledger.diff.judge import NARROWER, SAMPLES, WIDER, WITHIN, Undecided, mask_of
from specledger.diff.judge import number as exactly
from specledger.diff.regular import Language
from specledger.diff.solve import Found, Result, Stated, Verdict, stated
from specledger.yaml12 import Json

if TYPE_CHECKING:
    from specledger.diff.solve import Solver

_MOST_MULTIPLES = 20_000
_MOST_TEXTS = 300
_MOST_EXCLUDED = 200
_FEW_STEPS = 4000  # enough for a short text; whether there is none may take more


def _refused(said: list[Stated]) -> frozenset[str]:
    return frozenset(
        text for node, sign, _ in said if isinstance(node, nodes.Values) and not sign for text in node.among
    )


def constant(mask: int, said: list[Stated]) -> Result:
    """Returns null, true or false where it is not refused."""
    refused = _refused(said)
    for value in (None,) if mask == nodes.NULL else (True, False):
        if canonical(value) not in refused:
            return Found(value)
    return Verdict.NONE


def number(said: list[Stated]) -> Result:
    """Returns a number that satisfies bounds and steps."""
    lows: list[tuple[Fraction, bool]] = []
    highs: list[tuple[Fraction, bool]] = []
    steps: list[Fraction] = []
    others: list[Fraction] = []
    for node, sign, _ in said:
        match node:
            case nodes.Low(value, strict):
                (lows if sign else highs).append((value, strict == sign))
            case nodes.High(value, strict):
                (highs if sign else lows).append((value, strict == sign))
            case nodes.Multiple(step):
                (steps if sign else others).append(step)
    low = max(lows, default=None)
    high = min(highs, key=lambda bound: (bound[0], not bound[1]), default=None)
    refused = {exactly(json.loads(text)) for text in _refused(said) if nodes.mask_of_text(text) == nodes.NUMBER}
    if low and high and (low[0] > high[0] or (low[0] == high[0] and (low[1] or high[1]))):
        return Verdict.NONE
    if steps:
        return _stepped(low, high, _common(steps), others, refused)
    return _dense(low, high, others, refused)


_Bound = tuple[Fraction, bool] | None


def _common(steps: list[Fraction]) -> Fraction:
    """Returns the smallest number that is a multiple of all."""
    below = lcm(*(step.denominator for step in steps))
    return Fraction(lcm(*(int(step * below) for step in steps)), below)


def _stepped(low: _Bound, high: _Bound, step: Fraction, others: list[Fraction], refused: set[Fraction]) -> Result:
    if any((step / other).denominator == 1 for other in others):
        return Verdict.NONE
    first = None if low is None else (floor(low[0] / step) + 1 if low[1] else ceil(low[0] / step))
    last = None if high is None else (ceil(high[0] / step) - 1 if high[1] else floor(high[0] / step))
    period = int(_common([step, *others]) / step) + 2 * len(refused) + 1
    if first is not None:
        end = first + period if last is None else min(last, first + period)
        counts = range(first, min(end, first + _MOST_MULTIPLES) + 1)
        whole = end <= first + _MOST_MULTIPLES
    elif last is not None:
        counts = range(last, max(last - period, last - _MOST_MULTIPLES) - 1, -1)
        whole = period <= _MOST_MULTIPLES
    else:
        counts, whole = range(min(period, _MOST_MULTIPLES) + 1), period <= _MOST_MULTIPLES
    # Small numbers read best where they are allowed.
    near = [count for count in (1, 2, 3, 5, 0) if (first is None or count >= first) and (last is None or count <= last)]
    for count in (*near, *counts):
        value = count * step
        if value not in refused and all((value / other).denominator != 1 for other in others):
            written = _written(value)
            if written is not None:
                return Found(written)
            whole = False
    return Verdict.NONE if whole else Verdict.UNSURE


def _dense(low: _Bound, high: _Bound, others: list[Fraction], refused: set[Fraction]) -> Result:
    point = low is not None and high is not None and low[0] == high[0]
    base = [bound[0] for bound in (low, high) if bound] or [Fraction(0)]
    middle = [(low[0] + high[0]) / 2] if low and high else []
    width = (high[0] - low[0]) if low and high else Fraction(4)
    offsets = [Fraction(0), Fraction(1), Fraction(-1), Fraction(1, 2), Fraction(-1, 2)]
    offsets += [Fraction(sign * n, 7 * 10**power) for power in range(4) for n in range(1, 40) for sign in (1, -1)]
    offsets += [width * Fraction(n, 1000) * sign for n in (1, 10, 123, 377) for sign in (1, -1)]
    for start in (*base, *middle):
        for offset in offsets:
            written = _written(Fraction(repr(float(start + offset)))) if offset else _written(start)
            value = None if written is None else exactly(written)
            if (
                value is not None
                and (low is None or value > low[0] or (value == low[0] and not low[1]))
                and (high is None or value < high[0] or (value == high[0] and not high[1]))
                and value not in refused
                and all((value / other).denominator != 1 for other in others)
            ):
                return Found(written)
    return Verdict.NONE if point else Verdict.UNSURE


def _written(value: Fraction) -> int | float | None:
    """Returns the number as JSON has it; None where no double is exactly that."""
    if value.denominator == 1:
        return int(value)
    try:
        shown = float(value)
    except OverflowError:
        return None
    return shown if Fraction(repr(shown)) == value else None


def text(solver: Solver, said: list[Stated]) -> Result:
    """Returns a text of the right length, patterns and formats."""
    low, high = 0, None
    for node, sign, _ in said:
        match node:
            case nodes.AtLeast(_, count) if sign:
                low = max(low, count)
            case nodes.AtMost(_, count) if not sign:
                low = max(low, count + 1)
            case nodes.AtMost(_, count):
                high = count if high is None else min(high, count)
            case nodes.AtLeast(_, count):
                high = count - 1 if high is None else min(high, count - 1)
    refused = frozenset(text for text in _refused(said) if text.startswith('"'))
    if high is not None and high < low:
        return Verdict.NONE
    content = _content(solver, said)
    if content is Verdict.NONE:
        return Verdict.NONE
    shaped = [one for one in said if isinstance(one.node, nodes.Pattern | nodes.Format)]
    found: Result = _plain(low, high, refused) if not shaped else _shaped(solver, said, shaped, low, high, refused)
    return found if content is None or found is Verdict.NONE else Verdict.UNSURE


def _content(solver: Solver, said: list[Stated]) -> Verdict | None:
    """Says whether a text can hold what it must not hold: None where nothing is refused so."""
    unsure: Verdict | None = None
    for node, sign, _ in said:
        if isinstance(node, nodes.Content) and not sign:
            unsure = Verdict.UNSURE
            inside = [one for one in said if isinstance(one.node, nodes.Content) and one.sign]
            same = [one for one in inside if isinstance(one.node, nodes.Content) and one.node.word == node.word]
            if node.word == "value" and same:
                goal = {Stated(one.node.inner, True, True) for one in same if isinstance(one.node, nodes.Content)}
                if solver.solve(frozenset({*goal, stated(node.inner, False)})) is Verdict.NONE:
                    return Verdict.NONE
    return unsure


def _plain(low: int, high: int | None, refused: frozenset[str]) -> Result:
    if high == 0:
        return Verdict.NONE if '""' in refused else Found("")
    size = max(low, 1)
    for number_ in range(len(refused) + 1):
        tail, left = "", number_
        while left:
            left, digit = divmod(left, 26)
            tail += chr(97 + digit)
        if len(tail) <= (high or len(tail)):
            value = "x" * (size - len(tail)) + tail
            if canonical(value) not in refused:
                return Found(value)
    return Verdict.UNSURE


def _shaped(
    solver: Solver, said: list[Stated], shaped: list[Stated], low: int, high: int | None, refused: frozenset[str]
) -> Result:
    formats = {one.node.name for one in shaped if isinstance(one.node, nodes.Format) and one.sign}
    against = {one.node.name for one in shaped if isinstance(one.node, nodes.Format) and not one.sign}
    if formats & against or any((one, other) in WITHIN for one in formats for other in against):
        return Verdict.NONE
    languages = [_language(one) for one in shaped]
    whole = regular.both(regular.repeat(regular.ANY_CHAR, low, high), *(one for one in languages if one is not None))
    if len(refused) <= _MOST_EXCLUDED:
        whole = regular.both(whole, *(regular.other(_exactly(json.loads(text))) for text in sorted(refused)))
    try:
        for value in _candidates(whole, sorted(formats)):
            if _fits(solver, said, value):
                return Found(value)
    except regular.TooMany:
        long = regular.long_string(whole)
        if long is not None and _fits(solver, said, long):
            return Found(long)
    try:
        return Verdict.NONE if regular.is_empty(whole) else Verdict.UNSURE
    except regular.TooMany:
        return Verdict.UNSURE


def _candidates(whole: Language, formats: list[str]) -> Iterator[str]:
    for name in formats:
        yield from SAMPLES.get(name, ())
    if formats:
        yield from _stretched(formats)
    yield from itertools.islice(regular.strings(whole, _FEW_STEPS), _MOST_TEXTS // 2)


def _stretched(formats: list[str]) -> Iterator[str]:
    """Yields texts of a format that are shorter or longer than usual."""
    for size in (0, 1, 2, 4, 8, 16, 32, 64, 100, 200, 255, 256, 300, 500, 1000, 2000):
        filled = "a" * size
        if {"email", "idn-email"} & {*formats}:
            yield (
                filled[:64] + "@" + ".".join(filled[n : n + 60] for n in range(0, max(size, 1), 60)).strip(".") + ".ab"
            )
        if {"uri", "iri", "uri-reference", "iri-reference", "uri-template"} & {*formats}:
            yield f"a:{filled}"
        if {"hostname", "idn-hostname"} & {*formats}:
            yield ".".join(filled[n : n + 60] for n in range(0, size, 60))
        if {"json-pointer", "uri-template", "uri-reference"} & {*formats}:
            yield f"/{filled}"
        if {"regex", "uri-template"} & {*formats}:
            yield filled


def _language(one: Stated) -> Language | None:
    """Returns a language with all texts that satisfy a statement, perhaps more; None where none is known."""
    name = one.node.name if isinstance(one.node, nodes.Format) else ""
    known = (WIDER if one.sign else NARROWER).get(name)
    pattern = one.node.pattern if isinstance(one.node, nodes.Pattern) else known
    if pattern is None:
        return None
    try:
        found = language(pattern)
    except Unreadable:
        return None
    return found if one.sign else regular.other(found)


def _exactly(value: str) -> Language:
    found = regular.EMPTY
    for char in reversed(value):
        found = regular.cat(regular.chars([(ord(char), ord(char))]), found)
    return found


def _fits(solver: Solver, said: list[Stated], value: Json) -> bool:
    try:
        return mask_of(value) == nodes.STRING and all(solver.judge.holds(node, value) == sign for node, sign, _ in said)
    except Undecided:
        return False
