"""The Hypothesis strategies, the state machine and the live driver that the mock's distribution has for its users."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from specledger.runtime.mock import isolated as isolating
from specledger.runtime.mock import live, pinned, wire
from specledger.runtime.mock.answer import Answer
from specledger.runtime.mock.body import Body
from specledger.runtime.mock.effect import Effect
from specledger.runtime.mock.expected import Wrong
from specledger.runtime.mock.machine import machine
from specledger.runtime.mock.operation import Operation
from specledger.runtime.mock.requests import requests
from specledger.runtime.mock.session import Session
from specledger.runtime.mock.state import State
from specledger.runtime.mock.writing import Write
from tests.mock.conftest import HERE, generate

ROOT = HERE.parents[1]
FOLDERS = ("specs", "inferred", "faithful", "models", "durable", "practical/specs", "strategies")
APIS = [(name, api.parent.name) for name in FOLDERS for api in sorted((HERE / name).glob("*/openapi.yaml"))]
VENDORS = [("", path.parent.name) for path in sorted((ROOT / "specs").glob("*/openapi.yaml"))]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What neither JSON Schema nor the OpenAPI of these specs lets anyone break alone is not among them.
KEYWORDS = """required additionalProperties unevaluatedProperties unevaluatedItems contains minContains
maxContains minProperties maxProperties propertyNames uniqueItems minItems maxItems multipleOf exclusiveMinimum
exclusiveMaximum minimum maximum minLength maxLength pattern format const not oneOf anyOf type
dependentRequired""".split()

QUICK = """
from hypothesis import settings
settings.register_profile("quick", max_examples=20, stateful_step_count=10)
settings.load_profile("quick")
"""

T = TypeVar("T")
Folder = Callable[[str], Path]

pytestmark = pytest.mark.xdist_group("strategies")  # the mocks are generated once, in one worker


@pytest.fixture(scope="module")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Returns a function that returns the contracts of a folder of specs, by its name beside this file."""
    made: dict[str, Path] = {}

    def contracts(name: str) -> Path:
        if name not in made:
            specs = HERE / name if name else ROOT / "specs"
            made[name] = generate(specs, tmp_path_factory.mktemp("strategies"))
        return made[name] / "mock_server" / "src" / "specledger_mock" / "apis"

    return contracts


@pytest.fixture
def garden(contracts: Folder) -> Iterator[Session]:
    """Returns the mock of the garden on the loopback interface."""
    with Session(contracts("strategies")) as session:
        yield session


def drawn(strategy: st.SearchStrategy[T], count: int) -> list[T]:
    """Returns what a strategy draws, the health checks of Hypothesis being on."""
    found: list[T] = []

    @seed(7)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(strategy)
    def collect(value: T) -> None:
        found.append(value)

    collect()
    return found


@pytest.mark.parametrize(("folder", "api"), [*VENDORS, *APIS])
def test_what_is_valid_is_carried_out_and_what_is_invalid_is_refused(folder: str, api: str, contracts: Folder) -> None:
    apis = contracts(folder)
    with Session(apis) as session:
        mock = session.api(api)
        for operation in session.mock.apis[api].operations:
            calls = requests(api, operation.id, apis=apis)
            for right in drawn(calls.valid(), 12):
                session.restore()
                answer = right.send(mock)
                assert 200 <= answer.status < 300, (right, answer)
            for wrong in drawn(calls.invalid(), 20) if calls.flaws else []:
                session.restore()
                assert wrong.send(mock).status == calls.refused_with, wrong
                assert session.mock.journal.entries(api)[-1].verdict == "invalid", wrong


@pytest.mark.parametrize(("folder", "api"), VENDORS)
def test_many_requests_are_drawn(folder: str, api: str, contracts: Folder) -> None:
    apis = contracts(folder)
    with Session(apis) as session:
        for operation in session.mock.apis[api].operations:
            calls = requests(api, operation.id, apis=apis)
            assert len({(call.url, call.content) for call in drawn(calls.valid(), 40)}) >= 15
            assert len({(call.url, call.content) for call in drawn(calls.invalid(), 40)}) >= 15


