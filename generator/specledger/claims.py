"""Claims: what a contract says, place by place and keyword by keyword, whoever says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from specledger.canonical import canonical, ordered, plain, read_condition
from specledger.ir import Api, MediaType, Operation, SecurityScheme, pointer_of
from specledger.places import Place
from specledger.yaml12 import Document, Json, JsonObject, Pointer, as_list, as_object

# Keywords of a schema that say something about values. Annotations, which say nothing, are not compared.
KEYWORDS = (
    "format minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern minItems maxItems"
    " uniqueItems minContains maxContains minProperties maxProperties default not oneOf contains propertyNames"
    " prefixItems patternProperties dependentRequired dependentSchemas unevaluatedProperties unevaluatedItems"
    " contentEncoding contentMediaType readOnly writeOnly deprecated discriminator"
).split()
# Marks a schema whose other branch is null; no keyword and no extension is spelt so.
_OR_NULL = "\0nullable"
INTEGER_BOUNDS = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}

Part = tuple[JsonObject, Pointer]
# The references that led to a place, each with the place where it was followed first.
Chain = Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class Claim:
    """One keyword's value at one place.

    `when` is the condition under which it holds, as canonical JSON, empty for always. `weak` marks what needs no
    backing because it constrains nothing (`required: false`). `document` and `pointer` say where it is written.
    """

    at: Place
    keyword: str
    value: Json
    document: Document = field(compare=False, repr=False)
    pointer: Pointer = field(compare=False)
    when: str = ""
    weak: bool = False

    @property
    def key(self) -> tuple[Place, str, str]:
        """Returns what two claims must share to be compared."""
        return (self.at, self.keyword, self.when)

    def says(self) -> str:
        """Returns the claim as a reader would say it."""
        condition = f" when {self.when}" if self.when else ""
        if self.keyword == "present":
            return f"it exists{condition}"
        return f"{self.keyword}: {canonical(self.value)}{condition}"


class SpecClaims:
    """Everything that one operation of a spec says."""

    def __init__(self, api: Api, operation: Operation) -> None:
        self.api = api
        self.operation = operation
        self.found: list[Claim] = []

    def all(self) -> list[Claim]:
        """Returns the claims: operation, server, security, request and answers, in that order."""
        self._operation()
        self._servers()
        self._security()
        self._request()
        self._responses()
        return self.found

    def _say(
        self, at: Place, keyword: str, value: Json, pointer: Pointer, *, when: str = "", weak: bool = False
    ) -> None:
        self.found.append(Claim(at, keyword, value, self.api.document, pointer, when, weak))

    def _operation(self) -> None:
        place, operation = Place(("operation",)), self.operation
        self._say(place, "method", operation.method, operation.pointer)
        self._say(place, "path", operation.path, operation.pointer[:-1])
        self._say(place, "operationId", operation.id, (*operation.pointer, "operationId"), weak=True)
        if operation.deprecated:
            self._say(place, "deprecated", True, (*operation.pointer, "deprecated"))
        if operation.idempotent:
            self._say(place, "idempotent", True, (*operation.pointer, "x-specledger-idempotent"))

    def _servers(self) -> None:
        place = Place(("server",))
        for number, server in enumerate(self.api.servers):
            pointer: Pointer = ("servers", number)
            self._say(place, f"url:{server.url}", True, (*pointer, "url"))
            for variable in server.variables:
                named = (*pointer, "variables", variable.wire_name)
                self._say(place.child(variable.wire_name), "default", variable.default, (*named, "default"))
                if variable.enum:
                    choices = ordered(variable.enum)
                    self._say(place.child(variable.wire_name), "enum", choices, (*named, "enum"))

    def _security(self) -> None:
        place, operation = Place(("security",)), self.operation
        holder = self.api.at(operation.pointer)
        pointer = (
            (*operation.pointer, "security") if isinstance(holder, dict) and "security" in holder else ("security",)
        )
        for alternative in operation.security:
            schemes = [self.api.schemes[key] for key in alternative]
            where = ("components", "securitySchemes", alternative[0]) if alternative else pointer
            self._say(place, f"scheme:{canonical(ordered(described(scheme) for scheme in schemes))}", True, where)
            for scheme in schemes:
                self._say(place, f"{scheme.location}:{scheme.wire_name.lower()}", True, where)
        required = bool(operation.security) and () not in operation.security
        self._say(place, "required", required, pointer, weak=not required)

    def _request(self) -> None:
        for parameter in self.operation.parameters:
            place = Place(("request", parameter.location, parameter.wire_name))
            self._field(place, [(as_object(parameter.schema), (*parameter.pointer, "schema"))], parameter.pointer)
            pointer = (*parameter.pointer, "required")
            self._say(place, "required", parameter.required, pointer)
        body = self.operation.body
        if body:
            place = Place(("request", "body"))
            self._say(place, "required", body.required, (*body.pointer, "required"), weak=not body.required)
            self._content(place, body.content, body.pointer)

    def _responses(self) -> None:
        for response in self.operation.responses:
            place = Place(("response", response.status))
            self._say(place, "present", True, response.pointer)
            if response.permanent:
                self._say(place, "permanent", True, (*response.pointer, "x-specledger-permanent"))
            if response.content:
                self._content(place.child("body"), response.content, response.pointer)
            else:
                self._say(place, "content", False, response.pointer, weak=True)
            for header in response.headers:
                named = place.child("header").child(header.wire_name)
                self._field(named, [(as_object(header.schema), (*header.pointer, "schema"))], header.pointer)
                pointer = (*header.pointer, "required")
                self._say(named, "required", header.required, pointer, weak=not header.required)

    def _content(self, place: Place, content: Sequence[MediaType], pointer: Pointer) -> None:
        self._say(place, "present", True, pointer)
        for media in content:
            self._say(place, f"mediaType:{media.media_type}", True, media.pointer)
        first = next((media for media in content if media.schema is not None), None)
        if first:
            self._walk(place, [(as_object(first.schema), (*first.pointer, "schema"))], "", {})

    def _field(self, place: Place, parts: list[Part], pointer: Pointer) -> None:
        self._say(place, "present", True, pointer)
        self._walk(place, parts, "", {})

    def _walk(self, at: Place, parts: list[Part], when: str, chain: Chain, *, item: bool = False) -> None:
        """Says what a conjunction of schemas says about the value at a place."""
        flat, seen = self._flatten(parts)
        known = [reference for reference in sorted(seen) if reference in chain]
        inner = {**dict.fromkeys(seen, at), **chain}
        for reference in known[:1]:
            outwards = len(at.steps) - len(chain[reference].steps)
            self._say(at, "recurs", outwards, parts[0][1], when=when)
        for schema, pointer in flat:
            self._types(at, schema, pointer, when, item)
            for keyword in KEYWORDS:
                if keyword in schema:
                    value = self._comparable(keyword, schema[keyword])
                    self._say(at, keyword, value, (*pointer, keyword), when=when)
            branches = schema.get("anyOf")
            if isinstance(branches, list):
                bare = ordered(self.plain(branch) for branch in branches)
                self._say(at, "anyOf", bare, (*pointer, "anyOf"), when=when)
            if schema.get("additionalProperties") is False:
                self._say(at, "additionalProperties", False, (*pointer, "additionalProperties"), when=when)
            if not when:
                self._conditional(at, schema, pointer, inner)
            if "x-specledger-coerce" in schema:
                self._say(at, "coerce", schema["x-specledger-coerce"], (*pointer, "x-specledger-coerce"), when=when)
        if not known:
            self._children(at, flat, when, inner)

    def _types(self, at: Place, schema: JsonObject, pointer: Pointer, when: str, item: bool) -> None:
        written = schema.get("type")
        types = written if isinstance(written, list) else [] if written is None else [written]
        plain = [word for word in types if word != "null"]
        if ("null" in types and plain) or schema.get(_OR_NULL) is True:
            self._say(at, "nullable", True, (*pointer, "type"), when=when)
        if plain and not item:
            value = plain[0] if len(plain) == 1 else ordered(plain)
            self._say(at, "type", value, (*pointer, "type"), when=when)
        elif types and not item:
            self._say(at, "type", "null", (*pointer, "type"), when=when)
        if "array" in plain:
            self._say(
                at, "items", self._word(schema.get("items")), (*pointer, "items"), when=when, weak="items" not in schema
            )
        values = schema.get("additionalProperties")
        if isinstance(values, dict) and values:
            self._say(at, "items", self._word(values), (*pointer, "additionalProperties"), when=when)
        choices = [schema["const"]] if "const" in schema else schema.get("enum")
        if isinstance(choices, list):
            keyword = "const" if "const" in schema else "enum"
            self._say(at, "enum", ordered(choices), (*pointer, keyword), when=when)

    def _word(self, schema: Json) -> str:
        """Returns the type word of an array's items or a map's values; `any` where no single one is said."""
        flat, _ = self._flatten([(as_object(schema), ())])
        words = {str(part["type"]) for part, _ in flat if isinstance(part.get("type"), str)}
        lists = [part["type"] for part, _ in flat if isinstance(part.get("type"), list)]
        words |= {str(word) for types in lists if isinstance(types, list) for word in types if word != "null"}
        return words.pop() if len(words) == 1 else "any"

    def _children(self, at: Place, flat: list[Part], when: str, chain: Chain) -> None:
        required: dict[str, Pointer] = {}
        properties: dict[str, list[Part]] = {}
        items: list[Part] = []
        values: list[Part] = []
        for schema, pointer in flat:
            for number, name in enumerate(as_list(schema.get("required"))):
                required.setdefault(str(name), (*pointer, "required", number))
            for name, child in as_object(schema.get("properties")).items():
                properties.setdefault(name, []).append((as_object(child), (*pointer, "properties", name)))
            if isinstance(schema.get("items"), dict):
                items.append((as_object(schema["items"]), (*pointer, "items")))
            if isinstance(schema.get("additionalProperties"), dict):
                values.append((as_object(schema["additionalProperties"]), (*pointer, "additionalProperties")))
        for name, parts in properties.items():
            place = at.child(name)
            if not when:
                self._say(place, "present", True, parts[0][1])
                if name not in required:
                    # A request's field that may be left out is a promise; an answer's is the lack of one.
                    self._say(place, "required", False, parts[0][1], weak=at.steps[0] != "request")
            self._walk(place, parts, when, chain)
        for name, pointer in required.items():
            self._say(at.child(name), "required", True, pointer, when=when)
        if items:
            self._walk(at.child("[]"), items, when, chain, item=True)
        if values:
            self._walk(at.child("{}"), values, when, chain, item=True)

    def _flatten(self, parts: list[Part]) -> tuple[list[Part], frozenset[str]]:
        """Returns the schemas that hold together, seen through $ref, allOf and `anyOf: [X, null]`."""
        flat: list[Part] = []
        seen: set[str] = set()
        queue = list(parts)
        while queue:
            schema, pointer = queue.pop(0)
            reference = schema.get("$ref")
            if isinstance(reference, str) and reference not in seen:
                seen.add(reference)
                target = pointer_of(reference)
                queue.insert(0, (as_object(self.api.at(target)), target))
            queue[:0] = [
                (as_object(branch), (*pointer, "allOf", n)) for n, branch in enumerate(as_list(schema.get("allOf")))
            ]
            inner = self._nullable(schema)
            if inner is not None:
                keyword, number, branch = inner
                queue.insert(0, (branch, (*pointer, keyword, number)))
                schema = {key: value for key, value in schema.items() if key != keyword} | {_OR_NULL: True}
            flat.append((schema, pointer))
        return flat, frozenset(seen)

    def _nullable(self, schema: JsonObject) -> tuple[str, int, JsonObject] | None:
        """Returns the branch X, and where it stands, of `anyOf: [X, {type: null}]`."""
        for keyword in ("anyOf", "oneOf"):
            branches = [as_object(branch) for branch in as_list(schema.get(keyword))]
            if len(branches) == 2 and sum(_is_null(branch) for branch in branches) == 1:
                number = 1 if _is_null(branches[0]) else 0
                return keyword, number, branches[number]
        return None

    def _conditional(self, at: Place, schema: JsonObject, pointer: Pointer, chain: Chain) -> None:
        if "if" not in schema:
            return
        condition = read_condition(schema["if"])
        for keyword in ("then", "else"):
            branch = schema.get(keyword)
            if not isinstance(branch, dict):
                continue
            if condition is None:
                raw: Json = {"if": self.plain(schema["if"]), keyword: self.plain(branch)}
                self._say(at, "if", raw, (*pointer, "if"))
            else:
                held: Json = condition if keyword == "then" else {"not": condition}
                self._walk(at, [(branch, (*pointer, keyword))], canonical(held), chain)

    def _comparable(self, keyword: str, value: Json) -> Json:
        if keyword in ("not", "contains", "propertyNames", "unevaluatedProperties", "unevaluatedItems"):
            return self.plain(value)
        if keyword == "oneOf":
            return ordered(self.plain(branch) for branch in as_list(value))
        if keyword in ("patternProperties", "dependentSchemas"):
            return {name: self.plain(schema) for name, schema in as_object(value).items()}
        if keyword == "prefixItems":
            return [self.plain(schema) for schema in as_list(value)]
        return value

    def plain(self, schema: Json, chain: tuple[str, ...] = ()) -> Json:
        """Returns a schema without annotations, with references written out, `const` as `enum` and sets sorted."""
        if not isinstance(schema, dict):
            return schema
        reference = schema.get("$ref")
        if isinstance(reference, str):
            if reference in chain:
                return {"$ref": reference}
            target = self.plain(self.api.at(pointer_of(reference)), (*chain, reference))
            rest = self.plain({key: value for key, value in schema.items() if key != "$ref"}, chain)
            return {**as_object(target), **as_object(rest)}
        return plain(schema, lambda inner: self.plain(inner, chain))


def described(scheme: SecurityScheme) -> JsonObject:
    """Returns a security scheme in the words that a facts row uses under `schemes`."""
    if scheme.type == "apiKey":
        found: JsonObject = {"type": "apiKey", "in": scheme.location, "name": scheme.wire_name}
        return found | ({"prefix": scheme.prefix} if scheme.prefix else {})
    if scheme.type == "http":
        standard = {"bearer": "Bearer ", "basic": "Basic "}.get(scheme.scheme, "")
        own: JsonObject = {"prefix": scheme.prefix} if standard and scheme.prefix != standard else {}
        return {"type": "http", "scheme": scheme.scheme} | own
    return {"type": scheme.type}


def _is_null(schema: JsonObject) -> bool:
    return schema.get("type") == "null" or schema.get("const", 0) is None or schema.get("enum") == [None]
