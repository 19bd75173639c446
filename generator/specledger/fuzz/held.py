"""What a request must hold beside its schema to be accepted: ids of seeded objects, owned prefixes, limits, rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from specledger import places
from specledger.behavior import Behavior, Effect
from specledger.emit import mock
from specledger.emit.inferred import Inferred
from specledger.fuzz.narrow import owned_pattern, sample, working_seeds
from specledger.ir import Api, Operation
from specledger.places import Place
from specledger.yaml12 import Json, JsonObject, as_list, as_object


@dataclass(frozen=True, slots=True)
class Held:
    """Keywords that a request keeps to at a place, and the kind of refusal that it meets where it does not."""

    at: Place
    keywords: JsonObject
    kind: str


class Holding:
    """What the requests of the operations of one API must hold."""

    def __init__(self, api: Api, behavior: Behavior) -> None:
        self.behavior = behavior
        self.known: Inferred | None = mock.inferred(api, behavior)

    def of(self, operation: Operation) -> list[Held]:
        """Returns what the requests of an operation must hold."""
        effect = self.behavior.effects.get(operation.id)
        return list(self._effect(effect) if effect else self._inferred(operation))

    def _effect(self, effect: Effect) -> Iterator[Held]:
        collection = self.behavior.resources[effect.resource]
        identity = self.behavior.identities[0] if self.behavior.identities else None
        seeds = working_seeds(collection, effect, identity)
        named = sample(effect, effect.id)
        ids = [seed[collection.id] for seed in seeds]
        yield Held(effect.id, {"enum": [*named, *(value for value in ids if value not in named)]}, "unknown")
        for place in effect.within.values():
            yield Held(place, {"enum": sample(effect, place)}, "unknown")
        for name, pattern in effect.owned.items():
            owned = owned_pattern(pattern, pattern, identity.owns if identity else ())
            at = Place(("request", "body", name))
            yield Held(at, {"pattern": owned} if owned else {"enum": sample(effect, at)}, "not_owned")
        for name in collection.unique:
            taken = [seed[name] for seed in collection.seed if name in seed and seed[collection.id] not in named]
            yield Held(Place(("request", "body", name)), {"not": {"enum": taken}}, "taken")
        for limit in effect.limits:
            yield Held(limit.at, cast(JsonObject, dict(limit.bounds)), "limit")
        for rule in effect.rules:
            for text, keywords in rule.narrow.items():
                yield Held(places.parse(text), keywords, "rule")

    def _inferred(self, operation: Operation) -> Iterator[Held]:
        """Yields the ids by which the first seeded object of an inferred collection is found."""
        act = self.known.acts.get(operation.id) if self.known else None
        if self.known is None or act is None:
            return
        resource = self.known.resources[str(act["resource"])]
        seed = as_object(next(iter(as_list(resource["seed"])), {}))
        fields = [str(as_object(parent)["field"]) for parent in as_list(resource["parents"])]
        for steps, name in [(act["id"], str(resource["id"])), *zip(as_list(act["parents"]), fields, strict=True)]:
            if steps and name in seed:
                at = Place(("request", *map(str, as_list(steps))))
                yield Held(at, {"enum": [seed[name]]}, "unknown")


def schema_of(held: Iterable[Held]) -> JsonObject:
    """Returns all that is held as a schema of the request: parameters by location, and the body.

    What names the object must be there; it and rules look for a place in what is of the type that can hold it.
    """
    found: JsonObject = {}
    for one in held:
        schema = found
        is_named = one.kind == "unknown"
        for step in one.at.steps[1:]:
            key = {"[]": "items", "{}": "additionalProperties"}.get(step)
            if one.kind in ("unknown", "rule"):
                schema["type"] = "array" if step == "[]" else "object"
            if is_named and not key:
                wanted = as_list(schema.get("required"))
                schema["required"] = wanted if step in wanted else [*wanted, step]
            outer = schema if key else cast(JsonObject, schema.setdefault("properties", {}))
            schema = cast(JsonObject, outer.setdefault(key or step, {}))
            is_named = is_named and not key
        cast(list[Json], schema.setdefault("allOf", [])).append(one.keywords)
    return found


def apart_from(held: Iterable[Held], at: Place) -> list[Held]:
    """Returns what is held at places other than this one, those around it and those in it."""
    return [one for one in held if not one.at.starts_with(*at.steps) and not at.starts_with(*one.at.steps)]
