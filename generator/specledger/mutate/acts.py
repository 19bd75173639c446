"""Faults of a behavior: what an update does, who may call it, and how it is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from specledger import effects
from specledger.mutate.mutant import Fault, Operator
from specledger.mutate.world import Spot, World, written
from specledger.yaml12 import JsonObject, Pointer, as_list, as_object, as_rows

_FREE_STATUS = 418


def _document(world: World) -> JsonObject:
    return world.document(world.behavior_path) if world.behavior_path in world.files else {}


def _spots(world: World, *pointers: Pointer) -> tuple[Spot, ...]:
    """Returns the places that the claims at these pointers, or below them, speak of."""
    found: dict[Spot, None] = {}
    for operation in world.api.operations:
        for claim in effects.claims(world.api, world.behavior, operation):
            for pointer in pointers:
                if claim.pointer[: len(pointer)] == pointer:
                    found[(operation.label, str(claim.at))] = None
    return tuple(found)


def _label(world: World, operation_id: str) -> str:
    operation = world.api.operation(operation_id)
    return operation.label if operation else operation_id


def _fault(world: World, spots: tuple[Spot, ...], name: str, document: JsonObject) -> Fault:
    return Fault(spots, name, {world.behavior_path: written(document)})


def _operations(world: World) -> Iterator[tuple[str, JsonObject, JsonObject]]:
    """Yields each operation's name and row, in a copy of the whole that may be changed."""
    for name in as_object(_document(world).get("operations")):
        document = _document(world)
        yield name, as_object(as_object(document["operations"])[name]), document


def _effect(world: World) -> Iterator[Fault]:
    for name, row, document in _operations(world):
        row["effect"] = "replace" if row["effect"] == "merge" else "merge"
        yield _fault(world, _spots(world, ("operations", name, "effect")), f"effect of {name}", document)


def _of_operation(key: str) -> Callable[[World], Iterator[Fault]]:
    """Returns the faults that an operation lacks a key, or one entry of it."""

    def faults(world: World) -> Iterator[Fault]:
        for name, row, _ in _operations(world):
            for entry in _entries(row.get(key)):
                document = _document(world)
                changed = as_object(as_object(document["operations"])[name])
                pointer = _drop(changed, key, entry)
                spots = _claimed(world, name, key, entry) or _spots(world, ("operations", name, *pointer))
                yield _fault(world, spots, f"{key} {entry} of {name}".replace(" None", ""), document)

    return faults


def _claimed(world: World, name: str, key: str, entry: str | int | None) -> tuple[Spot, ...]:
    """Returns the place of a field that a list of an operation names."""
    return ((_label(world, name), f"request.body.{entry}"),) if key in ("unmapped", "owned") else ()


def _entries(value: object) -> Iterator[str | int | None]:
    """Yields the entries of a value: names of an object or of a list of names, numbers of rows, None for a single."""
    if isinstance(value, dict):
        yield from value
    elif isinstance(value, list):
        yield from (entry if isinstance(entry, str) else number for number, entry in enumerate(value))
    elif value is not None:
        yield None


def _drop(row: JsonObject, key: str, entry: str | int | None) -> Pointer:
    """Removes a key of a row, or one entry of it, and returns where that stood."""
    value = row[key]
    if entry is None:
        del row[key]
        return (key,)
    if isinstance(value, dict):
        row[key] = {name: inner for name, inner in value.items() if name != entry}
    else:
        listed = as_list(value)
        row[key] = [one for number, one in enumerate(listed) if entry not in (one, number)]
    return (key, entry)


def _of_resource(key: str) -> Callable[[World], Iterator[Fault]]:
    """Returns the faults that a collection lacks one field of a list."""

    def faults(world: World) -> Iterator[Fault]:
        for name, row in as_object(_document(world).get("resources")).items():
            for field in as_list(as_object(row).get(key)):
                document = _document(world)
                changed = as_object(as_object(document["resources"])[name])
                changed[key] = [one for one in as_list(changed[key]) if one != field]
                spots = tuple(
                    spot for spot in _spots(world, ("resources", name, key)) if spot[1].split(".")[-1] == field
                )
                yield _fault(world, spots, f"{key} {field} of {name}", document)

    return faults


