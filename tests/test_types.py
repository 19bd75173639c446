"""mypy --strict over the generator; mypy and pyright, both strict, over what it generates and users' programs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from specledger import serve, spec
from specledger.emit import client

pytestmark = pytest.mark.xdist_group("types")  # each checker runs once, in one worker

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = sorted(path.parent for path in ROOT.glob("generated/*/src/*/__init__.py"))
PROGRAMS = ROOT / "tests" / "client" / "programs"
MISUSE = PROGRAMS / "misuse.py"
SPECS = ROOT / "tests" / "client" / "specs"
SOURCES = [str(package.parent) for package in PACKAGES]

Problems = dict[Path, dict[int, str]]


def _mypy(*paths: Path) -> Problems:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", *map(str, paths)]
    environment = {**os.environ, "MYPYPATH": os.pathsep.join([*SOURCES, str(ROOT / "generator")])}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode in (0, 1), result.stdout + result.stderr
    found: Problems = {}
    for path, line, text in re.findall(r"^(.+?):(\d+): error: (.*)$", result.stdout, re.MULTILINE):
        found.setdefault(ROOT / path, {})[int(line)] = text
    assert bool(found) == bool(result.returncode), result.stdout + result.stderr
    return found


def _pyright(folder: Path, *paths: Path) -> Problems:
    settings = {
        "typeCheckingMode": "strict",  # pyright's own; basedpyright's further rules are not what users have
        "pythonVersion": "3.11",
        "include": [str(path) for path in paths],
        "extraPaths": SOURCES,
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), "utf-8")
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    said = json.loads(result.stdout)
    assert said["summary"]["filesAnalyzed"] > len(PACKAGES), result.stdout
    found: Problems = {}
    for one in said["generalDiagnostics"]:
        found.setdefault(Path(one["file"]), {})[one["range"]["start"]["line"] + 1] = one["message"]
    return found


@pytest.fixture(scope="module")
def emitted(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Returns the packages of the specs that hold one of everything."""
    packages = []
    for path in sorted(SPECS.glob("*.yaml")):
        folder = tmp_path_factory.mktemp("spec") / path.stem
        folder.mkdir()
        (folder / "openapi.yaml").write_bytes(path.read_bytes())
        root = tmp_path_factory.mktemp("generated") / path.stem
        for name, content in client.emit(spec.load(folder)).items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
        packages += sorted((root / "src").iterdir())
    return packages


@pytest.fixture(scope="module", params=["mypy", "pyright"])
def checked(
    request: pytest.FixtureRequest, emitted: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Problems]:
    """Returns a checker's name and all that it says: of the packages, of the programs and of the misuse."""
    paths = [*PACKAGES, *emitted, PROGRAMS]
    name: str = request.param
    return name, _mypy(*paths) if name == "mypy" else _pyright(tmp_path_factory.mktemp("pyright"), *paths)


def test_the_generator_is_typed() -> None:
    assert _mypy(ROOT / "generator" / "specledger") == {}


def test_every_api_has_a_generated_package_that_says_it_is_typed() -> None:
    assert len(PACKAGES) == len(list(ROOT.glob("specs/*/openapi.yaml"))) + 1
    assert all((package / "py.typed").is_file() for package in PACKAGES)


def test_generated_packages_and_their_users_programs_are_typed(checked: tuple[str, Problems]) -> None:
    assert {path: lines for path, lines in checked[1].items() if path != MISUSE} == {}


def test_each_mistake_of_a_user_is_an_error_in_its_line_and_nothing_else_is(checked: tuple[str, Problems]) -> None:
    name, problems = checked
    lines = MISUSE.read_text("utf-8").split("\n")
    # `# wrong` is for both checkers, `# wrong: pyright` for one that finds what the other does not look for.
    marks = [(number, re.search(r"# wrong(?:: (\w+))?", line)) for number, line in enumerate(lines, 1)]
    wrong = {number for number, mark in marks if mark and mark.group(1) in (None, name)}
    assert len(wrong) > 50
    assert problems[MISUSE].keys() == wrong


@pytest.mark.parametrize("program", sorted(set(PROGRAMS.glob("*.py")) - {MISUSE}), ids=lambda path: path.stem)
def test_a_users_program_runs_against_the_mock(program: Path, mock: str) -> None:
    api = {"gateway": "baseten_gateway", "gpu": "novita_gpu", "maas": "huawei_maas", "zstack": "zstack_ai"}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(SOURCES)}
    command = [sys.executable, "-W", "error", str(program), f"{mock}/{api[program.stem]}"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_nothing_that_ships_is_hidden_from_the_checkers_without_a_reason() -> None:
    for path in [path for package in PACKAGES for path in package.rglob("*.py")]:
        for line in path.read_text("utf-8").split("\n"):
            assert not re.search(r"type: ignore(?!\[[\w-]+\]  # )|pyright: (?!ignore\[\w+\])", line), (path, line)


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    """Returns the address of the running mock server."""
    with serve.running(ROOT / "generated") as url:
        yield url
