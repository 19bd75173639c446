"""What the documents and docstrings of a client say: everything that its spec says, looked for by another way."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from specledger import spec
from specledger.emit import client

ROOT = Path(__file__).resolve().parents[2]
SPECS = sorted(ROOT.glob("specs/*/openapi.yaml"))
BOUNDS = Path(__file__).parent / "specs" / "bounds.yaml"
PARTS = ("items", "additionalProperties", "propertyNames", "contains")
ENDS = {"int32": 2**31, "int64": 2**63}


class Emitted:
    """A client's files and its spec, by place."""

    def __init__(self, path: Path, folder: Path) -> None:
        root = folder / (path.parent.name if path.name == "openapi.yaml" else path.stem)
        root.mkdir()
        for one in [path] if path.name != "openapi.yaml" else sorted(path.parent.glob("*.yaml")):
            (root / ("openapi.yaml" if one == path else one.name)).write_bytes(one.read_bytes())
        self.files = {name: content.decode() for name, content in client.emit(spec.load(root)).items()}
        self.spec: Any = json.loads(self.files["openapi.json"])

    def modules(self, folder: str) -> Iterator[ast.Module]:
        for name, text in self.files.items():
            if re.search(rf"/{folder}/[^/]+\.py$", name):
                yield ast.parse(text)

    def resolve(self, schema: Any) -> list[Any]:
        """Returns the schemas that hold together at one place: $ref and allOf followed."""
        if not isinstance(schema, dict):
            return []
        found = [schema]
        if "$ref" in schema:
            target: Any = self.spec
            for step in schema["$ref"].split("/")[1:]:
                target = target[step]
            found += self.resolve(target)
        for branch in schema.get("allOf", ()):
            found += self.resolve(branch)
        return found

    def bounds(self, schema: Any) -> set[str]:
        """Returns the words that a reader has to find about a value, parts included, objects with fields left out."""
        words: set[str] = set()
        held = self.resolve(schema)
        for one in held:
            end = ENDS.get(one.get("format"), 0)
            for key, value in one.items():
                tighter = [other[key] for other in held if key in other]
                if key in ("maximum", "maxLength") and value > min(tighter):
                    continue
                words |= _words(key, value) if value not in (-end, end - 1) or not end else set()
            for key in PARTS:
                words |= self.part(one.get(key))
            for part in [*one.get("prefixItems", ()), *one.get("anyOf", ()), *one.get("oneOf", ())]:
                words |= self.part(part)
        return words

    def part(self, schema: Any) -> set[str]:
        return set() if any("properties" in one for one in self.resolve(schema)) else self.bounds(schema)


def _words(key: str, value: Any) -> set[str]:
    if key == "minContains" or (key == "minLength" and value == 0):
        return set()
    if re.match(r"(exclusive)?(min|max)|multipleOf$", key, re.IGNORECASE) or key == "default":
        return {json.dumps(value) if not isinstance(value, str) else value}
    if key in ("pattern", "format", "contentEncoding", "contentMediaType"):
        return {_line(value)}
    if key in ("const", "enum"):
        return {
            one if isinstance(one, str) and one else json.dumps(one) for one in (value if key == "enum" else [value])
        }
    if key == "not":
        return set().union(*(_words(inner, one) for inner, one in value.items()))
    return {"no item twice"} if key == "uniqueItems" and value else set()


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _missing(words: set[str], text: str) -> set[str]:
    found = _line(text)
    return {word for word in words if not re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w])", found)}


@pytest.fixture(scope="module", params=[*SPECS, BOUNDS], ids=lambda path: f"{path.parent.name}-{path.stem}")
def emitted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Emitted:
    return Emitted(request.param, tmp_path_factory.mktemp("docs"))


