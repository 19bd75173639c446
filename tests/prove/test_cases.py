"""A failing case is kept, replayed alone and tried first; seeds, workers and budgets do what they say."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from specledger.diagnostics import Diagnostic, Failure
from specledger.fuzz.campaign import Plan, Result, campaign, replay
from specledger.fuzz.kept import Shelf
from specledger.fuzz.outcome import Outcome
from specledger.fuzz.stages import STAGES
from specledger.fuzz.witness import Proof

ROOT = Path(__file__).resolve().parents[2]
API = "baseten_gateway"
CONTRACT = Path("mock_server", "src", "specledger_mock", "apis", f"{API}.json")


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a generated tree of one API, whose mock replaces what it should merge."""
    folder = tmp_path_factory.mktemp("generated")
    for name in (API, "mock_server"):
        shutil.copytree(ROOT / "generated" / name, folder / name)
    _exchange(folder, '"effect": "merge"', '"effect": "replace"')
    return folder


@pytest.fixture(scope="module")
def failed(generated: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Result]:
    """Returns a campaign against that mock and what came of it."""
    shelf = Shelf(tmp_path_factory.mktemp("cases"))
    plan = Plan(ROOT / "specs", generated, 1, 8, shelf=shelf, command="specledger prove")
    return plan, _tried(plan)


def _exchange(folder: Path, text: str, instead: str) -> None:
    path = folder / CONTRACT
    assert text in path.read_text()
    path.write_text(path.read_text().replace(text, instead))


def _tried(plan: Plan, jobs: int = 1) -> Result:
    (result,) = campaign(plan, (API,), jobs=jobs)
    return result


def _counts(result: Result) -> dict[str, tuple[int, int]]:
    parts = result.stages.items()
    return {
        name: (part.sent, part.held) if isinstance(part, Proof) else (part.cases, part.accepted) for name, part in parts
    }


def _shown(result: Result) -> list[str]:
    return [str(failure) for failure in result.failures]


def _lines(failure: Diagnostic, start: str) -> Iterator[str]:
    return (line.removeprefix(start) for line in failure.excerpt if line.startswith(start))


def test_every_stage_finds_what_the_mock_does_wrong_in_the_order_of_the_list(failed: tuple[Plan, Result]) -> None:
    _, result = failed
    assert list(result.stages) == [stage.name for stage in STAGES if stage.name != "earlier"]
    assert {name for name, part in result.stages.items() if part.failures} >= {
        "witnesses",
        "directed",
        "stateful",
        "fuzz",
    }
    assert {failure.operation for failure in result.failures} == {"PATCH /v1/gateway/endpoints/{endpoint_id}"}


def test_each_failure_shows_its_curl_its_call_its_fact_and_how_to_replay_it(failed: tuple[Plan, Result]) -> None:
    _, result = failed
    for failure in result.failures:
        assert failure.page, str(failure)
        (command,) = _lines(failure, "curl ")
        assert " http://127.0.0.1:8800/baseten_gateway/v1/gateway/endpoints/" in command
        (call,) = _lines(failure, "client: ")
        assert ".endpoints.update(endpoint_id='" in call
        ast.parse(call)
        (line,) = _lines(failure, "replay: specledger prove --replay ")
        assert re.fullmatch("[0-9a-f]{10}", line)


def test_a_case_is_replayed_alone_and_holds_when_the_fault_is_mended(
    failed: tuple[Plan, Result], generated: Path, tmp_path: Path
) -> None:
    plan, result = failed
    shelf = plan.shelf
    assert shelf is not None
    names = {kept.id: kept for kept in shelf.of(API)}
    assert len(names) == len({str(failure) for failure in result.failures})
    mended = tmp_path / "mended"
    shutil.copytree(generated, mended)
    _exchange(mended, '"effect": "replace"', '"effect": "merge"')
    for stage in ("witnesses", "directed", "fuzz"):
        kept = next(kept for kept in names.values() if kept.stage == stage)
        _, found = replay(plan, kept.id)
        assert [(one.operation, one.at, one.code) for one in found.failures] == [kept.key]
        before = result.stages[stage]
        if isinstance(found, Outcome) and isinstance(before, Outcome):
            assert found.cases < before.cases / 4
        assert found.cases == 1 if stage == "fuzz" and isinstance(found, Outcome) else True
        assert replay(replace(plan, generated=mended), kept.id)[1].failures == ()


def test_what_failed_is_tried_first_and_forgotten_when_it_holds(
    failed: tuple[Plan, Result], generated: Path, tmp_path: Path
) -> None:
    plan, _ = failed
    assert plan.shelf is not None
    shutil.copytree(plan.shelf.folder, tmp_path / "cases")
    shelf = Shelf(tmp_path / "cases")
    again = replace(plan, shelf=shelf, max_examples=2)
    kept = len(shelf.of(API))
    first = _tried(again)
    assert next(iter(first.stages)) == "earlier"
    assert len(first.stages["earlier"].failures) == kept
    shutil.copytree(generated, tmp_path / "mended")
    _exchange(tmp_path / "mended", '"effect": "replace"', '"effect": "merge"')
    second = _tried(replace(again, generated=tmp_path / "mended"))
    assert second.failures == ()
    assert shelf.of(API) == []


def test_a_name_that_is_not_kept_is_wrong_usage(failed: tuple[Plan, Result]) -> None:
    plan, _ = failed
    with pytest.raises(Failure, match="no case is kept as nothing") as raised:
        replay(plan, "nothing")
    assert raised.value.exit_code == 2


def test_the_same_seed_fails_alike_in_every_run_and_on_any_number_of_workers(
    failed: tuple[Plan, Result], tmp_path: Path
) -> None:
    plan, result = failed
    other = _tried(replace(plan, shelf=Shelf(tmp_path)), jobs=2)
    assert _shown(other) == _shown(result)
    assert _counts(other) == _counts(result)


def test_a_budget_ends_the_drawing_and_nothing_else(failed: tuple[Plan, Result]) -> None:
    plan, result = failed
    found = _tried(replace(plan, shelf=None, seconds=0.2, max_examples=5000))
    drawn = found.stages["fuzz"]
    assert isinstance(drawn, Outcome)
    assert drawn.cut
    assert drawn.seconds < 15
    assert "fuzz: cut after" in found.summary()
    # How many are accepted also depends on what the kept cases, which are tried first, leave behind.
    others = {name: count[0] for name, count in _counts(result).items() if name != "fuzz"}
    assert {name: count[0] for name, count in _counts(found).items() if name != "fuzz"} == others


@pytest.mark.parametrize("budget", ["soon", "-1s", "5h"])
def test_a_budget_that_is_no_time_is_wrong_usage(
    budget: str, specledger: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    result = specledger("prove", f"--budget={budget}")
    assert result.returncode == 2
    assert "is no time; write 60s or 2m" in result.stderr
