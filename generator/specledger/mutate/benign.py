"""Changes that mean nothing: the gate must stay silent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import cast

from specledger.ir import pointer_of
from specledger.mutate.mutant import Fault, Layer, Operator
from specledger.mutate.world import World, written
from specledger.soundness.schemas import every
from specledger.yaml12 import Json, JsonObject, descend

_SPEC, _BEHAVIOR = "openapi.yaml", "behavior.yaml"


def _paths(world: World, layer: Layer) -> list[str]:
    """Returns the files of a layer."""
    if layer == "page":
        return [path for path in world.files if path.startswith("documents/")]
    found = {"spec": f"/{_SPEC}", "behavior": f"/{_BEHAVIOR}", "facts": "/facts/"}[layer]
    return [path for path in world.files if found in path]


def _rewritten(layer: Layer, change: Callable[[str], str]) -> Callable[[World], Iterator[Fault]]:
    """Returns the change of the text of each file of a layer."""

    def faults(world: World) -> Iterator[Fault]:
        for path in _paths(world, layer):
            yield Fault(world.wide("operation"), path.rpartition("/")[2], {path: change(world.files[path])})

    return faults


def _revalued(layer: Layer, change: Callable[[JsonObject], Json]) -> Callable[[World], Iterator[Fault]]:
    """Returns the change of the value of each file of a layer."""

    def faults(world: World) -> Iterator[Fault]:
        for path in _paths(world, layer):
            yield Fault(world.wide("operation"), path.rpartition("/")[2], {path: written(change(world.document(path)))})

    return faults


def _turned(value: Json) -> Json:
    """Returns the value with the keys of every object in the opposite order."""
    if isinstance(value, list):
        return [_turned(item) for item in value]
    return {key: _turned(value[key]) for key in reversed(value)} if isinstance(value, dict) else value


def _commented(text: str) -> str:
    return f"# a comment\n{text.rstrip()}\n\n# another one\n"


def _unreferenced(document: JsonObject) -> Json:
    """Returns the spec with the first reference of each schema to a scalar one written out."""
    for found in every(document):
        reference = found.schema.get("$ref")
        if isinstance(reference, str) and len(found.schema) == 1:
            target = descend(document, pointer_of(reference))
            if isinstance(target, dict) and "properties" not in target and "$ref" not in target:
                found.schema.clear()
                found.schema.update(json.loads(json.dumps(target)))
    return document


def _reworded(document: JsonObject) -> Json:
    for found in every(document):
        if isinstance(found.schema.get("description"), str):
            found.schema["description"] = f"{found.schema['description']} In other words."
    return document


def _annotated(document: JsonObject) -> Json:
    """Returns the spec with each object schema joined with one that says nothing."""
    for found in every(document):
        if "properties" in found.schema and "allOf" not in found.schema and "type" in found.schema:
            found.schema["allOf"] = [{"description": "Says nothing.", "title": "Nothing"}]
    return document


def _titled(document: JsonObject) -> Json:
    for found in every(document):
        if "type" in found.schema and len(found.pointer) > 3:
            found.schema["$comment"] = "says nothing"
    return document


def _noted(document: JsonObject) -> Json:
    """Returns the facts with every note in other words."""
    for row in cast(list[JsonObject], document["facts"]):
        row["note"] = "In other words."
    return document


OPERATORS: tuple[Operator, ...] = (
    Operator(
        "benign-page-spaces",
        "page",
        "spaces at the ends of lines",
        _rewritten("page", lambda text: re.sub(r"(?m)(?<=\S)$", " ", text)),
        True,
    ),
    Operator(
        "benign-page-lines",
        "page",
        "line ends of another system",
        _rewritten("page", lambda text: text.replace("\n", "\r\n")),
        True,
    ),
    Operator(
        "benign-page-end",
        "page",
        "empty lines at the end",
        _rewritten("page", lambda text: f"{text.rstrip()}\n\n\n"),
        True,
    ),
    Operator("benign-facts-order", "facts", "keys in another order", _revalued("facts", _turned), True),
    Operator("benign-facts-comments", "facts", "comments", _rewritten("facts", _commented), True),
    Operator("benign-facts-notes", "facts", "notes in other words", _revalued("facts", _noted), True),
    Operator("benign-spec-order", "spec", "keys in another order", _revalued("spec", _turned), True),
    Operator("benign-spec-quotes", "spec", "quoted keys and values", _revalued("spec", lambda value: value), True),
    Operator("benign-spec-comments", "spec", "comments", _rewritten("spec", _commented), True),
    Operator("benign-spec-references", "spec", "references written out", _revalued("spec", _unreferenced), True),
    Operator("benign-spec-words", "spec", "descriptions in other words", _revalued("spec", _reworded), True),
    Operator(
        "benign-spec-all-of", "spec", "joined with a schema that says nothing", _revalued("spec", _annotated), True
    ),
    Operator("benign-spec-notes", "spec", "$comment", _revalued("spec", _titled), True),
    Operator("benign-behavior-order", "behavior", "keys in another order", _revalued("behavior", _turned), True),
    Operator("benign-behavior-comments", "behavior", "comments", _rewritten("behavior", _commented), True),
)
