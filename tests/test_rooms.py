"""The rooms: what imports what, and what a command loads."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {
    "schemathesis",
    "hypothesis",
    "openapi_python_client",
    "datamodel_code_generator",
    "pydantic",
    "httpx2",
    "rich",
}


def test_a_lower_room_never_imports_a_higher_one() -> None:
    result = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout


def test_no_import_under_generator_names_a_generated_package() -> None:
    generated = {path.name for path in ROOT.glob("generated/*/src/*") if path.is_dir()}
    assert generated
    named = []
    for path in sorted((ROOT / "generator").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                modules = [node.module or ""]
            named += [f"{path.name}: {module}" for module in modules if module.split(".")[0] in generated]
    assert named == []


def test_only_write_writes_under_generated() -> None:
    writers = []
    for path in sorted((ROOT / "generator" / "specledger").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        writes = any(word in text for word in (".write_text(", ".write_bytes(", "rmtree(", ".unlink("))
        # mutate lays its worlds in folders of its own, and keeps its results beside the table; release writes dist/.
        if writes and not {"runtime", "mutate", "release"} & set(path.parts):
            writers.append(path.name)
    # drift/files.py writes the facts and the folders of specs/ that accept and new make, fuzz/kept.py what failed.
    assert set(writers) - {"files.py", "kept.py"} in ({"client.py", "write.py"}, {"write.py"})


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--specs", str(ROOT / "specs")]], ids=["help", "check"])
def test_quick_commands_load_neither_schemathesis_nor_the_generators(arguments: list[str], tmp_path: Path) -> None:
    code = (
        "import json, sys\n"
        "sys.argv = ['specledger', *json.loads(sys.argv[1])]\n"
        "from specledger.cli import main\n"
        "try: main()\n"
        "except SystemExit as stop: code = stop.code\n"
        "print(json.dumps([code, sorted({name.split('.')[0] for name in sys.modules})]))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, json.dumps(arguments)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    exit_code, loaded = json.loads(result.stdout.splitlines()[-1])
    assert exit_code == 0
    assert HEAVY & set(loaded) == set()
