"""Writing generated/: the same bytes anywhere, nothing half written, every difference found."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from specledger import write
from specledger.diagnostics import Failure
from specledger.progress import Steps

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]

SPEC = """openapi: 3.1.1
info: {title: Pets, version: 1.0.0}
servers: [{url: "https://pets.example.com"}]
paths:
  /pets/{pet_id}:
    get:
      operationId: getPet
      tags: [pets]
      parameters:
        - {name: pet_id, in: path, required: true, schema: {type: string}}
      responses:
        "200":
          description: The pet.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Pet"}
components:
  schemas:
    Pet:
      type: object
      properties:
        name: {type: string, maxLength: 10}
        born: {type: string, format: date-time}
      required: [name]
"""


def _specs(folder: Path, text: str = SPEC) -> Path:
    (folder / "specs" / "pets").mkdir(parents=True)
    (folder / "specs" / "pets" / "openapi.yaml").write_text(text, encoding="utf-8")
    return folder / "specs"


def _tree(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_folder_with_only_a_spec_generates_a_client_and_the_mock(tmp_path: Path, specledger: Run) -> None:
    _specs(tmp_path)
    result = specledger("generate")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "generated" / "pets" / "src" / "pets" / "__init__.py").is_file()
    assert (tmp_path / "generated" / "mock_server" / "pyproject.toml").is_file()


def test_two_runs_in_other_folders_under_other_hash_seeds_give_the_same_bytes(tmp_path: Path, specledger: Run) -> None:
    trees = []
    for name, seed in (("one", "0"), ("elsewhere/two", "4242")):
        folder = tmp_path / name
        shutil.copytree(ROOT / "specs", folder / "specs")
        result = specledger("generate", cwd=folder, env={"PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo", "LANG": "C"})
        assert result.returncode == 0, result.stderr
        trees.append(_tree(folder / "generated"))
    assert trees[0] == trees[1]
    assert len(trees[0]) > 50


def test_the_committed_tree_is_what_its_specs_make() -> None:
    found = write.compare(ROOT / "specs", ROOT / "generated", Steps())
    assert [str(one) for one in found] == []


def test_a_second_run_with_nothing_changed_writes_nothing_and_says_so(tmp_path: Path, specledger: Run) -> None:
    _specs(tmp_path)
    specledger("generate")
    path = tmp_path / "generated" / "pets" / "README.md"
    before = path.stat()
    result = specledger("generate")
    assert (result.returncode, result.stdout) == (0, "nothing changed; nothing to generate\n")
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_ino == before.st_ino


@pytest.mark.parametrize("damage", ["edited", "missing", "extra"])
def test_a_generated_file_that_was_touched_is_found_and_mended(damage: str, tmp_path: Path, specledger: Run) -> None:
    _specs(tmp_path)
    specledger("generate")
    readme = tmp_path / "generated" / "pets" / "README.md"
    whole = _tree(tmp_path / "generated")
    if damage == "edited":
        readme.write_text(readme.read_text(encoding="utf-8") + "by hand\n", encoding="utf-8")
    elif damage == "missing":
        readme.unlink()
    else:
        (readme.parent / "extra.py").write_text("", encoding="utf-8")
    result = specledger("generate", "--check")
    assert result.returncode == 1
    name = "extra.py" if damage == "extra" else "README.md"
    assert f"generated/pets/{name}" in result.stderr
    assert "remedy: run specledger generate" in result.stderr
    assert specledger("generate").returncode == 0
    assert _tree(tmp_path / "generated") == whole
    assert specledger("generate", "--check").returncode == 0


def test_a_package_whose_spec_is_gone_is_reported_and_removed(tmp_path: Path, specledger: Run) -> None:
    specs = _specs(tmp_path)
    shutil.copytree(specs / "pets", specs / "dogs")
    specledger("generate")
    shutil.rmtree(specs / "dogs")
    assert "generated/dogs" in specledger("generate", "--check").stderr
    assert specledger("generate").returncode == 0
    assert not (tmp_path / "generated" / "dogs").exists()


def test_one_broken_spec_among_several_leaves_the_old_tree(tmp_path: Path, specledger: Run) -> None:
    specs = _specs(tmp_path)
    specledger("generate")
    before = _tree(tmp_path / "generated")
    (specs / "pets" / "openapi.yaml").write_text(SPEC.replace("maxLength: 10", "maxLength: 11"), encoding="utf-8")
    (specs / "cats").mkdir()
    (specs / "cats" / "openapi.yaml").write_text("openapi: [", encoding="utf-8")
    result = specledger("generate")
    assert result.returncode == 1
    assert "specs/cats/openapi.yaml:2" in result.stderr
    assert _tree(tmp_path / "generated") == before


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_interrupted_leaves_the_old_tree(kind: signal.Signals, tmp_path: Path, specledger: Run) -> None:
    specs = _specs(tmp_path)
    specledger("generate")
    before = _tree(tmp_path / "generated")
    changed = SPEC.replace("maxLength: 10", "maxLength: 11")
    (specs / "pets" / "openapi.yaml").write_text(changed, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "specledger", "generate"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(0.4)
    process.send_signal(kind)
    code = process.wait(60)
    after = _tree(tmp_path / "generated")
    if code == 0:
        pytest.skip("the run was done before the signal came")
    assert {path: digest for path, digest in after.items() if not path.startswith(".staging-")} == before
    assert specledger("generate").returncode == 0
    assert not list((tmp_path / "generated").glob(".staging-*"))
    assert _tree(tmp_path / "generated") != before


def test_a_swap_that_fails_half_way_leaves_the_old_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    specs = _specs(tmp_path)
    out = tmp_path / "generated"
    write.generate(specs, out, Steps())
    before = _tree(out)
    (specs / "pets" / "openapi.yaml").write_text(SPEC.replace("Pets", "Animals"), encoding="utf-8")
    written = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if ".staging-" in str(path) and path.name == "py.typed":
            raise OSError(28, "No space left on device")
        return written(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(Failure, match="No space left on device"):
        write.generate(specs, out, Steps())
    assert _tree(out) == before


def test_an_output_folder_that_cannot_be_written_is_one_message(tmp_path: Path, specledger: Run) -> None:
    _specs(tmp_path)
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = specledger("generate", "--out", "file")
    assert result.returncode == 1
    assert "file: cannot write here" in result.stderr
    assert "--out" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to any folder")
def test_a_read_only_output_folder_is_one_message(tmp_path: Path, specledger: Run) -> None:
    _specs(tmp_path)
    (tmp_path / "generated").mkdir(mode=0o555)
    result = specledger("generate")
    assert result.returncode == 1
    assert "cannot write here: Permission denied" in result.stderr
    assert list((tmp_path / "generated").iterdir()) == []


def test_a_folder_without_specs_is_wrong_usage(tmp_path: Path, specledger: Run) -> None:
    result = specledger("generate")
    assert result.returncode == 2
    assert "remedy" in result.stderr
