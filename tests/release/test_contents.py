"""What an archive must hold and must not, and what stands beside it."""

from __future__ import annotations

import json
import zipfile
from importlib.resources import files
from pathlib import Path

import jsonschema_rs
import pytest

from specledger import spec
from specledger.diagnostics import Failure
from specledger.ir import Package
from specledger.release import build, contents, record
from tests.release.conftest import Project

MOMENT = 1_700_000_000


@pytest.fixture
def built(project: Project, tmp_path: Path) -> tuple[build.Artefacts, Package]:
    """Returns what is built of a project, and how its client is published."""
    artefacts = build.build(project.root / "generated" / "lamps", MOMENT, tmp_path / "built")
    return artefacts, spec.load(project.spec.parent).package


def _without(wheel: Path, dropped: str, added: str = "") -> None:
    """Writes a wheel anew without a file, or with one more."""
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist() if name != dropped}
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in {**held, **({added: b""} if added else {})}.items():
            archive.writestr(name, content)


def test_what_is_built_holds_what_it_must(built: tuple[build.Artefacts, Package]) -> None:
    contents.check(*built)
    with zipfile.ZipFile(built[0].wheel) as wheel:
        assert json.loads(wheel.read("lamps/openapi.json"))["info"]["title"] == "Lamps"


@pytest.mark.parametrize(
    "name", ["lamps/py.typed", "lamps/openapi.json", "specledger_lamps-1.0.0.dist-info/licenses/LICENSE"]
)
def test_a_wheel_without_what_it_must_hold_is_refused(built: tuple[build.Artefacts, Package], name: str) -> None:
    _without(built[0].wheel, name)
    with pytest.raises(Failure) as refused:
        contents.check(*built)
    assert [one.code for one in refused.value.diagnostics] == ["content-missing"]
    assert name.rpartition("/")[2] in str(refused.value)


@pytest.mark.parametrize("name", ["lamps/tests/test_it.py", "lamps/test_it.py", "lamps/.env", "lamps/x.pyc"])
def test_a_wheel_with_what_does_not_belong_in_it_is_refused(built: tuple[build.Artefacts, Package], name: str) -> None:
    _without(built[0].wheel, "", name)
    with pytest.raises(Failure, match="does not belong in it"):
        contents.check(*built)


def test_the_parts_are_told_as_cyclonedx_has_it_and_alike_each_time(built: tuple[build.Artefacts, Package]) -> None:
    artefacts, package = built
    installed = {"specledger-lamps": "1.0.0", "httpx2": "2.16.2", "anyio": "4.16.0"}
    text = record.sbom(artefacts, package, installed, ["httpx2>=2.16,<3"], MOMENT)
    assert text == record.sbom(artefacts, package, installed, ["httpx2>=2.16,<3"], MOMENT)
    folder = files("cyclonedx.schema._res")
    base = "http://cyclonedx.org/schema/"
    held = [f"{name}.SNAPSHOT.schema.json" for name in ("bom-1.6", "spdx", "jsf-0.82")]
    schemas = {base + name: json.loads((folder / name).read_text("utf-8")) for name in held}
    registry = jsonschema_rs.Registry(list(schemas.items()), draft=jsonschema_rs.Draft7)
    validator = jsonschema_rs.Draft7Validator(
        schemas[f"{base}{held[0]}"], registry=registry, base_uri=f"{base}{held[0]}"
    )
    bom = json.loads(text)
    assert [error.message for error in validator.iter_errors(bom)] == []
    assert {one["name"] for one in bom["components"]} == {"httpx2", "anyio"}
    edges = {one["ref"]: one.get("dependsOn", []) for one in bom["dependencies"]}
    assert edges["pkg:pypi/specledger-lamps@1.0.0"] == ["pkg:pypi/httpx2@2.16.2"]
    assert not validator.is_valid({**bom, "components": [{"name": "x"}]})


def test_what_a_release_was_made_of_is_told_with_hashes(
    built: tuple[build.Artefacts, Package], project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWINE_PASSWORD", "a-secret-of-mine")
    made = project.root / "generated" / "lamps" / "provenance.json"
    text = record.provenance(made, built[0], "0" * 40, MOMENT)
    told = json.loads(text)
    assert {row["file"]: row["sha256"] for row in told["artefacts"]} == {
        path.name: build.sha256(path) for path in built[0].files
    }
    assert told["generated"]["inputs"]["specs/lamps/openapi.yaml"] == build.sha256(project.spec)
    assert set(record.TOOLS) <= told["tools"].keys()
    assert "a-secret-of-mine" not in text
    assert str(project.root) not in text
