"""A deliberate fault turns the ordinary gate red at its operation and field; what means nothing does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from specledger import cli, pages, yaml12
from specledger.diagnostics import Failure
from specledger.mutate import campaign, equal, nursery, operators, report, world
from specledger.mutate.campaign import Settings
from specledger.mutate.mutant import LAYERS, Fault, Mutant, Operator, meets
from specledger.mutate.operators import OPERATORS
from specledger.mutate.trial import Case
from specledger.mutate.verdict import Verdict
from specledger.mutate.world import World

ROOT = Path(__file__).resolve().parents[2]
SPECS = ROOT / "specs"
HERE = Path(__file__).parent / "specs"


def _told(done: int, what: str) -> None:
    """Tells nobody."""


@pytest.fixture(scope="module")
def worlds() -> list[World]:
    """Returns the committed APIs and one that has what they have not."""
    folders = sorted(path.parent for root in (SPECS, HERE) for path in root.glob("*/openapi.yaml"))
    return [world.load(folder, pages.folder(SPECS)) for folder in folders]


@pytest.fixture(scope="module")
def everything(worlds: list[World]) -> list[Mutant]:
    return [mutant for one in worlds for mutant in operators.mutants(one, LAYERS)]


def test_there_are_many_operators_and_their_names_are_their_own() -> None:
    assert len([operator for operator in OPERATORS if not operator.benign]) >= 60
    assert {operator.layer for operator in OPERATORS} == set(LAYERS)
    assert [name for name, count in Counter((one.layer, one.name) for one in OPERATORS).items() if count > 1] == []


def test_the_command_knows_the_layers() -> None:
    assert cli._LAYERS == LAYERS


def test_every_operator_makes_a_mutant(everything: list[Mutant]) -> None:
    made = {(mutant.layer, mutant.operator) for mutant in everything}
    at_hand = pages.folder(SPECS) is not None
    wanted = {(one.layer, one.name) for one in OPERATORS if at_hand or one.layer != "page"}
    assert wanted - made == set()


def test_a_mutant_changes_one_artefact_and_names_an_operation(everything: list[Mutant], worlds: list[World]) -> None:
    assert len(everything) > 500
    assert len({mutant.id for mutant in everything}) == len(everything)
    labels = {one.name: one.labels for one in worlds}
    for mutant in everything:
        assert len(mutant.edits) == 1
        assert mutant.operation in labels[mutant.api] or mutant.layer in ("facts", "page"), mutant


def test_the_same_world_makes_the_same_mutants(worlds: list[World]) -> None:
    again = world.load(SPECS / worlds[0].name, pages.folder(SPECS))
    ids = [mutant.id for mutant in operators.mutants(again, LAYERS)]
    assert ids == [mutant.id for mutant in operators.mutants(worlds[0], LAYERS)]


@pytest.mark.parametrize(
    ("wanted", "at", "meeting"),
    [
        ("request.body.a", "request.body.a", True),
        ("request.body.a", "request.body.a.b[].c", True),
        ("request.body.a[]", "request.body.a", True),
        ("request.body.a[].b", "request.body.a", True),
        ("request.body.a[].b", "request.body", False),
        ("request.body.a", "request.body.ab", False),
        ("request.body", "request.body.a", True),
        ("response.200.body.a", "response.200", False),
        ("response.200.body.a", "response.200.body", False),
        ("response.404", "response.404", True),
        ("response.404", "response.400", False),
        ("request.path.a", "", False),
        ("security", "request.body.a", True),
        ("operation", "", True),
    ],
)
def test_a_diagnostic_must_name_the_field(wanted: str, at: str, meeting: bool) -> None:
    assert meets(wanted, at) is meeting


def test_a_sample_has_as_many_faults_as_asked_and_all_layers(everything: list[Mutant]) -> None:
    chosen = campaign.sampled(everything, 60, 1)
    faults = [mutant for mutant in chosen if not mutant.benign]
    assert len(faults) == 60
    assert {mutant.layer for mutant in faults} == {mutant.layer for mutant in everything}
    assert any(mutant.benign for mutant in chosen)
    assert campaign.sampled(everything, 60, 1) == chosen
    assert campaign.sampled(everything, 60, 2) != chosen


def test_what_only_reads_otherwise_is_proved_equal(tmp_path: Path) -> None:
    before, after, other = tmp_path / "a" / "novita_gpu", tmp_path / "b" / "novita_gpu", tmp_path / "c" / "novita_gpu"
    text = (SPECS / "novita_gpu" / "openapi.yaml").read_text("utf-8")
    changed = {
        before: text,
        after: text.replace("          minLength: 0\n", "").replace("Endpoint name", "Name"),
        other: text.replace("maxLength: 511", "maxLength: 510"),
    }
    for folder, content in changed.items():
        folder.mkdir(parents=True)
        (folder / "openapi.yaml").write_text(content, "utf-8")
    assert changed[before] != changed[after] != changed[other] != changed[before]
    assert equal.same(before, after)
    assert not equal.same(before, other)


def test_a_contract_is_proved_alike_by_what_it_takes_and_by_nothing_else() -> None:
    folder = SPECS.parent / "generated" / "mock_server" / "src" / "specledger_mock" / "apis"
    written = (folder / "novita_gpu.json").read_text("utf-8")

    def changed(name: str, **keywords: int) -> str:
        contract = json.loads(written)
        held = contract["definitions"]["WorkerConfig"]["properties"][name]
        assert held.items() & keywords.items() == set()
        held.update(keywords)
        return json.dumps(contract)

    assert equal.same_contract(written, json.dumps(json.loads(written)))
    # 1 is the least that the account's limit allows, and what is below is refused with the same words.
    raised = changed("gpuNum", minimum=1)
    assert not equal.same_contract(written, raised)
    assert equal.same_contract(written, raised, limits=True)
    assert not equal.same_contract(written, changed("gpuNum", minimum=2), limits=True)
    # The limit lets 0 pass.
    assert not equal.same_contract(written, changed("minNum", minimum=1), limits=True)
    # The validator of a mock does not look at int64.
    assert not equal.same_contract(written, changed("gpuNum", maximum=2**63))
    other = json.loads(written)
    other["operations"][0]["path"] += "2"
    assert not equal.same_contract(written, json.dumps(other))


def _run(
    tmp_path: Path, chosen: list[Mutant], monkeypatch: pytest.MonkeyPatch, **settings: str | int
) -> campaign.Report:
    monkeypatch.setattr(operators, "mutants", lambda one, layers: iter([m for m in chosen if m.api == one.name]))
    given = Settings(SPECS, state=tmp_path, max_examples=5, **settings)  # type: ignore[arg-type]
    return campaign.run(given, sorted({mutant.api for mutant in chosen}), _told)


def _spec_mutants(everything: list[Mutant], *names: str) -> list[Mutant]:
    found = [mutant for mutant in everything if mutant.api == "novita_gpu" and mutant.operator in names]
    return [next(mutant for mutant in found if mutant.operator == name) for name in names]


def test_faults_of_a_spec_are_killed_by_what_names_them(
    everything: list[Mutant], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = _spec_mutants(everything, "required-dropped", "length-raised", "method-changed", "status-swapped")
    found = _run(tmp_path, chosen, monkeypatch, jobs=1)
    assert [one.outcome for one in found.verdicts] == ["killed"] * len(chosen)
    assert all(one.place.rpartition(".")[2] in one.diagnostic or one.place == "operation" for one in found.verdicts)


def test_a_fault_that_is_named_nowhere_survives(
    worlds: list[World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = next(known for known in worlds if known.name == "novita_gpu")
    document = one.document()
    yaml12.as_object(document["info"])["title"] = "Another"
    elsewhere = one.document()
    elsewhere["security"] = []

    def faults(_: World) -> Iterator[Fault]:
        yield Fault(((one.labels[0], "request.body.name"),), "elsewhere", one.respecified(elsewhere))

    chosen = [*Operator("elsewhere", "spec", "names another place", faults).mutants(one)]
    found = _run(tmp_path, chosen, monkeypatch, jobs=1)
    assert [(verdict.outcome, verdict.why) for verdict in found.survivors] == [
        ("survived", "the gate goes red and does not name it")
    ]
    assert not found.holds


def test_a_gate_that_ends_kills_nothing(worlds: list[World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = next(known for known in worlds if known.name == "novita_gpu")

    def faults(_: World) -> Iterator[Fault]:
        path = "generated/mock_server/src/specledger_mock/__init__.py"
        yield Fault(one.wide("security"), "no Python", {path: "import os\nos._exit(3)\n"})

    chosen = [*Operator("ends", "mock", "ends the process", faults).mutants(one)]
    found = _run(tmp_path, chosen, monkeypatch, jobs=1)
    assert [verdict.outcome for verdict in found.survivors] == ["broken"]
    assert list(tmp_path.glob("*.jsonl")) == []


def test_a_benign_change_that_alarms_is_told(
    worlds: list[World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = next(known for known in worlds if known.name == "novita_gpu")
    document = one.document()
    document["security"] = []

    def faults(_: World) -> Iterator[Fault]:
        yield Fault(one.wide("operation"), "not benign at all", one.respecified(document))

    chosen = [*Operator("wrong", "spec", "is said to mean nothing", faults, benign=True).mutants(one)]
    found = _run(tmp_path, chosen, monkeypatch, jobs=1)
    assert (found.faults, len(found.alarms), found.holds) == ([], 1, False)


def test_two_workers_give_the_verdicts_of_one_and_a_run_goes_on(
    everything: list[Mutant], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = _spec_mutants(everything, "required-dropped", "method-changed", "status-swapped")
    monkeypatch.setattr(campaign, "_tool", lambda: "this edition")
    alone = _run(tmp_path / "a", chosen, monkeypatch, jobs=1)
    both = _run(tmp_path / "b", chosen, monkeypatch, jobs=2)
    plain = [{**verdict.as_json(), "seconds": 0} for verdict in alone.verdicts]
    assert [{**verdict.as_json(), "seconds": 0} for verdict in both.verdicts] == plain
    (kept,) = (tmp_path / "b").glob("*.jsonl")
    lines = kept.read_text("utf-8").splitlines(keepends=True)
    assert len(lines) == len(chosen)
    kept.write_text(lines[0] + lines[1][:40], "utf-8")
    tried: list[str] = []

    def counting(case: Case) -> Verdict:
        tried.append(case.mutant.id)
        return nursery.verdict_of(case)

    monkeypatch.setattr(campaign, "verdict_of", counting)
    again = _run(tmp_path / "b", chosen, monkeypatch, jobs=1)
    assert len(tried) == 2
    assert [{**verdict.as_json(), "seconds": 0} for verdict in again.verdicts] == plain


def test_the_command_tries_a_fixed_sample(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "specledger", "mutate", "--specs", str(SPECS), "--sample", "16", "--json"]
    command += ["--max-examples", "3"]
    layers = [part for layer in ("page", "facts", "spec", "behavior") for part in ("--layer", layer)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "generator")}
    result = subprocess.run(
        [*command, *layers], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    found = json.loads(result.stdout)
    assert found["total"] == 16
    assert (found["survivors"], found["false_alarms"]) == ([], [])
    assert len(found["killed"]) + len(found["equivalent"]) == 16
    assert all({"layer", "operator", "place", "diagnostic"} <= entry.keys() for entry in found["killed"])
    assert result.returncode == 0


def test_a_system_that_cannot_fork_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")
    with pytest.raises(Failure, match="cannot fork") as caught:
        campaign.run(Settings(SPECS), (), _told)
    assert caught.value.exit_code == 2


def test_a_survivor_is_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = campaign.Report()
    monkeypatch.setattr(campaign, "run", lambda *_: rows)
    monkeypatch.chdir(ROOT)
    assert CliRunner().invoke(cli.commands, ["mutate"], standalone_mode=False).return_value == 0
    rows.notes.append("pages are away")
    monkeypatch.setattr(campaign.Report, "holds", False)
    assert CliRunner().invoke(cli.commands, ["mutate"], standalone_mode=False).return_value == 1


def test_the_table_stands_between_its_marks(tmp_path: Path, everything: list[Mutant]) -> None:
    from specledger.mutate import verdict

    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "README.md").write_text("before\n<!-- mutants -->\nold\n<!-- /mutants -->\nafter\n", "utf-8")
    rows = [verdict.of(mutant, "quiet" if mutant.benign else "killed") for mutant in everything[:50]]
    survivor = verdict.of(everything[50], "survived", why="no gate goes red", diagnostic="a `code` | span")
    beside = campaign.Report([verdict.of(everything[50], "survived"), verdict.of(everything[51], "killed")])
    report.record(campaign.Report([*rows, survivor]), beside, tmp_path)
    text = (tmp_path / "README.md").read_text("utf-8")
    assert text.startswith("before\n<!-- mutants -->\n\n| layer |")
    assert "defaults kills 1 of 2" in text
    assert text.endswith("<!-- /mutants -->\nafter\n")
    assert "no gate goes red" in (tmp_path / "benchmarks" / "mutants.md").read_text("utf-8")
    kept = json.loads((tmp_path / "benchmarks" / "mutants.json").read_text("utf-8"))
    assert sum(row.get("total", 0) for row in kept["operators"]) == 51 - sum(m.benign for m in everything[:50])
