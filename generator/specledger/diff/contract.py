"""A document as it was published, its references followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from specledger.ir import pointer_of
from specledger.yaml12 import Json, JsonObject, as_list, as_object, descend

_LONGEST_CHAIN = 100


@dataclass(frozen=True, slots=True)
class Contract:
    """One OpenAPI document; `is_30` for OpenAPI 3.0, where `nullable` and boolean bounds mean something."""

    name: str
    root: JsonObject = field(repr=False)
    is_30: bool = False

    def follow(self, value: Json) -> JsonObject:
        """Returns a parameter, body, answer or header, its `$ref` followed."""
        found = as_object(value)
        for _ in range(_LONGEST_CHAIN):
            reference = found.get("$ref")
            if not isinstance(reference, str):
                break
            found = as_object(self.target(reference))
        return found

    def target(self, reference: str) -> Json:
        """Returns what a reference leads to; `true`, which says nothing, where it leads out of the document."""
        if reference == "#" or reference.startswith("#/"):
            found = descend(self.root, pointer_of(reference))
            return True if found is None else found
        if reference.startswith("#"):
            return next(_anchored(self.root, reference[1:]), True)
        return True

    def conjuncts(self, schema: Json, seen: frozenset[str] = frozenset()) -> Iterator[JsonObject]:
        """Yields the schema objects that all hold for one value: through `$ref` and `allOf`."""
        if not isinstance(schema, dict):
            return
        reference = schema.get("$ref")
        if isinstance(reference, str):
            if reference not in seen:
                yield from self.conjuncts(self.target(reference), seen | {reference})
            if self.is_30:
                return
        yield {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
        for part in as_list(schema.get("allOf")):
            yield from self.conjuncts(part, seen)

    def is_marked(self, schema: Json, word: str) -> bool:
        """Says whether a schema is `readOnly` or `writeOnly`, here or in what it refers to."""
        return any(part.get(word) is True for part in self.conjuncts(schema))


def _anchored(value: Json, name: str) -> Iterator[Json]:
    if isinstance(value, dict):
        if name in (value.get("$anchor"), value.get("$dynamicAnchor")):
            yield value
        for child in value.values():
            yield from _anchored(child, name)
    elif isinstance(value, list):
        for child in value:
            yield from _anchored(child, name)
