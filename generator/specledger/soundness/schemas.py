"""Every schema object of a spec, with its pointer and the properties of the objects it speaks about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from specledger.ir import pointer_of
from specledger.yaml12 import Json, JsonObject, Pointer, descend

_SINGLE = (
    "items additionalProperties contains not if then else propertyNames unevaluatedItems unevaluatedProperties"
    " contentSchema"
).split()
_NAMED = ("properties", "patternProperties", "$defs", "dependentSchemas")
_LISTED = ("allOf", "anyOf", "oneOf", "prefixItems")
# Subschemas that speak about the same object as the schema around them.
_SAME_OBJECT = {"not", "if", "then", "else", "allOf", "anyOf", "oneOf", "dependentSchemas"}
_DATA = {"example", "examples", "default", "const", "enum"}


@dataclass(frozen=True, slots=True)
class Found:
    """A schema object; `around` holds the names of the properties that schemas around it declare."""

    pointer: Pointer
    schema: JsonObject
    around: frozenset[str]


def roots(document: Json) -> Iterator[Pointer]:
    """Yields where the outermost schemas stand: components.schemas and every `schema` outside of one."""
    components = descend(document, ("components", "schemas"))
    if isinstance(components, dict):
        yield from (("components", "schemas", name) for name in components)
    stack: list[tuple[Pointer, Json]] = [((), document)]
    while stack:
        pointer, value = stack.pop()
        if isinstance(value, dict):
            for key in reversed(value):
                place = (*pointer, key)
                if key == "schema":
                    yield place
                elif place != ("components", "schemas") and key not in _DATA and not key.startswith("x-"):
                    stack.append((place, value[key]))
        elif isinstance(value, list):
            stack.extend(((*pointer, n), value[n]) for n in reversed(range(len(value))))


def every(document: Json) -> Iterator[Found]:
    """Yields every schema object of the document, outermost first."""
    for root in roots(document):
        stack: list[tuple[Pointer, Json, frozenset[str]]] = [(root, descend(document, root), frozenset())]
        while stack:
            pointer, schema, around = stack.pop()
            if not isinstance(schema, dict):
                continue
            yield Found(pointer, schema, around)
            inside = around | declared(document, schema)
            for keyword, step, child in _children(schema):
                same = inside if keyword in _SAME_OBJECT else frozenset()
                stack.append(((*pointer, *step), child, same))


def _children(schema: JsonObject) -> Iterator[tuple[str, Pointer, Json]]:
    for keyword in _SINGLE:
        if keyword in schema:
            yield keyword, (keyword,), schema[keyword]
    for keyword in _NAMED:
        named = schema.get(keyword)
        if isinstance(named, dict):
            yield from ((keyword, (keyword, name), child) for name, child in named.items())
    for keyword in _LISTED:
        listed = schema.get(keyword)
        if isinstance(listed, list):
            yield from ((keyword, (keyword, n), child) for n, child in enumerate(listed))


def declared(document: Json, schema: Json) -> frozenset[str]:
    """Returns the names of the properties that a schema declares, seen through $ref, allOf, anyOf, oneOf and if."""
    names: set[str] = set()
    seen: set[str] = set()
    stack = [schema]
    while stack:
        found = stack.pop()
        if not isinstance(found, dict):
            continue
        properties = found.get("properties")
        names.update(properties if isinstance(properties, dict) else ())
        reference = found.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            stack.append(descend(document, pointer_of(reference)))
        for keyword, _, child in _children(found):
            if keyword in _SAME_OBJECT and keyword != "not":
                stack.append(child)
    return frozenset(names)
