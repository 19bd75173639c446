"""The verb `diff`: what may be named, what it prints, how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from tests.diff.edits import GONE, LIST, base, put


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "specledger", "diff", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with old.yaml and new.yaml, in which an operation is gone and a bound is tighter."""
    (tmp_path / "old.yaml").write_text(yaml.safe_dump(base()), encoding="utf-8")
    after = base()
    put(after, "paths|/pets/{petId}", GONE)
    put(after, f"{LIST}|parameters|0|schema|maximum", 50)
    (tmp_path / "new.yaml").write_text(yaml.safe_dump(after), encoding="utf-8")
    return tmp_path


def test_json_says_level_and_changes_with_a_value(files: Path) -> None:
    found = json.loads(run("old.yaml", "new.yaml", "--json", cwd=files).stdout)
    assert found["level"] == "breaking"
    rows = {row["kind"]: row for row in found["changes"]}
    assert rows["maximum-narrowed"]["place"] == "GET /pets request.query.limit"
    assert 50 < rows["maximum-narrowed"]["witness"] <= 100
    assert (rows["maximum-narrowed"]["side"], rows["maximum-narrowed"]["certain"]) == ("request", True)
    assert rows["operation-removed"]["operation"] == "GET /pets/{petId}"


def test_common_leaves_out_what_only_one_has(files: Path) -> None:
    found = json.loads(run("old.yaml", "new.yaml", "--json", "--common", cwd=files).stdout)
    assert [row["kind"] for row in found["changes"]] == ["maximum-narrowed"]


@pytest.mark.parametrize(
    ("level", "old", "new", "code"),
    [
        ("breaking", "old.yaml", "new.yaml", 1),
        ("breaking", "new.yaml", "new.yaml", 0),
        ("docs", "old.yaml", "old.yaml", 0),
        ("compatible", "old.yaml", "new.yaml", 1),
    ],
)
def test_fail_on_is_the_exit_code(files: Path, level: str, old: str, new: str, code: int) -> None:
    assert run(old, new, "--fail-on", level, cwd=files).returncode == code


def test_text_and_markdown_name_operation_place_and_value(files: Path) -> None:
    for option in ((), ("--markdown",)):
        told = run("old.yaml", "new.yaml", *option, cwd=files)
        assert told.returncode == 0
        assert "GET /pets" in told.stdout
        assert "request.query.limit" in told.stdout
        assert "for example" in told.stdout


def test_nothing_changed_is_docs(files: Path) -> None:
    assert json.loads(run("old.yaml", "old.yaml", "--json", cwd=files).stdout) == {"level": "docs", "changes": []}


def test_revisions_and_a_wheel_are_read(files: Path) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    (files / "specs" / "pets").mkdir(parents=True)
    spec = files / "specs" / "pets" / "openapi.yaml"
    spec.write_bytes((files / "old.yaml").read_bytes())
    for arguments in (["init", "-q"], ["add", "specs"], ["commit", "-q", "-m", "One"]):
        subprocess.run([*git, *arguments], cwd=files, check=True)
    spec.write_bytes((files / "new.yaml").read_bytes())
    with zipfile.ZipFile(files / "pets-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("pets/openapi.json", json.dumps(base()))
    for old, new in (
        ("HEAD:specs/pets/openapi.yaml", "new.yaml"),
        ("HEAD", "specs"),
        ("pets-1-py3-none-any.whl", "new.yaml"),
    ):
        found = json.loads(run(old, new, "--json", cwd=files).stdout)
        assert (found["level"], len(found["changes"])) == ("breaking", 2), (old, new)


@pytest.mark.parametrize(
    ("name", "text", "code", "told"),
    [
        ("missing.yaml", None, 2, "no such file, revision or distribution"),
        ("broken.yaml", "a: [", 1, "broken.yaml:"),
        ("other.yaml", "swagger: '2.0'", 1, "not-openapi"),
        ("list.yaml", "[1]", 1, "not-openapi"),
        (
            "lost.yaml",
            "openapi: 3.1.0\npaths: {/a: {get: {responses: {'200': {$ref: '#/nowhere'}}}}}",
            1,
            "lost.yaml:2",
        ),
        ("away.yaml", "openapi: 3.1.0\npaths: {/a: {$ref: 'b.yaml'}}", 1, "leads out of this document"),
        ("empty.whl", "no archive", 2, "no openapi.json can be read"),
    ],
)
def test_what_cannot_be_read_is_one_located_message(
    files: Path, name: str, text: str | None, code: int, told: str
) -> None:
    if text is not None:
        (files / name).write_text(text, encoding="utf-8")
    found = run("old.yaml", name, cwd=files)
    assert (found.returncode, found.stdout) == (code, "")
    assert told in found.stderr
    assert "1 finding" in found.stderr
    assert "Traceback" not in found.stderr


def test_openapi_30_means_what_31_says(files: Path) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "number", "minimum": 0, "exclusiveMinimum": True}}}
    schema["properties"]["s"] = {"type": "string", "nullable": True}  # type: ignore[index]  # a literal of objects
    later = {
        "type": "object",
        "properties": {"n": {"type": "number", "exclusiveMinimum": 0}, "s": {"type": ["string", "null"]}},
    }
    for name, version, body in (("a.yaml", "3.0.3", schema), ("b.yaml", "3.1.0", later)):
        content = {"content": {"application/json": {"schema": body}}}
        operation = {
            "operationId": "put",
            "requestBody": content,
            "responses": {"200": {"description": "x", **content}},
        }
        whole = {"openapi": version, "info": {"title": "T", "version": "1"}, "paths": {"/a": {"put": operation}}}
        (files / name).write_text(yaml.safe_dump(whole), encoding="utf-8")
    for pair in (("a.yaml", "b.yaml"), ("b.yaml", "a.yaml")):
        assert json.loads(run(*pair, "--json", cwd=files).stdout)["level"] == "docs"
