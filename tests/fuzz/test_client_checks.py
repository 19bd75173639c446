"""Clients that do as their spec and README say pass; one that does not is found, and the fault is named."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from specledger.diagnostics import Diagnostic
from specledger.emit import client as client_emitter
from specledger.emit import mock as mock_emitter
from specledger.fuzz.called.checks import client_checks
from specledger.fuzz.called.drawn import draws_of
from specledger.fuzz.called.half import SECRET
from specledger.fuzz.called.known import KNOWN
from specledger.fuzz.called.models import differences
from specledger.fuzz.client import imported
from specledger.fuzz.outcome import Outcome
from specledger.fuzz.target import Target

from .clients.faults import CRATES, FAULTS, MOCK_FAULTS
from .conftest import Known, read, write

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "generated"
REAL = sorted(path.parent for path in (ROOT / "specs").glob("*/openapi.yaml"))
YARD = Path(__file__).parent / "clients" / "specs" / "yard"


@pytest.fixture(scope="session")
def yard() -> Known:
    """Returns an API with all kinds of parameters, bodies, answers and credentials."""
    return read(YARD)


@pytest.fixture(scope="session")
def made(yard: Known, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the generated tree of that API."""
    folder = tmp_path_factory.mktemp("yard")
    write(dict(client_emitter.emit(yard.api)), folder / "yard")
    write(dict(mock_emitter.emit([(yard.api, yard.behavior)])), folder / "mock_server")
    return folder


def checked(known: Known, target: Target, generated: Path, seed: int = 1) -> Outcome:
    return client_checks(known.api, known.behavior, known.ledger, target, generated, seed=seed)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_named(name: str, yard: Known, target: Target, made: Path, tmp_path: Path) -> None:
    fault = FAULTS[name]
    shutil.copytree(made, tmp_path / "made")
    path = tmp_path / "made" / "yard" / "src" / "yard_client" / fault.file
    written, count = re.subn(fault.text, fault.instead, path.read_text())
    assert count, f"{path.name} no longer has the text that this fault replaces"
    assert written != path.read_text()
    path.write_text(written)
    failures = checked(only(yard, fault.operation), target, tmp_path / "made").failures
    wanted = yard.api.operation(fault.operation)
    assert wanted
    named = [
        found
        for found in failures
        if found.operation == wanted.label and re.fullmatch(fault.at, found.at) and re.match(fault.code, found.code)
    ]
    assert named, "\n".join(f"{found.code} {found.operation} {found.at} {found.message}" for found in failures)


def test_the_checks_end_at_a_failure_that_is_enough(yard: Known, target: Target, made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "made")
    fault = next(iter(FAULTS.values()))
    path = tmp_path / "made" / "yard" / "src" / "yard_client" / fault.file
    path.write_text(re.sub(fault.text, fault.instead, path.read_text()))
    known = only(yard, fault.operation)
    seen: list[Diagnostic] = []

    def enough(found: Diagnostic) -> bool:
        seen.append(found)
        return True

    found = client_checks(
        known.api, known.behavior, known.ledger, target, tmp_path / "made", seed=1, enough=enough
    ).failures
    assert found == tuple(seen)
    assert len(seen) == 1


def only(known: Known, operation: str) -> Known:
    """Returns an API with one of its operations."""
    kept = tuple(one for one in known.api.operations if one.id == operation)
    return replace(known, api=replace(known.api, operations=kept))


def test_clients_as_they_are_generated_have_no_fault(yard: Known, target: Target, made: Path) -> None:
    outcome = checked(yard, target, made)
    assert "\n".join(map(str, outcome.failures)) == ""
    assert outcome.notes == ()
    assert outcome.cases > 500


@pytest.mark.parametrize("name", MOCK_FAULTS)
def test_a_fault_in_the_models_of_the_mock_is_found(
    name: str, yard: Known, target: Target, made: Path, tmp_path: Path
) -> None:
    text, instead, at, code = MOCK_FAULTS[name]
    shutil.copytree(made, tmp_path / "made")
    path = tmp_path / "made" / "mock_server" / "src" / "specledger_mock" / "models" / "yard.py"
    written = re.sub(text, instead, path.read_text())
    assert written != path.read_text()
    path.write_text(written)
    failures = checked(only(yard, "writeCrate"), target, tmp_path / "made").failures
    assert [found for found in failures if found.code == code and re.fullmatch(at, found.at)], failures


def test_the_table_of_known_differences_holds_nothing_that_is_not_seen(yard: Known, made: Path, tmp_path: Path) -> None:
    rules = read(YARD.parent / "rules")
    write(dict(client_emitter.emit(rules.api)), tmp_path / "rules")
    write(dict(mock_emitter.emit([(rules.api, rules.behavior)])), tmp_path / "mock_server")
    seen = set()
    for known, generated in ((yard, made), (rules, tmp_path), *((one, GENERATED) for one in map(read, REAL))):
        with imported(known.api, generated) as module:
            found = list(differences(known.api, module, generated, draws_of(known.api, 1)))
        assert [one.message for one in found if one.key not in KNOWN] == []
        seen |= {one.key for one in found}
    assert set(KNOWN) - seen == set()


@pytest.mark.parametrize("folder", REAL, ids=lambda folder: folder.name)
def test_the_generated_clients_have_no_fault(folder: Path, target: Target) -> None:
    outcome = checked(read(folder), target, GENERATED)
    assert "\n".join(map(str, outcome.failures)) == ""
    assert outcome.notes == ()


def test_the_same_seed_finds_the_same(yard: Known, target: Target, made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "made")
    path = tmp_path / "made" / "yard" / "src" / "yard_client" / CRATES
    path.write_text(path.read_text().replace('"mode": mode,', ""))
    known = only(yard, "addCrate")
    first, again = (checked(known, target, tmp_path / "made", seed=5) for _ in range(2))
    assert first.failures == again.failures != ()
    assert [str(one) for one in first.failures] == [str(one) for one in again.failures]
    assert SECRET not in "".join(str(one) for one in first.failures)
