"""The verbs as a user types them, on a page in a layout of its own vendor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from specledger import yaml12

from ..conftest import Run

PLAIN = "just a letter to a friend, with no method and no path in it\n"


@pytest.mark.parametrize(
    "verb", [["read"], ["read", "--json"], ["drift"], ["drift", "--json"], ["accept"], ["new", "lamps"]]
)
@pytest.mark.parametrize("text", [PLAIN, "", "\x00"])
def test_a_page_that_cannot_be_read_prints_one_message_and_nothing_on_stdout(
    specledger: Run, tmp_path: Path, root: Path, verb: list[str], text: str
) -> None:
    (tmp_path / "letter.txt").write_text(text)
    extra = ["--specs", str(tmp_path / "apis")] if verb[0] == "new" else ["--specs", str(root / "specs")]
    result = specledger(*verb, "letter.txt", *(extra if verb[0] != "read" else []))
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("letter.txt: ")
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "apis").exists()


def test_watch_without_an_address_has_nothing_to_do(specledger: Run, tmp_path: Path) -> None:
    api = tmp_path / "specs" / "lamps"
    api.mkdir(parents=True)
    (api / "openapi.yaml").write_text("openapi: 3.1.1\ninfo: {title: Lamps, version: 1.0.0}\npaths: {}\n")
    result = specledger("watch", "--json")
    assert (result.returncode, json.loads(result.stdout)) == (0, {"pages": []})
    assert not (tmp_path / ".specledger").exists()


def test_the_scheduled_workflow_runs_commands_that_exist(specledger: Run, root: Path) -> None:
    workflow = yaml12.load(root / "workflows" / "page-drift.yml")
    steps = yaml12.as_rows(yaml12.descend(workflow.value, ("jobs", "watch", "steps")))
    lines = [line.split() for step in steps for line in str(step.get("run", "")).splitlines()]
    commands = [words[1:3] for words in lines if words[0].endswith("/specledger")]
    assert commands == [["watch", "--markdown"]]
    for verb, option in commands:
        assert option in specledger(verb, "--help").stdout
