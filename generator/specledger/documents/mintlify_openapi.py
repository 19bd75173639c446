"""Twins of pages made from a spec: Mintlify puts the operation's part of the OpenAPI document into a fence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from specledger import yaml12
from specledger.diagnostics import Failure
from specledger.documents import prose
from specledger.documents.reading import Fact, Operation, Page, Reading, Unreadable
from specledger.places import Place
from specledger.yaml12 import Document, Json, JsonObject, Pointer, as_list, as_object, as_rows, as_text

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})(?:ya?ml|json)\b(.*)\Z")
_OPENS = re.compile(r"\s*(?:\{\s*)?[\"']?openapi[\"']?\s*:")
_NAMED = re.compile(r"(?:^|\s)(get|put|post|delete|options|head|patch|trace)\s+(/\S*)\s*", re.IGNORECASE)
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_TAKEN = (
    "format", "enum", "const", "default", "example", "minimum", "maximum", "multipleOf", "minLength", "maxLength",
    "pattern", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "deprecated", "readOnly",
    "writeOnly", "nullable",
)  # fmt: skip
_DEEPEST = 40
_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Fence:
    """The document's text and the page lines of its fence; method and path where the fence names them."""

    text: str
    first: int
    last: int
    method: str
    path: str


def find(page: Page) -> Fence | None:
    """Returns the fence that holds an OpenAPI document, or None where the page has none."""
    lines = page.lines
    for index, line in enumerate(lines):
        match = _FENCE.match(line)
        if match and any(_OPENS.match(text) for text in lines[index + 1 : index + 4]):
            end = index + 1
            while end < len(lines) and not lines[end].strip().startswith(match.group(1)):
                end += 1
            named = _NAMED.search(match.group(2))
            method, path = (named.group(1).lower(), named.group(2)) if named else ("", "")
            return Fence("\n".join(lines[index + 1 : end]), index + 1, min(end + 1, len(lines)), method, path)
    return None


def read(page: Page, fence: Fence, family: str) -> Reading:
    """Returns what the document in the fence says of its operation. Raises Unreadable where it is none."""
    try:
        document = yaml12.parse(fence.text, Path(page.name))
    except Failure as failure:
        found = failure.diagnostics[0]
        raise Unreadable(f"line {fence.first + found.line}: {found.message}", "save the page again") from None
    paths = as_object(as_object(document.value).get("paths"))
    pairs = [(path, method) for path, item in paths.items() for method in as_object(item) if method in _METHODS]
    chosen = [pair for pair in pairs if pair == (fence.path, fence.method)] or pairs
    if not chosen:
        raise Unreadable("the document on the page names no operation", "read another form of the page")
    return _Reader(page, document, fence).reading(*chosen[0], family)