def _described(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Yields wire name and docstring of each field of a model."""
    for place, node in enumerate(body):
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Call) and isinstance(node.target, ast.Name):
            after = body[place + 1] if place + 1 < len(body) else None
            doc = after.value if isinstance(after, ast.Expr) else None
            given = node.value.args[1] if len(node.value.args) > 1 else None
            wire_name = str(given.value) if isinstance(given, ast.Constant) else node.target.id
            yield wire_name, str(doc.value) if isinstance(doc, ast.Constant) else ""


def _models(emitted: Emitted) -> dict[str, dict[str, str]]:
    return {
        node.name: dict(_described(node.body))
        for module in emitted.modules("models")
        for node in module.body
        if isinstance(node, ast.ClassDef) and not node.name.endswith("Params")
    }


def _methods(emitted: Emitted) -> Iterator[tuple[str, Mapping[str, str], ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yields the operation's id, the argument of each place and wire name, and the method."""
    for module in emitted.modules("resources"):
        ids: dict[str, str] = {}
        for node in ast.walk(module):
            if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Call):
                given = {one.arg: one.value for one in node.value.keywords}
                ids[ast.unparse(node.target)] = ast.literal_eval(given["id"]) if "id" in given else ""
        for node in ast.walk(module):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and "extra_headers" in ast.unparse(node.args):
                call = next(one for one in ast.walk(node) if isinstance(one, ast.Call) and one.args)
                names = {
                    f"{one.arg}.{key.value}": value.id
                    for one in call.keywords
                    if isinstance(one.value, ast.Dict)
                    for key, value in zip(one.value.keys, one.value.values, strict=True)
                    if isinstance(key, ast.Constant) and isinstance(value, ast.Name)
                }
                constant = call.args[0]
                assert isinstance(constant, ast.Name)
                yield ids[constant.id], names, node


def _page(emitted: Emitted, operation: Mapping[str, Any]) -> str:
    own = operation.get("externalDocs") or emitted.spec["externalDocs"]
    return str(own["url"])


def _operations(emitted: Emitted) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    for path in emitted.spec["paths"].values():
        for method, operation in path.items():
            if method in ("get", "put", "post", "patch", "delete", "head"):
                yield operation, [*path.get("parameters", ()), *operation.get("parameters", ())]


def _arguments(doc: str) -> dict[str, str]:
    part = doc.partition("Args:\n")[2].partition("\n\n")[0]
    return dict(re.findall(r"^    (\w+): (.*(?:\n {8,}.*)*)", part, re.MULTILINE))


def _fields(emitted: Emitted) -> Iterator[tuple[str, str, Any]]:
    for name, schema in emitted.spec["components"]["schemas"].items():
        for one in emitted.resolve(schema):
            for field, value in one.get("properties", {}).items():
                yield name, field, value


def test_a_models_fields_say_their_bounds(emitted: Emitted) -> None:
    models = _models(emitted)
    fields = list(_fields(emitted))
    assert fields
    for name, field, schema in fields:
        doc = models[name][field]
        assert _missing(emitted.bounds(schema), doc) == set(), (name, field, doc)
        described = schema.get("description", "")
        assert _line(described) in _line(doc)


def test_a_methods_arguments_say_their_bounds(emitted: Emitted) -> None:
    operations = {one["operationId"]: (one, parameters) for one, parameters in _operations(emitted)}
    seen = 0
    for key, names, node in _methods(emitted):
        operation, parameters = operations[key]
        said = _arguments(ast.get_docstring(node) or "")
        rows = [(f"{one['in']}.{one['name']}", one["schema"]) for one in parameters]
        for media in operation.get("requestBody", {}).get("content", {}).values():
            for schema in emitted.resolve(media["schema"]):
                rows += [(f"content.{name}", value) for name, value in schema.get("properties", {}).items()]
        for place, schema in rows:
            assert _missing(emitted.bounds(schema), said.get(names[place], "")) == set(), (key, place)
            seen += 1
    assert seen > 2


def test_the_reference_says_every_bound(emitted: Emitted) -> None:
    text = re.sub(r"\\(.)", r"\1", emitted.files["reference.md"])
    for name, field, schema in _fields(emitted):
        section = text.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
        [row] = [line for line in section.split("\n") if line.startswith(f"| `{field}` |")]
        assert _missing(emitted.bounds(schema), row) == set(), (name, field, row)


def test_a_method_says_its_errors_and_ends_with_its_page(emitted: Emitted) -> None:
    operations = {one["operationId"]: one for one, _ in _operations(emitted)}
    seen: set[str] = set()
    for key, _, node in _methods(emitted):
        doc = _line(ast.get_docstring(node) or "")
        for status, answer in operations[key]["responses"].items():
            answer = emitted.resolve(answer)[-1]
            if not status.startswith("2"):
                assert f"Error: {status}. {_line(answer['description'])}" in doc
        assert doc.endswith(f" See {_page(emitted, operations[key])}")
        seen.add(key)
    assert seen == set(operations)


