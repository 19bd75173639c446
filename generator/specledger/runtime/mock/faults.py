"""Trouble that is asked for: late, wrong, cut and lost answers."""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import cast

import jsonschema_rs

from .answer import Answer, Judged
from .json_text import Json, JsonObject, Malformed, read
from .schema import reason

HEADER = "x-mock-fault"
MAX_LATENCY = 300.0
DRAWS: Mapping[str, tuple[str, str]] = {
    "uniform": ("low", "high"),
    "normal": ("mean", "deviation"),
    "lognormal": ("median", "sigma"),
}


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds drawn anew for each answer; `distribution` is one of DRAWS and the two numbers are what it names."""

    distribution: str
    first: float
    second: float

    def draw(self, chance: random.Random) -> float:
        """Returns seconds, never less than none and never more than 300."""
        if self.distribution == "uniform":
            drawn = chance.uniform(self.first, self.second)
        elif self.distribution == "normal":
            drawn = chance.gauss(self.first, self.second)
        else:
            drawn = self.first * math.exp(min(chance.gauss(0, self.second), 100.0))
        return min(max(drawn, 0.0), MAX_LATENCY)


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, and where: `api` and `operation` are empty for every one of them.

    With a `status` the fault answers and nothing is carried out. Without one the request is carried out, and its
    answer is late, cut after `truncate` bytes or lost with the connection. `times` counts down to the fault's end.
    """

    api: str = ""
    operation: str = ""
    status: int | None = None
    body: Json = None
    latency: float | tuple[float, float] | Latency = 0.0
    rate: float = 1.0
    times: int | None = None
    drop: bool = False
    truncate: int | None = None
    retry_after: float | None = None

    def delay(self, chance: random.Random) -> float:
        """Returns the seconds by which this one answer is late."""
        if isinstance(self.latency, tuple):
            return Latency("uniform", *self.latency).draw(chance)
        return self.latency.draw(chance) if isinstance(self.latency, Latency) else self.latency

    def shown(self) -> JsonObject:
        """Returns the fault as it is written in `PUT /_mock/faults`."""
        found: JsonObject = {"api": self.api, "operation": self.operation, "rate": self.rate}
        latency = Latency("uniform", *self.latency) if isinstance(self.latency, tuple) else self.latency
        if isinstance(latency, Latency):
            first, second = DRAWS[latency.distribution]
            found["latency"] = {"distribution": latency.distribution, first: latency.first, second: latency.second}
        elif latency:
            found["latency"] = latency
        for name in ("status", "body", "times", "truncate", "retry_after"):
            if (value := cast(Json, getattr(self, name))) is not None:
                found[name] = value
        return {**found, "drop": True} if self.drop else found


@dataclass(slots=True)
class Disturbed(Judged):
    """An answer on its way into trouble; `keep` is how many bytes of the body arrive, None for all."""

    delay: float = 0.0
    drop: bool = False
    keep: int | None = None


def disturbed(found: Answer, fault: Fault, delay: float) -> Answer:
    """Returns the answer with what the fault does to it; the journal calls it a fault where it arrives another."""
    keep = None if fault.truncate is None or not found.body else min(fault.truncate, len(found.body) - 1)
    verdict = found.verdict if isinstance(found, Judged) else ""
    why = found.reason if isinstance(found, Judged) else ""
    if fault.drop:
        verdict, why = "fault", f"the connection was dropped instead of a {found.status}"
    elif keep is not None:
        verdict, why = "fault", f"the body was cut after {keep} of {len(found.body)} bytes"
    return Disturbed(found.status, found.body, found.headers, verdict, why, delay, fault.drop, keep)


class Faults:
    """The faults that are waiting; the same seed draws the same rates and latencies."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self.chance = random.Random(seed)  # noqa: S311  # drawn to be repeatable, no secret
        self.waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Adds a fault behind those that are waiting."""
        self.waiting.append(fault)

    def clear(self) -> None:
        """Removes every fault and begins the draws anew."""
        self.waiting.clear()
        self.chance.seed(self._seed)

    def take(self, api: str, operation: str) -> Fault | None:
        """Returns the first fault that strikes here, counted down; one whose rate spares the request is passed by."""
        for place, fault in enumerate(self.waiting):
            if fault.api not in ("", api) or fault.operation not in ("", operation):
                continue
            if fault.rate < 1.0 and self.chance.random() >= fault.rate:
                continue
            if fault.times is not None:
                self.waiting[place : place + 1] = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
            return fault
        return None


