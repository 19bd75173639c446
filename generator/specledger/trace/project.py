"""Traces every API of a folder of specs against a mock of its own."""

from __future__ import annotations

from pathlib import Path

from specledger import behavior, ledger, spec, yaml12
from specledger.fuzz.target import within
from specledger.trace.follow import trace
from specledger.trace.traced import Traced


def project(specs: Path, only: tuple[str, ...], generated: Path, *, seed: int = 1) -> list[Traced]:
    """Returns the traces of the APIs in `specs`, those of an API together. Raises Failure where one cannot be read."""
    found: list[Traced] = []
    folders = spec.folders(specs, only)
    with within(generated) as target:
        for folder in folders:
            api = spec.load(folder)
            known, facts = behavior.load(folder, api), ledger.load(folder)
            path = folder / "package.yaml"
            package = yaml12.load(path) if path.exists() else None
            found += trace(api, known, facts, package, generated, target, seed=seed)
    return found
