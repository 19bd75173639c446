"""Whether behavior.yaml fits the spec it refines: seeds, answers, refusals, samples, rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from specledger.behavior import Behavior, Collection, Effect, secured
from specledger.diagnostics import Diagnostic
from specledger.ir import Api, Operation, Response
from specledger.places import Place, parse, values
from specledger.soundness.schemas import declared
from specledger.soundness.spec import Values
from specledger.yaml12 import Document, Json, JsonObject, Pointer, descend


def findings(api: Api, behavior: Behavior) -> list[Diagnostic]:
    """Returns what behavior.yaml says that cannot come true; nothing where there is no such file."""
    if behavior.document is None:
        return []
    found = [*_names(behavior, behavior.document), *_unreachable(api, behavior, behavior.document)]
    values_of = Values(api.document)
    for name, effect in behavior.effects.items():
        operation = api.operation(name)
        if operation is not None:
            found += _Operation(api, behavior, behavior.document, operation, effect, values_of).findings()
    for collection in behavior.resources.values():
        found += _seeds(api, behavior.document, collection, values_of)
        found += _vain(behavior, behavior.document, collection)
    return found


def _vain(behavior: Behavior, document: Document, collection: Collection) -> Iterator[Diagnostic]:
    """Yields what is said of updates to a collection that no operation updates."""
    if any(effect.resource == collection.name for effect in behavior.effects.values()):
        return
    for key in ("workspace", "unique", "immutable", "touched"):
        if getattr(collection, key):
            message = f"{key} says nothing here: no operation updates {collection.name}"
            at = str(Place(("resource", collection.name)))
            where = ("resources", collection.name, key)
            yield document.diagnostic(where, "behavior-vain", message, "remove it", at=at)


def _names(behavior: Behavior, document: Document) -> Iterator[Diagnostic]:
    for key in ("name", "credential"):
        seen: set[str] = set()
        for number, identity in enumerate(behavior.identities):
            value = getattr(identity, key)
            if value in seen:
                message = f"two identities have the {key} {value!r}"
                yield document.diagnostic(("identities", number, key), "identity", message, "give each its own")
            seen.add(value)


def _unreachable(api: Api, behavior: Behavior, document: Document) -> Iterator[Diagnostic]:
    """Yields refusals that no operation can give, in the part that all operations share and in their own."""
    given: set[str] = set()
    for name, effect in behavior.effects.items():
        operation = api.operation(name)
        if operation is None:
            continue
        collection = behavior.resources[effect.resource]
        kinds = set(effect.reachable(collection, secured(operation), operation.body is not None))
        given |= kinds
        yield from (_never(document, pointer) for pointer in _listed(document, ("operations", name), kinds))
    yield from (_never(document, pointer) for pointer in _listed(document, (), given))


def _listed(document: Document, holder: Pointer, kinds: set[str]) -> Iterator[Pointer]:
    refusals = descend(document.value, (*holder, "refusals"))
    for kind in refusals if isinstance(refusals, dict) else ():
        if kind not in kinds:
            yield (*holder, "refusals", kind)


def _never(document: Document, pointer: Pointer) -> Diagnostic:
    message = f"no request can be refused as {str(pointer[-1])!r}"
    return document.diagnostic(pointer, "behavior-refusal", message, "remove it, or declare what it refuses")


def _seeds(api: Api, document: Document, collection: Collection, check: Values) -> Iterator[Diagnostic]:
    pointer: Pointer = ("resources", collection.name)
    for name in (collection.id, *collection.unique):
        seen: set[str] = set()
        for number, seed in enumerate(collection.seed):
            value = repr(seed.get(name))
            if name in seed and value in seen:
                message = f"two seeded objects have the {name} {value}"
                where = (*pointer, "seed", number, name)
                at = str(Place(("resource", collection.name, name)))
                yield document.diagnostic(where, "behavior-seed", message, "give each its own", at=at)
            seen.add(value)
    if collection.schema:
        for number, seed in enumerate(collection.seed):
            shown = projected(api, collection, seed)
            for inner, reason in check.errors(("components", "schemas", collection.schema), shown):
                where = (*pointer, "seed", number, *inner)
                message = f"the seeded object is no {collection.schema}: {reason[:200]}"
                yield document.diagnostic(where, "behavior-seed", message, "correct the seed", at=_dotted(inner))


def _dotted(pointer: Pointer) -> str:
    return ".".join(str(step) for step in pointer)


def projected(api: Api, collection: Collection, stored: JsonObject) -> JsonObject:
    """Returns what an answer shows of a stored object: the fields that its schema declares."""
    names = declared(api.document.value, {"$ref": f"#/components/schemas/{collection.schema}"})
    return {key: value for key, value in stored.items() if key in names} if collection.schema else stored


def answered(body: Json, resource: Json) -> Json:
    """Returns an answer with the stored object put where the text `$resource` stands."""
    if body == "$resource":
        return resource
    if isinstance(body, dict):
        return {key: answered(value, resource) for key, value in body.items()}
    if isinstance(body, list):
        return [answered(value, resource) for value in body]
    return body


class _Operation:
    def __init__(
        self, api: Api, behavior: Behavior, document: Document, operation: Operation, effect: Effect, check: Values
    ) -> None:
        self.api = api
        self.behavior = behavior
        self.document = document
        self.operation = operation
        self.effect = effect
        self.check = check
        self.collection = behavior.resources[effect.resource]
        self.here: Pointer = ("operations", operation.id)

    def findings(self) -> Iterator[Diagnostic]:
        yield from self._sample()
        yield from self._answer()
        yield from self._refusals()
        yield from self._fields()
        yield from self._rules()

    def _wrong(self, pointer: Pointer, code: str, message: str, remedy: str, at: str = "") -> Diagnostic:
        return self.document.diagnostic(pointer, code, message, remedy, operation=self.operation.label, at=at)

    def _body_schema(self) -> Pointer | None:
        for media in self.operation.body.content if self.operation.body else ():
            if media.schema is not None:
                return (*media.pointer, "schema")
        return None

    def _sample(self) -> Iterator[Diagnostic]:
        pointer = (*self.here, "request")
        request = self.effect.request
        schema = self._body_schema()
        if "body" not in request and self.operation.body and self.operation.body.required:
            message = "the working request lacks the body that the spec requires"
            yield self._wrong(pointer, "behavior-request", message, "add body", "request.body")
        if "body" in request and schema is not None:
            for inner, reason in self.check.errors(schema, request["body"]):
                at = f"request.body.{_dotted(inner)}" if inner else "request.body"
                message = f"the working request is refused: {reason[:200]}"
                yield self._wrong((*pointer, "body", *inner), "behavior-request", message, "correct the request", at)
        for parameter in self.operation.parameters:
            given = request.get(parameter.location)
            sent = isinstance(given, dict) and parameter.wire_name in given
            if parameter.required and not sent:
                at = f"request.{parameter.location}.{parameter.wire_name}"
                message = f"the working request lacks {at}"
                yield self._wrong(pointer, "behavior-request", message, "add it under request", at)
        named = list(values({"request": request}, self.effect.id.steps))
        known = {seed.get(self.collection.id) for seed in self.collection.seed}
        if not named or named[0] not in known:
            message = f"the working request names no seeded object at {self.effect.id}"
            remedy = f"use one of: {', '.join(sorted(str(name) for name in known))}"
            yield self._wrong(pointer, "behavior-request", message, remedy, str(self.effect.id))
        found = [seed for seed in self.collection.seed if named and seed.get(self.collection.id) == named[0]]
        for name, place in self.effect.within.items():
            here = list(values({"request": request}, place.steps))
            if found and here != [found[0].get(name)]:
                message = f"the working request sends {here} at {place}, its object has {name}: {found[0].get(name)!r}"
                yield self._wrong(pointer, "behavior-request", message, "make both the same", str(place))

    def _answer(self) -> Iterator[Diagnostic]:
        pointer = (*self.here, "answer")
        response = self.operation.response(self.effect.status)
        if response is None:
            at = f"response.{self.effect.status}"
            yield self._wrong(
                pointer, "behavior-answer", f"the spec has no {self.effect.status} here", "declare it", at
            )
            return
        for seed in self.collection.seed:
            body = answered(self.effect.body, projected(self.api, self.collection, seed))
            yield from self._body(response, self.effect.has_body, body, pointer, "behavior-answer")

    def _body(self, response: Response, there: bool, body: Json, pointer: Pointer, code: str) -> Iterator[Diagnostic]:
        place = Place(("response", response.status, "body"))
        if not there and any(media.schema is not None for media in response.content):
            yield self._wrong(pointer, code, "the spec promises a body here", "give one", str(place))
        if there and not response.content:
            yield self._wrong(pointer, code, "the spec promises no body here", "leave the body out", str(place))
        for media in response.content if there else ():
            if media.schema is None:
                continue
            for inner, reason in self.check.errors((*media.pointer, "schema"), body):
                at = f"{place}.{_dotted(inner)}" if inner else str(place)
                yield self._wrong(pointer, code, f"the body is not the spec's: {reason[:200]}", "correct the body", at)

    def _refusals(self) -> Iterator[Diagnostic]:
        kinds = self.effect.reachable(self.collection, secured(self.operation), self.operation.body is not None)
        for kind in kinds:
            refusal = self.effect.refusals[kind]
            own = (*self.here, "refusals", kind)
            pointer: Pointer = own if own in self.document.lines else ("refusals", kind)
            response = self.operation.response(refusal.status)
            at = f"response.{refusal.status}"
            if response is None:
                message = f"a request refused as {kind!r} is answered {refusal.status}, which the spec does not declare"
                yield self._wrong(pointer, "behavior-refusal", message, "declare the status, or answer another", at)
            else:
                there = refusal.body is not None
                yield from self._body(response, there, refusal.body, pointer, "behavior-refusal")

    def _fields(self) -> Iterator[Diagnostic]:
        schema = self._body_schema()
        names = declared(self.api.document.value, self.api.at(schema)) if schema else frozenset()
        seeded = {name for seed in self.collection.seed for name in seed}
        for key, given in (("unmapped", self.effect.unmapped), ("owned", tuple(self.effect.owned))):
            for name in given:
                if name not in names:
                    message = f"{key} names {name!r}, which the request does not have"
                    yield self._wrong((*self.here, key), "behavior-field", message, "correct the name", name)
        for key in ("unique", "immutable", "touched"):
            for name in getattr(self.collection, key):
                if name not in seeded | names:
                    message = f"{key} names {name!r}, which no seeded object has"
                    place = ("resources", self.collection.name, key)
                    yield self._wrong(place, "behavior-field", message, "correct the name, or seed the field", name)
        yield from self._owned()
        for number, limit in enumerate(self.effect.limits):
            if not list(values({"request": self.effect.request}, limit.at.steps)):
                message = f"the working request has nothing at {limit.at}, so the limit cannot be shown"
                remedy = "correct the place, or send the field in the request"
                yield self._wrong((*self.here, "limits", number), "behavior-limit", message, remedy, str(limit.at))

    def _owned(self) -> Iterator[Diagnostic]:
        """Yields fields of the working request that the first identity, who may do everything, does not own."""
        body = self.effect.request.get("body")
        for name, pattern in self.effect.owned.items():
            for value in values(body, (name,)) if self.behavior.identities else ():
                match = re.search(pattern, value) if isinstance(value, str) else None
                if match is None or match.group(1) not in self.behavior.identities[0].owns:
                    owner = self.behavior.identities[0].name
                    message = f"the working request sends {name!r} as {value!r}, which {owner!r} does not own"
                    remedy = f"correct the pattern, or what {owner!r} owns"
                    place = (*self.here, "owned", name)
                    yield self._wrong(place, "behavior-owned", message, remedy, f"request.body.{name}")

    def _rules(self) -> Iterator[Diagnostic]:
        if not self.effect.rules:
            return
        from cel_expr_python import cel

        dynamic = cel.Type.DYN
        names = ("self", "oldSelf", "others", "caller")
        environment = cel.NewEnv(variables=dict.fromkeys(names, dynamic))
        for number, rule in enumerate(self.effect.rules):
            for at in rule.narrow:
                if not list(values({"request": self.effect.request}, parse(at).steps)):
                    message = f"the working request has nothing at {at}, which the rule {rule.id!r} narrows"
                    place = (*self.here, "rules", number, "narrow", at)
                    yield self._wrong(place, "behavior-rule", message, "correct the place", at)
            try:
                environment.compile(rule.rule)
            except Exception as error:
                reason = " ".join(str(error).split())[:300]
                place = (*self.here, "rules", number, "rule")
                message = f"the rule {rule.id!r} is no CEL: {reason}"
                yield self._wrong(place, "behavior-rule", message, "correct the expression", str(rule.at))