_SECONDS: JsonObject = {"type": "number", "minimum": 0, "maximum": MAX_LATENCY}
_FAULT: JsonObject = {
    "type": "object",
    "properties": {
        "api": {"type": "string"},
        "operation": {"type": "string"},
        "status": {"type": "integer", "minimum": 200, "maximum": 599},
        "body": True,
        "latency": {
            "if": {"type": "object"},
            "then": {
                "properties": {"distribution": {"enum": ["uniform", "normal", "lognormal"]}},
                "required": ["distribution"],
                "allOf": [
                    {
                        "if": {"properties": {"distribution": {"const": name}}},
                        "then": {
                            "properties": {"distribution": True, **dict.fromkeys(words, _SECONDS)},
                            "required": list(words),
                            "additionalProperties": False,
                        },
                    }
                    for name, words in DRAWS.items()
                ],
            },
            "else": _SECONDS,
        },
        "rate": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        "times": {"type": "integer", "minimum": 1},
        "drop": {"type": "boolean"},
        "truncate": {"type": "integer", "minimum": 0},
        "retry_after": {"type": "integer", "minimum": 0, "maximum": 2**31},
    },
    "additionalProperties": False,
}
_ONE = jsonschema_rs.Draft202012Validator(cast("dict[str, object]", _FAULT))
_LIST = jsonschema_rs.Draft202012Validator({"type": "array", "items": _FAULT, "maxItems": 1000})


class Unfit(ValueError):
    """A fault that was not understood; the message begins with the place."""


def from_json(value: Json, operations: Mapping[str, Collection[str]]) -> list[Fault]:
    """Returns the faults of a `PUT /_mock/faults`; `operations` are those of each API. Raises Unfit."""
    if not _LIST.is_valid(value):
        raise Unfit(reason(_LIST, value, "faults"))
    found = [_fault(row, f"faults[{number}]") for number, row in enumerate(cast("list[JsonObject]", value))]
    for number, fault in enumerate(found):
        if fault.api and fault.api not in operations:
            raise Unfit(f"faults[{number}].api: no API is called so; there are: {', '.join(operations)}")
        known = {name for api, names in operations.items() if fault.api in ("", api) for name in names}
        if fault.operation and fault.operation not in known:
            raise Unfit(f"faults[{number}].operation: no operation is called so")
    return found


def from_header(text: str) -> Fault:
    """Returns the fault of an X-Mock-Fault header, such as `status=503; retry-after=1`. Raises Unfit."""
    row: JsonObject = {}
    for part in text.split(";"):
        name, mark, word = (piece.strip() for piece in part.partition("="))
        name = name.lower().replace("-", "_")
        if not name and not word:
            continue
        if name in row or name in ("api", "operation", "times", "body"):
            raise Unfit(f"{HEADER}.{name[:40]}: {'stands twice' if name in row else 'has no place in a header'}")
        row[name] = _word(name, word) if mark else True
    if not _ONE.is_valid(row):
        raise Unfit(reason(_ONE, row, HEADER))
    return _fault(row, HEADER)


def _word(name: str, word: str) -> Json:
    kind, *numbers = word.split()
    if name == "latency" and kind in DRAWS and len(numbers) == 2:
        return {"distribution": kind, **dict(zip(DRAWS[kind], map(_number, numbers), strict=True))}
    return _number(word)


def _number(word: str) -> Json:
    try:
        return read(word.encode("utf-8", "replace"))
    except Malformed:
        return word


def _fault(row: JsonObject, at: str) -> Fault:
    """Returns the fault of a row that has the right shape. Raises Unfit where its numbers contradict each other."""
    given = row.get("latency", 0.0)
    latency: float | Latency
    if isinstance(given, dict):
        kind = str(given["distribution"])
        first, second = (cast(float, given[name]) for name in DRAWS[kind])
        if kind == "uniform" and first > second:
            raise Unfit(f"{at}.latency.low: lies above high")
        latency = Latency(kind, first, second)
    else:
        latency = cast(float, given)
    status = cast("int | None", row.get("status", 429 if "retry_after" in row else None))
    if status is None and row.get("body") is not None:
        raise Unfit(f"{at}.body: needs a status")
    return Fault(
        api=str(row.get("api", "")),
        operation=str(row.get("operation", "")),
        status=status,
        body=row.get("body"),
        latency=latency,
        rate=cast(float, row.get("rate", 1.0)),
        times=cast("int | None", row.get("times")),
        drop=row.get("drop") is True,
        truncate=cast("int | None", row.get("truncate")),
        retry_after=cast("float | None", row.get("retry_after")),
    )
