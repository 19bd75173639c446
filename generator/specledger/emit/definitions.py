"""The schemas of an API gathered under one root, whatever part of the spec a $ref leads into."""

from __future__ import annotations

from collections.abc import Callable

from specledger import names
from specledger.ir import Api, pointer_of
from specledger.yaml12 import Json, JsonObject, Pointer

_ONE_SCHEMA = (
    *("additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then"),
    *("unevaluatedItems", "unevaluatedProperties"),
)
_MANY_SCHEMAS = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED_SCHEMAS = ("$defs", "dependentSchemas", "patternProperties", "properties")


class Definitions:
    """Component schemas by name, and after them what references name elsewhere, as `at_1`, `at_2`, …

    `root` is what a reference begins with; `call` makes a component's name, its own by default.
    """

    def __init__(self, api: Api, root: str, call: Callable[[str], str] = str) -> None:
        self._api = api
        self._root = root
        self._elsewhere = 0
        self._names: dict[Pointer, str] = {}
        self.schemas: dict[str, Json] = {}
        for name, _ in api.components():
            self._names["components", "schemas", name] = names.unique(call(name), self._names.values())
        for name, schema in api.components():
            self.schemas[self._names["components", "schemas", name]] = self.schema(schema)

    def schema(self, schema: Json) -> Json:
        """Returns a schema whose references lead into the definitions."""
        if not isinstance(schema, dict):
            return schema
        found: JsonObject = {}
        for key, value in schema.items():
            if key == "$ref" and isinstance(value, str):
                found[key] = f"{self._root}{self._name(pointer_of(value))}"
            elif key in _ONE_SCHEMA:
                found[key] = self.schema(value)
            elif key in _MANY_SCHEMAS and isinstance(value, list):
                found[key] = [self.schema(item) for item in value]
            elif key in _NAMED_SCHEMAS and isinstance(value, dict):
                found[key] = {name: self.schema(item) for name, item in value.items()}
            else:
                found[key] = value
        return found

    def pointers(self) -> dict[str, Pointer]:
        """Returns where in the spec each definition stands."""
        return {name: pointer for pointer, name in self._names.items()}

    def _name(self, pointer: Pointer) -> str:
        if pointer not in self._names:
            self._elsewhere += 1
            name = names.unique(f"at_{self._elsewhere}", self._names.values())
            self._names[pointer] = name
            self.schemas[name] = True  # a place for it, so that its own references may lead back
            self.schemas[name] = self.schema(self._api.at(pointer))
        return self._names[pointer]
