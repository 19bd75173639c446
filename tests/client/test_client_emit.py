"""The emitted files: typed, repeatable, complete, and proof against a spec's strings."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from specledger import spec
from specledger.diagnostics import Failure
from specledger.emit import client, escape

ROOT = Path(__file__).resolve().parents[2]
SPECS = Path(__file__).parent / "specs"
BROAD = (SPECS / "broad.yaml").read_text(encoding="utf-8")
PAYLOADS = {
    "docstring": '"""\nraise SystemExit(1)\n"""',
    "quotes": "a\"b'c''' \\",
    "backslash": "\\N{BULLET} \\x \\",
    "line-breaks": "a\r\nraise SystemExit(1)\rb",
    "separators": "a\u2028raise SystemExit(1)\u2029\x85\x0cb",
    "nul": "a\x00b",
    "bidi": "a\u202e\u2066b\u200f",
    "format": "{x} {0} %s ${y} {{z}} f'{1/0}'",
    "jinja": "{{ 1/0 }}{% raw %}{# #}",
    "path": "../../../../etc/escaped",
    "absolute": "/etc/escaped",
    "keyword": "class",
    "markup": "</code>|`x`|\n\n# h\n[l](javascript:1) <script>",
    "surrogate": "\ud800",
}


def emitted(folder: Path, document: Any) -> dict[str, bytes]:
    """Returns the client of a document."""
    folder.mkdir(parents=True)
    (folder / "openapi.yaml").write_text(json.dumps(document), encoding="utf-8")
    return dict(client.emit(spec.load(folder)))


def hostile(text: str, key: str) -> Any:
    """Returns a document with `text` wherever a spec has prose or values, and `key` wherever it has names."""
    prose = {"description": text, "title": text}
    return {
        "openapi": "3.1.0",
        "info": {**prose, "version": text},
        "externalDocs": {"url": "https://example.com/a?b=c"},
        "servers": [{"url": "https://example.com", "description": text}],
        "tags": [{"name": key, "description": text}],
        "security": [{"scheme": []}],
        "paths": {
            "/a/{id}": {
                "post": {
                    "operationId": key,
                    "tags": [key],
                    "summary": text,
                    "description": text,
                    "externalDocs": {"url": "https://example.com/a?b=c"},
                    "parameters": [
                        {"name": "id", "in": "path", "required": True, "schema": {"type": "string", **prose}},
                        {"name": key, "in": "query", "description": text, "schema": {"const": text, "default": text}},
                        {"name": f"h{key}", "in": "cookie", "schema": {"enum": [text, "other"]}},
                    ],
                    "requestBody": {
                        "description": text,
                        "content": {
                            "application/json": {
                                "example": {key: text},
                                "schema": {
                                    "type": "object",
                                    **prose,
                                    "required": [key],
                                    "properties": {
                                        key: {"type": "string", **prose, "pattern": text, "default": text},
                                        "e": {"type": "string", "enum": [text], "x-note": text},
                                        "u": {
                                            "oneOf": [
                                                {"$ref": "#/components/schemas/A"},
                                                {"$ref": "#/components/schemas/B"},
                                            ],
                                            "discriminator": {"propertyName": key, "mapping": {text: "A"}},
                                        },
                                    },
                                },
                            }
                        },
                    },
                    "responses": {
                        "200": {
                            "description": text,
                            "headers": {"X-A": {"description": text, "schema": {"type": "string"}}},
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}},
                        },
                        "400": {"description": text, "content": {text: {"schema": {"type": "string"}}}},
                    },
                }
            }
        },
        "components": {
            "securitySchemes": {"scheme": {"type": "apiKey", "in": "header", "name": "X-K", "description": text}},
            "schemas": {
                "A": {"type": "object", **prose, "properties": {key: {"const": text}}},
                "B": {"type": "object", "required": ["b"], "properties": {"b": {"const": text}}},
                "E": {"type": "string", "enum": [text, f"{text}2"], "description": text},
            },
        },
    }


def skeleton(files: dict[str, bytes]) -> list[str]:
    """Returns the kinds of the nodes of every module, in order, names and values left out."""
    found = []
    for name in sorted(files):
        if name.endswith(".py") and "/_runtime/" not in name:
            with warnings.catch_warnings():
                warnings.simplefilter("error", SyntaxWarning)
                tree = ast.parse(files[name].decode("utf-8"))
            found.append(" ".join(type(node).__name__ for node in ast.walk(tree)))
    return sorted(found)


def markup(content: bytes) -> list[str]:
    """Returns the kinds of a Markdown document's tokens, in order, plain text left out."""
    tokens = MarkdownIt("commonmark").enable("table").parse(content.decode("utf-8"))
    flat = [inner for token in tokens for inner in (token, *(token.children or ()))]
    return [token.type for token in flat if token.type != "text"]


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return emitted(tmp_path_factory.mktemp("harmless") / "hostile", hostile("some words", "word"))


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_hostile_text_stays_text(tmp_path: Path, harmless: dict[str, bytes], name: str) -> None:
    payload = PAYLOADS[name]
    if name == "surrogate":
        payload = "\\ud800"  # JSON's escape of it is no YAML; the words are what is left
    files = emitted(tmp_path / "hostile", hostile(payload, "word"))
    assert skeleton(files) == skeleton(harmless)
    assert files.keys() == harmless.keys()
    for path, content in files.items():
        if path.endswith(("openapi.json", ".typed")):
            continue
        text = content.decode("utf-8")
        assert not re.search("[\x00\x0c\x85\u2028\u2029\u202e\u2066\u200f\r]", text), path
    tomllib.loads(files["pyproject.toml"].decode())
    for document in ("README.md", "reference.md", "CHANGELOG.md"):
        assert markup(files[document]) == markup(harmless[document]), document


