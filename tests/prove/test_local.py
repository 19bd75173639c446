"""The mock in this process answers as it does over a socket, and each tree is loaded for itself."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import httpx2
import pytest

from specledger import behavior, ledger, serve, spec
from specledger.diagnostics import Failure
from specledger.fuzz.run import run
from specledger.fuzz.target import reach, within

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ROOT / "generated"
PACKAGE = Path("mock_server", "src", "specledger_mock")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Returns a generated mock that a test may change."""
    shutil.copytree(GENERATED / "mock_server", tmp_path / "mock_server")
    return tmp_path


@pytest.mark.parametrize("name", ["baseten_gateway", "huawei_maas"])
def test_the_same_seed_draws_and_finds_the_same_in_process_as_over_a_socket(name: str) -> None:
    folder = ROOT / "specs" / name
    api = spec.load(folder)
    known, facts = behavior.load(folder, api), ledger.load(folder)
    with within(GENERATED) as target:
        inside = run(api, known, facts, target, seed=3, max_examples=30)
    with serve.running(GENERATED) as url, httpx2.Client(trust_env=False) as client:
        outside = run(api, known, facts, reach(url, client), seed=3, max_examples=30)
    assert (inside.cases, inside.accepted, inside.failures) == (outside.cases, outside.accepted, outside.failures)
    assert inside.accepted > 20


def test_only_the_phases_that_are_named_run() -> None:
    folder = ROOT / "specs" / "baseten_gateway"
    api = spec.load(folder)
    seen: set[str] = set()
    with within(GENERATED) as target:
        known, facts = behavior.load(folder, api), ledger.load(folder)
        run(api, known, facts, target, phases=("examples",), progress=lambda _, phase: seen.add(phase))
    assert seen == {"examples"}


def test_a_socket_of_the_same_mock_shows_the_state_that_requests_without_one_left(copy: Path) -> None:
    with serve.local(copy) as mock:
        before = mock.ask("GET", "/_mock/baseten_gateway/resources", {}).body
        assert httpx2.get(f"{mock.origin}/_mock/baseten_gateway/resources", trust_env=False).content == before
        assert mock.ask("HEAD", "/nowhere", {}).body == b""
        assert mock.ask("POST", "/nowhere", {}).status == 404


def test_a_tree_that_changed_is_loaded_anew_and_shares_no_module(copy: Path) -> None:
    text, before = "no API has this path", set(sys.modules)
    with serve.local(copy) as first:
        path = copy / PACKAGE / "server.py"
        path.write_text(path.read_text().replace(text, "there is nothing here"))
        with serve.local(copy) as second:
            assert text.encode() in first.ask("GET", "/nowhere", {}).body
            assert b"there is nothing here" in second.ask("GET", "/nowhere", {}).body
    assert not [name for name in set(sys.modules) - before if serve.PACKAGE in name]


def test_a_mock_that_cannot_be_loaded_is_one_message(copy: Path) -> None:
    (copy / PACKAGE / "route.py").write_text("raise ValueError('broken')\n")
    with pytest.raises(Failure, match="the mock did not start: ValueError: broken"), serve.local(copy):
        pass
