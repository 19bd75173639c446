"""Documents that would fill the memory, never end or leave the folder: refused in seconds, with one place each."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MEMORY = 1 << 30
SECONDS = 20  # most of them take one; the machine may be busy
Schemas = dict[str, Any]


def ref(name: str) -> Schemas:
    """Returns a reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def document(schemas: Schemas) -> str:
    """Returns a spec whose one operation takes the first of the schemas."""
    content = {"application/json": {"schema": ref(next(iter(schemas)))}}
    post = {"requestBody": {"content": content}, "responses": {"204": {"description": ""}}}
    info = {"title": "t", "version": "1"}
    whole = {"openapi": "3.1.0", "info": info, "paths": {"/a": {"post": post}}, "components": {"schemas": schemas}}
    return json.dumps(whole, indent=1)


def chain(count: int, link: Callable[[Schemas], Schemas]) -> str:
    """Returns a spec of schemas each of which is made of the next."""
    return document({f"A{n}": link(ref(f"A{n + 1}")) for n in range(count)} | {f"A{count}": {"type": "object"}})


BOMB = "\n".join(
    ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
)
ELSEWHERE = ("other.yaml#/A", "file:///etc/passwd", "http://127.0.0.1:9/a.json", "//127.0.0.1:9/a", "../b/openapi.yaml")
REFUSED = {
    "aliases": (BOMB, "bomb"),
    "flow levels": ("[" * 10_000, "depth"),
    "mapping levels": ("{a: " * 10_000, "depth"),
    "block levels": ("- " * 10_000, "depth"),
    "closed levels": ('{"a":' * 10_000 + "1" + "}" * 10_000, "depth"),
    **{
        f"cycle of {key}": (document({"A": {key: [ref("A"), {}]}}), "ref-circular")
        for key in ("allOf", "anyOf", "oneOf")
    },
    **{f"cycle of {key}": (document({"A": {key: ref("A")}}), "ref-circular") for key in ("not", "if", "then", "else")},
    "cycle of dependentSchemas": (document({"A": {"dependentSchemas": {"x": ref("A")}}}), "ref-circular"),
    "cycle of three": (
        document({"A": ref("B"), "B": {"allOf": [ref("C")]}, "C": {"anyOf": [ref("A")]}}),
        "ref-circular",
    ),
    "cycle of one": (document({"A": {}, "B": ref("B")}), "ref-circular"),
    **{f"reference to {place}": (document({"A": {"$ref": place}}), "ref-remote") for place in ELSEWHERE},
    "reference by $dynamicRef": (document({"A": {"$dynamicRef": "http://127.0.0.1:9/a"}}), "schema"),
    "chain of references": (chain(3000, lambda next_: next_), "ref-depth"),
    "chain of allOf": (chain(3000, lambda next_: {"allOf": [next_], "properties": {"a": {}}}), "ref-depth"),
    "chain of arrays": (chain(3000, lambda next_: {"type": "array", "items": next_}), "ref-depth"),
    "doubling allOf": (chain(40, lambda next_: {"allOf": [next_, next_]}), "ref-growth"),
    "doubling anyOf": (chain(40, lambda next_: {"anyOf": [next_, next_]}), "ref-growth"),
    "doubling arrays": (chain(40, lambda next_: {"prefixItems": [next_, next_]}), "ref-growth"),
}
TAKEN = {
    "an array of itself": document({"A": {"type": "array", "items": ref("A")}}),
    "a map of itself": document({"A": {"type": "object", "additionalProperties": ref("A")}}),
    "a tree": document({"A": {"properties": {"a": {"anyOf": [ref("A"), {"type": "null"}]}}}}),
    "a chain that is short": chain(90, lambda next_: next_),
    "models of models": document(
        {f"A{n}": {"allOf": [{"properties": {"a": ref(f"A{n + 1}"), "b": ref(f"A{n + 1}")}}]} for n in range(40)}
        | {"A40": {"type": "object"}}
    ),
}


def generate(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Runs `specledger generate` on a spec with little memory."""
    (folder / "specs" / "api").mkdir(parents=True)
    (folder / "specs" / "api" / "openapi.yaml").write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "specledger", "generate"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )


@pytest.mark.parametrize("name", REFUSED)
def test_a_document_that_never_ends_is_refused_at_its_line_within_seconds(tmp_path: Path, name: str) -> None:
    text, code = REFUSED[name]
    run = generate(tmp_path, text)
    assert run.returncode == 1
    told = run.stdout + run.stderr
    assert re.match(rf"specs/api/openapi\.yaml:[1-9]\d*: .*\[{code}\]\n", told), told[-2000:]
    assert told.count("remedy:") == 1
    assert "Traceback" not in told
    assert not (tmp_path / "generated").exists()


@pytest.mark.parametrize("name", TAKEN)
def test_a_document_that_ends_is_taken(tmp_path: Path, name: str) -> None:
    run = generate(tmp_path, TAKEN[name])
    assert (run.returncode, run.stderr) == (0, "")
