"""Faults of what the mock runs on: who may call, what is checked and in which order, the state, the answers."""

# ruff: noqa: E501  # a line for each operator, with the code before and after as it stands
from __future__ import annotations

from collections.abc import Iterable, Mapping

from specledger import effects
from specledger.behavior import Collection, Effect, Refusal
from specledger.ir import Operation
from specledger.mutate.code import Where, answers, body, claimed, everywhere, only, rewritten, security
from specledger.mutate.mutant import Operator
from specledger.mutate.world import World
from specledger.yaml12 import as_object


def _effect(world: World, operation: Operation) -> Effect | None:
    return world.behavior.effects.get(operation.id)


def _collection(world: World, operation: Operation) -> Collection | None:
    effect = _effect(world, operation)
    return world.behavior.resources[effect.resource] if effect else None


def _said(*keywords: str, root: str = "") -> Where:
    """Returns the places of what behavior.yaml says by these keywords, or by longer ones that begin so."""

    def where(world: World, operation: Operation) -> Iterable[str]:
        found = [
            str(claim.at)
            for claim in effects.claims(world.api, world.behavior, operation)
            if claim.keyword in keywords or claim.keyword.partition(":")[0] in keywords
        ]
        return [at for at in found if at.startswith(root)]

    return where


def _refuses(*kinds: str) -> Where:
    """Returns the answers of the refusals of these kinds that an operation can give."""

    def where(world: World, operation: Operation) -> Iterable[str]:
        claims = effects.claims(world.api, world.behavior, operation)
        return [str(claim.at) for claim in claims if claim.keyword in [f"refuses:{kind}" for kind in kinds]]

    return where


def _asker_first(world: World, operation: Operation) -> bool:
    """Says whether a caller sees which of the two was refused: who asks, or what is asked."""
    effect = _effect(world, operation)
    known = effect.refusals if effect else world.behavior.refusals
    return _differ(known, "unauthenticated", "invalid")


def _differ(known: Mapping[str, Refusal], one: str, other: str) -> bool:
    """Says whether a caller sees which of two kinds of refusal it was given."""
    return (known[one].status, known[one].body) != (known[other].status, known[other].body)


def _written(world: World, operation: Operation) -> list[str]:
    """Returns the fields that an operation writes, as they are sent, as they are stored and as they show."""
    effect, collection = _effect(world, operation), _collection(world, operation)
    if effect is None or collection is None:
        return []
    sent = effect.request.get("body")
    path = effects.answer_path(effect.body)
    found = ["request.body"]
    for name in sent if isinstance(sent, dict) else ():
        found += [f"request.body.{name}", f"resource.{collection.name}.{name}"]
        if path is not None:
            found.append(".".join(("response", str(effect.status), "body", *path, name)))
    return found


def _stored(world: World, operation: Operation) -> list[str]:
    """Returns the fields of a collection's objects."""
    collection = _collection(world, operation)
    names = dict.fromkeys(name for seed in collection.seed for name in seed) if collection else {}
    return [f"resource.{collection.name}.{name}" for name in names] if collection else []


def _found(world: World, operation: Operation) -> list[str]:
    """Returns where the id of an object stands, and how an unknown one is refused."""
    effect = _effect(world, operation)
    return [str(effect.id), *_refuses("unknown")(world, operation)] if effect else []


def _ordered(world: World, operation: Operation) -> list[str]:
    """Returns the body, where an unknown object is refused otherwise than what is not valid."""
    effect = _effect(world, operation)
    kinds = [effect.refusals[kind] for kind in ("unknown", "invalid")] if effect else []
    apart = len({(kind.status, str(kind.body)) for kind in kinds}) > 1
    return ["request.body", *(f"response.{kind.status}.body" for kind in kinds)] if apart else []


def _objects(world: World, operation: Operation) -> list[str]:
    """Returns the fields of a body that hold an object, in the sample and in a seeded object."""
    effect, collection = _effect(world, operation), _collection(world, operation)
    sent = effect.request.get("body") if effect else None
    held = {name for seed in collection.seed for name in seed} if collection else set()
    fields = sent.items() if isinstance(sent, dict) else ()
    return [f"request.body.{name}" for name, value in fields if isinstance(value, dict) and name in held]


def _shows(world: World, operation: Operation) -> bool:
    effect = _effect(world, operation)
    return effect is not None and effects.answer_path(effect.body) is not None


