"""The places of a value that a schema speaks of, and each keyword that says something about it there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .json_text import Json, JsonObject
from .schema import Schemas

Pointer = tuple[str | int, ...]

_DEEPEST = 8
_MOST = 1000
# Keywords that refuse no value, or whose own are entered instead.
_SILENT = frozenset(
    """$ref $defs $id $anchor $schema $comment $dynamicAnchor title description example examples default deprecated
    readOnly writeOnly discriminator xml externalDocs contentEncoding contentMediaType contentSchema properties
    patternProperties prefixItems allOf if then else dependentSchemas""".split()
)
_ENTERED = ("items", "additionalProperties", "unevaluatedItems", "unevaluatedProperties")


@dataclass(frozen=True)
class Named:
    """The step into a field that has no name of its own."""

    pattern: str


@dataclass(frozen=True, eq=False)
class Node:
    """A place; `schema` is what is said about its value, references to it written out.

    `key` is the last step that leads here, `needs` what the value around must keep to for this to be asked, and
    `whole` puts another schema in the place of this one.
    """

    at: str
    schema: JsonObject
    whole: Callable[[Json], Json]
    parent: Node | None = None
    key: str | int | Named = ""
    needs: tuple[Json, ...] = ()
    depth: int = 0


@dataclass(frozen=True, eq=False)
class Spoken:
    """A keyword at a place: where it stands in the node's schema, and what must hold for it to be asked."""

    node: Node
    trail: Pointer
    says: Json
    needs: tuple[Json, ...] = ()

    @property
    def keyword(self) -> str:
        """The keyword."""
        return str(self.trail[-1])


def walk(schemas: Schemas, schema: Json, at: str) -> Iterator[Node]:
    """Yields the places that a schema speaks of, outermost first; a recursive one is entered a few levels deep."""
    waiting = [Node(at, _written_out(schemas, schema, 0), lambda new: new)]
    for _ in range(_MOST):
        if not waiting:
            return
        node = waiting.pop(0)
        yield node
        if node.depth < _DEEPEST:
            for trail, needs in speaking(node.schema):
                waiting += _children(schemas, node, trail, needs)


def spoken(node: Node) -> Iterator[Spoken]:
    """Yields each keyword that says something about the value at a place."""
    for trail, needs in speaking(node.schema):
        sub = found_at(node.schema, trail)
        for keyword, says in sub.items():
            is_entered = keyword in _ENTERED and says is not False
            if keyword not in _SILENT and not is_entered and not keyword.startswith("x-"):
                yield Spoken(node, (*trail, keyword), says, needs)


def speaking(schema: JsonObject) -> Iterator[tuple[Pointer, tuple[Json, ...]]]:
    """Yields where each schema about the same value stands, and what must hold for it to count."""
    waiting: list[tuple[Pointer, tuple[Json, ...]]] = [((), ())]
    while waiting:
        trail, needs = waiting.pop(0)
        yield trail, needs
        here = found_at(schema, trail)
        for word in ("allOf", "anyOf", "oneOf"):
            branches = here.get(word)
            for number, branch in enumerate(branches if isinstance(branches, list) else []):
                if isinstance(branch, dict):
                    waiting.append(((*trail, word, number), needs if word == "allOf" else (*needs, branch)))
        for word in ("then", "else"):
            if isinstance(here.get(word), dict) and "if" in here:
                asked: Json = here["if"] if word == "then" else {"not": here["if"]}
                waiting.append(((*trail, word), (*needs, asked)))
        dependent = here.get("dependentSchemas")
        for name, branch in dependent.items() if isinstance(dependent, dict) else ():
            if isinstance(branch, dict):
                waiting.append(((*trail, "dependentSchemas", name), (*needs, {"required": [name]})))


def found_at(schema: Json, pointer: Pointer) -> JsonObject:
    """Returns the schema at a pointer."""
    for step in pointer:
        if isinstance(schema, list) and isinstance(step, int):
            schema = schema[step]
        elif isinstance(schema, dict):
            schema = schema.get(str(step))
    return schema if isinstance(schema, dict) else {}


def replaced(value: Json, pointer: Pointer, new: Json) -> Json:
    """Returns a value with another one at a pointer; nothing given is changed."""
    if not pointer:
        return new
    step, rest = pointer[0], pointer[1:]
    if isinstance(value, list):
        return [replaced(item, rest, new) if number == step else item for number, item in enumerate(value)]
    held = value if isinstance(value, dict) else {}
    return {**held, str(step): replaced(held.get(str(step)), rest, new)}


def without(value: JsonObject, pointer: Pointer) -> Json:
    """Returns a schema without the keyword at a pointer."""
    kept = {key: inner for key, inner in found_at(value, pointer[:-1]).items() if key != pointer[-1]}
    return replaced(value, pointer[:-1], kept)


def _children(schemas: Schemas, node: Node, trail: Pointer, needs: tuple[Json, ...]) -> Iterator[Node]:
    here = found_at(node.schema, trail)

    def child(pointer: Pointer, step: str, key: str | int | Named, schema: Json) -> Iterator[Node]:
        if isinstance(schema, dict) and not schemas.is_hidden(schema):
            inner = _written_out(schemas, schema, 0)
            yield Node(
                node.at + step,
                inner,
                lambda new: node.whole(replaced(node.schema, (*trail, *pointer), new)),
                node,
                key,
                needs,
                node.depth + 1,
            )

    for word in ("properties", "patternProperties"):
        named = here.get(word)
        for name, schema in named.items() if isinstance(named, dict) else ():
            is_named = word == "properties"
            yield from child((word, name), f".{name}" if is_named else "{}", name if is_named else Named(name), schema)
    first = here.get("prefixItems")
    count = len(first) if isinstance(first, list) else 0
    for number in range(count):
        yield from child(("prefixItems", number), "[]", number, first[number] if isinstance(first, list) else None)
    for word in _ENTERED:
        if word in here:
            is_item = word.endswith("tems")
            yield from child((word,), "[]" if is_item else "{}", count if is_item else Named(""), here[word])


def _written_out(schemas: Schemas, schema: Json, depth: int) -> JsonObject:
    """Returns a schema with each reference about the same value replaced by what it leads to."""
    if not isinstance(schema, dict):
        return {}
    if depth > _DEEPEST:
        return schema
    made: JsonObject = {}
    for key, value in schema.items():
        if key in ("allOf", "anyOf", "oneOf") and isinstance(value, list):
            made[key] = [_inner(schemas, item, depth) for item in value]
        elif key in ("if", "then", "else", "not"):
            made[key] = _inner(schemas, value, depth)
        elif key == "dependentSchemas" and isinstance(value, dict):
            made[key] = {name: _inner(schemas, item, depth) for name, item in value.items()}
        elif key != "$ref":
            made[key] = value
    if "$ref" in schema:
        target = _inner(schemas, schemas.resolve({"$ref": schema["$ref"]}), depth)
        if not made:
            return target if isinstance(target, dict) else {"allOf": [target]}
        both = made.get("allOf")
        made["allOf"] = [target, *(both if isinstance(both, list) else [])]
    return made


def _inner(schemas: Schemas, schema: Json, depth: int) -> Json:
    return _written_out(schemas, schema, depth + 1) if isinstance(schema, dict) else schema