@dataclass(slots=True)
class _Reader:
    """Walks the document; a reference is followed where it is local and does not hold itself."""

    page: Page
    document: Document
    fence: Fence
    facts: list[Fact] = field(default_factory=list)

    def reading(self, path: str, method: str, family: str) -> Reading:
        root = as_object(self.document.value)
        at: Pointer = ("paths", path, method)
        item = as_object(as_object(root.get("paths")).get(path))
        operation = as_object(item.get(method))
        title = next((line[2:].strip() for line in self.page.lines if line.startswith("# ")), "")
        self.facts.append(Fact("operation", (self.fence.first, self.fence.last), _digest(operation)))
        servers = as_rows(operation.get("servers") or item.get("servers") or root.get("servers"))
        if servers:
            self.add(Place(("server",)), ("servers",), {"url": as_text(servers[0].get("url"))})
        self.security(operation.get("security", root.get("security")))
        for owner, value in ((("paths", path), item), (at, operation)):
            for index, _ in enumerate(as_list(value.get("parameters"))):
                self.parameter((*owner, "parameters", index))
        self.body((*at, "requestBody"))
        for status in as_object(operation.get("responses")):
            self.answer(str(status).lower(), (*at, "responses", status))
        furniture = [
            (number, number, "frame of the document")
            for number, line in enumerate(self.page.lines, 1)
            if line.strip() and not self.fence.first <= number <= self.fence.last
        ]
        return Reading(family, "", (Operation(method.upper(), path, title, tuple(self.facts)),), tuple(furniture))

    def resolve(self, pointer: Pointer) -> tuple[JsonObject, Pointer]:
        """Returns the object at a pointer and where it stands, local references followed."""
        value = as_object(yaml12.descend(self.document.value, pointer))
        for _ in range(_DEEPEST):
            reference = as_text(value.get("$ref"))
            if not reference.startswith("#/"):
                break
            steps = [step.replace("~1", "/").replace("~0", "~") for step in reference[2:].split("/")]
            pointer, value = tuple(steps), as_object(yaml12.descend(self.document.value, tuple(steps)))
        return value, pointer

    def security(self, wanted: Json) -> None:
        known = as_object(as_object(as_object(self.document.value).get("components")).get("securitySchemes"))
        schemes: list[Json] = []
        first: Pointer = ()
        for name in dict.fromkeys(name for row in as_rows(wanted) for name in row):
            scheme = as_object(known.get(name))
            kept: JsonObject = {
                key: scheme[key] for key in ("type", "in", "name", "scheme") if isinstance(scheme.get(key), str)
            }
            if not kept.get("type"):
                continue
            first = first or ("components", "securitySchemes", name)
            schemes.append(kept)
            where = str(kept.get("in", "header"))
            carrier = Place(("request", where, str(kept.get("name", "Authorization"))))
            claims: JsonObject = {"credential": True, "type": "string", "required": True}
            self.add(carrier, ("components", "securitySchemes", name), claims)
        if schemes:
            self.add(Place(("security",)), first, {"schemes": schemes})

    def parameter(self, pointer: Pointer) -> None:
        value, pointer = self.resolve(pointer)
        where, name = as_text(value.get("in")), as_text(value.get("name"))
        if where in ("path", "query", "header", "cookie") and name:
            extra: JsonObject = {"required": value.get("required") is True, **_digest(value)}
            if value.get("deprecated") is True:
                extra["deprecated"] = True
            self.schema((*pointer, "schema"), Place(("request", where, name)), extra, (), pointer)

    def body(self, pointer: Pointer) -> None:
        value, pointer = self.resolve(pointer)
        for media in list(as_object(value.get("content")))[:1]:
            extra: JsonObject = {"mediaType": media, **_digest(value)}
            if value.get("required") is True:
                extra["required"] = True
            self.schema((*pointer, "content", media, "schema"), Place(("request", "body")), extra, (), pointer)

    def answer(self, status: str, pointer: Pointer) -> None:
        value, pointer = self.resolve(pointer)
        self.add(Place(("response", status)), pointer, _digest(value))
        for name in as_object(value.get("headers")):
            header, where = self.resolve((*pointer, "headers", name))
            extra: JsonObject = {**_digest(header), **({"required": True} if header.get("required") is True else {})}
            self.schema((*where, "schema"), Place(("response", status, "header", name)), extra, (), where)
        for media in list(as_object(value.get("content")))[:1]:
            place = Place(("response", status, "body"))
            self.schema((*pointer, "content", media, "schema"), place, {"mediaType": media}, (), pointer)

    def parts(self, pointer: Pointer, seen: set[Pointer]) -> list[tuple[JsonObject, Pointer]]:
        """Returns the schemas that all hold at a pointer: itself, those of `allOf`, and a single branch beside null."""
        value, pointer = self.resolve(pointer)
        if pointer in seen:
            return []
        seen.add(pointer)
        found = [(value, pointer)]
        for index, _ in enumerate(as_list(value.get("allOf"))):
            found += self.parts((*pointer, "allOf", index), seen)
        for key in ("anyOf", "oneOf"):
            branches = as_list(value.get(key))
            real = [index for index, branch in enumerate(branches) if as_object(branch).get("type") != "null"]
            if len(real) == 1:
                found += self.parts((*pointer, key, real[0]), seen)
            if len(real) < len(branches):
                found.append(({"nullable": True}, pointer))
        return found

    def schema(
        self, pointer: Pointer, place: Place, extra: JsonObject, around: tuple[Pointer, ...], at: Pointer
    ) -> None:
        """Adds a schema's row and those below it; `around` are the schemas that it lies in, `at` is where it stands."""
        parts = self.parts(pointer, set())
        claims: JsonObject = {}
        members: dict[str, Pointer] = {}
        required: set[str] = set()
        inner: dict[str, Pointer] = {}
        for value, own in parts:
            claims |= _claims(value)
            members |= {name: (*own, "properties", name) for name in as_object(value.get("properties"))}
            required |= {as_text(name) for name in as_list(value.get("required"))}
            inner |= {key: (*own, key) for key in ("items", "additionalProperties") if isinstance(value.get(key), dict)}
        for value, own in parts:
            for name, where in self.alternatives(value, own).items():
                members.setdefault(name, where)
        if members:
            claims.setdefault("type", "object")
        item = inner.get("items") if claims.get("type") == "array" else inner.get("additionalProperties")
        kind = next(
            (part["type"] for part in map(_claims, self.values(item)) if isinstance(part.get("type"), str)), None
        )
        if kind is not None:
            claims["items"] = kind
        if place.leaf not in ("[]", "{}"):
            self.add(place, at, {**claims, **extra})
        if any(own in around for _, own in parts) or len(around) >= _DEEPEST:
            return
        around = (*around, *(own for _, own in parts))
        for name, where in members.items():
            flag: JsonObject = {"required": name in required} if place.steps[0] == "request" or name in required else {}
            self.schema(where, place.child(name), {**flag, **_digest(self.resolve(where)[0])}, around, where)
        if item is not None:
            self.schema(item, place.child("[]" if claims.get("type") == "array" else "{}"), {}, around, item)

    def alternatives(self, value: JsonObject, own: Pointer) -> dict[str, Pointer]:
        """Returns the members of the objects of which the value is one; nothing where some are no objects."""
        found: dict[str, Pointer] = {}
        for key in ("anyOf", "oneOf"):
            branches = [(*own, key, index) for index, _ in enumerate(as_list(value.get(key)))]
            inner = [self.parts(branch, set()) for branch in branches]
            real = [parts for parts in inner if not any(part.get("type") == "null" for part, _ in parts)]
            kinds = [{str(part["type"]) for part, _ in parts if "type" in part} for parts in real]
            if len(real) < 2 or any(kind - {"object"} for kind in kinds):
                continue
            for part, where in (pair for parts in real for pair in parts):
                for name in as_object(part.get("properties")):
                    found.setdefault(name, (*where, "properties", name))
        return found

    def values(self, pointer: Pointer | None) -> list[JsonObject]:
        return [] if pointer is None else [value for value, _ in self.parts(pointer, set())]

    def add(self, place: Place, pointer: Pointer, claims: JsonObject) -> None:
        if len(self.facts) >= _MOST:
            raise Unreadable(f"the document describes more than {_MOST} fields", "read a page with less of it")
        line = self.fence.first + self.document.line(pointer)
        self.facts.append(Fact(str(place), (line, line), claims))


def _claims(schema: JsonObject) -> JsonObject:
    """Returns a schema's own keywords as a row has them; 3.0's exclusive bounds as 3.1 writes them."""
    claims: JsonObject = {}
    words = schema.get("type")
    kinds = [word for word in (words if isinstance(words, list) else [words]) if isinstance(word, str)]
    real = [word for word in kinds if word != "null"]
    if real:
        claims["type"] = real[0] if len(real) == 1 else [*real]
    if len(real) < len(kinds):
        claims["nullable"] = True
    for key in _TAKEN:
        if key in schema and schema[key] is not False:
            claims[key] = schema[key]
    if schema.get("default") is False:
        claims["default"] = False
    for key, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        value = schema.get(key)
        if value is True and bound in claims:
            claims[key] = claims.pop(bound)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            claims[key] = value
    examples = as_list(schema.get("examples"))
    if examples and "example" not in claims:
        claims["example"] = examples[0]
    if schema.get("additionalProperties") is False:
        claims["additionalProperties"] = False
    return claims


def _digest(described: JsonObject) -> JsonObject:
    text = as_text(described.get("description")).strip()
    return {"digest": prose.digest(text)} if text else {}
