"""The pydantic models of schemas that are hard to name or to type: they import, they are typed, they judge alike."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from specledger import spec
from specledger.emit import models

MODELS = Path(__file__).parent / "models"


def load(name: str, folder: Path) -> ModuleType:
    """Returns the emitted module of an API, imported with every warning an error."""
    path = folder / f"{name}.py"
    path.write_bytes(models.emit(spec.load(MODELS / name)))
    run = subprocess.run([sys.executable, "-W", "error", path], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    found = importlib.util.spec_from_file_location(f"emitted_{name}", path)
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["names", "shapes"])
def test_models_of_hard_schemas_import_and_are_typed(name: str, tmp_path: Path) -> None:
    assert load(name, tmp_path).__doc__ is None
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), f"{name}.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


def test_a_model_takes_and_gives_the_vendors_names(tmp_path: Path) -> None:
    sent = {"1": "a", "a b": "c", "Field": "x", "$ref": "y", "more": [1]}
    model = load("shapes", tmp_path).Weird.model_validate(sent)
    assert model.model_dump(by_alias=True, exclude_unset=True) == sent


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        ({"multi": "abcd"}, True),
        ({"multi": 4}, True),
        ({"multi": None}, True),
        ({"multi": "ab"}, False),
        ({"multi": 3}, False),
        ({"uni": "é"}, True),
        ({"uni": "1"}, False),
        ({"def": 1}, True),
        ({"mail": "nobody"}, True),
    ],
)
def test_a_model_judges_as_its_schema_does(value: dict[str, object], accepted: bool, tmp_path: Path) -> None:
    limits = load("shapes", tmp_path).Limits
    if accepted:
        assert limits.model_validate(value).model_dump(by_alias=True, exclude_unset=True) == value
    else:
        with pytest.raises(ValueError, match="validation error"):
            limits.model_validate(value)