def _marked(key: str) -> Callable[[World], Iterator[Fault]]:
    """Returns the faults that a collection has a mark on a field that has none."""

    def faults(world: World) -> Iterator[Fault]:
        for name, effect in world.behavior.effects.items():
            collection = world.behavior.resources[effect.resource]
            sent = as_object(effect.request.get("body"))
            marked = {*collection.unique, *collection.immutable, *collection.touched, collection.id}
            for field in sent:
                if field not in marked:
                    document = _document(world)
                    row = as_object(as_object(document["resources"])[collection.name])
                    row[key] = [*as_list(row.get(key)), field]
                    label = _label(world, name)
                    shown = f"response.{effect.status}.body"
                    path = effects.answer_path(effect.body) or ()
                    places = (
                        f"request.body.{field}",
                        ".".join((shown, *path, field)),
                        f"resource.{collection.name}.{field}",
                    )
                    yield _fault(world, tuple((label, at) for at in places), f"{key} {field} of {name}", document)
                    break

    return faults


def _workspace(world: World) -> Iterator[Fault]:
    for name, row in as_object(_document(world).get("resources")).items():
        if "workspace" in as_object(row):
            document = _document(world)
            del as_object(as_object(document["resources"])[name])["workspace"]
            foreign = _spots(world, ("refusals", "foreign"))
            yield _fault(world, foreign, f"workspace of {name}", document)


def _limit(by: int, bound: str) -> Callable[[World], Iterator[Fault]]:
    def faults(world: World) -> Iterator[Fault]:
        for name, row, _ in _operations(world):
            for number, limit in enumerate(as_rows(row.get("limits"))):
                known = limit.get(bound)
                if isinstance(known, int | float):
                    document = _document(world)
                    changed = as_object(as_object(document["operations"])[name])
                    as_rows(changed["limits"])[number][bound] = known + by
                    spots = ((_label(world, name), str(limit["at"])),)
                    yield _fault(world, spots, f"{bound} {known} at {limit['at']}", document)

    return faults


def _rule(change: Callable[[str], str]) -> Callable[[World], Iterator[Fault]]:
    def faults(world: World) -> Iterator[Fault]:
        for name, row, _ in _operations(world):
            for number, rule in enumerate(as_rows(row.get("rules"))):
                document = _document(world)
                changed = as_rows(as_object(as_object(document["operations"])[name])["rules"])[number]
                changed["rule"] = change(str(rule["rule"]))
                spots = ((_label(world, name), str(rule["at"])),)
                yield _fault(world, spots, f"rule {rule['id']}", document)

    return faults


def _answer_status(world: World) -> Iterator[Fault]:
    for name, row, document in _operations(world):
        answer = as_object(row["answer"])
        known = answer["status"]
        answer["status"] = 202 if known != 202 else 200
        label = _label(world, name)
        spots = ((label, f"response.{known}"), (label, f"response.{answer['status']}"))
        yield _fault(world, spots, f"status of {name}", document)


def _answer_body(world: World) -> Iterator[Fault]:
    for name, row, document in _operations(world):
        answer = as_object(row["answer"])
        if answer.pop("body", None) is not None:
            spots = ((_label(world, name), f"response.{answer['status']}.body"),)
            yield _fault(world, spots, f"body of {name}", document)


def _refusals(world: World) -> Iterator[tuple[str, tuple[Spot, ...], JsonObject, JsonObject]]:
    """Yields each kind of refusal that an operation gives, with its places and its row in a copy of the whole."""
    for kind in as_object(_document(world).get("refusals")):
        document = _document(world)
        spots = _spots(world, ("refusals", kind))
        if spots:
            yield kind, spots, as_object(as_object(document["refusals"])[kind]), document


