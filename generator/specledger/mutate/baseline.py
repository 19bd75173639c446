"""Schemathesis with its defaults on the same faults: a spec, a credential and a running server, nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from specledger import behavior, serve, spec
from specledger.fuzz.request import shown_credential
from specledger.fuzz.target import unproxied
from specledger.mutate import gates
from specledger.yaml12 import JsonObject


def found(root: Path, original: Path, api: str, seed: int) -> list[str]:
    """Returns the checks that fail, each with its operation, where the server of `root` is held to the original spec.

    Both are folders of one world; the credential is that of the first identity.
    """
    folder = original / gates.SPECS / api
    lowered = spec.load(folder)
    identities = behavior.load(folder, lowered).identities
    auth: JsonObject = {
        key: {"api_key": shown_credential(scheme, identities[0].credential)}
        for key, scheme in lowered.schemes.items()
        if identities
    }
    with serve.running(root / gates.GENERATED) as url, unproxied(url):
        config = SchemathesisConfig.from_dict(
            {
                "seed": seed,
                "base-url": f"{url.rstrip('/')}/{api}",
                "auth": {"openapi": auth},
                "cache": {"enabled": False},
                "generation": {"database": "none"},
            }
        )
        schema = schemathesis.openapi.from_dict(json.loads(json.dumps(lowered.document.value)), config=config)
        return sorted({one for event in from_schema(schema).execute() for one in _failed(event)})


def _failed(event: events.EngineEvent) -> set[str]:
    if not isinstance(event, events.ScenarioFinished):
        return set()
    recorder = event.recorder
    return {
        f"{recorder.cases[case].value.operation.label}: {check.name}"
        for case, checks in recorder.checks.items()
        for check in checks
        if check.status is Status.FAILURE
    }


def more(root: Path, original: Path, api: str, seed: int) -> list[str]:
    """Returns the failures that the original server does not have; those are kept beside its files."""
    kept = original / f"defaults-{seed}.json"
    if not kept.exists():
        kept.write_text(json.dumps(found(original, original, api, seed)), "utf-8")
    known = set(json.loads(kept.read_text("utf-8")))
    return [one for one in found(root, original, api, seed) if one not in known]