def _answers(world: World, operation: Operation) -> bool:
    effect = _effect(world, operation)
    return effect is not None and effect.body is not None


def _silent(world: World, operation: Operation) -> bool:
    return _effect(world, operation) is not None and not _answers(world, operation)


def _several(world: World, _: Operation) -> bool:
    return len(world.behavior.identities) > 1


def _merges(world: World, operation: Operation) -> bool:
    effect = _effect(world, operation)
    return effect is not None and effect.effect == "merge"


def _replaces(world: World, operation: Operation) -> bool:
    return not _merges(world, operation)


def _told_apart(world: World, operation: Operation) -> bool:
    """Says whether a request without a body is refused otherwise than one whose object is unknown.

    Where the id lies in the body and both refusals are alike, nobody can tell which one it was.
    """
    effect = _effect(world, operation)
    if effect is None or effect.id.steps[1] != "body":
        return True
    return _differ(effect.refusals, "invalid", "unknown")


def _empty_differs(world: World, operation: Operation) -> bool:
    """Says whether an empty object is accepted, or refused otherwise than what cannot be read."""
    effect = _effect(world, operation)
    schemas = [world.api.resolve(media.schema) for media in operation.body.content] if operation.body else []
    if effect is None or not any(as_object(schema).get("required") for schema in schemas):
        return True
    return _differ(effect.refusals, "invalid", "malformed")


def _swap(name: str, says: str, module: str, old: str, new: str, where: Where) -> Operator:
    return Operator(f"mock-{name}", "mock", says, rewritten("mock", f"/{module}.py", old, new, where))


_CALLER = (
    _swap("open", "every credential is taken, and none", "credential", "return self._first if self._open else None", "return self._first", security),
    _swap("wrong-identity", "whoever calls is taken for the first", "credential", "return identity", "return self._first", only(_several, security)),
    _swap("unknown-identity", "a credential that nobody holds is taken", "credential", 'if credential and "" not in shown and not self._known:', 'if credential and "" not in shown:', security),
    _swap("prefix-ignored", "the word before the credential does not matter", "credential", "if not same:\n            return \"\"\n        found = text[size:].strip() if size else text", "found = text.split(\" \")[-1]", only(lambda world, one: any(world.api.schemes[key].prefix for keys in one.security for key in keys), security)),
    _swap("auth-last", "the credential is looked at after the request", "operation", "caller = self._admit(request, query)\n            parts = self._parts(request, path, query)", "parts = self._parts(request, path, query)\n            caller = self._admit(request, query)", only(_asker_first, security)),
    _swap("challenge-lost", "a 401 says not how to come in", "answer", 'if self.status == 401 else []', "if False else []", only(lambda world, one: any(at == "response.401" for at in _refuses("unauthenticated")(world, one)), security)),
    _swap("scope-ignored", "a scope is not asked for", "credential", "return self.unbounded or not scope or scope in self.scopes", "return True", _said("scope")),
    _swap("workspace-ignored", "objects of another workspace are reached", "credential", "return self.unbounded or workspace == self.workspace", "return True", _refuses("foreign")),
    _swap("owned-ignored", "a prefix of somebody else is taken", "credential", "return self.unbounded or prefix in self.owns", "return True", _said("owned")),
)  # fmt: skip