def _refusal_status(world: World) -> Iterator[Fault]:
    for kind, spots, row, document in _refusals(world):
        row["status"] = _FREE_STATUS
        made = tuple((label, f"response.{_FREE_STATUS}") for label, _ in spots)
        yield _fault(world, (*spots, *made), f"status of {kind}", document)


def _refusal_other(world: World) -> Iterator[Fault]:
    """Yields refusals that are answered with a status that the spec has for others."""
    for kind, spots, row, document in _refusals(world):
        known = {str(refusal.status) for refusal in world.behavior.refusals.values()}
        declared = {
            response.status
            for operation in world.api.operations
            for response in operation.responses
            if response.status in known and response.status != str(row["status"])
        }
        for other in sorted(declared)[:1]:
            row["status"] = int(other)
            made = tuple((label, f"response.{other}") for label, _ in spots)
            yield _fault(world, (*spots, *made), f"{other} for {kind}", document)


def _refusal_body(world: World) -> Iterator[Fault]:
    for kind, spots, row, document in _refusals(world):
        if row.pop("body", None) is not None:
            yield _fault(world, spots, f"body of {kind}", document)


def _scopes(world: World) -> Iterator[Fault]:
    """Yields the caller that may do everything without its scopes."""
    document = _document(world)
    for identity in as_rows(document.get("identities"))[:1]:
        if identity.pop("scopes", None):
            yield _fault(world, world.wide("security"), f"scopes of {identity['name']}", document)


OPERATORS: tuple[Operator, ...] = (
    Operator("effect-flipped", "behavior", "an update replaces where it merges, or the other way round", _effect),
    Operator("unique-dropped", "behavior", "two objects may hold the same value", _of_resource("unique")),
    Operator("unique-added", "behavior", "a value is refused that another object holds", _marked("unique")),
    Operator("immutable-dropped", "behavior", "a field may change that may not", _of_resource("immutable")),
    Operator("immutable-added", "behavior", "a field may not change that may", _marked("immutable")),
    Operator("touched-dropped", "behavior", "a time stands still", _of_resource("touched")),
    Operator("workspace-dropped", "behavior", "an object is everybody's", _workspace),
    Operator("scope-dropped", "behavior", "a scope is ignored", _of_operation("scope")),
    Operator("scopes-changed", "behavior", "the caller who may do everything holds no scope", _scopes),
    Operator("owned-dropped", "behavior", "a value of somebody else may be used", _of_operation("owned")),
    Operator("unmapped-dropped", "behavior", "a field is stored that is not", _of_operation("unmapped")),
    Operator("within-dropped", "behavior", "an object is found where it does not lie", _of_operation("within")),
    Operator("limit-dropped", "behavior", "a limit is missing", _of_operation("limits")),
    Operator("limit-minimum-raised", "behavior", "a lower limit is one higher", _limit(1, "minimum")),
    Operator("limit-minimum-lowered", "behavior", "a lower limit is one lower", _limit(-1, "minimum")),
    Operator("limit-maximum-raised", "behavior", "an upper limit is one higher", _limit(1, "maximum")),
    Operator("limit-maximum-lowered", "behavior", "an upper limit is one lower", _limit(-1, "maximum")),
    Operator("rule-dropped", "behavior", "a rule is missing", _of_operation("rules")),
    Operator("rule-negated", "behavior", "a rule is turned", _rule(lambda rule: f"!({rule})")),
    Operator("rule-ignored", "behavior", "a rule always holds", _rule(lambda rule: f"true || ({rule})")),
    Operator("answer-status", "behavior", "an accepted update has another status", _answer_status),
    Operator("answer-body", "behavior", "the answer to an update is empty", _answer_body),
    Operator("refusal-status", "behavior", "a refusal has a status that is not declared", _refusal_status),
    Operator("refusal-other", "behavior", "a refusal has another one's status", _refusal_other),
    Operator("refusal-body", "behavior", "a refusal says nothing", _refusal_body),
)
