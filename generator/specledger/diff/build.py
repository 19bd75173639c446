"""Schemas, as one side sees them, to formulas."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fractions import Fraction

from specledger.canonical import canonical
from specledger.diff import nodes
from specledger.diff.evaluated import Alternative, Evaluated
from specledger.diff.nodes import ARRAY, MASKS, NUMBER, OBJECT, STRING, Node, all_of, either, make, negate
from specledger.diff.view import View
from specledger.yaml12 import Json, JsonObject, as_list, as_object

_SIZES = (("Length", STRING), ("Items", ARRAY), ("Properties", OBJECT))


class Build:
    """Makes formulas of the schemas of one view; `named` holds those that speak about themselves."""

    def __init__(self, view: View, named: dict[str, Node]) -> None:
        self.view = view
        self.named = named
        self.made: dict[str, Node] = {}
        self.keys: dict[str, str] = {}
        self.evaluated = Evaluated(self.node, self.resolved)

    def raw(self, schema: Json) -> Node:
        """Returns the formula of a schema as it is written in the document."""
        return self.node(self.view.schema(schema))

    def resolved(self, reference: str) -> Json:
        """Returns the schema that a reference of the view leads to."""
        return self.view.defs[reference.rpartition("/")[2]]

    def node(self, schema: Json) -> Node:
        """Returns the formula of a schema of the view."""
        if not isinstance(schema, dict):
            return nodes.FALSE if schema is False else nodes.TRUE
        parts = [*self._general(schema), *self._numbers(schema), *self._texts(schema)]
        parts += [*self._lists(schema), *self._objects(schema)]
        return all_of(*parts)

    def _reference(self, reference: str) -> Node:
        name = reference.rpartition("/")[2]
        key = self._key(name)
        if key:
            if key not in self.named:
                self.named[key] = nodes.TRUE  # stands while its own formula is made
                self.named[key] = self.node(self.view.defs[name])
            return make(nodes.Named, key)
        if name not in self.made:
            self.made[name] = self.node(self.view.defs[name])
        return self.made[name]

    def _key(self, name: str) -> str:
        """Returns a name with the digest of all it leads to where it leads to itself; nothing where it does not."""
        if name not in self.keys:
            reached: set[str] = set()
            todo = list(_references(self.view.defs[name]))
            while todo:
                other = todo.pop()
                if other not in reached:
                    reached.add(other)
                    todo += _references(self.view.defs[other])
            text = canonical({other: self.view.defs[other] for other in reached})
            digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
            self.keys[name] = f"{name} {digest}" if name in reached else ""
        return self.keys[name]

    def _general(self, schema: JsonObject) -> Iterator[Node]:
        if "$ref" in schema:
            yield self._reference(str(schema["$ref"]))
        if "type" in schema:
            yield from _types(schema["type"])
        if "enum" in schema:
            yield nodes.values(canonical(value) for value in as_list(schema["enum"]))
        if "const" in schema:
            yield nodes.values([canonical(schema["const"])])
        yield from (self.node(child) for child in as_list(schema.get("allOf")))
        if "anyOf" in schema:
            yield either(*(self.node(child) for child in as_list(schema["anyOf"])))
        if "oneOf" in schema:
            branches = [self.node(child) for child in as_list(schema["oneOf"])]
            yield branches[0] if len(branches) == 1 else make(nodes.OneOf, tuple(sorted(branches, key=nodes.serial)))
        if "not" in schema:
            yield negate(self.node(schema["not"]))
        if "if" in schema:
            asked = self.node(schema["if"])
            yield either(negate(asked), self.node(schema.get("then", True)))
            yield either(asked, self.node(schema.get("else", True)))

    def _numbers(self, schema: JsonObject) -> Iterator[Node]:
        for word, made, strict in (
            ("minimum", nodes.Low, False),
            ("exclusiveMinimum", nodes.Low, True),
            ("maximum", nodes.High, False),
            ("exclusiveMaximum", nodes.High, True),
        ):
            value = _number(schema.get(word))
            if value is not None:
                yield make(made, value, strict)
        step = _number(schema.get("multipleOf"))
        if step is not None and step > 0:
            yield make(nodes.Multiple, step)

    def _texts(self, schema: JsonObject) -> Iterator[Node]:
        for word, mask in _SIZES:
            low, high = _number(schema.get(f"min{word}")), _number(schema.get(f"max{word}"))
            if low is not None and low > 0:
                yield make(nodes.AtLeast, mask, -int(-low // 1))
            if high is not None:
                yield make(nodes.AtMost, mask, int(high // 1))
        if isinstance(schema.get("pattern"), str):
            yield make(nodes.Pattern, str(schema["pattern"]))
        if isinstance(schema.get("format"), str):
            yield make(nodes.Format, str(schema["format"]))
        encoding, media = schema.get("contentEncoding"), schema.get("contentMediaType")
        if isinstance(encoding, str):
            yield make(nodes.Content, f"encoding {encoding.lower()}", nodes.TRUE)
        if isinstance(media, str):
            yield make(nodes.Content, f"media {media.lower()}", nodes.TRUE)
            inner = self.node(schema.get("contentSchema", True))
            if inner is not nodes.TRUE:
                yield make(nodes.Content, "value", inner)

    def _lists(self, schema: JsonObject) -> Iterator[Node]:
        prefix = as_list(schema.get("prefixItems"))
        for index, child in enumerate(prefix):
            inner = self.node(child)
            if inner is not nodes.TRUE:
                yield make(nodes.Item, index, inner)
        rest = self.node(schema.get("items", True))
        if rest is not nodes.TRUE:
            yield make(nodes.Rest, len(prefix), rest)
        if schema.get("uniqueItems") is True:
            yield make(nodes.Unique)
        if "contains" in schema:
            inner = self.node(schema["contains"])
            low, high = _number(schema.get("minContains", 1)), _number(schema.get("maxContains"))
            if low is not None and low > 0:
                yield make(nodes.Holds, inner, int(low))
            if high is not None:
                yield either(nodes.kind(63 & ~ARRAY), negate(make(nodes.Holds, inner, int(high) + 1)))
        if "unevaluatedItems" in schema:
            yield _alternatives(self.evaluated.items(schema), self.node(schema["unevaluatedItems"]))

    def _objects(self, schema: JsonObject) -> Iterator[Node]:
        properties, families = as_object(schema.get("properties")), as_object(schema.get("patternProperties"))
        yield from (make(nodes.Field, name, self.node(child)) for name, child in properties.items())
        for pattern, child in families.items():
            inner = self.node(child)
            if inner is not nodes.TRUE:
                yield make(nodes.Family, pattern, inner)
        others = self.node(schema.get("additionalProperties", True))
        if others is not nodes.TRUE:
            yield make(nodes.Others, frozenset(properties), frozenset(families), others)
        yield from (make(nodes.Has, str(name)) for name in as_list(schema.get("required")))
        for name, wanted in as_object(schema.get("dependentRequired")).items():
            has = make(nodes.Has, name)
            yield either(negate(has), all_of(*(make(nodes.Has, str(one)) for one in as_list(wanted))))
        for name, child in as_object(schema.get("dependentSchemas")).items():
            yield either(nodes.kind(63 & ~OBJECT), negate(make(nodes.Has, name)), self.node(child))
        if "propertyNames" in schema:
            inner = self.node(schema["propertyNames"])
            if inner is not nodes.TRUE:
                yield make(nodes.Names, inner)
        if "unevaluatedProperties" in schema:
            yield _alternatives(self.evaluated.names(schema), self.node(schema["unevaluatedProperties"]))


def _alternatives(found: list[Alternative], inner: Node) -> Node:
    if inner is nodes.TRUE:
        return nodes.TRUE
    return either(*(all_of(one.when, one.rest(inner)) for one in found))


def _types(written: Json) -> Iterator[Node]:
    words = {str(word) for word in as_list(written)} or {str(written)}
    mask = sum(MASKS[word] for word in words if word in MASKS)
    if "integer" in words and "number" not in words:
        yield make(nodes.Multiple, Fraction(1))
        mask |= NUMBER
    yield nodes.kind(mask)


def _number(value: Json) -> Fraction | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Fraction(value) if isinstance(value, int) else Fraction(repr(value))


def _references(schema: Json) -> Iterator[str]:
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield reference.rpartition("/")[2]
        for key, child in schema.items():
            if key not in ("enum", "const"):
                yield from _references(child)
    elif isinstance(schema, list):
        for child in schema:
            yield from _references(child)
