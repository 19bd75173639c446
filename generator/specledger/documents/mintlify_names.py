"""Dotted names of fields as steps of a place, without what the fields around them say already."""

from __future__ import annotations

import re

INNER = ("[]", "{}")
_STEP = re.compile(r"\[[^\[\]]{0,40}\]|\{[^{}]{0,60}\}|[^.\[\]{}]+")


def steps(name: str) -> tuple[str, ...]:
    """Returns a dotted name as steps: `items[0].path`, `items[].path` and `meta.{key}` among them."""
    steps: list[str] = []
    for step in _STEP.findall(name):
        steps.append("[]" if step[0] == "[" else "{}" if step[0] == "{" or step == "*" else step)
    return tuple(steps) or (name,)


def below(steps: tuple[str, ...], above: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the steps without those of the fields around it, which some pages repeat before each name."""
    rest = next((rest for start in range(len(above)) if (rest := _after(steps, above[start:]))), steps)
    while len(rest) > 1 and above and rest[0] in INNER:
        rest = rest[1:]
    return rest


def _after(steps: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the steps behind those of these names, brackets between them aside; none where they are others."""
    for name in names:
        while steps and steps[0] in INNER:
            steps = steps[1:]
        if steps[:1] != (name,):
            return ()
        steps = steps[1:]
    return () if all(step in INNER for step in steps) else steps
