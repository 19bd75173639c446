"""Mocks of an API with as many paths as one asks for, each of them the gateway's PATCH, in a folder of their own."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.commands import ROOT
from benchmarks.mock import wire
from specledger import write, yaml12
from specledger.emit import mock

SOURCE = ROOT / "specs" / "baseten_gateway"
NAME = "gateway"
RULE = {
    "id": "model-of-its-own",
    "at": "request.body.targets",
    "rule": "self.targets.all(target, target.provider != 'BASETEN' || has(target.model_id))",
    "message": "a target of the provider's own names its model",
}


def path(number: int, written: str = wire.PATCH_PATH) -> str:
    """Returns a path of the many."""
    return written.replace("/endpoints", f"/endpoints-{number}")


def prepare(folder: Path, numbers: Iterable[int], *, ruled: bool = False) -> Path:
    """Writes a specs folder and the mock made of it; returns where its package lies. `ruled` adds a rule in CEL."""
    document: Any = yaml12.load(SOURCE / "openapi.yaml").value
    behaviour: Any = yaml12.load(SOURCE / "behavior.yaml").value
    ((written, item),) = document["paths"].items()
    operation = item["patch"]
    effect = behaviour["operations"][operation["operationId"]]
    document["paths"], behaviour["operations"] = {}, {}
    if ruled:
        effect["rules"] = [RULE]
        behaviour["refusals"]["rule"] = behaviour["refusals"]["invalid"]
    for number in numbers:
        names = {"operationId": f"update{number}", "x-specledger-name": f"endpoints.update_{number}"}
        document["paths"][path(number, written)] = {"patch": operation | names}
        behaviour["operations"][names["operationId"]] = effect
    specs = folder / "specs" / NAME
    specs.mkdir(parents=True)
    (specs / "openapi.yaml").write_text(json.dumps(document), encoding="utf-8")
    (specs / "behavior.yaml").write_text(json.dumps(behaviour), encoding="utf-8")
    made = mock.emit([(one.api, one.behavior) for one in write.load(folder / "specs")])
    for name, content in made.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return folder / "src"
