"""The spec as a fuzzer should see it: requests drawn from it reach seeded objects and keep the rules."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import cast

import jsonschema_rs

from specledger import places
from specledger.behavior import Behavior, Collection, Effect, Identity
from specledger.emit import mock
from specledger.emit.inferred import Inferred
from specledger.ir import Api, Operation, pointer_of
from specledger.lower import METHODS
from specledger.places import Place
from specledger.yaml12 import Json, JsonObject, as_list, as_object

_BRANCHES = ("allOf", "anyOf", "oneOf")
_TIGHTER = {"minimum": max, "maximum": min}
# re.escape also escapes characters that ECMA 262, whose patterns these are, refuses to see escaped.
_SYNTAX = re.compile(r"[\\^$.*+?()\[\]{}|]")


def narrow(api: Api, behavior: Behavior, base_url: str = "", *, rules: bool = True) -> JsonObject:
    """Returns the spec's document with each operation held to what its target accepts.

    Ids become those of the first identity's seeded objects, owned prefixes and limits and the `narrow` keywords of
    rules are laid on their places, samples replace examples, and security schemes become plain apiKeys whose value
    is all that is sent. `base_url` replaces the servers. References are written out on the way to a place, so that
    other uses of a component stay as they were. Without `rules` their keywords are left out: what lies outside of
    those may keep the rule all the same.
    """
    document = cast(JsonObject, copy.deepcopy(api.document.value))
    _serve(document, base_url)
    _name_credentials(document, api)
    known = mock.inferred(api, behavior)
    for operation in api.operations:
        _Narrowing(document, api, behavior, operation, known).run(rules)
    return document


def working_seeds(collection: Collection, effect: Effect, identity: Identity | None) -> list[JsonObject]:
    """Returns the seeded objects that the identity reaches with the path and query of the sample request."""
    workspace = identity.workspace if identity else ""
    seeds = [
        seed for seed in collection.seed if not collection.workspace or seed.get(collection.workspace) == workspace
    ]
    for name, place in effect.within.items():
        wanted = next(places.values({"request": effect.request}, place.steps), None)
        seeds = [seed for seed in seeds if seed.get(name) == wanted]
    return seeds


def sample(effect: Effect, place: Place) -> list[Json]:
    """Returns the values that the sample request holds at a place."""
    return list(places.values({"request": effect.request}, place.steps))


def owned_pattern(pattern: str, owned: str, owns: tuple[str, ...]) -> str | None:
    """Returns `pattern` with the part that `owned` captures replaced by what is owned; None where they do not fit.

    `^[^/]+/[^/]+$` and `^([^/]+)/` with `acme` give `^(?:acme)/[^/]+$`.
    """
    group = _first_group(owned)
    if group is None or not owns:
        return None
    start, end = group
    before, inner, after = owned[:start], owned[start + 1 : end], owned[end + 1 :]
    choices = "(?:" + "|".join(_SYNTAX.sub(r"\\\g<0>", value) for value in owns) + ")"
    for written in (owned, before + inner + after):
        if pattern.startswith(written):
            return before + choices + after + pattern[len(written) :]
    return None


def _first_group(pattern: str) -> tuple[int, int] | None:
    """Returns where the first group that captures opens and closes."""
    opened: list[int] = []
    position, in_class = 0, False
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            position += 1
        elif in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        elif character == "(":
            opened.append(position)
        elif character == ")" and opened:
            start = opened.pop()
            outer = [one for one in opened if pattern[one + 1 : one + 2] != "?"]
            if pattern[start + 1 : start + 2] != "?" and not outer:
                return start, position
        position += 1
    return None


def _serve(document: JsonObject, base_url: str) -> None:
    if not base_url:
        return
    document["servers"] = [{"url": base_url}]
    for item in as_object(document.get("paths")).values():
        as_object(item).pop("servers", None)
        for method in METHODS:
            as_object(as_object(item).get(method)).pop("servers", None)


def _name_credentials(document: JsonObject, api: Api) -> None:
    schemes = as_object(as_object(document.get("components")).get("securitySchemes"))
    for key, scheme in api.schemes.items():
        schemes[key] = {"type": "apiKey", "in": scheme.location, "name": scheme.wire_name}


class _Narrowing:
    """Lays keywords on the places of one operation of a document that it may change."""

    def __init__(
        self, document: JsonObject, api: Api, behavior: Behavior, operation: Operation, known: Inferred | None
    ) -> None:
        self.known = known
        self.document = document
        self.api = api
        self.behavior = behavior
        self.operation = operation
        self.effect = behavior.effects.get(operation.id)
        self.written = cast(JsonObject, _at(document, operation.pointer))

    def run(self, rules: bool) -> None:
        self._own()
        effect = self.effect
        if effect is None:
            if rules:  # an object may have been created since
                self._lay_inferred()
            return
        collection = self.behavior.resources[effect.resource]
        identity = self.behavior.identities[0] if self.behavior.identities else None
        seeds = working_seeds(collection, effect, identity)
        ids = [seed[collection.id] for seed in seeds]
        self._lay(effect.id, {"enum": ids or sample(effect, effect.id)})
        for name, place in effect.within.items():
            self._lay(
                place, {"enum": _distinct([seed[name] for seed in seeds if name in seed]) or sample(effect, place)}
            )
        for name, owned in effect.owned.items():
            self._lay_owned(name, owned, identity, seeds)
        for limit in effect.limits:
            self._lay(limit.at, cast(JsonObject, dict(limit.bounds)))
        for rule in effect.rules if rules else ():
            for at, keywords in rule.narrow.items():
                self._lay(places.parse(at), keywords)
        self._show_sample(effect)

    def _own(self) -> None:
        """Gives the operation parameters and a body of its own, so that changes reach no other operation."""
        parameters: list[Json] = [copy.deepcopy(self.api.at(known.pointer)) for known in self.operation.parameters]
        self.written["parameters"] = parameters
        body = self.operation.body
        if body:
            self.written["requestBody"] = copy.deepcopy(self.api.at(body.pointer))

    def _lay_inferred(self) -> None:
        """Holds what names an object of an inferred collection to the seeded ones."""
        act = self.known.acts.get(self.operation.id) if self.known else None
        if self.known is None or act is None:
            return
        resource = self.known.resources[str(act["resource"])]
        fields = [str(as_object(parent)["field"]) for parent in as_list(resource["parents"])]
        named = [(act["id"], str(resource["id"])), *zip(as_list(act["parents"]), fields, strict=True)]
        for steps, field in named:
            ids = _distinct([as_object(seed)[field] for seed in as_list(resource["seed"]) if field in as_object(seed)])
            if steps and ids:
                self._lay(Place(("request", *map(str, as_list(steps)))), {"enum": ids})

    def _lay_owned(self, name: str, owned: str, identity: Identity | None, seeds: list[JsonObject]) -> None:
        owns = identity.owns if identity else ()
        place = Place(("request", "body", name))
        for schema in self._schemas(place):
            written = schema.get("pattern")
            pattern = owned_pattern(written if isinstance(written, str) else owned, owned, owns)
            known = _distinct(
                [*(seed[name] for seed in seeds if name in seed), *sample(cast(Effect, self.effect), place)]
            )
            working = [value for value in known if _is_owned(value, owned, owns)]
            _tighten(schema, {"pattern": pattern} if pattern else {"enum": working})

    def _lay(self, place: Place, keywords: Mapping[str, Json]) -> None:
        for schema in self._schemas(place):
            _tighten(schema, keywords)

    def _schemas(self, place: Place) -> list[JsonObject]:
        """Returns the schemas that hold at a place of the request, each with no other use."""
        location, steps = place.steps[1], place.steps[2:]
        if location == "body":
            content = as_object(as_object(self.written.get("requestBody")).get("content"))
            return [found for media in content.values() for found in self._inside(as_object(media), "schema", steps)]
        return [
            found
            for parameter in cast(list[JsonObject], self.written["parameters"])
            if parameter.get("in") == location and steps and parameter.get("name") == steps[0]
            for holder in (
                [parameter] if "content" not in parameter else map(as_object, as_object(parameter["content"]).values())
            )
            for found in self._inside(holder, "schema", steps[1:])
        ]

    def _inside(self, holder: JsonObject, key: str, steps: tuple[str, ...]) -> list[JsonObject]:
        schema = self._written_out(holder, key)
        if not steps:
            return [schema]
        step, rest = steps[0], steps[1:]
        within = {"[]": "items", "{}": "additionalProperties"}.get(step)
        found: list[JsonObject] = []
        if within:
            if isinstance(schema.get(within), dict):
                found += self._inside(schema, within, rest)
        elif step in as_object(schema.get("properties")):
            found += self._inside(cast(JsonObject, schema["properties"]), step, rest)
        for keyword in _BRANCHES:
            branches = schema.get(keyword)
            for number, _ in enumerate(branches if isinstance(branches, list) else ()):
                branch = {"schema": cast(list[Json], branches)[number]}
                if self._declares(branch["schema"], steps):
                    found += self._inside(branch, "schema", steps)
                    cast(list[Json], branches)[number] = branch["schema"]
        if not found and not within:
            properties = schema.setdefault("properties", {})
            found += self._inside(cast(JsonObject, properties), step, rest)
        return found

    def _declares(self, schema: Json, steps: tuple[str, ...], depth: int = 0) -> bool:
        for _ in range(16):
            reference = as_object(schema).get("$ref")
            if not isinstance(reference, str):
                break
            schema = self.api.at(pointer_of(reference))
        written = as_object(schema)
        key = {"[]": "items", "{}": "additionalProperties"}.get(steps[0])
        if isinstance(written.get(key), dict) if key else steps[0] in as_object(written.get("properties")):
            return True
        branches = [branch for keyword in _BRANCHES for branch in as_list(written.get(keyword))]
        return depth < 16 and any(self._declares(branch, steps, depth + 1) for branch in branches)

    def _written_out(self, holder: JsonObject, key: str) -> JsonObject:
        """Puts what a $ref leads to in its place and returns it."""
        for _ in range(16):
            schema = holder.get(key)
            reference = as_object(schema).get("$ref")
            if not isinstance(reference, str):
                break
            target = copy.deepcopy(self.api.at(pointer_of(reference)))
            beside = {word: value for word, value in as_object(schema).items() if word != "$ref"}
            holder[key] = {**beside, "allOf": [target, *as_list(beside.get("allOf"))]} if beside else target
        if not isinstance(holder.get(key), dict):
            holder[key] = {}
        return cast(JsonObject, holder[key])

    def _show_sample(self, effect: Effect) -> None:
        """Makes the sample request the example, beside those examples that the narrowed schemas still take."""
        for parameter in cast(list[JsonObject], self.written["parameters"]):
            place = Place(("request", str(parameter.get("in")), str(parameter.get("name"))))
            parameter.pop("examples", None)
            parameter.pop("example", None)
            for value in sample(effect, place):
                parameter["example"] = value
        for media in map(as_object, as_object(as_object(self.written.get("requestBody")).get("content")).values()):
            written = [media.pop("example")] if "example" in media else []
            written += [as_object(row).get("value") for row in as_object(media.pop("examples", None)).values()]
            accepts = _validator(self.document, media.get("schema", True)).is_valid
            values = [value for value in [*sample(effect, Place(("request", "body"))), *written] if accepts(value)]
            if values:
                media["examples"] = {f"example{n}": {"value": value} for n, value in enumerate(_distinct(values))}


def _tighten(schema: JsonObject, keywords: Mapping[str, Json]) -> None:
    """Adds keywords to a schema: an enum keeps what both allow, a bound the tighter one, others replace."""
    for annotation in ("example", "examples", "default"):
        schema.pop(annotation, None)
    for keyword, value in keywords.items():
        written = schema.get(keyword)
        if keyword == "enum" and isinstance(written, list):
            schema[keyword] = [choice for choice in as_list(value) if choice in written]
        elif keyword in _TIGHTER and _is_number(written) and _is_number(value):
            schema[keyword] = _TIGHTER[keyword](cast(float, written), cast(float, value))
        else:
            schema[keyword] = copy.deepcopy(value)


def _validator(document: JsonObject, schema: Json) -> jsonschema_rs.Draft202012Validator:
    beside = {"components": document.get("components", {})}
    return jsonschema_rs.Draft202012Validator({**beside, "allOf": [schema]}, validate_formats=True)


def _is_owned(value: Json, owned: str, owns: tuple[str, ...]) -> bool:
    match = re.search(owned, value) if isinstance(value, str) else None
    return match is not None and match.group(1) in owns


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _distinct(values: list[Json]) -> list[Json]:
    return [value for number, value in enumerate(values) if value not in values[:number]]


def _at(value: Json, pointer: tuple[str | int, ...]) -> Json:
    for step in pointer:
        value = cast(JsonObject, value)[str(step)]
    return value