def test_every_keyword_is_broken_at_its_place(contracts: Folder) -> None:
    calls = requests("keywords", "judge", apis=contracts("faithful"))
    assert {keyword for _, keyword in calls.flaws} >= set(KEYWORDS)
    for keyword in KEYWORDS:
        assert {found.keyword for found in drawn(calls.invalid(keyword), 3)} == {keyword}
    assert ("request.body.beds[]", "enum") in requests("garden", "patchPlant", apis=contracts("strategies")).flaws
    places = {
        ("request.body.conditional.size", "required"),  # by a condition
        ("request.body.conditional.size", "minimum"),
        ("request.body.dependent.code", "required"),
        ("request.body.tree.branches[].value", "type"),
    }
    assert places <= set(calls.flaws)
    [wrong] = drawn(calls.invalid("minimum", "request.body.conditional.size"), 1)
    assert isinstance(wrong.body, dict)
    sizes = wrong.body["conditional"]
    assert isinstance(sizes, dict)
    assert sizes["kind"] == "big"
    assert isinstance(sizes["size"], int)
    assert sizes["size"] < 100


def test_what_is_not_there_is_named_with_what_is(contracts: Folder) -> None:
    apis = contracts("strategies")
    with pytest.raises(ValueError, match="no API 'forest'; there are: garden"):
        requests("forest", "cut", apis=apis)
    with pytest.raises(ValueError, match="garden has no operation 'cut'; there are: listPlants, addPlant"):
        requests("garden", "cut", apis=apis)
    with pytest.raises(ValueError, match=r"no request of patchPlant breaks pattern .*request\.body\.height multipleOf"):
        requests("garden", "patchPlant", apis=apis).invalid("pattern")


def test_models_are_drawn_with_what_their_schema_says() -> None:
    module = importlib.import_module("specledger_mock.requests")
    models: Any = importlib.import_module("specledger_mock.models.baseten_gateway")
    found = drawn(module.models(models.GatewayEndpoint), 20)
    assert {type(one) for one in found} == {models.GatewayEndpoint}
    assert len({one.model_dump_json() for one in found}) > 10
    with pytest.raises(ValueError, match="no API"):
        module.models(Path)


@pytest.mark.parametrize(("folder", "api"), [*VENDORS, *APIS])
def test_the_state_machine_holds_on_every_mock(folder: str, api: str, contracts: Folder) -> None:
    run_state_machine_as_test(
        machine(api, apis=contracts(folder)),
        settings=settings(max_examples=5, stateful_step_count=15, database=None, deadline=None, derandomize=True),
    )


def _forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(State, "commit", lambda self, collection, identity, new: None)


def _touches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specledger.runtime.mock.effect.later", lambda stored: stored)


def _replaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Effect, "_updated", lambda self, stored, sent: {"id": stored["id"], **sent})


def _keeps_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Effect, "_updated", lambda self, stored, sent: {**stored, **sent})


def _accepts_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Body, "take", Body.read)


