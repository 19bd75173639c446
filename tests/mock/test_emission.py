"""What is generated: the same bytes each time, typed, installable by path, and refused where it could not run."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from specledger import behavior, serve, spec
from specledger.diagnostics import Failure
from specledger.emit import mock, models
from tests.mock.conftest import HERE, Server, generate

MINIMAL = """openapi: 3.1.1
info: {{ title: Minimal, version: "1" }}
paths:
  /a/{{id}}:
    put:
      operationId: put
      parameters: [{{ name: id, in: path, required: true, schema: {{ type: string }} }}]
      requestBody: {{ content: {{ application/json: {{ schema: {schema} }} }} }}
      responses: {{ "204": {{ description: done }} }}
"""
RULED = """resources: {{ a: {{ id: id, seed: [{{ id: x }}] }} }}
operations:
  put:
    resource: a
    id: request.path.id
    effect: merge
    rules: [{{ id: r, at: request.body.b, rule: {rule}, message: no }}]
    answer: {{ status: 204 }}
    request: {{ path: {{ id: x }}, body: {{}} }}
"""


def write(folder: Path, schema: str, rule: str = "'true'") -> Path:
    """Returns a specs folder with one API in it."""
    api = folder / "specs" / "minimal"
    api.mkdir(parents=True)
    (api / "openapi.yaml").write_text(MINIMAL.format(schema=schema))
    (api / "behavior.yaml").write_text(RULED.format(rule=rule))
    return api.parent


def test_two_hash_seeds_and_folders_give_the_same_bytes(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from specledger import behavior, spec\n"
        "from specledger.emit import mock\n"
        "apis = [(a, behavior.load(f, a)) for f in spec.folders(Path(sys.argv[1])) for a in [spec.load(f)]]\n"
        "for name, content in mock.emit(apis).items(): print(name, content.hex())\n"
    )
    seen = set()
    for seed, folder in (("1", tmp_path), ("2", HERE)):
        run = subprocess.run(
            [sys.executable, "-c", program, str(HERE / "specs")],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        seen.add(run.stdout)
    assert len(seen) == 1
    assert str(HERE) not in bytes.fromhex("".join(row.split(" ")[-1] for row in run.stdout.splitlines())).decode()


def test_the_generated_package_is_typed(inline: Server, vendors: Server) -> None:
    for server in (inline, vendors):
        source = server.generated / "mock_server" / "src"
        run = subprocess.run(
            [
                sys.executable,
                "-m",
                "mypy",
                "--strict",
                "--cache-dir",
                str(server.generated / "cache"),
                "specledger_mock",
            ],
            cwd=source,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout


def test_the_metadata_is_sound_and_text_from_a_spec_is_no_markup(inline: Server) -> None:
    root = inline.generated / "mock_server"
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert project["name"] == "specledger-mock-server"
    assert any(row.startswith("cel-expr-python") for row in project["dependencies"])
    readme = (root / "README.md").read_text()
    assert r"Shop \| \`of\` \*odd\* things" in readme


def test_uvicorn_runs_the_generated_application(inline: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    source = inline.generated / "mock_server" / "src"
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "specledger_mock:app", "--port", str(port), "--log-level", "error"],
        cwd=source,
    )
    try:
        server = Server(f"http://127.0.0.1:{port}", inline.generated)
        for _ in range(300):
            try:
                assert len(server.send("GET", "/_mock/apis").json) == 3
                break
            except ConnectionRefusedError:
                time.sleep(0.1)
        else:
            pytest.fail("uvicorn did not listen")
    finally:
        process.terminate()
        process.wait(30)


def test_the_application_leaves_models_and_unused_rules_unloaded(vendors: Server) -> None:
    source = vendors.generated / "mock_server" / "src"
    has_rules = any(b'rules": [\n' in path.read_bytes() for path in (source / "specledger_mock" / "apis").iterdir())
    program = "import sys, specledger_mock; specledger_mock.app; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], cwd=source, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert "pydantic" not in loaded
    assert ("cel_expr_python" in loaded) == has_rules


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("{ type: string, pattern: '[' }", "schema"),
        ("{ type: number, multipleOf: 0 }", "schema"),
        ("{ type: nothing }", "schema"),
    ],
)
def test_a_schema_that_cannot_be_compiled_is_a_located_failure(tmp_path: Path, schema: str, said: str) -> None:
    specs = write(tmp_path, schema)
    with pytest.raises(Failure) as failure:
        generate(specs, tmp_path)
    found = failure.value.diagnostics[0]
    assert (Path(found.file).name, found.line > 1, said in found.message, bool(found.remedy)) == (
        "openapi.yaml",
        True,
        True,
        True,
    )


def test_a_rule_that_is_no_cel_is_a_located_failure(tmp_path: Path) -> None:
    specs = write(tmp_path, "{ type: object }", "'self.a >'")
    with pytest.raises(Failure) as failure:
        generate(specs, tmp_path)
    assert [(Path(row.file).name, row.line, row.at) for row in failure.value.diagnostics] == [
        ("behavior.yaml", 7, "request.body.b")
    ]


def test_a_tree_that_was_not_generated_is_a_failure_with_its_remedy(tmp_path: Path) -> None:
    for start in (
        lambda: serve.serve(tmp_path),
        lambda: serve.application(tmp_path),
        lambda: serve.running(tmp_path).__enter__(),
    ):
        with pytest.raises(Failure, match="run specledger generate"):
            start()


def test_a_port_in_use_is_a_failure_with_its_remedy(inline: Server) -> None:
    with pytest.raises(Failure, match="choose another with --host or --port"):
        serve.serve(inline.generated, port=inline.address[1])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--port", "99999"], "0 to 65535"),
        (["--port=-1"], "0 to 65535"),
        (["--port", "²"], "0 to 65535"),
        (["--host", "x" * 70], "choose another with --host or --port"),
        (["--durable"], "name it with --state"),
    ],
)
def test_an_address_that_is_none_is_refused_and_nothing_listens(inline: Server, options: list[str], said: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(inline.generated / serve.SOURCE)}
    command = [sys.executable, "-m", serve.PACKAGE, *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    try:
        shown, told = process.communicate(timeout=10)
    finally:
        process.kill()
    assert (process.returncode > 0, shown) == (True, b"")
    assert said in " ".join(told.decode().split())
    assert "Traceback" not in told.decode()


def test_a_state_file_that_is_none_is_a_failure_with_its_remedy(inline: Server, tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite"
    state.write_text("no database " * 100)
    with pytest.raises(Failure, match="no usable state file"):
        serve.application(inline.generated, state=state)
    with pytest.raises(Failure, match="file is not a database"), serve.running(inline.generated, state=state):
        pass
    assert state.read_text() == "no database " * 100


def test_models_of_a_spec_without_schemas_are_an_empty_module(tmp_path: Path) -> None:
    folder = write(tmp_path, "{ type: object }") / "minimal"
    api = spec.load(folder)
    text = models.emit(api).decode()
    assert [line[:1] for line in text.splitlines()] == ["#", "#"]
    assert behavior.load(folder, api).effects
    assert mock.emit([(api, behavior.load(folder, api))])["src/specledger_mock/models/minimal.py"].decode() == text
