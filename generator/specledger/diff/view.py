"""A schema as one side of the wire sees it: plain JSON Schema 2020-12 that any validator can judge by.

What a request must not hold (`readOnly`), or an answer (`writeOnly`), is left out; formats of numbers are bounds;
a discriminator is the values that choose each branch; annotations are gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from specledger.diff.contract import Contract
from specledger.yaml12 import Json, JsonObject, as_list, as_object, as_text

Side = Literal["request", "response"]

_KEPT = (
    "type enum const minimum maximum multipleOf minLength maxLength pattern minItems maxItems uniqueItems minContains"
    " maxContains minProperties maxProperties exclusiveMinimum exclusiveMaximum"
).split()
_ONE = (
    "items contains not if then else propertyNames additionalProperties unevaluatedItems unevaluatedProperties".split()
)
_NAMED = ("properties", "patternProperties", "dependentSchemas")
_LISTED = ("allOf", "anyOf", "oneOf", "prefixItems")
# Formats that only hint at how a value is shown or held.
_HINTS = frozenset(("password", "double", "html", "commonmark", "markdown", "textarea", ""))
_FLOAT = 3.4028234663852886e38
_BOUNDS: dict[str, tuple[int | float, int | float]] = {
    **{f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
    "float": (-_FLOAT, _FLOAT),
}
_BASE64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"


class View:
    """The schemas of a contract as requests or as answers have them.

    `hidden` is what a field is that this side must not hold: `false` for a sender; a receiver may well be shown one.
    """

    def __init__(self, contract: Contract, side: Side, *, hidden: bool = False) -> None:
        self.contract = contract
        self.hidden_as = hidden
        self.hidden_word = "readOnly" if side == "request" else "writeOnly"
        self.defs: dict[str, Json] = {}

    def schema(self, raw: Json, hidden: frozenset[str] = frozenset()) -> Json:
        """Returns the schema; what it refers to lies in `defs`."""
        if not isinstance(raw, dict):
            return raw if isinstance(raw, bool) else True
        reference = raw.get("$ref", raw.get("$dynamicRef"))
        if isinstance(reference, str) and (self.contract.is_30 or len(raw) == 1):
            return self._reference(reference)
        hidden = hidden | self._hidden(raw)
        found: JsonObject = (
            {"$ref": as_object(self._reference(reference))["$ref"]} if isinstance(reference, str) else {}
        )
        more: list[Json] = []
        for key, value in raw.items():
            if key in _KEPT:
                found[key] = value
            elif key in _ONE:
                found[key] = self.schema(value, hidden if key in ("not", "if", "then", "else") else frozenset())
            elif key in _NAMED and isinstance(value, dict):
                found[key] = {name: self._member(key, name, child, hidden) for name, child in value.items()}
            elif key in _LISTED and isinstance(value, list):
                found[key] = [self.schema(child, frozenset() if key == "prefixItems" else hidden) for child in value]
            elif key == "required":
                found[key] = [name for name in as_list(value) if name not in hidden]
            elif key == "dependentRequired":
                found[key] = {
                    name: [one for one in as_list(wanted) if one not in hidden]
                    for name, wanted in as_object(value).items()
                }
            elif key == "format":
                more += _format(as_text(value))
            elif key == "contentEncoding" and as_text(value).lower() == "base64":
                more.append({"pattern": _BASE64})
            elif key in ("contentEncoding", "contentMediaType", "contentSchema"):
                found[key] = self.schema(value) if key == "contentSchema" else value
        if as_text(as_object(raw.get("discriminator")).get("propertyName")) not in hidden:
            more += self._chosen(raw, found)
        if self.contract.is_30:
            _bounds_of_30(found)
        if more:
            found["allOf"] = [*as_list(found.get("allOf")), *more]
        return _nullable(found) if self.contract.is_30 and raw.get("nullable") is True else found

    def _reference(self, reference: str) -> Json:
        key = re.sub(r"[^A-Za-z0-9.-]", lambda match: f"_{ord(match[0]):x}_", reference.removeprefix("#/components/"))
        if key not in self.defs:
            self.defs[key] = True
            self.defs[key] = self.schema(self.contract.target(reference))
        return {"$ref": f"#/$defs/{key}"}

    def _member(self, keyword: str, name: str, child: Json, hidden: frozenset[str]) -> Json:
        if keyword == "dependentSchemas":
            return self.schema(child, hidden)
        return self.hidden_as if keyword == "properties" and name in hidden else self.schema(child)

    def _hidden(self, raw: JsonObject) -> frozenset[str]:
        """Returns the names that this side must not hold, as the object and what it is composed of declare them."""
        return frozenset(
            name
            for part in self.contract.conjuncts(raw)
            for name, child in as_object(part.get("properties")).items()
            if self.contract.is_marked(child, self.hidden_word)
        )

    def _chosen(self, raw: JsonObject, found: JsonObject) -> list[Json]:
        """Lays the values of a discriminator on the branches that they choose; returns what holds for all of them."""
        discriminator = as_object(raw.get("discriminator"))
        field = discriminator.get("propertyName")
        if not isinstance(field, str):
            return []
        if any(
            field in self._hidden(as_object(one)) for one in [*as_list(raw.get("oneOf")), *as_list(raw.get("anyOf"))]
        ):
            return []  # what this side must not hold chooses nothing
        mapping = {value: _name(as_text(target)) for value, target in as_object(discriminator.get("mapping")).items()}
        keyword = next((word for word in ("oneOf", "anyOf") if as_list(raw.get(word))), None)
        if keyword is None:
            return [_chooses(field, list(mapping))] if mapping else []
        branches: list[Json] = []
        for branch, plain in zip(as_list(raw[keyword]), as_list(found[keyword]), strict=True):
            choices = self._choices(branch, field, mapping)
            branches.append({"allOf": [plain, _chooses(field, choices)]})
        found[keyword] = branches
        return []

    def _choices(self, branch: Json, field: str, mapping: dict[str, str]) -> list[str]:
        name = _name(as_text(as_object(branch).get("$ref")))
        chosen = [value for value, target in mapping.items() if target == name]
        if chosen or not name:
            return chosen
        return [name] if mapping or self._names_itself(branch, field) else []

    def _names_itself(self, branch: Json, field: str) -> bool:
        """Says whether a branch leaves open how it is chosen, so that it is chosen by its own name."""
        written = [as_object(part.get("properties")).get(field) for part in self.contract.conjuncts(branch)]
        parts = [inner for schema in written for inner in self.contract.conjuncts(schema)]
        return not any("const" in part or "enum" in part for part in parts)


def _chooses(field: str, choices: list[str]) -> Json:
    chosen: JsonObject = {"required": [field]}
    if choices:
        chosen["properties"] = {field: {"enum": list(choices)}}
    return chosen


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]


def _format(name: str) -> Iterator[Json]:
    if name in _BOUNDS:
        low, high = _BOUNDS[name]
        yield {"minimum": low, "maximum": high}
    elif name == "byte":
        yield {"pattern": _BASE64}
    elif name == "binary":
        yield {"contentMediaType": "application/octet-stream"}
    elif name not in _HINTS:
        yield {"format": name}


def _bounds_of_30(found: JsonObject) -> None:
    for word, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        strict = found.get(word)
        if isinstance(strict, bool):
            del found[word]
            if strict and bound in found:
                found[word] = found.pop(bound)


def _nullable(found: JsonObject) -> Json:
    written = found.get("type")
    if isinstance(written, str):
        return {**found, "type": [written, "null"]}
    return {"anyOf": [found, {"type": "null"}]}
