"""One deliberate fault in one spec turns `check` red, and the diagnostic names the operation and the field."""

from __future__ import annotations

import copy
import itertools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from specledger import check, yaml12
from specledger.soundness import schemas
from specledger.yaml12 import Json, JsonObject, Pointer

ROOT = Path(__file__).resolve().parents[2]
APIS = sorted(path.parent.name for path in (ROOT / "specs").glob("*/openapi.yaml"))
BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")

Mutant = tuple[str, str, JsonObject]


def _object(value: Json) -> JsonObject:
    assert isinstance(value, dict)
    return value


def _list(value: Json) -> list[Json]:
    assert isinstance(value, list)
    return value


def _edited(document: JsonObject, pointer: Pointer) -> tuple[JsonObject, JsonObject]:
    """Returns a copy of the document and the object at the pointer inside the copy."""
    fresh = copy.deepcopy(document)
    return fresh, _object(yaml12.descend(fresh, pointer))


def _field(pointer: Pointer) -> str:
    """Returns the name of the field that a schema's pointer belongs to; a component's own says nothing."""
    named = [str(step) for before, step in itertools.pairwise(pointer) if before == "properties"]
    return named[-1] if named else ""


def _schema_mutants(document: JsonObject) -> Iterator[Mutant]:
    for found in schemas.every(document):
        schema, pointer, field = found.schema, found.pointer, _field(found.pointer)
        name = "/".join(map(str, pointer))
        if "if" in pointer:
            continue
        for keyword in BOUNDS:
            if isinstance(schema.get(keyword), int):
                fresh, place = _edited(document, pointer)
                place[keyword] = int(str(schema[keyword])) + 1
                yield f"{keyword} moved at {name}", field, fresh
                fresh, place = _edited(document, pointer)
                del place[keyword]
                yield f"{keyword} dropped at {name}", field, fresh
        for number, required in enumerate(_list(schema.get("required", []))):
            fresh, place = _edited(document, pointer)
            del _list(place["required"])[number]
            yield f"required {required} dropped at {name}", str(required), fresh
        for number in range(len(_list(schema.get("enum", [])))):
            fresh, place = _edited(document, pointer)
            del _list(place["enum"])[number]
            if place["enum"]:
                yield f"enum member {number} dropped at {name}", field, fresh
        for keyword in ("format", "pattern", "not", "type"):
            if keyword in schema:
                fresh, place = _edited(document, pointer)
                del place[keyword]
                yield f"{keyword} dropped at {name}", field, fresh
        if "then" in schema:
            fresh, place = _edited(document, pointer)
            del place["then"]
            yield f"then dropped at {name}", "", fresh
            fresh, place = _edited(document, pointer)
            place["if"] = {"not": place["if"]}
            yield f"if flipped at {name}", "", fresh
        if "then" in pointer:
            continue
        for wire_name in _object(schema.get("properties", {})):
            fresh, place = _edited(document, pointer)
            properties = _object(place["properties"])
            properties[f"{wire_name}x"] = properties.pop(wire_name)
            yield f"{wire_name} renamed at {name}", wire_name, fresh
            fresh, place = _edited(document, pointer)
            required_names = [*_list(place.get("required", [])), wire_name]
            if len(set(map(str, required_names))) == len(required_names):
                place["required"] = required_names
                yield f"{wire_name} required at {name}", wire_name, fresh


def _operation_mutants(document: JsonObject) -> Iterator[Mutant]:
    for path, item in _object(document["paths"]).items():
        for method, operation in _object(item).items():
            pointer: Pointer = ("paths", path, method)
            fresh, place = _edited(document, pointer[:-1])
            place["delete"] = place.pop(method)
            yield f"method of {path}", "operation", fresh
            fresh, place = _edited(document, ("paths",))
            place[f"/v9{path}"] = place.pop(path)
            yield f"path {path}", "operation", fresh
            for status in _object(_object(operation)["responses"]):
                fresh, place = _edited(document, (*pointer, "responses"))
                place["418"] = place.pop(status)
                yield f"status {status} of {path}", status, fresh
            for number, parameter in enumerate(_list(_object(operation).get("parameters", []))):
                fresh, place = _edited(document, (*pointer, "parameters", number))
                place["in"] = "query" if _object(parameter)["in"] != "query" else "header"
                yield f"parameter {number} of {path} moved", str(_object(parameter)["name"]), fresh


