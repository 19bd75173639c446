"""Where a schema speaks: each place of a value, and each keyword that says something about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from specledger.canonical import ANNOTATIONS
from specledger.places import Place
from specledger.yaml12 import Json, JsonObject, Pointer, as_list, as_object

ROOT = "#/$defs/"
SAME_VALUE = ("allOf", "anyOf", "oneOf", "if", "then", "else", "not")
# Keywords of a schema that say nothing about which values of a request are accepted.
SILENT = frozenset(
    {*ANNOTATIONS, "default", "deprecated", "readOnly", "writeOnly", "discriminator", "contentEncoding"}
    | {"contentMediaType", "contentSchema", "$comment", "$defs", "$id", "$anchor", "$schema", "$dynamicAnchor"}
)
_WITHIN = ("if", "not", "contains", "propertyNames")
_NAMED = ("properties", "patternProperties", "dependentSchemas")
_LISTED = ("allOf", "anyOf", "oneOf", "prefixItems")
_DEEPEST = 12


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A place of a value; `schema` is what is said about it there, references to it written out.

    `key` is where it stands in the parent's schema; the parent's value must also keep to `needs` for it to count.
    """

    at: Place
    schema: JsonObject
    parent: Node | None = field(default=None, repr=False)
    key: Pointer = ()
    needs: tuple[JsonObject, ...] = ()
    references: frozenset[str] = frozenset()

    def whole(self, schema: Json) -> Json:
        """Returns the schema of the whole value with another one at this place."""
        if self.parent is None:
            return schema
        return self.parent.whole(put(self.parent.schema, self.key, schema))


@dataclass(frozen=True, slots=True)
class Spoken:
    """A keyword at a place; `trail` leads to it in the node's schema, `needs` must hold for it to count."""

    node: Node = field(repr=False)
    trail: Pointer
    at: Place
    needs: tuple[JsonObject, ...] = ()

    @property
    def keyword(self) -> str:
        """Returns the keyword."""
        return str(self.trail[-1])

    @property
    def value(self) -> Json:
        """Returns what the keyword says."""
        return found(self.node.schema, self.trail)

    def without(self) -> JsonObject:
        """Returns the node's schema without the keyword."""
        return cast(JsonObject, put(self.node.schema, self.trail, _GONE))

    def saying(self, **keywords: Json) -> JsonObject:
        """Returns the node's schema with other keywords beside this one."""
        here = cast(JsonObject, found(self.node.schema, self.trail[:-1]))
        return cast(JsonObject, put(self.node.schema, self.trail[:-1], {**here, **keywords}))


class _Gone:
    pass


_GONE = cast(Json, _Gone())


def put(value: Json, pointer: Pointer, new: Json) -> Json:
    """Returns a JSON value with another one at a pointer; nothing given is changed."""
    if not pointer:
        return new
    step, rest = pointer[0], pointer[1:]
    if isinstance(value, list) and isinstance(step, int):
        return [put(item, rest, new) if number == step else item for number, item in enumerate(value)]
    held = as_object(value)
    if not rest and new is _GONE:
        return {key: item for key, item in held.items() if key != step}
    return {**held, str(step): put(held.get(str(step)), rest, new)}


def found(value: Json, pointer: Pointer) -> Json:
    """Returns what stands at a pointer; None where nothing does."""
    for step in pointer:
        if isinstance(value, list) and isinstance(step, int):
            value = value[step] if step < len(value) else None
        else:
            value = as_object(value).get(str(step))
    return value


def walk(schema: Json, at: Place, definitions: Mapping[str, Json], most: int) -> Iterator[Node]:
    """Yields the places that a schema speaks of, outermost first, `most` at most; a recursive one is entered once."""
    waiting = [_node(schema, at, definitions)]
    count = 0
    while waiting and count < most:
        node = waiting.pop(0)
        count += 1
        yield node
        for sub, trail, _, needs, is_within in _speaking(node):
            waiting += [] if is_within else _children(node, sub, trail, needs, definitions)


def spoken(node: Node) -> Iterator[Spoken]:
    """Yields each keyword that says something about the value at a place."""
    for sub, trail, at, needs, _ in _speaking(node):
        for keyword in sub:
            if keyword not in SILENT and not keyword.startswith("x-"):
                yield Spoken(node, (*trail, keyword), at, needs)


Speaking = tuple[JsonObject, Pointer, Place, tuple[JsonObject, ...], bool]


