"""behavior.yaml: what OpenAPI cannot say about an API, as frozen values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from specledger import formats, places, yaml12
from specledger.diagnostics import Diagnostic, Failure
from specledger.ir import Api, Operation
from specledger.places import Place
from specledger.yaml12 import Document, Json, JsonObject, Pointer, as_object, as_rows

# Each kind of refusal, with the kind whose answer it shares and the status it has where nothing else is said.
REFUSALS: Mapping[str, tuple[str, int]] = {
    "unauthenticated": ("", 401),
    "scope": ("", 403),
    "foreign": ("scope", 403),
    "unknown": ("", 404),
    "invalid": ("", 400),
    "malformed": ("invalid", 400),
    "media_type": ("", 415),
    "too_large": ("", 413),
    "taken": ("", 409),
    "not_owned": ("invalid", 400),
    "limit": ("invalid", 400),
    "rule": ("invalid", 400),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls: a credential and what it may do."""

    name: str
    credential: str
    may: str
    scopes: tuple[str, ...] = ()
    workspace: str = ""
    owns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """Stored objects of one kind."""

    name: str
    schema: str
    id: str
    workspace: str
    unique: tuple[str, ...]
    immutable: tuple[str, ...]
    touched: tuple[str, ...]
    seed: tuple[JsonObject, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """Bounds of one field that the page leaves to the account or the model."""

    at: Place
    bounds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition in CEL; `fields` are the request fields that make it run."""

    id: str
    at: Place
    fields: tuple[str, ...]
    rule: str
    message: str
    narrow: Mapping[str, JsonObject]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer to a request that is refused; `body` is None for none."""

    kind: str
    status: int
    body: Json = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What one operation does to the state, and what it answers."""

    operation: str
    resource: str
    id: Place
    within: Mapping[str, Place]
    effect: Literal["merge", "replace"]
    unmapped: tuple[str, ...]
    scope: str
    owned: Mapping[str, str]
    limits: tuple[Limit, ...]
    rules: tuple[Rule, ...]
    status: int
    has_body: bool
    body: Json
    refusals: Mapping[str, Refusal]
    request: JsonObject

    def reachable(self, collection: Collection, secured: bool, has_body: bool) -> Iterator[str]:
        """Yields the kinds of refusal that this operation can give."""
        present = {
            "unauthenticated": secured,
            "scope": bool(self.scope),
            "foreign": bool(collection.workspace),
            "unknown": True,
            "invalid": True,
            "malformed": has_body,
            "media_type": has_body,
            "too_large": has_body,
            "taken": bool(collection.unique),
            "not_owned": bool(self.owned),
            "limit": bool(self.limits),
            "rule": bool(self.rules),
        }
        yield from (kind for kind in REFUSALS if present[kind])


@dataclass(frozen=True, slots=True)
class Behavior:
    """The whole of behavior.yaml; empty where the folder has none."""

    identities: tuple[Identity, ...] = ()
    resources: Mapping[str, Collection] = field(default_factory=dict)
    effects: Mapping[str, Effect] = field(default_factory=dict)
    refusals: Mapping[str, Refusal] = field(default_factory=dict)
    document: Document | None = field(default=None, repr=False)


def load(folder: Path, api: Api) -> Behavior:
    """Reads specs/<api>/behavior.yaml, or returns an empty Behavior where there is none.

    Raises Failure with located messages where the file leaves its format, or names an operation, collection,
    schema or field that does not exist.
    """
    path = folder / "behavior.yaml"
    if not path.exists():
        return Behavior(refusals=_refusals({}, {}))
    document = yaml12.load(path)
    found = formats.validate(document, "behavior") or list(_unknown(document, api))
    if found:
        raise Failure(found)
    root = cast(JsonObject, document.value)
    shared = _refusals(as_object(root.get("refusals")), {})
    acts = as_object(root.get("operations"))
    return Behavior(
        identities=tuple(_identity(row) for row in as_rows(root.get("identities"))),
        resources={name: _collection(name, as_object(row)) for name, row in as_object(root.get("resources")).items()},
        effects={name: _effect(name, as_object(row), shared) for name, row in acts.items()},
        refusals=shared,
        document=document,
    )


def _unknown(document: Document, api: Api) -> Iterator[Diagnostic]:
    """Yields what the file names and nobody defines."""
    root = as_object(document.value)
    resources = as_object(root.get("resources"))
    schemas = dict(api.components())
    for name, row in resources.items():
        wanted = as_object(row).get("schema")
        if wanted is not None and wanted not in schemas:
            message = f"the spec has no component schema {wanted!r}"
            remedy = f"use one of: {', '.join(sorted(schemas))}"
            yield document.diagnostic(("resources", name, "schema"), "behavior-schema", message, remedy)
        identified = as_object(row).get("id")
        for number, seed in enumerate(as_rows(as_object(row).get("seed"))):
            if not isinstance(seed.get(str(identified)), str):
                message = f"the seeded object has no text {identified!r} to be found by"
                yield document.diagnostic(("resources", name, "seed", number), "behavior-seed", message, "add it")
    for name, row in as_object(root.get("operations")).items():
        operation = api.operation(name)
        place = ("operations", name)
        if operation is None:
            ids = ", ".join(known.id for known in api.operations)
            yield document.diagnostic(
                place, "behavior-operation", f"no operation is called {name!r}", f"use one of: {ids}"
            )
        elif as_object(row).get("resource") not in resources:
            message = f"no collection is called {as_object(row).get('resource')!r}"
            remedy = "define it under resources"
            yield document.diagnostic(
                (*place, "resource"), "behavior-resource", message, remedy, operation=operation.label
            )
        yield from _misplaced(document, place, as_object(row))
        for pattern_name, pattern in as_object(as_object(row).get("owned")).items():
            try:
                grouped = re.compile(str(pattern)).groups
            except re.error:
                grouped = 0
            if grouped < 1:
                message = f"the pattern {pattern!r} has no group"
                remedy = "put the part that is owned in parentheses"
                yield document.diagnostic((*place, "owned", pattern_name), "behavior-owned", message, remedy)


def _misplaced(document: Document, place: Pointer, row: JsonObject) -> Iterator[Diagnostic]:
    """Yields the places that cannot be read, wherever an operation names one."""
    named: list[tuple[Pointer, Json]] = [(("id",), row.get("id"))]
    named += [(("within", key), at) for key, at in as_object(row.get("within")).items()]
    for key in ("limits", "rules"):
        named += [((key, number, "at"), part.get("at")) for number, part in enumerate(as_rows(row.get(key)))]
    for number, rule in enumerate(as_rows(row.get("rules"))):
        named += [(("rules", number, "narrow", at), at) for at in as_object(rule.get("narrow"))]
    for pointer, at in named:
        try:
            places.parse(str(at))
        except ValueError as error:
            yield document.diagnostic(
                (*place, *pointer), "place", str(error), "write the place as ARCHITECTURE.md shows"
            )


def _identity(row: JsonObject) -> Identity:
    return Identity(
        name=str(row["name"]),
        credential=str(row["credential"]),
        may=str(row["may"]),
        scopes=_texts(row.get("scopes")),
        workspace=str(row.get("workspace", "")),
        owns=_texts(row.get("owns")),
    )


def _collection(name: str, row: JsonObject) -> Collection:
    return Collection(
        name=name,
        schema=str(row.get("schema", "")),
        id=str(row["id"]),
        workspace=str(row.get("workspace", "")),
        unique=_texts(row.get("unique")),
        immutable=_texts(row.get("immutable")),
        touched=_texts(row.get("touched")),
        seed=tuple(as_rows(row.get("seed"))),
    )


def _effect(name: str, row: JsonObject, shared: Mapping[str, Refusal]) -> Effect:
    answer = as_object(row.get("answer"))
    return Effect(
        operation=name,
        resource=str(row["resource"]),
        id=places.parse(str(row["id"])),
        within={key: places.parse(str(at)) for key, at in as_object(row.get("within")).items()},
        effect=cast(Literal["merge", "replace"], row["effect"]),
        unmapped=_texts(row.get("unmapped")),
        scope=str(row.get("scope", "")),
        owned={key: str(pattern) for key, pattern in as_object(row.get("owned")).items()},
        limits=tuple(_limit(limit) for limit in as_rows(row.get("limits"))),
        rules=tuple(_rule(rule) for rule in as_rows(row.get("rules"))),
        status=cast(int, answer["status"]),
        has_body="body" in answer,
        body=answer.get("body"),
        refusals=_refusals(as_object(row.get("refusals")), shared),
        request=as_object(row.get("request")),
    )


def _limit(row: JsonObject) -> Limit:
    bounds: dict[str, float] = {key: cast(float, row[key]) for key in ("minimum", "maximum") if key in row}
    return Limit(places.parse(str(row["at"])), bounds)


def _rule(row: JsonObject) -> Rule:
    return Rule(
        id=str(row["id"]),
        at=places.parse(str(row["at"])),
        fields=_texts(row.get("fields")),
        rule=str(row["rule"]),
        message=str(row["message"]),
        narrow={at: as_object(keywords) for at, keywords in as_object(row.get("narrow")).items()},
    )


def _refusals(rows: JsonObject, shared: Mapping[str, Refusal]) -> Mapping[str, Refusal]:
    """Returns an answer for every kind: the one given, else the shared one, else that of the kind it follows."""
    found: dict[str, Refusal] = {}
    for kind, (follows, status) in REFUSALS.items():
        row = rows.get(kind)
        if isinstance(row, dict):
            found[kind] = Refusal(kind, cast(int, row["status"]), row.get("body"))
        elif kind in shared:
            found[kind] = shared[kind]
        elif follows and follows in rows:
            found[kind] = Refusal(kind, found[follows].status, found[follows].body)
        else:
            found[kind] = Refusal(kind, status, {"error": "{reason}"})
    return found


def secured(operation: Operation) -> bool:
    """Says whether the operation refuses a caller without a credential."""
    return bool(operation.security) and () not in operation.security


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()
