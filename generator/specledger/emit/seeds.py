"""What an inferred collection holds at first: the spec's examples, else one object made from its schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from specledger.emit.identified import singular
from specledger.runtime.mock.documented import row_of
from specledger.runtime.mock.fitting import Fitting, put
from specledger.runtime.mock.request import value_at
from specledger.runtime.mock.sample import MADE, NoSample, Sampler
from specledger.yaml12 import Json, JsonObject, as_object

if TYPE_CHECKING:
    from specledger.emit.inferred import Inferred
    from specledger.emit.paths import Found


def seed(known: Inferred, found: Found, row: JsonObject) -> list[Json]:
    """Returns the objects that a collection holds after a reset, each within the first object it can lie in."""
    held = _held(known, found)
    fitting = Fitting(known.outgoing, row["item"], frozenset((found.id, *held)) - {""})
    if found.single:
        shown = next(iter([*_examples(known, found, fitting), fitting.sample]))
        return [_named(found, {**shown, **held})]
    named = known.parameter(found.one, found.parameter)
    accepts = known.incoming.compile(named).is_valid
    seeds: dict[str, JsonObject] = {}
    made = [*_examples(known, found, fitting)] or [fitting.sample]
    for shown in made:
        identity = value_at(shown, found.deeper.get(found.id, (found.id,)))
        if made == [fitting.sample] and identity == MADE and found.id:
            readable = f"{singular(found.name)}-1"
            other = _named(found, {**shown, found.id: readable})
            if accepts(readable) and fitting.accepts({name: other[name] for name in shown}):
                identity = readable
        if identity in (None, "") or not accepts(identity):
            identity = _sampled(known, named, _parameter_examples(found))
        if identity is not None:
            seeds.setdefault(str(identity), _named(found, {**shown, found.id: identity, **held}))
    for example in _parameter_examples(found):
        if seeds and str(example) not in seeds and accepts(example):
            first = next(iter(seeds.values()))
            other = {**first, found.id: example}
            if fitting.accepts({name: value for name, value in other.items() if fitting.shows(name)}):
                if made == [fitting.sample]:
                    seeds.clear()  # what was only made gives way to what the spec names
                seeds[str(example)] = other
    return list(seeds.values())


def _named(found: Found, shown: JsonObject) -> JsonObject:
    """Returns an object with its ids also where it shows them deeper inside."""
    for name, steps in found.deeper.items():
        if name in shown and isinstance(shown.get(steps[0]), dict):
            shown = cast(JsonObject, put(shown, steps, shown[name]))
    return shown


def _held(known: Inferred, found: Found) -> JsonObject:
    """Returns the fields by which the objects lie in the first object of the collection around them."""
    deepest = max((number for number, parent in enumerate(found.parents) if parent[2]), default=-1)
    values: list[Json] = []
    if deepest >= 0:
        around = known.resources[found.parents[deepest][2]]
        fields = [str(as_object(parent)["field"]) for parent in cast("list[Json]", around["parents"])]
        outer = cast("list[JsonObject]", around["seed"])
        values = [outer[0].get(name) for name in (*fields, str(around["id"]))] if outer else []
    ways = {**found.whole, **found.one}
    for _, name, _ in found.parents[len(values) :]:
        rows = [row for way in ways.values() for row in cast("list[JsonObject]", way["parameters"])]
        examples = [value for row in rows if row["name"] == name for value in cast("list[Json]", row["examples"])]
        values.append(_sampled(known, known.parameter(ways, name), examples))
    return {field: value for (field, _, _), value in zip(found.parents, values, strict=False)}


def _sampled(known: Inferred, schema: Json, examples: list[Json]) -> Json:
    try:
        return Sampler(known.incoming).value(schema, examples)
    except NoSample:
        return None


def _parameter_examples(found: Found) -> list[Json]:
    rows = [row for way in found.one.values() for row in cast("list[JsonObject]", way["parameters"])]
    named = (row for row in rows if row["in"] == "path" and row["name"] == found.parameter)
    return [value for row in named for value in cast("list[Json]", row["examples"])]


def _examples(known: Inferred, found: Found, fitting: Fitting) -> Iterator[JsonObject]:
    """Yields the objects that the answers' examples show and the schema accepts."""
    for ways in (found.whole, found.one):
        for row in ways.values():
            act = known.acts.get(str(row["id"]))
            if act is None:
                continue
            answer = row_of(cast("dict[str, JsonObject]", row["responses"]), cast(int, act["status"])) or {}
            for media in as_object(answer.get("content")).values():
                for example in [*given(as_object(media))]:
                    shown = example
                    for step in cast("list[str]", act["answer"]):
                        shown = shown.get(step) if isinstance(shown, dict) else None
                    for item in shown if isinstance(shown, list) else [shown]:
                        if isinstance(item, dict) and fitting.accepts(item):
                            yield item


def given(media: JsonObject) -> list[Json]:
    """Returns the examples of one representation: those beside its schema and those that the schema names."""
    schema = as_object(media.get("schema"))
    examples = schema.get("examples")
    inner = [schema["example"]] if "example" in schema else []
    return [*cast("list[Json]", media.get("examples") or []), *inner, *(examples if isinstance(examples, list) else [])]
