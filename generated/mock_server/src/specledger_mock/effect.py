"""What an operation does to the state: find the object, check what OpenAPI cannot say, commit, answer."""

from __future__ import annotations

import re
from typing import cast

from .answer import Answer
from .clock import later
from .credential import Identity
from .documented import Documented
from .json_text import Json, JsonObject
from .request import Parts, Refused, found_at, place, steps_of, value_at
from .rule import Rule, compile_rules
from .schema import Declared, Schemas
from .state import Collection, State

RESOURCE = "$resource"


class Effect:
    """One operation's work on one collection. Everything between find and commit runs without a pause."""

    def __init__(
        self, row: JsonObject, state: State, declared: Declared, documented: Documented, shown: Declared | None
    ) -> None:
        self._state = state
        self._collection: Collection = state.collections[str(row["resource"])]
        self._id = steps_of(row["id"])
        self._within = {name: steps_of(steps) for name, steps in _object(row["within"]).items()}
        self._clears = row["effect"] == "replace"
        self.scope = str(row["scope"])
        self._owned = {name: re.compile(str(pattern)) for name, pattern in _object(row["owned"]).items()}
        limits = [_object(limit) for limit in cast("list[Json]", row["limits"])]
        self._limits = [(steps_of(limit["at"]), limit.get("minimum"), limit.get("maximum")) for limit in limits]
        self._rules: tuple[Rule, ...] = compile_rules(cast("list[JsonObject]", row["rules"]))
        self._declared = declared
        kept = {self._collection.id, *self._collection.immutable, *cast("list[str]", row["unmapped"])}
        if self._id[:1] == ("body",):
            kept.add(self._id[-1])
        self._kept = frozenset(kept)
        self._written = declared.names - kept
        self._documented = documented
        self._shown = shown
        given = _object(row["answer"])
        self._has_body = "body" in given
        self._body = given.get("body")

    def apply(self, caller: Identity, parts: Parts) -> Answer:
        """Carries the request out, or raises Refused and changes nothing."""
        identity, stored = self._find(caller, parts)
        body = parts.get("body")
        sent = {name: body[name] for name in body if self._writes(name)} if isinstance(body, dict) else {}
        self._check_owned(caller, sent)
        self._check_limits(parts)
        new = self._updated(stored, sent)
        field = self._collection.taken(identity, new)
        if field:
            raise Refused("taken", f"request.body.{field}: another object holds this value")
        self._check_rules(caller, body, identity, new, stored)
        for name in self._collection.touched:
            new[name] = later(stored.get(name))
        return self._answer(identity, new)

    def _writes(self, name: str) -> bool:
        return name in self._written or (self._declared.open and name not in self._kept)

    def _find(self, caller: Identity, parts: Parts) -> tuple[str, JsonObject]:
        named = value_at(parts, self._id)
        identity = named if isinstance(named, str) else str(named)
        stored = self._collection.objects.get(identity)
        if stored is None or any(stored.get(name) != value_at(parts, at) for name, at in self._within.items()):
            raise Refused("unknown", f"{place(self._id)}: there is no such object")
        workspace = self._collection.workspace
        if workspace and not caller.reaches(stored.get(workspace)):
            raise Refused("foreign", f"{place(self._id)}: the object belongs to another workspace")
        return identity, stored

    def _check_owned(self, caller: Identity, sent: JsonObject) -> None:
        for name, pattern in self._owned.items():
            if name in sent:
                match = pattern.search(str(sent[name]))
                if not match or not caller.may_use(match.group(1)):
                    raise Refused("not_owned", f"request.body.{name}: the prefix belongs to someone else")

    def _check_limits(self, parts: Parts) -> None:
        for steps, low, high in self._limits:
            for value in found_at(parts, steps):
                if isinstance(value, bool) or not isinstance(value, (int, float)):
                    continue
                too_low = isinstance(low, (int, float)) and value < low
                if too_low or (isinstance(high, (int, float)) and value > high):
                    bounds = f"{'' if low is None else low}..{'' if high is None else high}"
                    raise Refused("limit", f"{place(steps)}: outside of the limits {bounds}")

    def _updated(self, stored: JsonObject, sent: JsonObject) -> JsonObject:
        if not self._clears:
            return {**stored, **sent}
        left = {name: value for name, value in stored.items() if name in self._kept or name not in self._declared.names}
        return {**left, **sent}

    def _check_rules(self, caller: Identity, body: Json, identity: str, new: JsonObject, old: JsonObject) -> None:
        names = set(body) if isinstance(body, dict) else set[str]()
        for rule in self._rules:
            if rule.fields and rule.fields.isdisjoint(names):
                continue
            others = self._others(identity, rule.others)
            if not rule.holds({"self": new, "oldSelf": old, "others": others, "caller": caller.shown()}):
                raise Refused("rule", f"{rule.at}: {rule.message}")

    def _others(self, identity: str, names: frozenset[str] | None) -> dict[str, list[JsonObject]]:
        return {
            name: [found for key, found in other.objects.items() if other is not self._collection or key != identity]
            for name, other in self._state.collections.items()
            if names is None or name in names
        }

    def _answer(self, identity: str, new: JsonObject) -> Answer:
        if not self._has_body:
            self._state.commit(self._collection, identity, new)
            return self._documented.empty()
        shown = self._shown
        if shown is None or shown.open or new.keys() <= shown.names:
            seen = new
        else:
            seen = {name: value for name, value in new.items() if name in shown.names}
        value: Json = seen if self._body == RESOURCE else _filled(self._body, seen)
        if not self._documented.accepts(value):
            raise Refused("invalid", f"request.body: the answer would leave the spec: {self._documented.defect(value)}")
        self._state.commit(self._collection, identity, new)
        return self._documented.answer(value)


def _filled(body: Json, resource: JsonObject) -> Json:
    if body == RESOURCE:
        return resource
    if isinstance(body, list):
        return [_filled(item, resource) for item in body]
    if isinstance(body, dict):
        return {key: _filled(value, resource) for key, value in body.items()}
    return body


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def shown_by(schemas: Schemas, name: str) -> Declared | None:
    """Returns the fields that a component schema shows; None, everything, where no schema is named."""
    return schemas.declared(schemas.definitions.get(name)) if name else None