def _shows_another(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Operation.answer

    def changed(self: Operation, *arguments: Any, **named: Any) -> Answer:
        found = answer(self, *arguments, **named)
        return (
            Answer(found.status, found.body.replace(b"my-", b"your-"), found.headers) if found.status < 300 else found
        )

    monkeypatch.setattr(Operation, "answer", changed)


def _stores_another(monkeypatch: pytest.MonkeyPatch) -> None:
    settable = Write.settable
    monkeypatch.setattr(Write, "settable", lambda self, given: {**settable(self, given), "name": "weed"})


def _removes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(State, "remove", lambda self, objects: None)


def _leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    check = Effect._check_owned

    def leaking(self: Effect, caller: Any, sent: Any) -> None:
        for held in self._collection.objects.values():
            held["slug"] = "my-org/leaked"
        check(self, caller, sent)

    monkeypatch.setattr(Effect, "_check_owned", leaking)


@pytest.mark.parametrize(
    ("fault", "folder", "api", "said"),
    [
        (_forgets, "", "huawei_maas", "it was merged with what was sent"),
        (_touches_nothing, "", "baseten_gateway", "an update moves it"),
        (_replaces, "", "baseten_gateway", "keeps to the contract, and was answered with 400"),
        (_keeps_all, "", "novita_gpu", "it was replaced with what was sent"),
        (_accepts_all, "", "huawei_maas", "is refused with 400, and was answered with 200"),
        (_shows_another, "", "baseten_gateway", "the answer's slug is"),
        (_leaks, "", "baseten_gateway", "should be"),
        (_stores_another, "strategies", "garden", "was sent"),
        (_removes_nothing, "strategies", "garden", "a removal takes away"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_state_machine_finds_a_mock_that(
    fault: Callable[[pytest.MonkeyPatch], None],
    folder: str,
    api: str,
    said: str,
    contracts: Folder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = machine(api, apis=contracts(folder))  # with the requests that a right mock accepts
    for calls in (requests(api, one.id, apis=contracts(folder)) for one in _operations(folder, api, contracts)):
        assert calls.flaws or calls.operation.method == "GET"
    fault(monkeypatch)
    isolating.session.cache_clear()
    limits = settings(
        max_examples=60,
        stateful_step_count=20,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    try:
        with pytest.raises(Wrong, match=re.escape(said)):
            run_state_machine_as_test(found, settings=limits)
    finally:
        isolating.session.cache_clear()


def _operations(folder: str, api: str, contracts: Folder) -> list[Operation]:
    with Session(contracts(folder)) as session:
        return session.mock.apis[api].operations


def test_a_mock_that_is_isolated_begins_and_ends_with_its_seed(contracts: Folder) -> None:
    apis = contracts("strategies")
    for _ in range(2):
        with isolating.isolated("garden", apis=apis) as mock:
            [plant] = mock.resources["plants"]
            del mock.resources["plants"][plant]
    assert list(isolating.session(apis).api("garden").resources["plants"]) == [plant]


def test_the_live_driver_changes_what_is_pinned_and_puts_it_back(garden: Session, contracts: Folder) -> None:
    mock = garden.api("garden")
    mock.seed({"id": 5, "name": "moss"}, into="plants")
    before = dict(mock.resources["plants"].items())
    for operation in ("patchPlant", "putPlant"):
        garden.mock.journal.clear()
        found = live.drive(mock.url, "garden", operation, pins={"plantId": "4"}, rate=1e4, apis=contracts("strategies"))
        assert found.failures == ()
        assert found.state.startswith("put back: ")
        assert found.sent == 20
        assert found.accepted >= 8
        exchanges = mock.requests
        assert {exchange.path for exchange in exchanges} == {"/garden/plants/4"}
        assert [exchange.method for exchange in exchanges[:1] + exchanges[-1:]] == ["GET", "GET"]
        bodies = {exchange.body for exchange in exchanges if exchange.status == 200 and exchange.method != "GET"}
        assert len(bodies) > 5
        assert dict(mock.resources["plants"].items()) == before


def test_the_live_driver_says_what_it_cannot_put_back(
    garden: Session, contracts: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    mock, apis = garden.api("garden"), contracts("strategies")
    found = live.drive(mock.url, "garden", "patchNote", pins={"plantId": "4"}, rate=1e4, apis=apis)
    assert "NOT put back" in found.state
    assert "author" in found.state
    assert found.state in found.failures
    assert found.state in capsys.readouterr().out
    with Session(contracts("")) as vendors:
        base = vendors.api("baseten_gateway").url
        pins = {"endpoint_id": "abc123hash"}
        found = live.drive(base, "baseten_gateway", "updateGatewayEndpoint", pins=pins, rate=1e4, apis=contracts(""))
    assert found.state == "cannot be put back: no operation reads what it changes"
    assert capsys.readouterr().out.startswith("updateGatewayEndpoint: what it changes cannot be put back")
    assert (found.sent, found.accepted, found.failures) == (20, 10, ())


def test_nothing_is_sent_where_what_is_there_cannot_be_read(garden: Session, contracts: Folder) -> None:
    mock = garden.api("garden")
    with pytest.raises(live.Lost, match="getPlant answered with 404"):
        live.drive(mock.url, "garden", "patchPlant", pins={"plantId": "9"}, rate=1e4, apis=contracts("strategies"))
    assert [exchange.method for exchange in mock.requests] == ["GET"]


@pytest.mark.parametrize(
    ("operation", "pins", "said"),
    [
        ("patchPlant", {}, "pin plantId"),
        ("addPlant", {}, "no update of what is pinned"),
        ("removePlant", {"plantId": "4"}, "no update of what is pinned"),
    ],
)
def test_what_is_not_pinned_is_not_sent(
    operation: str, pins: dict[str, str], said: str, garden: Session, contracts: Folder
) -> None:
    mock = garden.api("garden")
    with pytest.raises(pinned.Unpinned, match=said):
        live.drive(mock.url, "garden", operation, pins=pins, apis=contracts("strategies"))
    assert mock.requests == []


def test_the_live_driver_tells_of_a_wrong_answer(
    garden: Session, contracts: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    mock, apis = garden.api("garden"), contracts("strategies")
    monkeypatch.setattr(Body, "take", Body.read)
    found = live.drive(mock.url, "garden", "patchPlant", pins={"plantId": "4"}, rate=1e4, apis=apis)
    assert any(re.search(r"breaks \w+, and was accepted with 200\n    curl -X PATCH", one) for one in found.failures)


def test_the_rate_is_bounded(garden: Session, contracts: Folder) -> None:
    started = time.monotonic()
    url, apis = garden.api("garden").url, contracts("strategies")
    found = live.drive(url, "garden", "patchPlant", pins={"plantId": "4"}, rate=50, max_examples=10, apis=apis)
    assert found.sent == 10
    assert time.monotonic() - started >= 11 / 50


class NoSocket:
    """What stands in the place of a socket that nobody may open."""

    def __init__(self, *_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")


@pytest.mark.parametrize(
    "url",
    ["https://api.example.com", "http://127.0.0.1.example.com/v1", "http://10.0.0.1:8800", "http://[2001:db8::1]/"],
)
@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_an_address_beyond_this_machine_is_refused(
    url: str, more: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], contracts: Folder
) -> None:
    monkeypatch.setattr(socket, "socket", NoSocket)
    monkeypatch.setattr(socket, "getaddrinfo", NoSocket)
    assert live.main([url, "--api", "garden", "--pin", "plantId=4", *more]) == 2
    assert "is not this machine: --live sends to it" in capsys.readouterr().err
    with pytest.raises(wire.Unsendable):
        live.drive(url, "garden", "patchPlant", pins={"plantId": "4"}, apis=contracts("strategies"))


def test_a_live_api_needs_a_credential_of_its_own(contracts: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", NoSocket)
    monkeypatch.delenv(live.CREDENTIAL, raising=False)
    pins, apis = {"plantId": "4"}, contracts("strategies")
    with pytest.raises(wire.Unsendable, match=f"set {live.CREDENTIAL}"):
        live.drive("https://api.example.com", "garden", "patchPlant", pins=pins, live=True, apis=apis)
    with pytest.raises(wire.Unsendable, match="holds a credential"):
        live.drive("https://me:secret@api.example.com", "garden", "patchPlant", pins=pins, live=True, apis=apis)


def test_a_dry_run_shows_the_same_requests_without_the_credential_and_sends_none(
    contracts: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "socket", NoSocket)
    monkeypatch.setenv(live.CREDENTIAL, "topsecret")
    said: list[list[str]] = [[], []]
    for lines in said:
        live.drive(
            "https://api.example.com/v1",
            "garden",
            "patchPlant",
            pins={"plantId": "4", "name": "fern"},
            live=True,
            dry_run=True,
            apis=contracts("strategies"),
            say=lines.append,
        )
    assert said[0] == said[1]
    assert said[0][0] == "curl -X GET https://api.example.com/v1/plants/4 -H 'X-Key: ***'"
    assert len(said[0]) > 10
    assert all("https://api.example.com/v1/plants/4 -H 'X-Key: ***'" in line for line in said[0])
    assert not [line for line in said[0] if "topsecret" in line]
    assert {name for line in said[0] for name in re.findall(r"'\{.*\"name\":(\"[^\"]*\")", line)} == {'"fern"'}


def test_the_same_seed_draws_the_same_in_every_process(root: Path) -> None:
    script = (
        "import sys; from specledger_mock.live import drive; "
        "drive('http://127.0.0.1:9/n', 'novita_gpu', 'updateEndpoint', pins={'id': 'a'}, dry_run=True, seed=3)"
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": hashing},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hashing in ("1", "2")
    ]
    assert found[0] == found[1]
    assert found[0].count("curl -X POST") > 10


def test_hypothesis_is_loaded_by_nothing_but_the_strategies() -> None:
    script = (
        "import sys, specledger_mock; specledger_mock.app; import specledger_mock.plugin, specledger_mock.session; "
        "print([name for name in sys.modules if name == 'hypothesis']); import specledger_mock.machine; "
        "print('hypothesis' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines() == ["[]", "True"]


@pytest.mark.parametrize(
    ("readme", "words"),
    [
        ("README.md", ("specledger_mock.requests", "schemathesis")),
        ("generated/mock_server/README.md", ("specledger_mock.requests", "specledger_mock.machine", "schemathesis")),
    ],
)
def test_the_blocks_of_the_readmes_pass(readme: str, words: tuple[str, ...], root: Path, tmp_path: Path) -> None:
    blocks = BLOCK.findall((root / readme).read_text("utf-8"))
    chosen = [next(block for block in blocks if word in block) for word in words]
    for number, block in enumerate(chosen):
        (tmp_path / f"test_block_{number}.py").write_text(block, "utf-8")
    (tmp_path / "conftest.py").write_text(QUICK, "utf-8")
    spec = tmp_path / "generated" / "baseten_gateway" / "openapi.json"
    spec.parent.mkdir(parents=True)
    shutil.copy(root / "generated" / "baseten_gateway" / "openapi.json", spec)
    shutil.copy(spec, tmp_path)
    pytest_run = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "--rootdir",
        tmp_path,
    ]
    result = subprocess.run([*pytest_run, tmp_path], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{len(chosen)} passed" in result.stdout