_BODY_CHECK = "if self._validator is not None and not self._validator.is_valid(value):"
_CHECKS = (
    _swap("body-unchecked", "a body is not held to its schema", "body", _BODY_CHECK, "if False:", claimed("request.body", "type")),
    _swap("body-not-required", "a request without a body is taken", "operation", "elif self.body_required:\n            raise Invalid", "elif False:\n            raise Invalid", only(lambda world, one: bool(one.body and one.body.required) and _told_apart(world, one), body)),
    _swap("media-type-ignored", "a body is read whatever its media type is", "operation", "found = choose(self.bodies, given)\n        if found is None:", "found = choose(self.bodies, given) or next(iter(self.bodies.values()))\n        if found is None:", body),
    _swap("size-ignored", "a body may be of any size", "operation", "if request.too_large:\n            raise", "if False:\n            raise", _refuses("too_large")),
    _swap("malformed-taken", "what is no JSON is taken for an empty object", "json_text", "raise Malformed(str(error)) from None", "return {}", only(_empty_differs, body)),
    _swap("key-twice", "a key that stands twice is taken", "json_text", "if key in found:\n            raise", "if False:\n            raise", body),
    _swap("found-first", "an object is looked for before the request is checked", "operation", "parts = self._parts(request, path, query)\n", "if self.effect:\n                self.effect._find(caller, {\"path\": dict(path)})\n            parts = self._parts(request, path, query)\n", only(lambda world, one: _effect(world, one) is not None and any(p.location == "path" for p in one.parameters), _ordered)),
    _swap("limits-ignored", "limits are not checked", "effect", "self._check_limits(parts)\n", "pass\n", _said("limit")),
    _swap("limit-exclusive-below", "a value at a lower limit is refused", "effect", "and value < low", "and value <= low", _said("limit.minimum")),
    _swap("limit-exclusive-above", "a value at an upper limit is refused", "effect", "and value > high", "and value >= high", _said("limit.maximum")),
    _swap("rules-ignored", "rules are not checked", "effect", "self._check_rules(caller, body, identity, new, stored)\n", "pass\n", _said("rule")),
    _swap("rules-of-before", "rules are asked of the object as it was", "effect", '"self": new, "oldSelf"', '"self": old, "oldSelf"', _said("rule")),
    _swap("others-unseen", "rules see no other object", "effect", "others = self._others(identity, rule.others)", "others = self._others(identity, frozenset())", _said("rule")),
    _swap("owned-unchecked", "who owns a prefix is not checked", "effect", "self._check_owned(caller, sent)\n", "pass\n", _said("owned")),
    _swap("unique-ignored", "two objects may hold one value", "effect", "if field:\n            raise", "if False:\n            raise", _said("unique")),
    _swap("unique-against-itself", "an object's own value counts as taken", "state", "holders.get(_key(new[name]), identity) != identity", "_key(new[name]) in holders", _said("unique")),
    _swap("within-ignored", "an object is found where it does not lie", "effect", "if stored is None or any(", "if stored is None or False and any(", _said("within")),
)  # fmt: skip

