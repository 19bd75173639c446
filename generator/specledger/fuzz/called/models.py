"""The models and a validator of JSON Schema judge the same values; what they differ in is known, or a fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import jsonschema_rs

from specledger.canonical import canonical
from specledger.fuzz.called import shape
from specledger.fuzz.called.drawn import Draws
from specledger.fuzz.called.known import KNOWN
from specledger.fuzz.called.readers import (
    CLIENT,
    CRASH,
    LOST,
    PYDANTIC,
    Read,
    client_readers,
    plain_name,
    pydantic_readers,
)
from specledger.fuzz.called.value import as_read
from specledger.fuzz.judge import Finding
from specledger.fuzz.sides import OF_EACH_TYPE, distinct, near
from specledger.ir import Api, Operation, pointer_of
from specledger.places import Place
from specledger.yaml12 import Json, as_list, as_object

_DRAWN = 8
# Values at one place of an object that are tried beside the good one.
_MOST = 30
_WITHIN = frozenset(
    {"then", "else", "not", "anyOf", "oneOf", "contains", "dependentSchemas", "propertyNames", "patternProperties"}
    | {"unevaluatedProperties", "unevaluatedItems"}
)
# What a value can be on either side of.
_TRIED = frozenset(
    {"enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "not", "items"}
    | {"minLength", "maxLength", "pattern", "format", "minItems", "maxItems", "uniqueItems"}
    | {"minProperties", "maxProperties", "additionalProperties", "unevaluatedProperties", "propertyNames"}
)
# How deep the validator's own schema holds the component: allOf, 0, $ref.
_WRAPPED = 3
_NAMED = ("properties", "patternProperties", "dependentSchemas")


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that a reader takes and the schema does not, or the other way round: `keyword` says why.

    `component` is the schema's name, `steps` lead to the place in it.
    """

    reader: str
    verdict: str
    keyword: str
    component: str
    steps: tuple[str, ...]
    message: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Returns what the table of known differences is asked for."""
        return self.reader, self.verdict, self.keyword


def model_findings(api: Api, module: ModuleType, generated: Path, draws: Draws) -> Iterator[tuple[Operation, Finding]]:
    """Yields each difference that is not known, at each operation that uses the model."""
    used = uses(api)
    for found in differences(api, module, generated, draws):
        if found.key not in KNOWN:
            for operation, place in used.get(found.component, ()):
                at = Place((*place.steps, *found.steps))
                yield operation, Finding(str(at), f"model-{found.reader}", found.message)


def differences(api: Api, module: ModuleType, generated: Path, draws: Draws) -> Iterator[Difference]:
    """Yields where the readers of each component differ from the validator."""
    own = client_readers(module)
    with pydantic_readers(api, generated) as theirs:
        for name, schema in api.components():
            readers: dict[str, Read] = {}
            for reader, known in ((CLIENT, own), (PYDANTIC, theirs)):
                if plain_name(name) in known:
                    readers[reader] = known[plain_name(name)]
            if readers:
                yield from _judged(api, name, schema, readers, draws)


def verdicts(api: Api, name: str, schema: Json, draws: Draws) -> list[Verdict]:
    """Returns what the validator says of the values that a component is tried with."""
    return draws.once(f"verdicts {name}", lambda: list(_verdicts(api, name, schema, draws)))


def _judged(api: Api, name: str, schema: Json, readers: Mapping[str, Read], draws: Draws) -> Iterator[Difference]:
    for one in verdicts(api, name, schema, draws):
        for reader, read in readers.items():
            refusal = read(one.value, one.wanted)
            if refusal is not None and (not one.errors or refusal.kind in (LOST, CRASH)):
                message = f"the {reader} model {name} refuses {_shown(one.value)}: {refusal.reason}"
                yield Difference(reader, "refuses", refusal.kind, name, refusal.steps, message)
            for keyword, steps, said in one.errors if refusal is None else ():
                message = f"the {reader} model {name} takes {_shown(one.value)}: {said}"
                yield Difference(reader, "takes", keyword, name, steps, message)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the validator says of a value: for each error the keyword, the place and the words.

    `wanted` is what a client that reads the value writes again.
    """

    value: Json
    wanted: Json
    errors: tuple[tuple[str, tuple[str, ...], str], ...]


def _verdicts(api: Api, name: str, schema: Json, draws: Draws) -> Iterator[Verdict]:
    reference: Json = {"$ref": f"#/components/schemas/{name}"}
    validator = draws.validator(reference)
    values = [*draws.covering(reference), *draws.values(reference, _DRAWN)]
    known = shape.shape(api, [schema])
    broken = [one for value in values[:1] for one in _changed(known, value)]
    for value in distinct(iter([*values, *broken])):
        found = [one for error in validator.iter_errors(value) for one in _innermost(error, _WRAPPED)]
        errors = tuple(_error(known, value, error, depth) for error, depth in found)
        yield Verdict(value, as_read(known, value), errors)


