"""New ids, by what their schema asks for: the same ones after each reset."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from hashlib import blake2b

from .json_text import Json, JsonObject
from .pattern import from_pattern
from .schema import Schemas

_TRIES = 10_000
_ALIKE = 100  # so many tries at the likeliest shape before the others
_PREFIX = re.compile(r"[A-Za-z]+[_-]")
_HEX = re.compile(r"[0-9a-f]+\Z")


class Minter:
    """Makes ids for the objects of one collection."""

    def __init__(self, name: str, schemas: Schemas, schema: Json, example: Json) -> None:
        self._name = name
        self._fits = schemas.compile(schema).is_valid
        self._types = schemas.types(schema)
        self._parts = list(schemas.parts(schema))
        self._example = example
        self._objects: object = None
        self._count = 0

    def mint(
        self, objects: dict[str, JsonObject], ids: Callable[[], Iterator[Json]], taken: Callable[[Json], bool]
    ) -> Json:
        """Returns an id that no object has and none had since the last reset; None where no other one fits."""
        if self._objects is not objects:
            self._objects = objects
            numbers = [found for found in ids() if isinstance(found, int)]
            self._count = max([len(objects), *numbers])
        for tried in range(_TRIES):
            self._count += 1
            for made in self._made(self._count):
                if self._fits(made):
                    if not taken(made):
                        return made
                    if tried < _ALIKE:
                        break
        return None

    def _made(self, number: int) -> Iterator[Json]:
        if "string" not in self._types and self._types & {"integer", "number"}:
            yield number
            for low in [part.get("minimum") for part in self._parts]:
                if isinstance(low, int):
                    yield low + number
            return
        digest = blake2b(f"{self._name}:{number}".encode(), digest_size=16)
        unique = str(uuid.UUID(bytes=digest.digest(), version=4))
        if any(part.get("format") == "uuid" for part in self._parts):
            yield unique
            return
        samples = [self._example, *(from_pattern(str(part["pattern"]), 8) for part in self._parts if "pattern" in part)]
        samples += [from_pattern(str(part["pattern"]), 0) for part in self._parts if "pattern" in part]
        digits = str(int(digest.hexdigest(), 16))
        for sample in samples:
            if isinstance(sample, str) and sample:
                prefix = _PREFIX.match(sample)
                kept = prefix.end() if prefix and prefix.end() < len(sample) else 0
                yield from (
                    sample[:at] + _alike(sample[at:], digest.hexdigest(), digits) for at in dict.fromkeys([kept, 0])
                )
        yield from (
            unique,
            digest.hexdigest()[:24],
            digest.hexdigest(),
            digits[:12],
            digest.hexdigest()[:8],
            str(number),
        )
        for part in self._parts:
            choices = part.get("enum")
            yield from choices if isinstance(choices, list) else ()


def _alike(text: str, letters: str, digits: str) -> str:
    """Returns another text of the same shape: digits for digits, letters for letters of the same case."""
    is_hex = bool(_HEX.match(text)) and len(text) >= 8
    made = ""
    for place, character in enumerate(text):
        letter, digit = letters[place % len(letters)], digits[place % len(digits)]
        if is_hex:
            made += letter
        elif character.isdigit():
            made += digit
        elif character.isascii() and character.isalpha():
            made += chr(ord("a" if character.islower() else "A") + (int(letter, 16) + int(digit)) % 26)
        else:
            made += character
    return made
