"""Values go out through the generated client and come back, and a client that loses one is caught."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import httpx2
import pytest

from specledger import write
from specledger.diagnostics import Failure
from specledger.fuzz.campaign import Plan, campaign
from specledger.fuzz.outcome import Outcome
from specledger.fuzz.roundtrip import roundtrip
from specledger.fuzz.run import run
from specledger.fuzz.stages import STAGES
from specledger.fuzz.target import Target
from specledger.fuzz.witness import Proof
from specledger.progress import Steps

from .conftest import SPECS, Known, serving
from .test_fuzz import EDIT

BARE = Path(__file__).parent / "bare"


def through(known: Known, target: Target, generated: Path, seed: int = 1) -> Outcome:
    return roundtrip(known.api, known.behavior, known.ledger, target, generated, seed=seed)


def test_what_is_drawn_goes_out_and_comes_back(depot: Known, target: Target, generated: Path) -> None:
    before = set(sys.modules)
    outcome = through(depot, target, generated)
    assert outcome.failures == ()
    assert outcome.cases == 50
    assert outcome.accepted > 40
    assert not [name for name in set(sys.modules) - before if name.split(".")[0] == "depot"]
    assert str(generated) not in "".join(sys.path)


def test_the_same_seed_draws_the_same_values(depot: Known, target: Target, generated: Path) -> None:
    first, again = (through(depot, target, generated, seed=3) for _ in range(2))
    assert (first.cases, first.accepted) == (again.cases, again.accepted)


# A file of the client, a text of it and what stands there instead; what the diagnostic must name.
DEFECTS = {
    "a field is left out": (r'"weight": weight,\n', "", r"request\.body\.weight"),
    "a wire name is wrong": (r'"weight": weight', '"wait": weight', r"request\.body\.\w+"),
    "two fields are swapped": (
        r'"pin": pin,\n(\s+)"hint": hint',
        r'"pin": hint,\n\1"hint": pin',
        r"request\.body\.(pin|hint)",
    ),
    "a keyword is missing": (r"        weight: .*\n|\"weight\": weight,", "", r"request\.body\.weight"),
    "a query parameter is lost": (r'"reason": reason,?', "", r"request\.query\.reason"),
    "the method is another": (r'method="PATCH"', 'method="PUT"', "operation"),
    "the client cannot be called": (r"return self\._caller\.call\(", "return self.call(", r"request\.body"),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_client_that_loses_something_is_found_and_named(
    name: str, depot: Known, target: Target, generated: Path, tmp_path: Path
) -> None:
    text, instead, at = DEFECTS[name]
    shutil.copytree(generated / "depot", tmp_path / "depot")
    path = tmp_path / "depot" / "src" / "depot" / "resources" / "boxes.py"
    written, count = re.subn(text, instead, path.read_text())
    assert count, f"{path.name} no longer has the text that this defect replaces"
    path.write_text(written)
    failures = through(depot, target, tmp_path).failures
    named = [found for found in failures if found.operation == EDIT and re.fullmatch(at, found.at)]
    assert named, "\n".join(map(str, failures))


def test_a_client_that_is_not_generated_is_said_to_be_missing(depot: Known, target: Target, tmp_path: Path) -> None:
    with pytest.raises(Failure) as failure:
        through(depot, target, tmp_path)
    assert failure.value.diagnostics[0].code == "client-missing"
    assert "specledger generate" in failure.value.diagnostics[0].remedy


def test_a_campaign_tries_everything_and_tells_its_progress(generated: Path) -> None:
    steps: list[str] = []
    results = list(campaign(Plan(SPECS, generated, max_examples=15), (), progress=lambda _, name: steps.append(name)))
    assert [result.api for result in results] == ["depot", "notes"]
    for result in results:
        assert result.failures == ()
        assert list(result.stages) == [stage.name for stage in STAGES if stage.name != "earlier"]
        for name, part in result.stages.items():
            assert (part.held if isinstance(part, Proof) else part.accepted) > 10, name
    assert {"depot witnesses", "depot directed", "notes fuzz"} <= set(steps)


def test_an_api_that_is_nothing_but_a_spec_is_fuzzed_without_a_false_finding(tmp_path: Path) -> None:
    write.generate(BARE, tmp_path, Steps())
    [result] = campaign(Plan(BARE, tmp_path, max_examples=15), ())
    assert "\n".join(map(str, result.failures)) == ""
    called = result.stages["roundtrip"]
    assert isinstance(called, Outcome)
    assert called.accepted > called.cases * 0.9  # the mock may know no object of a drawn id


ODD = {
    "a file in a form": """
  /assets: {post: {requestBody: {content: {multipart/form-data: {schema: {type: object, required: [file], properties: {
    file: {type: string, format: binary}}}}}}, responses: {"200": {description: ok}}}}""",
    "a body without a schema": """
  /images: {post: {requestBody: {content: {image/png: {}}}, responses: {"200": {description: ok}}}}""",
    "a media type that nobody writes": """
  /u: {post: {requestBody: {required: true, content: {application/pdf: {schema: {type: string}}}}, responses: {
    "204": {description: ok}}}}""",
    "security that may be left out": """
  /u: {get: {security: [{b: []}, {}], responses: {"200": {description: ok}}}}
components: {securitySchemes: {b: {type: http, scheme: bearer}}}""",
    "answers that show nothing": """
  /games: {post: {requestBody: {content: {application/json: {schema: {type: object}}}}, responses: {"200": {
    description: started}}}}
  /games/{gameId}: {get: {parameters: [{name: gameId, in: path, required: true, schema: {type: string}}], responses: {
    "200": {description: exists}, "404": {description: no}}}}""",
}


@pytest.mark.parametrize("server", ["servers: [{url: 'https://odd.example:443'}]\n", ""], ids=["port", "none"])
@pytest.mark.parametrize("name", ODD)
def test_what_is_rare_in_a_spec_is_no_finding(name: str, server: str, tmp_path: Path) -> None:
    (tmp_path / "specs" / "odd").mkdir(parents=True)
    text = f"openapi: 3.1.0\ninfo: {{title: Odd, version: '1'}}\n{server}paths:{ODD[name]}\n"
    (tmp_path / "specs" / "odd" / "openapi.yaml").write_text(text, encoding="utf-8")
    write.generate(tmp_path / "specs", tmp_path / "generated", Steps())
    [result] = campaign(Plan(tmp_path / "specs", tmp_path / "generated", max_examples=10), ())
    assert "\n".join(map(str, result.failures)) == ""


def test_of_a_live_api_only_answers_are_checked(depot: Known, generated: Path) -> None:
    with serving(generated) as mock:
        live = Target(mock.base(depot.api), httpx2.Client(trust_env=False), None)
        outcome = run(depot.api, depot.behavior, depot.ledger, live, max_examples=5)
        live.client.close()
    assert outcome.failures == ()
    assert outcome.accepted > 0
    assert "state" in outcome.notes[0]