def test_a_models_docstring_ends_with_the_pages_of_its_operations(emitted: Emitted) -> None:
    pages = {_page(emitted, one) for one, _ in _operations(emitted)} | {emitted.spec["externalDocs"]["url"]}
    docs = [
        ast.get_docstring(node) or ""
        for module in emitted.modules("models")
        for node in module.body
        if isinstance(node, ast.ClassDef) and not node.name.endswith("Params")
    ]
    assert docs
    for doc in docs:
        assert doc.split("\n")[-1].removeprefix("See ") in pages, doc


def test_a_model_names_only_the_pages_that_use_it(tmp_path: Path) -> None:
    emitted = Emitted(BOUNDS, tmp_path)
    page = "See https://docs.example.com/bounds"
    ends = {}
    for module in emitted.modules("models"):
        for node in module.body:
            if isinstance(node, ast.ClassDef) and not node.name.endswith("Params"):
                ends[node.name] = (ast.get_docstring(node) or "").partition("See ")[2].split("\nSee ")
    where = page.removeprefix("See ")
    both = [f"{where}/set", f"{where}/get"]
    assert ends == {"Limits": both, "LimitsInner": both, "Refusal": both[:1], "Unused": [where]}


def test_conditions_are_said_in_words(tmp_path: Path) -> None:
    emitted = Emitted(BOUNDS, tmp_path)
    reference = re.sub(r"\\(.)", r"\1", emitted.files["reference.md"])
    method = re.sub(r"\s+", " ", next(ast.get_docstring(node) or "" for *_, node in _methods(emitted)))
    for sentence in (
        "Where kind is hard: ratio required; step at most 45.",
        "Otherwise: word required.",
        "With pair: marks required.",
    ):
        assert sentence in reference
        assert sentence in method


def test_every_option_is_in_the_readme_and_in_the_reference(emitted: Emitted) -> None:
    options: set[str] = set()
    trees = [ast.parse(text) for name, text in emitted.files.items() if name.endswith("/_client.py")]
    for node in ast.walk(trees[0]):
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            options |= {one.arg for one in node.args.kwonlyargs}
    assert {"base_url", "timeout", "max_retries", "http_client"} < options
    options |= {"extra_headers", "extra_query", "extra_body", "with_options", "with_raw_response"}
    for name in ("README.md", "reference.md"):
        found = set(re.findall(r"\w+", emitted.files[name]))
        assert options - found == set(), name
        if "Callable[[], str]" in ast.unparse(trees[0]):
            assert "str \\| Callable[[], str]" in emitted.files[name]


HOOKS = """\
openapi: 3.1.1
info: { title: Hooks, version: 1.0.0 }
servers:
  - url: https://hooks.example
paths:
  /hooks/{hook}:
    put:
      operationId: setHook
      parameters:
        - { name: hook, in: path, required: true, schema: { type: string } }
        - { name: mode, in: query, required: true, schema: { enum: [soft, hard] } }
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              properties:
                address: { type: string, format: uri }
                tries: { type: integer, minimum: 3 }
              required: [address, tries]
      responses:
        "204": { description: It is set. }
"""


def test_a_call_of_the_readme_has_values_where_the_spec_has_no_example_and_no_name_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "hooks.yaml"
    path.write_text(HOOKS, encoding="utf-8")
    readme = Emitted(path, tmp_path).files["README.md"]
    calls = [
        ast.unparse(node)
        for block in re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
        for node in ast.walk(ast.parse(block))
        if isinstance(node, ast.Expr | ast.Assign) and ".set_hook(" in ast.unparse(node)
    ]
    assert len(calls) == 5
    assert all("mode='soft'" in call and "tries=3" in call and "address='https://" in call for call in calls)
    assert [call.partition("(")[0] for call in calls if "=" in call.partition("(")[0]] == [
        "answer = client.hooks.with_raw_response.set_hook"
    ]
    assert "answer.parse()" not in readme
