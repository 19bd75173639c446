"""behavior.yaml is held to facts and rulings: a fault in any key of it is found, by operation and field.

What only the witnesses can tell, the meaning of a rule, tests/fuzz holds to its rows. A fault that leaves every claim
as it was changes nothing that page or ruling speaks of: the words in which a mock refuses.
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from specledger import behavior, effects, spec
from specledger import check as checks
from specledger.canonical import canonical
from specledger.diagnostics import Diagnostic
from specledger.yaml12 import Json, JsonObject, as_list, as_object, as_rows

ROOT = Path(__file__).resolve().parents[2]
# How many faults of an API are tried, spread over all of them.
MOST = 45
APIS = sorted(path.parent.name for path in (ROOT / "specs").glob("*/behavior.yaml"))
OTHER = "specledger-other"

Change = Callable[[JsonObject], object]
Faults = Iterator[tuple[str, Change]]


def faults(document: JsonObject) -> Faults:
    """Yields every fault with its name; each changes a copy of the document."""
    for name, row in as_object(document["resources"]).items():
        yield from _of_resource(name, as_object(row))
    for name, row in as_object(document["operations"]).items():
        yield from _of_operation(name, as_object(row))
    for kind, row in as_object(document["refusals"]).items():
        yield from _of_refusal(kind, as_object(row))


def _of_resource(name: str, row: JsonObject) -> Faults:
    def here(document: JsonObject) -> JsonObject:
        return as_object(as_object(document["resources"])[name])

    seeded = [
        field for field in dict.fromkeys(key for seed in as_rows(row["seed"]) for key in seed) if field != row["id"]
    ]
    for key in ("unique", "immutable", "touched"):
        held = as_list(row.get(key))
        for field in held:
            yield f"{name}: {key} without {field}", lambda d, k=key, f=field: as_list(here(d)[k]).remove(f)
        for field in seeded:
            if field not in held:
                yield (
                    f"{name}: {key} with {field}",
                    lambda d, k=key, f=field: here(d).update({k: [*as_list(here(d).get(k)), f]}),
                )
    yield f"{name}: another id", lambda d: here(d).update(id=seeded[0])
    if "workspace" in row:
        yield f"{name}: no workspace", lambda d: here(d).pop("workspace")
    if "schema" in row:
        yield f"{name}: no schema", lambda d: here(d).pop("schema")


def _of_operation(name: str, row: JsonObject) -> Faults:
    def here(document: JsonObject) -> JsonObject:
        return as_object(as_object(document["operations"])[name])

    flipped = "replace" if row["effect"] == "merge" else "merge"
    yield f"{name}: {flipped}", lambda d: here(d).update(effect=flipped)
    unmapped = as_list(row.get("unmapped"))
    for field in as_object(as_object(row["request"]).get("body")):
        left: list[Json] = [one for one in unmapped if one != field] if field in unmapped else [*unmapped, field]
        yield f"{name}: unmapped {left}", lambda d, left=left: here(d).update(unmapped=left)
    yield f"{name}: another scope", lambda d: here(d).update(scope=OTHER)
    for key in ("scope", "owned", "within", "limits", "rules"):
        if key in row:
            yield f"{name}: no {key}", lambda d, k=key: here(d).pop(k)
    for field in as_object(row.get("owned")):
        yield f"{name}: {field} owned whole", lambda d, f=field: as_object(here(d)["owned"]).update({f: "^(.+)$"})
    for number, limit in enumerate(as_rows(row.get("limits"))):
        for bound in ("minimum", "maximum"):
            for step in (-1, 1) if isinstance(limit.get(bound), int) else ():
                value = int(str(limit[bound])) + step
                yield (
                    f"{name}: {bound} {value} at {limit['at']}",
                    lambda d, n=number, b=bound, v=value: as_rows(here(d)["limits"])[n].update({b: v}),
                )
    yield f"{name}: another status", lambda d: as_object(here(d)["answer"]).update(status=201)
    yield f"{name}: another body", lambda d: as_object(here(d)["answer"]).update(body={OTHER: 1})


def _of_refusal(kind: str, row: JsonObject) -> Faults:
    def here(document: JsonObject) -> JsonObject:
        return as_object(document["refusals"])

    for status in (404, 409, 418):
        if status != row["status"]:
            yield f"{kind}: status {status}", lambda d, s=status: here(d).update({kind: {**row, "status": s}})
    yield f"{kind}: no body", lambda d: here(d).update({kind: {"status": row["status"]}})
    yield (
        f"{kind}: another body",
        lambda d: here(d).update({kind: {"status": row["status"], "body": {OTHER: "{reason}"}}}),
    )
    yield f"{kind}: left out", lambda d: here(d).pop(kind)
    for steps, constant in effects.constants(row.get("body")):
        changed = _with(row["body"], steps, f"{constant}x")
        yield f"{kind}: {constant}x", lambda d, c=changed: here(d).update({kind: {**row, "body": c}})


def _with(value: Json, steps: tuple[str, ...], new: Json) -> Json:
    return {**as_object(value), steps[0]: _with(as_object(value)[steps[0]], steps[1:], new)} if steps else new


def claimed(folder: Path) -> list[str]:
    """Returns all that behavior.yaml claims, as comparable texts."""
    api = spec.load(folder)
    known = behavior.load(folder, api)
    claims = [claim for operation in api.operations for claim in effects.claims(api, known, operation)]
    return sorted(f"{claim.at} {claim.keyword} {canonical(claim.value)}" for claim in claims)


def _is_named(found: Diagnostic) -> bool:
    """Says whether a finding names operation and field; a collection that none updates belongs to no operation."""
    return bool(found.operation and found.at) or found.at.startswith("resource.")


@pytest.mark.parametrize("api", APIS)
def test_a_fault_in_behavior_is_found_or_changes_nothing_that_is_claimed(api: str, tmp_path: Path) -> None:
    folder = tmp_path / "specs" / api
    shutil.copytree(ROOT / "specs" / api, folder)
    path = folder / "behavior.yaml"
    document = yaml.safe_load(path.read_text())
    sound = claimed(folder)
    found, silent, unnamed = 0, [], []
    every = list(faults(document))
    for name, change in every[:: -(-len(every) // MOST)]:
        broken = copy.deepcopy(document)
        change(broken)
        path.write_text(yaml.safe_dump(broken, sort_keys=False))
        diagnostics = checks.check(tmp_path / "specs")[0].diagnostics
        if not diagnostics and claimed(folder) != sound:
            silent.append(name)
        elif diagnostics and not any(_is_named(one) for one in diagnostics):
            unnamed.append((name, [one.code for one in diagnostics]))
        found += bool(diagnostics)
    assert silent == []
    assert unnamed == []
    assert found > len(every[:: -(-len(every) // MOST)]) / 2


def test_a_code_of_a_refusal_that_differs_from_its_ruling_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "specs" / "huawei_maas"
    shutil.copytree(ROOT / "specs" / "huawei_maas", folder)
    path = folder / "behavior.yaml"
    path.write_text(path.read_text().replace("ModelArts.6271", "ModelArts.6272"))
    (checked,) = checks.check(tmp_path / "specs")
    (one,) = checked.diagnostics
    assert (one.code, one.at, one.operation[:3]) == ("fact-unheld", "response.400.body.error_code", "PUT")
