"""The ready workflow files: they name verbs and options that there are, and no address and no secret."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
import yaml

from specledger.cli import commands

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / "workflows").glob("*.yml"))
HOOKS = ROOT / ".pre-commit-hooks.yaml"


def _calls(text: str) -> list[list[str]]:
    found = re.findall(r"(?:\.venv/bin/|entry: )specledger ([^\n>|]*)", text)
    return [shlex.split(re.sub(r"\$\{[^}]*\}", "", one)) for one in found]


@pytest.mark.parametrize("path", [*WORKFLOWS, HOOKS], ids=lambda path: path.name)
def test_each_command_that_a_file_runs_is_one_that_there_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    yaml.safe_load(text)
    calls = _calls(text)
    assert calls
    for verb, *rest in calls:
        command = commands.commands[verb]
        options = {name for one in command.params if isinstance(one, click.Option) for name in one.opts}
        assert {word for word in rest if word.startswith("--")} <= options, verb


def test_the_files_name_no_address_and_no_secret() -> None:
    for path in [*WORKFLOWS, HOOKS, ROOT / "Makefile"]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"secrets\.|pypi\.org|(?:token|password) *[:=] *['\"]?\w{8,}", text, re.IGNORECASE), path
