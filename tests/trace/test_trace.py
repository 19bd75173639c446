"""Every fact and ruling is followed to its end; what is broken on the way is told by the row that it concerns."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema_rs
import pytest

from specledger import check as checks
from specledger import trace as room
from specledger.trace.project import project
from specledger.trace.traced import Traced, as_json

from .conftest import ROOT, edit

Run = Callable[..., "subprocess.CompletedProcess[str]"]
GATEWAY, NOVITA = "baseten_gateway", "novita_gpu"


def red(traces: list[Traced]) -> list[str]:
    """Returns the places of the rows that do not hold."""
    return [traced.at for traced in traces if not traced.holds]


def broken(copy: Path, api: str) -> list[Traced]:
    return project(copy / "specs", (api,), copy / "generated")


def test_every_fact_and_every_ruling_is_traced(sound: list[Traced]) -> None:
    assert [(traced.row.file, traced.row.line, traced.reasons) for traced in sound if not traced.holds] == []
    facts = sum(one.conformity.facts for one in checks.check(ROOT / "specs"))
    assert sum(not traced.ruling for traced in sound) == facts > 200
    assert sum(bool(traced.ruling) for traced in sound) > 50


def test_each_claim_has_its_spec_line_a_symbol_and_witnesses_or_says_why_not(sound: list[Traced]) -> None:
    for said in (said for traced in sound for said in traced.said):
        if said.overruled:
            assert said.ruling
            continue
        assert said.spec, said
        assert said.client.name or said.client.reason, said
        assert said.exchanges or said.unwitnessed, said


def test_a_bound_is_witnessed_on_both_sides_with_what_was_sent(sound: list[Traced]) -> None:
    found = [
        exchange
        for traced in sound
        for said in traced.said
        if traced.api == GATEWAY and (said.at, said.keyword) == ("request.body.targets", "maxItems")
        for exchange in said.exchanges
    ]
    assert {(one.side, len(value), one.answered) for one in found for value in one.sent if isinstance(value, list)} == {
        ("accept", 1, 200),
        ("refuse", 2, 400),
    }
    assert all(one.method == "PATCH" and one.path == "/v1/gateway/endpoints/abc123hash" for one in found)


def test_the_json_has_the_documented_shape_and_is_the_same_for_every_seed(sound: list[Traced]) -> None:
    text = as_json(sound)
    shape = json.loads((Path(room.__file__).parent / "shape.json").read_text())
    holds = jsonschema_rs.validator_for(shape)
    document = json.loads(text)
    assert [str(error) for error in holds.iter_errors(document)] == []
    assert document["facts"] == document["traced"] == sum(row["kind"] == "fact" for row in document["rows"])
    assert as_json(project(ROOT / "specs", (), ROOT / "generated", seed=7)) == text


def test_the_shape_refuses_a_row_without_its_claims(sound: list[Traced]) -> None:
    document = json.loads(as_json(sound))
    del document["rows"][0]["claims"]
    shape = json.loads((Path(room.__file__).parent / "shape.json").read_text())
    assert not jsonschema_rs.validator_for(shape).is_valid(document)


def test_no_credential_stands_in_a_trace(sound: list[Traced]) -> None:
    text = as_json(sound)
    for path in (ROOT / "specs").glob("*/behavior.yaml"):
        for secret in re.findall(r"credential: (\S+)", path.read_text()):
            assert secret not in text


@pytest.mark.parametrize(
    ("api", "file", "old", "new", "facts"),
    [
        # An attribute under another name, on the wire and off it.
        (
            GATEWAY,
            "models/gateway_endpoint.py",
            "    slug: str = wire.field(wire.text)",
            "    slugs: str = wire.field(wire.text)",
            {"response.success.body.slug"},
        ),
        (
            GATEWAY,
            "models/gateway_endpoint.py",
            "    slug: str = wire.field(wire.text)",
            '    handle: str = wire.field(wire.text, "slug")',
            {"response.success.body.slug"},
        ),
        (
            NOVITA,
            "models/policy.py",
            "    value: int = wire.field(wire.integer)",
            '    value: int = wire.field(wire.integer, "amount")',
            {"request.body.policy.value"},
        ),
        (
            GATEWAY,
            "resources/endpoints.py",
            '        "404": profile.Answer("json", wire.model("Error")),\n',
            "",
            {"response.404"},
        ),
        (GATEWAY, "resources/endpoints.py", 'method="PATCH"', 'method="PUT"', {"operation"}),
        (GATEWAY, "_client.py", 'server="https://api.baseten.co"', 'server="https://api.example"', {"server"}),
        (GATEWAY, "_client.py", 'environment="BASETEN_API_KEY"', 'environment="API_KEY"', {"security"}),
    ],
    ids=["wire-and-name", "name", "wire", "answer", "method", "server", "environment"],
)
def test_a_symbol_that_the_client_has_not_makes_its_facts_red_and_no_others(
    copy: Path, api: str, file: str, old: str, new: str, facts: set[str]
) -> None:
    edit(copy / "generated" / api / "src" / api / file, old, new)
    traces = broken(copy, api)
    assert set(red([traced for traced in traces if not traced.ruling])) == facts
    assert all("the client" in traced.reasons[0] for traced in traces if not traced.holds and not traced.ruling)


def test_a_keyword_that_the_mock_dropped_makes_its_fact_red_and_no_other(copy: Path) -> None:
    path = copy / "generated/mock_server/src/specledger_mock/apis/novita_gpu.json"
    contract = json.loads(path.read_text())
    del contract["definitions"]["Image"]["properties"]["authId"]["maxLength"]
    path.write_text(json.dumps(contract))
    traces = broken(copy, NOVITA)
    assert set(red(traces)) == {"request.body.image.authId"}
    (said,) = {said.keyword for traced in traces for said in traced.said if said.failures}
    assert said == "maxLength"


def test_a_fact_that_the_spec_does_not_have_is_red(copy: Path) -> None:
    (path,) = (copy / "specs" / GATEWAY / "facts").glob("*.yaml")
    edit(path, "    minItems: 1\n    maxItems: 1\n    note", "    minItems: 1\n    maxItems: 2\n    note")
    traces = broken(copy, GATEWAY)
    assert red(traces) == ["request.body.targets"]
    reasons = next(traced.reasons for traced in traces if not traced.holds)
    assert "nothing in the contract says maxItems: 2 at request.body.targets" in reasons


def test_a_ruling_that_rules_on_nothing_is_red(copy: Path) -> None:
    path = copy / "specs" / GATEWAY / "rulings.yaml"
    edit(path, "overrides: { rule: model-for-baseten }", "overrides: { rule: another }")
    assert red([traced for traced in broken(copy, GATEWAY) if traced.ruling]) == ["request.body.targets[].model_id"]


def test_the_command_prints_a_line_a_row_and_the_count(specledger: Run) -> None:
    arguments = ("--specs", ROOT / "specs", "--generated", ROOT / "generated")
    done = specledger("trace", GATEWAY, *arguments)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"facts traced (\d+)/\1, rulings traced (\d+)/\2", lines[-1])
    (row,) = [line for line in lines if re.match(r"baseten_gateway request\.body\.slug ", line)]
    assert "baseten_gateway.resources.endpoints.Endpoints.update(slug)" in row
    assert "baseten-update-gateway-endpoint.txt:45" in row


def test_the_command_fails_where_a_fact_cannot_be_traced(specledger: Run, copy: Path) -> None:
    source = copy / "generated" / GATEWAY / "src" / GATEWAY
    edit(source / "models/gateway_endpoint.py", "    slug: str =", "    slugs: str =")
    done = specledger("trace", GATEWAY, "--json", cwd=copy)
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["traced"] == document["facts"] - 1
