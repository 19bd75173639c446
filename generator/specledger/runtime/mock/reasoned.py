"""Where in a documented error's body the reason of a refusal goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .answer import with_reason
from .json_text import Json

# What error bodies call the text for people, the likeliest first.
_NAMES = (
    *("message", "detail", "reason", "description", "errormessage", "errordescription", "errormsg", "msg", "error"),
    *("details", "errors", "title", "text"),
)
# Where none of them is, any other text may hold it, but one whose name ends as those do that programs read.
_FOR_PROGRAMS = frozenset(
    (
        "id code type kind status state level severity name field param parameter pointer source url uri href link "
        "path instance method request time timestamp date at on version language locale key token host service domain"
    ).split()
)
_WORDS = re.compile("[^a-zA-Z0-9]+|(?<=[a-z])(?=[A-Z])")
# How long a reason may be where the schema bounds the text; the first that fits is taken.
_LENGTHS = (None, 500, 255, 120, 60, 30)
_LONG = "request.body: " + "x" * 2000

Steps = tuple[str | int, ...]


def reasoned(body: Json, accepts: Callable[[Json], bool]) -> tuple[Json, int | None]:
    """Returns a body with `{reason}` in its text for people, and how long a reason may be; as it is where none fits."""
    places = sorted(_texts(body, (), ""), key=lambda found: found[0])
    for length in _LENGTHS:
        for _, steps in places:
            changed = _replaced(body, steps)
            if accepts(with_reason(changed, _LONG[:length])) and accepts(with_reason(changed, "request: x")):
                return changed, length
    return body, None


def _texts(value: Json, steps: Steps, name: str) -> Iterator[tuple[tuple[int, int], Steps]]:
    """Yields where texts for people stand, with their rank: by name, then by depth."""
    if isinstance(value, str):
        plain = name.lower().replace("_", "").replace("-", "")
        if not steps or plain in _NAMES:
            yield (_NAMES.index(plain) if plain in _NAMES else 0, len(steps)), steps
        elif _WORDS.split(name)[-1].lower() not in _FOR_PROGRAMS:
            yield (len(_NAMES), len(steps)), steps
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _texts(item, (*steps, number), name)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*steps, key), key)


def _replaced(value: Json, steps: Steps) -> Json:
    if not steps:
        return "{reason}"
    step, rest = steps[0], steps[1:]
    if isinstance(value, list):
        return [_replaced(item, rest) if number == step else item for number, item in enumerate(value)]
    if isinstance(value, dict):
        return {key: _replaced(item, rest) if key == step else item for key, item in value.items()}
    return value
