"""No string of a spec becomes code, markup or a path: 14 payloads and some more in every position."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from specledger import behavior, spec, write
from specledger.behavior import Behavior
from specledger.diagnostics import Diagnostic, Failure
from specledger.emit import escape, mock
from specledger.ir import Api
from specledger.progress import Steps
from tests.hostile import skeletons
from tests.hostile.payloads import PAYLOADS, TAKEN, is_taken, positions
from tests.hostile.positions import Put, files

HIDING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
REFUSED = [
    (position, name)
    for position in positions()
    for name, payload in PAYLOADS.items()
    if not is_taken(position, payload)
]


def written(folder: Path, put: Put) -> Path:
    """Writes an API's folder and returns it."""
    api = folder / "hostile"
    api.mkdir(parents=True, exist_ok=True)
    for name, document in files(put).items():
        (api / name).write_text(json.dumps(document, indent=1), encoding="utf-8")
    return api


def tree(folder: Path) -> dict[str, bytes]:
    """Returns every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def generated(folder: Path, put: Put) -> dict[str, bytes]:
    """Returns what `generate` writes; nothing else may have been written anywhere below the folder."""
    written(folder / "a" / "b" / "specs", put)
    before = tree(folder)
    write.generate(folder / "a" / "b" / "specs", folder / "a" / "b" / "out", Steps())
    after = tree(folder)
    made = {path: content for path, content in after.items() if path.startswith("a/b/out/")}
    assert {path for path in after if path not in made} == before.keys()
    assert all(after[path] == content for path, content in before.items())
    return {path.removeprefix("a/b/out/"): content for path, content in made.items()}


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Returns what is generated where every position holds harmless words."""
    return generated(tmp_path_factory.mktemp("harmless"), lambda _, words: words)


@pytest.fixture
def corner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Returns a folder that also holds the working directory and the temporary files."""
    for name in ("here", "temporary"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    yield tmp_path
    assert not Path(PAYLOADS["absolute path"]).exists()


def test_there_are_as_many_positions_as_a_spec_has() -> None:
    assert len(positions()) > 120
    assert TAKEN.keys() <= set(positions())
    assert len(REFUSED) > 200


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_hostile_text_in_every_position_leaves_the_skeleton_of_every_file(
    corner: Path, harmless: dict[str, bytes], name: str
) -> None:
    payload = PAYLOADS[name]
    made = generated(corner, lambda position, words: payload if is_taken(position, payload) else words)
    assert skeletons.differences(made, harmless) == []
    for path, content in made.items():
        if not path.endswith(".json"):
            assert not HIDING.search(content.decode("utf-8")), path
    document = json.loads((corner / "a/b/specs/hostile/openapi.yaml").read_text(encoding="utf-8"))
    assert json.loads(made["hostile/openapi.json"]) == document


@pytest.mark.parametrize("position", TAKEN)
def test_a_text_that_a_position_does_not_take_is_refused_with_one_located_message(
    tmp_path: Path, position: str
) -> None:
    for name in [refused for where, refused in REFUSED if where == position]:
        payload = PAYLOADS[name]
        folder = written(tmp_path, lambda here, words: payload if here == position else words)  # noqa: B023
        with pytest.raises(Failure) as caught:
            mock.emit([loaded(folder)])
        assert caught.value.exit_code == 1
        [found] = caught.value.diagnostics
        assert_located(found, folder, payload)


def loaded(folder: Path) -> tuple[Api, Behavior]:
    """Returns what the mock is made of."""
    api = spec.load(folder)
    return api, behavior.load(folder, api)


def assert_located(found: Diagnostic, folder: Path, payload: str) -> None:
    """Asserts that a message stands at the payload's line or at that of an object around it, and is one line."""
    lines = (folder / Path(found.file).name).read_text(encoding="utf-8").split("\n")
    told = lines[found.line - 1]
    assert json.dumps(payload)[1:-1] in told or told.rstrip().endswith(("{", "["))
    assert found.line
    assert found.remedy
    assert "\n" not in found.message


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "https://a|b", "https://a>b", "x y"])
def test_only_an_address_of_the_web_becomes_a_link(address: str) -> None:
    assert "link_open" not in str(skeletons.markdown(escape.link(address).encode()))
    assert "link_open" in str(skeletons.markdown(escape.link("https://example.com/a?b=c").encode()))


PROGRAM = """
import importlib, json, sys
sys.path[:0] = sys.argv[1:3]
import even_word, specledger_mock
from specledger_mock.models import hostile
client = even_word.EvenWord(secret="k", base_url="http://localhost")
words = [word for word in dir(type(client)) if not word.startswith("_")]
resources = [getattr(client, word) for word in words]
for word in even_word.models.__all__:
    getattr(even_word.models, word)
payload = json.loads(sys.argv[3])
thing = {payload: "b", "odd word": "c", "fixed": payload, "choice": payload}
assert even_word.models.Thing.from_dict(thing).to_dict() == thing
assert hostile.Thing.model_validate(thing).model_dump(by_alias=True, exclude_unset=True)[payload] == "b"
print(sorted(type(one).__name__ for one in resources if "resources" in type(one).__module__))
"""


@pytest.mark.parametrize("name", ["triple quotes", "line feed", "braces", "keyword", "bidi", "compatible letters"])
def test_what_is_generated_of_a_hostile_spec_can_be_imported_and_used(corner: Path, name: str) -> None:
    payload = PAYLOADS[name]
    kept = {*TAKEN, "pattern"}
    generated(corner, lambda position, words: words if position in kept else payload)
    roots = [str(corner / "a/b/out" / package / "src") for package in ("hostile", "mock_server")]
    command = [sys.executable, "-W", "error", "-c", PROGRAM, *roots, json.dumps(payload)]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=60)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.count("'") == 2 * 3
