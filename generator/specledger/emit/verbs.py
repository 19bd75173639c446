"""What the verb at the end of a path does to an object: `/orders/{id}/cancel` sets `status` to `cancelled`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from specledger import names
from specledger.emit.identified import normal
from specledger.runtime.mock.fitting import properties
from specledger.runtime.mock.schema import Schemas
from specledger.yaml12 import Json, JsonObject, as_list

_STATES = ("status", "state", "phase")
_LEAST = 4  # so many letters of a verb must be those of the state it leads to
# What is said of an object after a verb, where it does not begin as the verb does.
_AFTER: Mapping[str, str] = {
    "pay": "paid",
    "send": "sent",
    "hold": "held",
    "begin": "begun running active",
    "start": "started running active",
    "resume": "resumed running active",
    "run": "running",
    "stop": "stopped inactive",
    "end": "ended",
    "enable": "enabled active",
    "disable": "disabled inactive",
    "reopen": "reopened open",
    "finish": "finished done completed",
    "complete": "completed done",
    "ship": "shipped",
    "ban": "banned",
}


def done(schemas: Schemas, item: Json, verb: str) -> tuple[JsonObject, list[str]]:
    """Returns the fields that a verb sets, with their values, and those that get the moment at which it was done."""
    fields = properties(schemas, item)
    after = list(_said(verb))
    found: JsonObject = {}
    for name, schema in fields.items():
        kinds = schemas.types(schema)
        if normal(name) in _STATES:
            choices = next((as_list(part["enum"]) for part in schemas.parts(schema) if "enum" in part), [])
            state = next((choice for word in after for choice in choices if normal(str(choice)) == word), None)
            state = state or next((choice for choice in choices if _begins(verb, normal(str(choice)))), None)
            if state is not None:
                found[name] = state
                after.append(normal(str(state)))
        elif "boolean" in kinds and normal(name).removeprefix("is") in after:
            found[name] = True
        elif "boolean" in kinds and verb.startswith("un") and normal(name).removeprefix("is") in _said(verb[2:]):
            found[name] = False
    stamps = [name for name in fields if any(normal(name) in (f"{word}at", f"{word}on") for word in after)]
    return found, stamps


def _said(verb: str) -> Iterator[str]:
    """Yields what may be said of an object after a verb: `closed` after `close`, `published` after `publish`."""
    yield from _AFTER.get(verb, "").split()
    yield verb
    yield f"{verb}d" if verb.endswith("e") else f"{verb[:-1]}ied" if verb.endswith("y") else f"{verb}ed"
    yield f"{verb}{verb[-1:]}ed"


def _begins(verb: str, state: str) -> bool:
    """Says whether a state is called as the verb: `active` after `activate`."""
    stem = verb.removesuffix("ate").removesuffix("e").removesuffix("y")
    return len(stem) >= _LEAST and state.startswith(stem) and not state.endswith("ing")


def verb_of(step: str) -> str:
    """Returns the verb of a path's last step: the first of its words, as in `cancel-order`."""
    return next(iter(names.words(step)), "")