@pytest.mark.parametrize("name", [name for name in PAYLOADS if name not in ("surrogate",)])
def test_a_hostile_name_becomes_a_name(tmp_path: Path, name: str) -> None:
    files = emitted(tmp_path / "hostile", hostile("words", PAYLOADS[name]))
    for path, content in files.items():
        assert ".." not in path.split("/")
        assert not path.startswith("/")
        if path.endswith(".py"):
            with warnings.catch_warnings():
                warnings.simplefilter("error", SyntaxWarning)
                compile(content.decode("utf-8"), path, "exec")
    source = tmp_path / "out"
    for path, content in files.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes(content)
    code = (
        f"import sys; sys.path.insert(0, {str(source / 'src')!r}); import hostile\n"
        "client = hostile.Hostile(api_key='k')\n"
        "[getattr(client, word) for word in dir(type(client)) if not word.startswith('_')]\n"
        "[getattr(hostile.models, word) for word in hostile.models.__all__]\n"
    )
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


def test_the_same_spec_gives_the_same_bytes_anywhere(tmp_path: Path) -> None:
    code = (
        "import hashlib, pathlib, sys\n"
        "from specledger import spec\n"
        "from specledger.emit import client\n"
        "files = client.emit(spec.load(pathlib.Path(sys.argv[1])))\n"
        "print(hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest())\n"
    )
    sums = set()
    for seed, name in (("0", "here"), ("4711", "there")):
        folder = tmp_path / name / "broad"
        folder.mkdir(parents=True)
        (folder / "openapi.yaml").write_text(BROAD, encoding="utf-8")
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo" if seed == "0" else "UTC"}
        run = subprocess.run(
            [sys.executable, "-c", code, str(folder)],
            capture_output=True,
            text=True,
            check=True,
            cwd=folder,
            env=environment,
        )
        sums.add(run.stdout.strip())
    assert len(sums) == 1
    assert next(iter(sums)) != hashlib.sha256(b"").hexdigest()


def test_what_is_emitted_is_a_distribution(tmp_path: Path) -> None:
    files = client.emit(spec.load(ROOT / "specs" / "baseten_gateway"))
    project = tomllib.loads(files["pyproject.toml"].decode())["project"]
    assert project["name"].startswith("specledger-")
    assert "nofficial" in project["description"]
    assert project["license"] == "MIT"
    assert {"LICENSE", "README.md", "CHANGELOG.md", "reference.md", "openapi.json"} <= files.keys()
    assert "src/baseten_gateway/py.typed" in files
    document = yaml.safe_load((ROOT / "specs" / "baseten_gateway" / "openapi.yaml").read_text(encoding="utf-8"))
    assert json.loads(files["openapi.json"]) == document
    for path, content in files.items():
        if path.endswith(".py"):
            first, second, *_ = content.decode().split("\n")
            assert first == "# Generated by specledger; what is edited here is lost."
            assert second.startswith("# Edit ")


def test_the_reference_lists_every_operation_field_and_bound() -> None:
    api = spec.load(ROOT / "specs" / "baseten_gateway")
    text = client.emit(api)["reference.md"].decode()
    for name, schema in api.components():
        assert f"### {name}" in text
        assert isinstance(schema, dict)
        for field in schema.get("properties", {}):
            assert f"| `{field}` |" in text
    assert api.address in text
    assert "PATCH /v1/gateway/endpoints/{endpoint_id}" in text
    assert "Where provider is ANTHROPIC or OPENAI: secret\\_id, target\\_model required." in text
    assert "Exactly 1 item" in text