def _speaking(node: Node) -> Iterator[Speaking]:
    """Yields each schema about the same value: trail, place, what makes it count, and whether it is a condition."""
    waiting: list[Speaking] = [(node.schema, (), node.at, (), False)]
    while waiting:
        here = waiting.pop(0)
        yield here
        sub, trail, at, needs, is_within = here
        for keyword, value in sub.items():
            if is_within or keyword in _WITHIN:
                waiting += _conditions(keyword, value, (*trail, keyword), at) if keyword not in SILENT else []
            elif keyword in ("allOf", "anyOf", "oneOf"):
                for number, branch in enumerate(as_list(value)):
                    if isinstance(branch, dict):
                        more = () if keyword == "allOf" else (branch,)
                        waiting.append((branch, (*trail, keyword, number), at, (*needs, *more), False))
            elif keyword in ("then", "else") and isinstance(value, dict) and "if" in sub:
                asked: JsonObject = {"allOf": [sub["if"]]} if keyword == "then" else {"not": sub["if"]}
                waiting.append((value, (*trail, keyword), at, (*needs, asked, value), False))
            elif keyword == "dependentSchemas":
                for name, branch in as_object(value).items():
                    if isinstance(branch, dict):
                        asked = {"required": [name]}
                        waiting.append((branch, (*trail, keyword, name), at, (*needs, asked), False))


def _conditions(keyword: str, value: Json, trail: Pointer, at: Place) -> Iterator[Speaking]:
    """Yields the schemas inside of a condition: what they say about the value counts, not where they stand."""
    if keyword in _NAMED:
        for name, inner in as_object(value).items():
            if isinstance(inner, dict):
                step = {"properties": name, "patternProperties": "{}"}.get(keyword)
                yield inner, (*trail, name), at.child(step) if step else at, (), True
    elif keyword in _LISTED:
        for number, inner in enumerate(as_list(value)):
            if isinstance(inner, dict):
                yield inner, (*trail, number), at.child("[]") if keyword == "prefixItems" else at, (), True
    elif isinstance(value, dict) and keyword not in ("const", "dependentRequired"):
        steps = {"contains": "[]", "items": "[]", "unevaluatedItems": "[]"}
        step = steps.get(keyword, "{}" if keyword.endswith("Properties") else "")
        yield value, trail, at.child(step) if step else at, (), True


def _children(
    node: Node, sub: JsonObject, trail: Pointer, needs: tuple[JsonObject, ...], definitions: Mapping[str, Json]
) -> Iterator[Node]:
    inner: list[tuple[Pointer, str, Json]] = []
    for name, schema in as_object(sub.get("properties")).items():
        inner.append((("properties", name), name, schema))
    inner += [(("patternProperties", name), "{}", one) for name, one in as_object(sub.get("patternProperties")).items()]
    inner += [(("prefixItems", number), "[]", one) for number, one in enumerate(as_list(sub.get("prefixItems")))]
    for keyword in ("items", "unevaluatedItems", "additionalProperties", "unevaluatedProperties"):
        if isinstance(sub.get(keyword), dict):
            inner.append(((keyword,), "[]" if keyword.endswith("tems") else "{}", sub[keyword]))
    for key, step, schema in inner:
        if isinstance(schema, dict) and not _references(schema) & node.references and len(node.at.steps) < _DEEPEST:
            yield _node(schema, node.at.child(step), definitions, node, (*trail, *key), needs)


def _node(
    schema: Json,
    at: Place,
    definitions: Mapping[str, Json],
    parent: Node | None = None,
    key: Pointer = (),
    needs: tuple[JsonObject, ...] = (),
) -> Node:
    followed: set[str] = set()
    written = _written_out(schema, definitions, followed)
    outer = parent.references if parent else frozenset()
    return Node(at, written if isinstance(written, dict) else {}, parent, key, needs, outer | followed)


def _references(schema: JsonObject) -> set[str]:
    reference = schema.get("$ref")
    return {reference} if isinstance(reference, str) else set()


def _written_out(schema: Json, definitions: Mapping[str, Json], followed: set[str], depth: int = 0) -> Json:
    """Returns a schema with each reference about the same value replaced by what it leads to."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return schema
    made: JsonObject = {}
    for key, value in schema.items():
        if key in SAME_VALUE or key == "dependentSchemas":
            made[key] = _each(key, value, definitions, followed, depth + 1)
        else:
            made[key] = value
    reference = made.get("$ref")
    if not isinstance(reference, str) or not reference.startswith(ROOT):
        return made
    del made["$ref"]
    followed.add(reference)
    target = _written_out(definitions.get(reference[len(ROOT) :], True), definitions, followed, depth + 1)
    if not made:
        return target
    return {**made, "allOf": [target, *as_list(made.get("allOf"))]}


def _each(key: str, value: Json, definitions: Mapping[str, Json], followed: set[str], depth: int) -> Json:
    if isinstance(value, list):
        return [_written_out(item, definitions, followed, depth) for item in value]
    if key == "dependentSchemas":
        return {name: _written_out(item, definitions, followed, depth) for name, item in as_object(value).items()}
    return _written_out(value, definitions, followed, depth)
