"""What behavior.yaml and package.yaml say about an operation, as claims."""

from __future__ import annotations

from collections.abc import Iterator

from specledger.behavior import Behavior, Collection, Effect, secured
from specledger.canonical import plain_value
from specledger.claims import Claim
from specledger.ir import Api, Operation
from specledger.places import Place, parse
from specledger.yaml12 import Document, Json, Pointer

# Keywords that behavior.yaml is to say, and no spec can.
EFFECTS = frozenset("effect unique owned unmapped immutable touched limit rule scope refuses tells within".split())


def claims(api: Api, behavior: Behavior, operation: Operation) -> Iterator[Claim]:
    """Yields the effects, limits, rules and refusals of one operation, each at the place it acts on."""
    effect = behavior.effects.get(operation.id)
    if effect is None or behavior.document is None:
        return
    said = _Effects(api, behavior.document, operation, effect, behavior.resources[effect.resource])
    yield from said.all()


def package_claims(api: Api, package: Document | None, operation: Operation) -> Iterator[Claim]:
    """Yields the signs by which package.yaml tells a failure and the keys that its options wrap the body in."""
    if package is None:
        return
    for number, sign in enumerate(api.package.failures):
        at = parse(sign.at)
        if any(response.status == at.steps[1] for response in operation.responses):
            yield Claim(at, "fails", plain_value(sign.schema), package, ("failures", number))
    # A variable that the page does not name is ours to name.
    named = ("credential", "environment") if ("credential", "environment") in package.lines else ()
    yield Claim(Place(("security",)), "environment", api.package.environment, package, named, weak=True)
    for number, option in enumerate(api.package.options):
        if operation.id in option.wraps:
            key, beside = option.wraps[operation.id]
            value: Json = {"key": key, "beside": list(beside)}
            pointer: Pointer = ("options", number, "wraps", operation.id)
            yield Claim(Place(("request", "body")), "wraps", value, package, pointer)


class _Effects:
    def __init__(
        self, api: Api, document: Document, operation: Operation, effect: Effect, collection: Collection
    ) -> None:
        self.api = api
        self.document = document
        self.operation = operation
        self.effect = effect
        self.collection = collection
        self.here: Pointer = ("operations", operation.id)
        self.there: Pointer = ("resources", collection.name)

    def _claim(self, at: Place, keyword: str, value: Json, pointer: Pointer) -> Claim:
        return Claim(at, keyword, value, self.document, pointer)

    def all(self) -> Iterator[Claim]:
        body = Place(("request", "body"))
        effect, collection = self.effect, self.collection
        yield self._claim(body, "effect", effect.effect, (*self.here, "effect"))
        for name in collection.unique:
            yield self._claim(body.child(name), "unique", True, (*self.there, "unique"))
        for name in effect.owned:
            yield self._claim(body.child(name), "owned", True, (*self.here, "owned", name))
        for name in effect.unmapped:
            yield self._claim(body.child(name), "unmapped", True, (*self.here, "unmapped"))
        for name in collection.immutable:
            yield self._claim(self.shown(name), "immutable", True, (*self.there, "immutable"))
        for name in collection.touched:
            yield self._claim(self.shown(name), "touched", True, (*self.there, "touched"))
        for name, place in effect.within.items():
            yield self._claim(place, f"within:{name}", True, (*self.here, "within", name))
        if effect.scope:
            yield self._claim(Place(("security",)), f"scope:{effect.scope}", True, (*self.here, "scope"))
        for number, limit in enumerate(effect.limits):
            pointer = (*self.here, "limits", number)
            yield self._claim(limit.at, "limit", True, pointer)
            for bound, value in limit.bounds.items():
                yield self._claim(limit.at, f"limit.{bound}", value, (*pointer, bound))
        for number, rule in enumerate(effect.rules):
            yield self._claim(rule.at, f"rule:{rule.id}", True, (*self.here, "rules", number))
        yield from self._refusals()

    def _refusals(self) -> Iterator[Claim]:
        own = (*self.here, "refusals")
        kinds = self.effect.reachable(self.collection, secured(self.operation), self.operation.body is not None)
        for kind in kinds:
            status = str(self.effect.refusals[kind].status)
            pointer = (*own, kind) if (*own, kind) in self.document.lines else ("refusals", kind)
            yield self._claim(Place(("response", status)), f"refuses:{kind}", True, pointer)
            for steps, constant in constants(self.effect.refusals[kind].body):
                at = Place(("response", status, "body", *steps))
                yield self._claim(at, f"tells.{kind}", constant, pointer)

    def shown(self, name: str) -> Place:
        """Returns where a stored field shows: in the answer, or in the resource alone."""
        schema = self.api.resolve(self.api.at(("components", "schemas", self.collection.schema)))
        properties = schema.get("properties") if isinstance(schema, dict) else None
        path = answer_path(self.effect.body)
        if path is not None and isinstance(properties, dict) and name in properties:
            return Place(("response", str(self.effect.status), "body", *path, name))
        return Place(("resource", self.collection.name, name))


def constants(body: Json, steps: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Yields what programs may tell a refusal by, with the steps to it: codes and marks, but no words in prose."""
    if isinstance(body, dict):
        for key, value in body.items():
            yield from constants(value, (*steps, key))
    elif isinstance(body, str):
        if body and not any(mark.isspace() for mark in body) and "{reason}" not in body:
            yield steps, body
    elif not isinstance(body, list) and body is not None:
        yield steps, body


def answer_path(body: Json, path: tuple[str, ...] = ()) -> tuple[str, ...] | None:
    """Returns the steps that lead to the text `$resource` in an answer; None where it does not show."""
    if body == "$resource":
        return path
    if isinstance(body, dict):
        for key, value in body.items():
            found = answer_path(value, (*path, key))
            if found is not None:
                return found
    return None
