"""The schemas of one API, compiled once, with the questions that the server asks of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import jsonschema_rs

from .json_text import Json, JsonObject

BASE = "urn:specledger:definitions"
_PREFIX = f"{BASE}#/$defs/"
_BRANCHES = ("if", "then", "else")
_CHOICES = ("allOf", "anyOf", "oneOf")
_NAMED = ("properties", "patternProperties", "$defs", "dependentSchemas")
_SAME_VALUE = (*_CHOICES, "then", "else", "dependentSchemas")
_AS_WRITTEN = ("const", "enum", "default", "example", "examples", "if", "not")

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """The top-level fields that a schema declares; `open` where it gives a schema for those it does not name."""

    names: frozenset[str]
    open: bool

    def __contains__(self, name: str) -> bool:
        return self.open or name in self.names


class Schemas:
    """The definitions of one API in one registry.

    `hidden` is `readOnly` for requests and `writeOnly` for answers: such a property is never required there
    (OpenAPI 3.1, 4.8.24.4 and JSON Schema Validation, 9.4).
    """

    def __init__(self, definitions: JsonObject, hidden: str = "") -> None:
        self._written = definitions
        self._hidden = hidden
        self.definitions: JsonObject = definitions
        if hidden:
            self.definitions = {name: self._relaxed(schema) for name, schema in definitions.items()}
        self._registry = jsonschema_rs.Registry([(BASE, {"$defs": self.definitions})], draft=jsonschema_rs.Draft202012)

    def compile(self, schema: Json) -> jsonschema_rs.Draft202012Validator:
        """Returns the validator of a schema; formats are asserted. None, no schema, accepts everything."""
        relaxed = self._relaxed(schema) if self._hidden else schema
        return jsonschema_rs.Draft202012Validator(
            cast("dict[str, object] | bool", True if relaxed is None else relaxed),
            registry=self._registry,
            validate_formats=True,
            offline=True,
        )

    def resolve(self, schema: Json) -> Json:
        """Returns the schema that a chain of `$ref` ends at; siblings of a `$ref` do not count."""
        for _ in range(64):
            name = schema.get("$ref") if isinstance(schema, dict) else None
            if not isinstance(name, str) or not name.startswith(_PREFIX):
                break
            schema = self._written.get(name[len(_PREFIX) :])
        return schema

    def parts(self, schema: Json) -> Iterator[JsonObject]:
        """Yields the schema and every schema that speaks about the same value: $ref, allOf, anyOf, oneOf, if."""
        seen: set[int] = set()
        waiting = [schema]
        while waiting:
            here = waiting.pop()
            if not isinstance(here, dict) or id(here) in seen:
                continue
            seen.add(id(here))
            yield here
            if "$ref" in here:
                waiting.append(self.resolve({"$ref": here["$ref"]}))
            waiting += [here.get(word) for word in _BRANCHES]
            for word in _CHOICES:
                choices = here.get(word)
                waiting += choices if isinstance(choices, list) else []
            dependent = here.get("dependentSchemas")
            waiting += list(dependent.values()) if isinstance(dependent, dict) else []

    def declared(self, schema: Json) -> Declared:
        """Returns the fields that a schema declares at its top level, without those that have no place here."""
        names: set[str] = set()
        wide = False
        for part in self.parts(schema):
            properties = part.get("properties")
            names.update(properties if isinstance(properties, dict) else ())
            wide = wide or bool(part.get("patternProperties")) or isinstance(part.get("additionalProperties"), dict)
        return Declared(frozenset(names - self._hidden_names(schema)), wide)

    def property(self, schema: Json, name: str) -> Json:
        """Returns the schema of a property: the first one found, else that of properties without a name, else True."""
        others: Json = True
        for part in self.parts(schema):
            properties = part.get("properties")
            if isinstance(properties, dict) and name in properties:
                return properties[name]
            if isinstance(part.get("additionalProperties"), dict):
                others = part["additionalProperties"]
        return others

    def types(self, schema: Json) -> frozenset[str]:
        """Returns the JSON types that a schema may take, as far as it says so; empty where it does not."""
        found: set[str] = set()
        for part in self.parts(schema):
            given = part.get("type")
            found.update([given] if isinstance(given, str) else cast("list[str]", given or []))
            values = part.get("enum") if "enum" in part else [part["const"]] if "const" in part else None
            if given is None and isinstance(values, list):
                found.update(_type(value) for value in values)
        return frozenset(found)

    def _relaxed(self, schema: Json, outer: frozenset[str] = frozenset()) -> Json:
        """Returns a schema that requires no hidden property; `outer` are those that the schemas around it describe."""
        if isinstance(schema, list):
            return [self._relaxed(item, outer) for item in schema]
        if not isinstance(schema, dict):
            return schema
        hidden = outer | self._hidden_names(schema)
        found: JsonObject = {}
        for key, value in schema.items():
            inner = hidden if key in _SAME_VALUE else frozenset[str]()
            if key == "required" and isinstance(value, list):
                found[key] = [name for name in value if name not in hidden]
            elif key in _NAMED and isinstance(value, dict):
                found[key] = {name: self._relaxed(item, inner) for name, item in value.items()}
            else:
                found[key] = value if key in _AS_WRITTEN else self._relaxed(value, inner)
        return found

    def _hidden_names(self, schema: Json) -> frozenset[str]:
        """Returns the properties of a schema that have no place in these messages."""
        names: set[str] = set()
        for part in self.parts(schema) if self._hidden else ():
            properties = part.get("properties")
            for name, inner in properties.items() if isinstance(properties, dict) else ():
                if self.is_hidden(inner):
                    names.add(name)
        return frozenset(names)

    def shown(self, schema: Json, value: Json) -> Json:
        """Returns a value without the properties that have no place in these messages, at any depth."""
        if not self._hidden or not isinstance(value, (list, dict)):
            return value
        for part in self.parts(schema):
            items, properties, others = part.get("items"), part.get("properties"), part.get("additionalProperties")
            if isinstance(value, list):
                value = [self.shown(items, item) for item in value]
            elif isinstance(properties, dict) or isinstance(others, dict):
                known = properties if isinstance(properties, dict) else {}
                kept = {name: item for name, item in value.items() if not self.is_hidden(known.get(name))}
                value = {name: self.shown(known.get(name, others), item) for name, item in kept.items()}
        return value

    def is_hidden(self, schema: Json) -> bool:
        """Says whether a property has no place in these messages."""
        return bool(self._hidden) and any(part.get(self._hidden) is True for part in self.parts(schema))


def _type(value: Json) -> str:
    if value is None:
        return "null"
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names[type(value)]


def reason(validator: jsonschema_rs.Draft202012Validator, value: Json, root: str) -> str:
    """Returns where a value leaves its schema and how: `request.body.targets[0].provider: …`."""
    if _is_large(value):
        steps, message = _deepest(validator.evaluate(value))
    else:
        errors = sorted(validator.iter_errors(value), key=lambda error: (-len(error.instance_path), error.message))
        steps, message = _innermost(errors[0]) if errors else ((), "is not valid")
    return f"{root}{_path(steps)}: {message[:300]}"


_LARGE = 3000
_WIDE = 300
_INDEX = re.compile(r"[0-9]{1,9}\Z")
_REQUIRED = re.compile(r'"(.*)" is a required property\Z', re.DOTALL)


def _is_large(value: Json) -> bool:
    """Says whether a value is too large for errors of which each keeps a copy of what it is about."""
    size = 0
    waiting = [value]
    while waiting:
        here = waiting.pop()
        size += len(here) // 100 if isinstance(here, str) else 1
        if isinstance(here, (list, dict)):
            if len(here) > (_WIDE if isinstance(here, dict) else _LARGE):
                return True
            waiting += here.values() if isinstance(here, dict) else here
        if size > _LARGE:
            return True
    return False


def _deepest(found: jsonschema_rs.Evaluation) -> tuple[Steps, str]:
    """Returns where and what of the error that lies deepest."""
    errors = found.errors()
    if not errors:
        return (), "is not valid"
    deepest = max(errors, key=lambda error: error["instanceLocation"].count("/"))
    names = deepest["instanceLocation"].split("/")[1:]
    steps = tuple(int(name) if _INDEX.match(name) else name.replace("~1", "/").replace("~0", "~") for name in names)
    missing = _REQUIRED.match(deepest["error"])
    return ((*steps, missing[1]), "is required") if missing else (steps, deepest["error"])


_ITEMS = (jsonschema_rs.ValidationErrorKind.UnevaluatedItems, jsonschema_rs.ValidationErrorKind.AdditionalItems)


def _innermost(error: jsonschema_rs.ValidationError) -> tuple[Steps, str]:
    """Returns where and what: for a choice that fails, in the branch that was meant."""
    kind = error.kind
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
        return (*error.instance_path, str(kind.property)), "is required"
    unexpected: list[object] = getattr(kind, "unexpected", None) or []
    if unexpected and isinstance(unexpected[0], str) and not isinstance(kind, _ITEMS):
        return (*error.instance_path, unexpected[0]), "is not allowed here"
    branches: list[list[jsonschema_rs.ValidationError]] = getattr(kind, "context", None) or []
    branch = min(branches, key=lambda found: _strangeness(found, error), default=None)
    if branch and _strangeness(branch, error)[0] < _ANOTHER_TYPE:
        return _innermost(max(branch, key=lambda inner: len(inner.instance_path)))
    return tuple(error.instance_path), error.message


_ANOTHER_TYPE = 1000


def _strangeness(branch: list[jsonschema_rs.ValidationError], choice: jsonschema_rs.ValidationError) -> tuple[int, int]:
    """Returns how little a branch of a choice was meant: another type counts most, then constants that differ."""
    strange = 0
    for error in branch:
        if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Type):
            strange += _ANOTHER_TYPE if len(error.instance_path) == len(choice.instance_path) else 0
        elif isinstance(
            error.kind, (jsonschema_rs.ValidationErrorKind.Constant, jsonschema_rs.ValidationErrorKind.Enum)
        ):
            strange += 1
    return strange, -max((len(error.instance_path) for error in branch), default=0)


def _path(steps: Steps) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step[:80]}" for step in steps)
