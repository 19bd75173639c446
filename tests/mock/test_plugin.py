"""The pytest plugin of the mock's distribution: its wheel is built, installed and used by tests of other people."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from specledger.runtime.mock.handle import ApiMock
from specledger.runtime.mock.session import Session
from tests.mock.conftest import generate

PROGRAM = Path(__file__).parent / "users" / "program.py"
SITE = Path(pytest.__file__).parent.parent

Pytest = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = pytest.mark.xdist_group("plugin")  # the wheel is built once, in one worker


@pytest.fixture(scope="module")
def site(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a folder in which the wheel of the mock of this project's specs is installed."""
    source = generate(root / "specs", tmp_path_factory.mktemp("plugin")) / "mock_server"
    wheels, site = source / "dist", tmp_path_factory.mktemp("site")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", wheels], cwd=source, check=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", site]
    subprocess.run([*pip, *wheels.glob("*.whl")], check=True)
    return site


@pytest.fixture
def run(site: Path, tmp_path: Path) -> Pytest:
    """Returns a function that runs pytest on the text of a module, in a folder of its own, with the wheel installed."""

    def run(text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "test_users.py").write_text(text, encoding="utf-8")
        (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", *arguments],
            cwd=tmp_path,
            env={**inherited, "PYTHONPATH": str(site)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def _passed(result: subprocess.CompletedProcess[str]) -> int:
    assert result.returncode == 0, result.stdout + result.stderr
    found = re.search(r"(\d+) passed", result.stdout)
    assert found
    assert not re.search(r"warning|skipped", result.stdout), result.stdout
    return int(found.group(1))


def test_the_tests_of_a_user_pass(run: Pytest) -> None:
    assert _passed(run(PROGRAM.read_text("utf-8"))) == 15


def test_the_tests_of_a_user_are_typed(site: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    shutil.copy(PROGRAM, program)
    environment = {**os.environ, "PYTHONPATH": str(site)}
    mypy = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache", program]
    result = subprocess.run(mypy, env={**environment, "MYPYPATH": site}, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    settings = {"typeCheckingMode": "strict", "include": ["."], "extraPaths": [str(site)], "pythonVersion": "3.11"}
    (tmp_path / "pyrightconfig.json").write_text(
        json.dumps({**settings, "reportUnnecessaryTypeIgnoreComment": True, "enableTypeIgnoreComments": False}), "utf-8"
    )
    pyright = [sys.executable, "-m", "basedpyright", "--pythonpath", sys.executable, "-p", tmp_path]
    result = subprocess.run(pyright, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_readme_names_what_a_mock_has(site: Path) -> None:
    [metadata] = site.glob("specledger_mock_server-*.dist-info/METADATA")
    named = set(re.findall(r"\bmock\.(\w+)", metadata.read_text("utf-8").partition("## In tests")[2]))
    public = {name for name in vars(ApiMock) if not name.startswith("_")} | {"resources"}
    assert named == public


def test_a_request_waits_while_a_test_changes_the_state(root: Path, tmp_path: Path) -> None:
    package = generate(root / "specs", tmp_path) / "mock_server" / "src" / "specledger_mock"
    with Session(package / "apis") as session:
        url, answered = f"{session.origin}/_mock/apis", threading.Event()

        def ask() -> None:
            urllib.request.urlopen(url).close()  # noqa: S310  # our own server
            answered.set()

        asking = threading.Thread(target=ask)
        with session.mock.turn:
            asking.start()
            assert not answered.wait(0.3)
        assert answered.wait(10)
        asking.join()


BLOG = """
openapi: 3.1.0
info: {title: Blog, version: "1"}
paths:
  /users/{userId}:
    parameters: [{name: userId, in: path, required: true, schema: {type: integer}}]
    get: {operationId: getUser, responses: {"200": {$ref: "#/components/responses/User"}}}
  /users/{userId}/posts/{postId}:
    parameters:
      - {name: userId, in: path, required: true, schema: {type: integer}}
      - {name: postId, in: path, required: true, schema: {type: string}}
    get: {operationId: getPost, responses: {"200": {$ref: "#/components/responses/Post"}}}
components:
  responses:
    User: {description: One., content: {application/json: {schema: {$ref: "#/components/schemas/User"}}}}
    Post: {description: One., content: {application/json: {schema: {$ref: "#/components/schemas/Post"}}}}
  schemas:
    User: {type: object, required: [id], properties: {id: {type: integer}}}
    Post: {type: object, required: [id, title], properties: {id: {type: string}, title: {type: string}}}
"""


def test_ids_of_collections_that_are_inferred_keep_their_types(tmp_path: Path) -> None:
    (tmp_path / "specs" / "blog").mkdir(parents=True)
    (tmp_path / "specs" / "blog" / "openapi.yaml").write_text(BLOG, encoding="utf-8")
    package = generate(tmp_path / "specs", tmp_path) / "mock_server" / "src" / "specledger_mock"
    with Session(package / "apis") as session:
        resources = session.api("blog").resources
        assert list(resources) == ["users", "posts"]
        for name in resources:
            for key, stored in list(resources[name].items()):
                ids = ("id", "userId")
                resources[name][key] = {field: value for field, value in stored.items() if field not in ids}
                assert resources[name][key] == stored
        assert all(isinstance(row["userId"], int) for row in resources["posts"].values())
        resources["users"]["7"] = {}
        assert resources["users"]["7"] == {"id": 7}
        resources["posts"]["7/a"] = {"title": "first"}
        assert urllib.request.urlopen(f"{session.api('blog').url}/users/7/posts/a").read() == (  # noqa: S310  # our own
            b'{"title":"first","id":"a"}'
        )


WORKERS = """
import os, pathlib, threading, time
import httpx2, pytest

@pytest.mark.parametrize("turn", range(6))
def test_one(turn, baseten_gateway_mock, tmp_path_factory):
    mock = baseten_gateway_mock
    slug = mock.resources["endpoints"]["abc123hash"]["slug"]
    assert slug == "my-org/glm-5.2"
    mock.seed({**mock.resources["endpoints"]["abc123hash"], "slug": f"my-org/{os.getpid()}"})
    assert httpx2.get(mock.url).status_code == 404
    time.sleep(0.2)
    assert mock.resources["endpoints"]["abc123hash"]["slug"] == f"my-org/{os.getpid()}"
    pathlib.Path(f"worker-{os.getpid()}").write_text(mock.url)
"""


def test_each_worker_has_a_port_and_a_state_of_its_own(run: Pytest, tmp_path: Path) -> None:
    assert _passed(run(WORKERS, "-n", "2")) == 6
    urls = {path.name: path.read_text("utf-8") for path in tmp_path.glob("worker-*")}
    assert len(set(urls.values())) == len(urls) == 2


NOTHING_ASKED = """
import sys

def test_nothing():
    print("LOADED", sorted(name for name in sys.modules if name.startswith("specledger_mock")))
"""


def test_a_run_that_asks_for_no_mock_loads_none(run: Pytest) -> None:
    result = run(NOTHING_ASKED, "-s")
    assert _passed(result) == 1
    assert "LOADED ['specledger_mock', 'specledger_mock.plugin']" in result.stdout


def test_the_plugin_can_be_switched_off(run: Pytest) -> None:
    result = run(NOTHING_ASKED, "-s", "-p", "no:specledger_mock")
    assert _passed(result) == 1
    assert "LOADED []" in result.stdout
    result = run("def test_one(baseten_gateway_mock): pass", "-p", "no:specledger_mock")
    assert result.returncode == 1
    assert "fixture 'baseten_gateway_mock' not found" in result.stdout


def test_the_fixtures_are_listed_with_what_they_give(run: Pytest) -> None:
    result = run("", "--fixtures")
    for api in ("baseten_gateway", "huawei_maas", "novita_gpu", "zstack_ai"):
        assert re.search(rf"{api}_mock.*\n +Gives the mock of {api}: resources, ", result.stdout), result.stdout
    assert "_specledger" not in result.stdout


ENDS = """
import socket, threading, urllib.parse
import httpx2, pytest

left = httpx2.Client()

@pytest.fixture(scope="session", autouse=True)
def address():
    found = []
    yield found
    print("THREAD", [thread.name for thread in threading.enumerate() if thread.name == "specledger-mock"])

def test_one(baseten_gateway_mock, zstack_ai_mock, address):
    assert [thread for thread in threading.enumerate() if thread.name == "specledger-mock"] == []
    assert left.get(baseten_gateway_mock.url).status_code == left.get(zstack_ai_mock.url).status_code == 404
    ports = {urllib.parse.urlsplit(mock.url).port for mock in (baseten_gateway_mock, zstack_ai_mock)}
    assert len(ports) == 1
    address.extend(ports)
    baseten_gateway_mock.fail_next(latency=60)
"""


def test_the_server_begins_when_it_is_asked_for_and_ends_with_the_run(run: Pytest) -> None:
    result = run(ENDS, "-s")
    assert _passed(result) == 1
    assert "THREAD []" in result.stdout