def _security_mutants(document: JsonObject) -> Iterator[Mutant]:
    components = _object(document["components"])
    for name in _object(components["securitySchemes"]):
        pointer = ("components", "securitySchemes", name)
        fresh, place = _edited(document, pointer)
        place.clear()
        place |= {"type": "http", "scheme": "digest"}
        yield f"scheme {name} swapped", "security", fresh
        fresh, place = _edited(document, pointer)
        if "x-specledger-prefix" in place:
            place["x-specledger-prefix"] = "Token "
            yield f"prefix of {name} swapped", "security", fresh
    fresh, place = _edited(document, ())
    place["security"] = []
    for item in _object(place["paths"]).values():
        for operation in _object(item).values():
            _object(operation).pop("security", None)
    yield "security dropped", "security", fresh
    for number in range(len(_list(document["servers"]))):
        fresh, place = _edited(document, ("servers", number))
        place["url"] = f"{place['url']}/v9"
        yield "server moved", "server", fresh


def _mutants(api: str) -> list[Mutant]:
    document = _object(yaml12.load(ROOT / "specs" / api / "openapi.yaml").value)
    return [*_schema_mutants(document), *_operation_mutants(document), *_security_mutants(document)]


@pytest.mark.parametrize("api", APIS)
def test_the_committed_files_are_clean(api: str) -> None:
    (checked,) = check.check(ROOT / "specs", [api])
    assert [str(found) for found in checked.diagnostics] == []
    assert checked.conformity.facts > 0
    assert checked.conformity.held == checked.conformity.facts
    assert checked.conformity.backed == checked.conformity.elements


@pytest.mark.parametrize("api", APIS)
def test_every_fault_in_a_spec_is_reported_at_its_operation_and_field(api: str, tmp_path: Path) -> None:
    folder = tmp_path / "specs" / api
    shutil.copytree(ROOT / "specs" / api, folder)
    mutants = _mutants(api)
    assert len(mutants) > 40
    survivors = []
    for name, field, document in mutants:
        (folder / "openapi.yaml").write_text(json.dumps(document), encoding="utf-8")
        (checked,) = check.check(tmp_path / "specs")
        places = [f"{found.at} {found.operation}" for found in checked.diagnostics if found.operation]
        wanted = field if field not in ("operation",) else " /"
        if not any(wanted in place for place in places):
            survivors.append((name, [str(found) for found in checked.diagnostics][:2]))
    assert survivors == []


@pytest.mark.parametrize("api", APIS)
def test_a_fault_in_the_behavior_is_reported_at_its_operation(api: str, tmp_path: Path) -> None:
    folder = tmp_path / "specs" / api
    shutil.copytree(ROOT / "specs" / api, folder)
    document = _object(yaml12.load(folder / "behavior.yaml").value)
    survivors = []
    for name, mutant in _behavior_mutants(document):
        (folder / "behavior.yaml").write_text(json.dumps(mutant), encoding="utf-8")
        (checked,) = check.check(tmp_path / "specs")
        if not any(found.operation and found.at for found in checked.diagnostics):
            survivors.append(name)
    assert survivors == []


def _behavior_mutants(document: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    for operation, effect in _object(document["operations"]).items():
        fresh, place = _edited(document, ("operations", operation))
        place["effect"] = "merge" if place["effect"] == "replace" else "replace"
        yield f"effect of {operation}", fresh
        for key in ("scope", "owned", "limits", "rules", "unmapped"):
            if key in _object(effect):
                fresh, place = _edited(document, ("operations", operation))
                del place[key]
                yield f"{key} of {operation} dropped", fresh
    used = {str(_object(effect)["resource"]) for effect in _object(document["operations"]).values()}
    for resource in used:
        for key in ("unique", "immutable", "touched", "workspace"):
            fresh, place = _edited(document, ("resources", resource))
            if place.pop(key, None):
                yield f"{key} of {resource} dropped", fresh
    for kind in _object(document["refusals"]):
        fresh, place = _edited(document, ("refusals", kind))
        place["status"] = 418
        yield f"status of {kind}", fresh
