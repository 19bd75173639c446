"""The wheel as a user gets it: installed in a fresh environment, type-checked, and run against the mock."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit
from urllib.request import urlopen

from specledger import names, places
from specledger.diagnostics import Diagnostic, Failure
from specledger.ir import Api, Operation
from specledger.yaml12 import Json, JsonObject, as_object, as_rows, as_text

_FIRST_CALL = re.compile(r"## First call\n+```python\n(.*?)```", re.DOTALL)
_SECONDS = 300.0
NOBODY = "specledger"


@dataclass(frozen=True, slots=True)
class Environment:
    """A fresh virtual environment with the wheel in it; `installed` holds the version of each distribution."""

    folder: Path
    installed: Mapping[str, str]

    @property
    def python(self) -> Path:
        """Returns its interpreter."""
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def install(wheel: Path, to: Path, pip_options: Sequence[str] = ()) -> Environment:
    """Returns a fresh environment with the wheel and what it needs. Raises Failure where pip cannot install it."""
    venv.create(to, with_pip=False, symlinks=os.name != "nt")
    found = Environment(to, {})
    pip = [sys.executable, "-m", "pip", "--python", str(found.python), "--disable-pip-version-check"]
    _run([*pip, "install", "--quiet", *pip_options, str(wheel)], to.parent, "install", "see what pip says")
    listed: Json = json.loads(_run([*pip, "list", "--format", "json"], to.parent, "install", "see what pip says"))
    rows = as_rows(listed)
    return Environment(to, {as_text(row.get("name")): as_text(row.get("version")) for row in rows})


def sample(api: Api, readme: str, mock: str, credential: str) -> str:
    """Returns the README's first call as a program that calls the mock.

    Where the README has a name in the place of a value, as for what the constructor asks for and in paths, the value
    is taken from the request that the mock shows as one that works. The credential is one that the mock knows.
    """
    block = _FIRST_CALL.search(readme)
    if block is None:
        raise Failure([Diagnostic("README.md", 0, "no-sample", "there is no first call in it", "mend its template")])
    tree = ast.parse(block.group(1))
    operations = {f"client.{one.resource}.{one.name}": one for one in api.operations}
    calls = {ast.unparse(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    called = next((name for name in calls if name in operations), "")
    shown = _shown(api, mock, operations[called].id) if called else {}
    if called:
        _fill(calls[called], {**_values(operations[called], shown), **_path_values(api, operations[called], shown)})
        _whole(calls[called], operations[called])
    made = calls[api.package.class_name]
    _fill(made, {api.package.credential: credential, **_settings(api, operations.get(called), shown)})
    others = [one for one in made.keywords if one.arg != "base_url"]
    made.keywords = [*others, ast.keyword("base_url", ast.Constant(f"{mock}/{api.name}"))]
    tree.body += ast.parse("client.close()").body
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _fill(call: ast.Call, values: Mapping[str, Json]) -> None:
    """Puts values in the place of names: of a keyword that is given `…` or `...`, of an argument given its name."""
    for keyword in call.keywords:
        is_open = isinstance(keyword.value, ast.Constant) and keyword.value.value in ("…", ..., keyword.arg)
        if keyword.arg is not None and keyword.arg in values and is_open:
            keyword.value = _literal(values[keyword.arg])
    call.args = [
        _literal(values[str(one.value)]) if isinstance(one, ast.Constant) and str(one.value) in values else one
        for one in call.args
    ]


def _literal(value: Json) -> ast.expr:
    return ast.parse(repr(value), mode="eval").body


def _whole(call: ast.Call, operation: Operation) -> None:
    """Raises Failure where the README has no value for an argument, and the mock shows none."""
    for node in ast.walk(call):
        if isinstance(node, ast.Constant) and node.value is ...:
            message = f"no example of {operation.label} says what is sent"
            raise Failure([Diagnostic("README.md", 0, "no-sample", message, "give the request an example in the spec")])


def _values(operation: Operation, shown: JsonObject) -> dict[str, Json]:
    """Returns what a request of the mock sends, by the names of the client's keywords."""
    found = {names.snake(name): value for name, value in as_object(shown.get("body")).items()}
    query = dict(parse_qsl(urlsplit(as_text(shown.get("url"))).query))
    for one in operation.parameters:
        if one.location == "query" and one.wire_name in query:
            text = query[one.wire_name]
            is_text = as_object(one.schema).get("type") not in ("integer", "number", "boolean")
            found[one.name] = text if is_text else json.loads(text)
    return found


def _shown(api: Api, mock: str, operation: str) -> JsonObject:
    """Returns the request of an operation that works as it stands, as the mock shows it; empty where it shows none."""
    with urlopen(f"{mock}/_mock/apis", timeout=30) as answer:  # noqa: S310  # an address of our own on this machine
        apis: Json = json.load(answer)
    mine = next((row for row in as_rows(apis) if row.get("name") == api.name), {})
    return next((row for row in as_rows(mine.get("requests")) if row.get("operationId") == operation), {})


def _path_values(api: Api, operation: Operation, shown: JsonObject) -> dict[str, str]:
    """Returns the values of the path's parameters by their Python names, from a request that the mock takes."""
    path = urlsplit(as_text(shown.get("url"))).path.removeprefix(f"/{api.name}")
    parts = re.split(r"\{([^}]*)\}", operation.path)
    pattern = "".join("([^/]+)" if number % 2 else re.escape(part) for number, part in enumerate(parts))
    match = re.fullmatch(pattern, path)
    named = {one.wire_name: one.name for one in operation.parameters if one.location == "path"}
    values = match.groups() if match else ()
    return {named.get(name, name): unquote(value) for name, value in zip(parts[1::2], values, strict=False)}


def _settings(api: Api, operation: Operation | None, shown: JsonObject) -> dict[str, str]:
    """Returns values for the constructor's keywords, from a request that the mock takes."""
    headers = {name.lower(): as_text(text) for name, text in as_object(shown.get("headers")).items()}
    found = {}
    for one in api.package.parameters:
        kind, *steps = places.parse(one.fills).steps
        if kind == "request" and steps[0] == "path" and operation is not None:
            wire = {row.name: row.wire_name for row in operation.parameters if row.location == "path"}
            values = {wire.get(name, name): value for name, value in _path_values(api, operation, shown).items()}
            found[one.name] = values.get(steps[1], NOBODY)
        elif kind == "request" and steps[0] == "header":
            found[one.name] = headers.get(steps[1].lower(), NOBODY)
    return found


def check(environment: Environment, program: Path) -> None:
    """Type-checks a program strictly against the installed wheel. Raises Failure with what mypy says."""
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--no-error-summary", "--config-file="]
    arguments = [*command, "--python-executable", str(environment.python), program.name]
    _run(arguments, program.parent, "sample-types", "mend the template, or the README's example")


def run(environment: Environment, program: Path) -> None:
    """Runs a program with the installed wheel. Raises Failure where it fails."""
    remedy = "run specledger prove; the call is the README's, with the spec's own example"
    _run([str(environment.python), "-W", "error", program.name], program.parent, "sample-run", remedy)


def _run(command: list[str], folder: Path, code: str, remedy: str) -> str:
    environment = {name: text for name, text in os.environ.items() if name not in ("PYTHONPATH", "MYPYPATH")}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        message = f"it took longer than {_SECONDS:.0f} seconds"
        raise Failure([Diagnostic("the wheel", 0, code, message, remedy)]) from None
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).strip().splitlines() if line.strip()]
        raise Failure([Diagnostic("the wheel", 0, code, (said or ["it failed"])[-1][:500], remedy)])
    return done.stdout
