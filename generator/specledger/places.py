"""Places in a contract, written `at`: `request.body.targets[].provider`, `response.200.header.ETag`, `operation`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from specledger.yaml12 import Json

_STEP = re.compile(r'\.?("(?:[^"\\]|\\.)*"|[^.\[\]{}"]+)|(\[\])|(\{\})')
_PLAIN = re.compile(r'[^.\[\]{}"]+\Z')
_ROOTS = {"operation", "server", "security", "request", "response", "resource"}


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """A place as its steps; `[]` steps into an array's items, `{}` into a map's values, `*` is any one step."""

    steps: tuple[str, ...]

    def __str__(self) -> str:
        text = ""
        for step in self.steps:
            if step in ("[]", "{}"):
                text += step
            else:
                text += ("." if text else "") + (step if _PLAIN.match(step) else _quoted(step))
        return text

    def child(self, step: str) -> Place:
        """Returns the place one step further in."""
        return Place((*self.steps, step))

    @property
    def parent(self) -> Place:
        """Returns the place one step further out."""
        return Place(self.steps[:-1])

    @property
    def leaf(self) -> str:
        """Returns the last step."""
        return self.steps[-1] if self.steps else ""

    def starts_with(self, *steps: str) -> bool:
        """Says whether the place lies at or below these steps."""
        return self.steps[: len(steps)] == steps

    def matches(self, pattern: Place) -> bool:
        """Says whether the place is one that a pattern with `*` steps names."""
        pairs = zip(self.steps, pattern.steps, strict=False)
        return len(self.steps) == len(pattern.steps) and all(theirs in ("*", mine) for mine, theirs in pairs)


def parse(text: str) -> Place:
    """Returns the place that `text` names. Raises ValueError, saying what is wrong, where it names none."""
    steps: list[str] = []
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if not match:
            raise ValueError(f"{text!r} is no place: nothing readable at character {position + 1}")
        word = match.group(1)
        steps.append(re.sub(r"\\(.)", r"\1", word[1:-1]) if word and word[0] == '"' else match.group(0).lstrip("."))
        position = match.end()
    if not steps or steps[0] not in _ROOTS:
        raise ValueError(f"{text!r} is no place: it begins with none of {', '.join(sorted(_ROOTS))}")
    return Place(tuple(steps))


def values(value: Json, steps: tuple[str, ...]) -> Iterator[Json]:
    """Yields every value that the steps lead to inside a JSON value, in order; none where they lead nowhere."""
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if step == "[]":
        for item in value if isinstance(value, list) else ():
            yield from values(item, rest)
    elif isinstance(value, dict):
        for key in list(value) if step == "{}" else [step] if step in value else ():
            yield from values(value[key], rest)


def _quoted(step: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", step) + '"'