_STATE = (
    _swap("not-stored", "an update that says nothing is not stored", "effect", "self._state.commit(self._collection, identity, new)\n            return self._documented.empty()", "return self._documented.empty()", only(_silent, _written)),
    _swap("not-stored-answered", "an update is answered and not stored", "effect", "self._state.commit(self._collection, identity, new)\n        return self._documented.answer(value)", "return self._documented.answer(value)", only(_answers, _written)),
    _swap("answer-of-before", "the answer shows the object as it was", "effect", "self._state.commit(self._collection, identity, new)\n        return self._documented.answer(value)", "value = self._collection.objects[identity] if self._body == RESOURCE else _filled(self._body, self._collection.objects[identity])\n        self._state.commit(self._collection, identity, new)\n        return self._documented.answer(value)", only(_shows, _written)),
    _swap("effect-flipped", "an update replaces where it merges, or the other way round", "effect", 'row["effect"] == "replace"', 'row["effect"] == "merge"', _written),
    _swap("merged-deeply", "an object in a field is merged with the stored one", "effect", "return {**stored, **sent}", "return {name: {**stored[name], **sent[name]} if isinstance(stored.get(name), dict) and isinstance(sent.get(name), dict) else sent.get(name, stored.get(name)) for name in {**stored, **sent}}", only(_merges, _objects)),
    _swap("replace-clears-all", "a replacing update clears what it cannot set", "effect", "if name in self._kept or name not in self._declared.names}\n        return {**left", "if name in self._kept}\n        return {**left", only(_replaces, _stored)),
    _swap("changed-in-place", "an update that is refused leaves its traces", "effect", "return {**stored, **sent}", "stored.update(sent)\n            return stored", only(lambda world, one: _merges(world, one) and bool(list(_said("unique", "rule")(world, one))), _written)),
    _swap("stored-before-checks", "an update is stored before it is checked", "effect", "field = self._collection.taken(identity, new)", "self._collection.objects[identity] = new\n        field = self._collection.taken(identity, new)", only(lambda world, one: bool(list(_said("unique", "rule")(world, one))), _written)),
    _swap("first-sent-to-all", "every text that is sent holds the first one", "effect", "new = self._updated(stored, sent)", "new = self._updated(stored, {name: next((one for one in sent.values() if isinstance(one, str)), value) if isinstance(value, str) and name not in self._collection.unique else value for name, value in sent.items()})", only(lambda world, one: len([at for at in claimed("request.body", "type", "string")(world, one) if at.count(".") == 2]) > 2, _written)),
    _swap("last-dropped", "the last field that is sent is not stored", "effect", "new = self._updated(stored, sent)", "new = self._updated(stored, {name: sent[name] for name in [*sent][: len(sent) - (len(sent) > 1)]})", _written),
    _swap("nothing-cleared", "a text that is sent empty is not stored", "effect", "new = self._updated(stored, sent)", 'new = self._updated(stored, {name: value for name, value in sent.items() if value != ""})', only(lambda world, one: _merges(world, one) and any(at.count(".") == 2 for at in claimed("request.body", "type", "string")(world, one)) and not list(_said("owned")(world, one)), _written)),
    _swap("false-lost", "a field that is sent as false or 0 is not stored", "effect", "new = self._updated(stored, sent)", "new = self._updated(stored, {name: value for name, value in sent.items() if value not in (0, False)})", only(lambda world, one: _merges(world, one) and any(at.count(".") == 2 for at in claimed("request.body", "type", "boolean", "integer")(world, one)), _written)),
    _swap("unmapped-stored", "a field is stored that is not", "effect", '*self._collection.immutable, *cast("list[str]", row["unmapped"])', "*self._collection.immutable", _said("unmapped")),
    _swap("untouched", "a time stands still", "effect", "new[name] = later(stored.get(name))", "pass", _said("touched")),
    _swap("touched-backwards", "a time goes back", "effect", "new[name] = later(stored.get(name))", 'new[name] = "1999-01-01T00:00:00Z" if str(stored.get(name))[:2] in ("20", "19") else "Jan 1, 1999 1:00:00 AM"', _said("touched")),
    _swap("touches-all", "every time of an object moves", "effect", "for name in self._collection.touched:", "for name in (*self._collection.touched, *(self._collection.immutable if self._collection.touched else ())):\n            if name == self._collection.id:\n                continue", only(lambda world, one: bool(list(_said("touched")(world, one))), _said("immutable"))),
    _swap("other-object", "another object is changed", "effect", "return self._answer(identity, new)", "return self._answer(next((key for key in self._collection.objects if key != identity), identity), new)", _written),
    _swap("id-as-prefix", "an object is found by the beginning of its id", "effect", "stored = self._collection.objects.get(identity)", "identity = next((key for key in self._collection.objects if identity and key.startswith(identity)), identity)\n        stored = self._collection.objects.get(identity)", _found),
    _swap("id-by-prefix", "an object is found by what begins with its id", "effect", "stored = self._collection.objects.get(identity)", "identity = next((key for key in self._collection.objects if identity.startswith(key)), identity)\n        stored = self._collection.objects.get(identity)", _found),
    _swap("id-in-any-case", "an id is found in any case", "effect", "stored = self._collection.objects.get(identity)", "identity = next((key for key in self._collection.objects if key.lower() == identity.lower()), identity)\n        stored = self._collection.objects.get(identity)", _found),
    _swap("unknown-created", "an object that is not there is made", "effect", "stored = self._collection.objects.get(identity)", "stored = self._collection.objects.get(identity) or next(iter(self._collection.objects.values()))", _found),
)  # fmt: skip

_ANSWERS = (
    _swap("error-as-text", "a refusal goes under another media type", "answer", 'self.media_type or "application/json", headers)', '"text/html", headers)', answers("4")),
    _swap("error-bare", "a refusal has no body", "answer", "content = cast(str, body).encode(\"utf-8\", \"replace\") if is_text else json_text.write(body)", 'content = b""', answers("4")),
    _swap("error-as-list", "a refusal's body is a list", "answer", "body = with_reason(self.body, reason[: self.longest])", "body: Json = [with_reason(self.body, reason[: self.longest])]", answers("4")),
    _swap("answer-as-text", "an answer goes under another media type", "documented", "json_text.write(value), self.media_type, self._headers", 'json_text.write(value), "text/html", self._headers', only(_answers, answers("2"))),
    _swap("answer-twice", "an answer's body lies in a list", "effect", "return self._documented.answer(value)", "return self._documented.answer([value])", only(_answers, answers("2"))),
    _swap("allow-missing", "a 405 does not say which methods there are", "api", 'allow = [(b"allow", ", ".join(methods).encode())]', "allow: list[tuple[bytes, bytes]] = []", everywhere),
)  # fmt: skip

OPERATORS: tuple[Operator, ...] = (*_CALLER, *_CHECKS, *_STATE, *_ANSWERS)
