"""What the generated README tells is so: its blocks of Python run, against a server and against the mock."""

from __future__ import annotations

import ast
import asyncio
import importlib
import inspect
import json
import re
import time
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

from tests.client.conftest import Reply, Script

ROOT = Path(__file__).resolve().parents[2]
APIS = sorted(path.parent.name for path in ROOT.glob("specs/*/openapi.yaml"))
CALL = re.compile(r"^ *(answer = )?(?:await )?(client|patient)\.\w+\.(?:with_raw_response\.)?\w+\(", re.MULTILINE)
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def _imported(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    source = ROOT / "generated" / name / "src"
    monkeypatch.syspath_prepend(str(source))
    module = importlib.import_module(next(path.parent.name for path in source.glob("*/__init__.py")))
    assert str(source) in str(module.__file__)
    return module


def _mocked(package: ModuleType, mock: ModuleType, api: str) -> tuple[Reply, Any]:
    """Returns what the mock answers to a request that works, and the transport to it."""
    transport = package.InProcessTransport(mock.application())

    def send(method: str, url: str, headers: dict[str, str], body: bytes | None) -> Any:
        return transport.send(package.Request(method, url, headers, body, package.Timeout(), "x"))

    shown = json.loads(send("GET", "http://mock/_mock/apis", {}, None).content)
    request = next(one for one in shown if one["name"] == api)["requests"][0]
    answer = send(request["method"], request["url"], request["headers"], json.dumps(request["body"]).encode())
    assert answer.status_code < 300, answer.content
    return Reply(answer.status_code, answer.content, {"X-Request-Id": "r-1"}), transport


@pytest.mark.parametrize("api", APIS)
def test_the_blocks_of_a_readme_run(
    api: str, script: Script, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    package, mock = _imported(api, monkeypatch), _imported("mock_server", monkeypatch)
    reply, transport = _mocked(package, mock, api)
    script.tell(reply)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    core: Any = importlib.import_module(f"{package.__name__}._runtime.core").Core
    server = core._server
    monkeypatch.setattr(core, "_server", lambda self, given: server(self, given) if given else script.url)
    blocks = BLOCK.findall((ROOT / "generated" / api / "README.md").read_text(encoding="utf-8"))
    space: dict[str, Any] = {}
    with asyncio.Runner() as runner:
        for block in blocks:
            code = compile(block, f"{api}/README.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            runner.run(_run(code, space))
            if "InProcessTransport" in block:
                _reaches_the_mock(package, space)
        calls = len(script.seen)
        handling = next(block for block in blocks if "except APIResponseError" in block)
        for failure in (Reply(404, b"<html>"), Reply(does="drop")):
            script.tell(failure)
            exec(handling, space)  # noqa: S102  # as below
    transport.close()
    space["mock"].close()
    written = [call for block in blocks for call in CALL.findall(block)]
    assert len(written) == calls == 5
    assert len(blocks) == 11
    said = capsys.readouterr().out
    assert "r-1 1" in said
    assert "404 None False" in said
    assert "no answer: " in said
    # What returns nothing is given no name.
    named = [name for name, _ in written if name]
    assert len(named) == (5 if "value" in space else 1)
    assert space.get("value") == space["answer"].parse()


async def _run(code: CodeType, space: dict[str, Any]) -> None:
    found = eval(code, space)  # noqa: S307  # the README that we generate
    if inspect.isawaitable(found):
        await found


def _reaches_the_mock(package: ModuleType, space: dict[str, Any]) -> None:
    """Calls the mock: it knows no such credential, and says so in its documented words."""
    client = space["client"]
    name = next(one for one in dir(type(client)) if hasattr(getattr(type(client), one), "func"))
    raw = getattr(client, name).with_raw_response
    verb = next(iter(vars(raw)))
    parameters = inspect.signature(getattr(raw, verb)).parameters.values()
    needed = {one.name: "x" for one in parameters if one.default is inspect.Parameter.empty}
    with pytest.raises(package.APIStatusError) as caught:
        getattr(raw, verb)(**needed)
    assert caught.value.status_code in (400, 401, 403)
    assert caught.value.documented


def test_a_readme_speaks_of_every_keyword_and_every_exported_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    for api in APIS:
        package = _imported(api, monkeypatch)
        text = (ROOT / "generated" / api / "README.md").read_text(encoding="utf-8")
        reference = (ROOT / "generated" / api / "reference.md").read_text(encoding="utf-8")
        named = re.search(r"^class: (\w+)$", (ROOT / "specs" / api / "package.yaml").read_text(), re.MULTILINE)
        assert named is not None
        keywords = inspect.signature(getattr(package, named[1])).parameters
        errors = [name for name in package.__all__ if name.endswith("Error")]
        for word in [*keywords, "extra_headers", "extra_query", "extra_body"]:
            assert f"`{word}`" in text, (api, word)
            assert f"`{word}`" in reference, (api, word)
        for word in errors:
            assert word in text, (api, word)
            assert word in reference, (api, word)