def _innermost(error: jsonschema_rs.ValidationError, depth: int) -> Iterator[tuple[jsonschema_rs.ValidationError, int]]:
    """Yields an error, or those of the one choice whose type the value has; and how much of their paths leads there."""
    branches: list[list[jsonschema_rs.ValidationError]] = getattr(error.kind, "context", [])
    meant = [branch for branch in branches if not any(_is_type(one, error) for one in branch)]
    if len(branches) > 1 and len(meant) == 1:
        for one in meant[0]:
            yield from _innermost(one, len(error.evaluation_path) + 1)
    else:
        yield error, depth


def _is_type(error: jsonschema_rs.ValidationError, around: jsonschema_rs.ValidationError) -> bool:
    return error.kind.name == "type" and list(error.instance_path) == list(around.instance_path)


def _error(
    known: shape.Shape, value: Json, error: jsonschema_rs.ValidationError, depth: int
) -> tuple[str, tuple[str, ...], str]:
    path = tuple(error.instance_path)
    keyword = _keyword(list(error.evaluation_path)[depth:], shape.at(value, path))
    steps = shape.steps(path)
    if keyword == "required":
        steps = (*steps, str(error.message).split('"')[1])
    elif keyword == "type" and known.along(steps).is_coerced:
        keyword = "x-specledger-coerce"
    return keyword, steps, str(error.message)[-160:]


def _keyword(path: list[str | int], held: Json) -> str:
    """Returns the keyword that an error is about: the first that holds schemas under a condition, else the last.

    What is held to be of another type says more: `null` and `boolean` stand for themselves; so does `allOf` of texts
    or numbers.
    """
    words: list[str] = []
    named = False
    for step in path:
        if not named and isinstance(step, str):
            words.append(step)
        named = not named and step in _NAMED
    if words[-1] in ("type", "enum", "const", "anyOf", "oneOf") and (held is None or isinstance(held, bool)):
        return "null" if held is None else "boolean"
    if words[-2:-1] == ["allOf"] and not isinstance(held, dict | list):
        return "allOf"
    return next((word for word in words if word in _WITHIN), words[-1])


def _changed(known: shape.Shape, value: Json) -> Iterator[Json]:
    """Yields the value with another one at each declared place, and each object without each of its fields."""
    seen: set[tuple[str, ...]] = set()
    for path, here in shape.places(known, value):
        if not here.schemas or shape.steps(path) in seen:
            continue
        seen.add(shape.steps(path))
        held = shape.at(value, path)
        for other in _others(here, held):
            yield shape.replaced(value, path, other)
        fields = as_object(held)
        for name in fields:
            yield shape.replaced(value, path, {key: item for key, item in fields.items() if key != name})


def _others(here: shape.Shape, held: Json) -> list[Json]:
    """Returns values to stand at a place: one of each type, and those on either side of what is said there."""
    said = [(word, schema) for schema in here.schemas for word in sorted(_TRIED & schema.keys())]
    tried = [one for word, schema in said for one in near(word, schema[word], [held], schema)]
    return list(distinct(iter([*OF_EACH_TYPE, 1.0, *tried])))[:_MOST]


def _shown(value: Json) -> str:
    text = canonical(value)
    return text if len(text) <= 120 else f"{text[:117]}…"


def uses(api: Api) -> dict[str, list[tuple[Operation, Place]]]:
    """Returns for each component the operations that use it, and the first place of each where they do."""
    found: dict[str, list[tuple[Operation, Place]]] = {}
    for operation in api.operations:
        seen: dict[str, Place] = {}
        for parameter in operation.parameters:
            _walk(api, parameter.schema, Place(("request", parameter.location, parameter.wire_name)), seen)
        for media in operation.body.content if operation.body else ():
            _walk(api, media.schema, Place(("request", "body")), seen)
        for response in operation.responses:
            for media in response.content:
                _walk(api, media.schema, Place(("response", response.status, "body")), seen)
        for name, place in seen.items():
            found.setdefault(name, []).append((operation, place))
    return found


def _walk(api: Api, schema: Json, place: Place, seen: dict[str, Place]) -> None:
    if not isinstance(schema, dict):
        return
    reference = schema.get("$ref")
    if isinstance(reference, str) and (pointer := pointer_of(reference))[:2] == ("components", "schemas"):
        name = str(pointer[-1])
        if name not in seen:
            seen[name] = place
            _walk(api, api.at(pointer), place, seen)
    for name, inner in as_object(schema.get("properties")).items():
        _walk(api, inner, place.child(name), seen)
    for word, step in (("items", "[]"), ("additionalProperties", "{}")):
        _walk(api, schema.get(word), place.child(step), seen)
    for branch in [one for word in ("allOf", "anyOf", "oneOf") for one in as_list(schema.get(word))]:
        _walk(api, branch, place, seen)
    for word in ("then", "else"):
        _walk(api, schema.get(word), place, seen)