def test_what_openapi_python_client_drops_is_located_in_the_spec(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from openapi_python_client.parser import openapi

    real = openapi.Endpoint.sort_parameters

    def dropping(*, endpoint: Any) -> Any:
        if endpoint.name == "operation1":
            return openapi.ParseError(detail="no reason")
        return real(endpoint=endpoint)

    monkeypatch.setattr(openapi.Endpoint, "sort_parameters", dropping)
    folder = tmp_path / "broad"
    folder.mkdir()
    (folder / "openapi.yaml").write_text(BROAD, encoding="utf-8")
    with pytest.raises(Failure) as caught:
        client.emit(spec.load(folder))
    lines = BROAD.split("\n")
    found = [one for one in caught.value.diagnostics if one.code == "client-dropped"]
    assert [one.operation for one in found] == ["POST /pets"]
    assert lines[found[0].line - 1].strip() == "post:"


def test_every_class_and_method_of_an_odd_spec_can_be_reached(build: Any) -> None:
    package = build((SPECS / "odd.yaml").read_text(encoding="utf-8"))
    [name] = [word for word in package.__all__ if word.startswith("Api")]
    api_client = getattr(package, name)(base_url="http://localhost")
    methods = {
        (resource, method)
        for resource in dir(type(api_client))
        if not resource.startswith("_") and resource not in ("answer", "call", "close", "with_options")
        for method in dir(getattr(api_client, resource))
        if not method.startswith("_") and method != "with_raw_response"
    }
    document = yaml.safe_load((SPECS / "odd.yaml").read_text(encoding="utf-8"))
    verbs = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
    assert len(methods) == sum(len(verbs & path.keys()) for path in document["paths"].values())
    for word in package.models.__all__:
        assert getattr(package.models, word) is not None


def test_a_model_with_an_odd_key_may_hold_itself(build: Any) -> None:
    item = {
        "type": "object",
        "properties": {
            "a b": {"type": "string"},
            "parent": {"anyOf": [{"$ref": "#/components/schemas/Item"}, {"type": "null"}]},
        },
    }
    content = {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}}}
    post = {"requestBody": {"content": content}, "responses": {"204": {"description": ""}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "", "version": ""},
        "paths": {"/items": {"post": post}},
        "components": {"schemas": {"Item": item}},
    }
    models = build(json.dumps(document)).models
    value = {"a b": "x", "parent": {"a b": "y", "parent": None}}
    assert models.Item.from_dict(value).to_dict() == value
    assert set(models.ItemParams.__annotations__) == {"a b", "parent"}


def test_a_union_inside_of_a_union_keeps_its_discriminator(build: Any) -> None:
    shapes = {
        name: {"type": "object", "properties": {"kind": {"type": "string"}, "size": {"type": "integer"}}}
        for name in ("Cat", "Dog")
    }
    refs = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]
    shapes["Pet"] = {"oneOf": refs, "discriminator": {"propertyName": "kind", "mapping": {"d": "Dog"}}}
    shapes["Owner"] = {
        "type": "object",
        "properties": {"pet": {"anyOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "null"}]}},
    }
    document = {"openapi": "3.1.0", "info": {"title": "", "version": ""}, "components": {"schemas": shapes}}
    models = build(json.dumps(document)).models
    assert type(models.Owner.from_dict({"pet": {"kind": "d"}}).pet) is models.Dog
    assert type(models.Owner.from_dict({"pet": {"kind": "Cat"}}).pet) is models.Cat
    assert models.Owner.from_dict({"pet": None}).pet is None


def test_deep_and_long_names_stay_short_enough_for_a_file(tmp_path: Path) -> None:
    schema: Any = {"type": "string"}
    for _ in range(40):
        schema = {"type": "object", "properties": {"aRatherLongPropertyName": schema}}
    tag = "tag " * 100
    content = {"application/json": {"schema": schema}}
    operation = {"tags": [tag], "responses": {"200": {"description": "", "content": content}}}
    document = {"openapi": "3.1.0", "info": {"title": "", "version": ""}, "paths": {"/a": {"get": operation}}}
    files = emitted(tmp_path / "deep", document)
    assert max(len(part) for path in files for part in path.split("/")) < 255
    assert sum("/models/" in path for path in files) == 41


def test_a_wheel_is_built_of_what_is_emitted(tmp_path: Path) -> None:
    for path, content in client.emit(spec.load(ROOT / "specs" / "baseten_gateway")).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    [wheel] = (tmp_path / "dist").glob("specledger_baseten_gateway-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = archive.namelist()
    assert "baseten_gateway/py.typed" in inside
    assert "baseten_gateway/_runtime/core.py" in inside


def test_emitting_prints_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    client.emit(spec.load(ROOT / "specs" / "baseten_gateway"))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("text", [*PAYLOADS.values(), "", '"', '\\"', "a" * 500, "- b\n  - c " + "d " * 99])
def test_each_filter_gives_text_back_as_text(text: str) -> None:
    assert ast.literal_eval(escape.literal(text)) == text
    with warnings.catch_warnings():
        warnings.simplefilter("error", SyntaxWarning)
        for indent in (0, 4, 8):
            source = "def f():\n" + " " * 4 + escape.docstring(text, indent) + "\n    return 1"
            [function] = ast.parse(source).body
            assert isinstance(function, ast.FunctionDef)
            assert len(function.body) == 2
    if "\ud800" not in text:
        assert tomllib.loads(f"a = {escape.toml(text)}")["a"] == text
    assert "\n" not in escape.line(text) + escape.markdown(text) + escape.code(text) + escape.comment(text)
    assert not re.search(r"(?<!\\)\|", escape.cell(text) + escape.code(text))
