"""A schema taken apart: the fields it declares and its keywords, seen through `$ref`, `allOf` and single branches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from specledger.canonical import ANNOTATIONS, canonical
from specledger.diff.contract import Contract
from specledger.yaml12 import Json, JsonObject, as_list, as_object

# Keywords that only mean something together.
GROUPS: tuple[tuple[str, ...], ...] = (
    ("if", "then", "else"),
    ("contains", "minContains", "maxContains"),
    ("prefixItems", "items"),
    ("properties", "patternProperties", "additionalProperties"),
    ("contentMediaType", "contentSchema"),
    ("anyOf", "oneOf", "discriminator"),
)
_WHOLE = ("unevaluatedProperties", "unevaluatedItems")
_BRANCHES = ("anyOf", "oneOf")
SILENT = frozenset({*ANNOTATIONS, "default", "deprecated", "readOnly", "writeOnly", "$defs", "$anchor", "$schema"})


@dataclass(frozen=True, slots=True)
class Shape:
    """What one schema says of one value."""

    parts: tuple[JsonObject, ...]
    fields: dict[str, list[Json]] = field(default_factory=dict)
    required: frozenset[str] = frozenset()

    def field_schema(self, name: str) -> Json:
        """Returns all that is said of one field."""
        said = self.fields[name]
        return said[0] if len(said) == 1 else {"allOf": said}

    def only(self, keyword: str) -> Json:
        """Returns what the schema says by one keyword; None where it says nothing, or says it more than once."""
        said = {canonical(part[keyword]): part[keyword] for part in self.parts if keyword in part}
        return next(iter(said.values())) if len(said) == 1 else None

    def statements(self) -> Iterator[tuple[str, JsonObject]]:
        """Yields each group of keywords that stands for itself, with the keyword that names it."""
        for part in self.parts:
            left = {key for key in part if key not in SILENT and not key.startswith("x-")}
            if left & {*_WHOLE}:
                yield next(word for word in _WHOLE if word in left), part
                left -= {*_WHOLE}
            for group in GROUPS:
                found = {key: part[key] for key in group if key in part}
                if found:
                    yield from _of_group(group, found)
                left -= set(group)
            for key in sorted(left - {"required"}):
                yield key, {key: part[key]}
            for name in as_list(part.get("required")):
                yield "required", {"required": [name]}


def _of_group(group: tuple[str, ...], found: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    if group[0] != "properties":
        yield next(key for key in group if key in found), found
        return
    if "additionalProperties" in found:
        yield "additionalProperties", {**found, "properties": dict.fromkeys(as_object(found.get("properties")), True)}
    for pattern, child in as_object(found.get("patternProperties")).items():
        yield "patternProperties", {"patternProperties": {pattern: child}}


def shape(contract: Contract, schema: Json) -> Shape:
    """Returns the shape of a schema as it is written."""
    parts: list[JsonObject] = []
    fields: dict[str, list[Json]] = {}
    required: set[str] = set()
    for part in _parts(contract, schema, frozenset()):
        parts.append(part)
        for name, child in as_object(part.get("properties")).items():
            if canonical(child) not in [canonical(other) for other in fields.get(name, [])]:
                fields.setdefault(name, []).append(child)
        required |= {str(name) for name in as_list(part.get("required"))}
    return Shape(tuple(parts), fields, frozenset(required))


def _parts(contract: Contract, schema: Json, seen: frozenset[str]) -> Iterator[JsonObject]:
    for part in contract.conjuncts(schema):
        single = next((word for word in _BRANCHES if len(as_list(part.get(word))) == 1), None)
        if single is None or "discriminator" in part:
            yield part
            continue
        inner = as_list(part[single])[0]
        reference = str(as_object(inner).get("$ref", ""))
        yield {key: value for key, value in part.items() if key != single}
        if not reference or reference not in seen:
            yield from _parts(contract, inner, seen | {reference})


def declared(contract: Contract, schema: Json, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """Returns the fields that a schema declares in any of its branches."""
    names: set[str] = set()
    for part in contract.conjuncts(schema, seen):
        names |= {name for name, child in as_object(part.get("properties")).items() if child is not False}
        inner = [part[word] for word in ("then", "else") if word in part]
        inner += as_list(part.get("anyOf")) + as_list(part.get("oneOf"))
        inner += as_object(part.get("dependentSchemas")).values()
        for child in inner:
            reference = as_object(child).get("$ref")
            if not isinstance(reference, str):
                names |= declared(contract, child, seen)
            elif reference not in seen:
                beside = {key: value for key, value in as_object(child).items() if key != "$ref"}
                names |= declared(contract, {"allOf": [contract.target(reference), beside]}, seen | {reference})
    return frozenset(names)
