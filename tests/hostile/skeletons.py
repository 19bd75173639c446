"""What is left of an output when its names and texts are blanked: Python, TOML, Markdown and JSON."""

from __future__ import annotations

import ast
import json
import tomllib
import warnings
from itertools import zip_longest
from typing import Any

from markdown_it import MarkdownIt

_BLANK = ("id", "attr", "arg", "name", "asname", "module")
_MARKDOWN = MarkdownIt("commonmark").enable("table")


class _Blank(ast.NodeTransformer):
    """Blanks identifiers and strings; a type written as a string is read as the type that it is."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for key in _BLANK:
            if isinstance(getattr(node, key, None), str):
                setattr(node, key, "")
        if isinstance(node, ast.If):
            node.body.sort(key=lambda one: len(one.names) if isinstance(one, ast.ImportFrom) else 0)
        return super().generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str) and node.value.startswith(("Required[", "NotRequired[")):
            return _blank(ast.parse(node.value, mode="eval").body)
        return ast.Constant("") if isinstance(node.value, str) else node


def _blank(node: ast.AST) -> ast.AST:
    found = _Blank().visit(node)
    assert isinstance(found, ast.AST)
    return found


def python(content: bytes) -> list[str]:
    """Returns the statements of a module, in no order: a name may change which comes first."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", SyntaxWarning)
        module = ast.parse(content.decode("utf-8"))
    return sorted(ast.dump(_blank(statement)) for statement in module.body)


def blanked(value: Any) -> Any:
    """Returns a JSON value with its keys and texts blanked, the members of objects in no order."""
    if isinstance(value, dict):
        return {"members": sorted(json.dumps(blanked(item)) for item in value.values())}
    if isinstance(value, list):
        return [blanked(item) for item in value]
    return "" if isinstance(value, str) else value


def markdown(content: bytes) -> list[list[str]]:
    """Returns the kinds of a document's tokens, a list for each section, in no order; plain text is left out."""
    sections: list[list[str]] = [[]]
    for token in _MARKDOWN.parse(content.decode("utf-8")):
        if token.type == "heading_open":
            sections.append([])
        kinds = [inner.type for inner in token.children or ()]
        sections[-1] += [kind for kind in (f"{token.type}{token.tag}", *kinds) if kind != "text"]
    return sorted(sections)


def is_runtime(path: str) -> bool:
    """Says whether a file is hand-written code that ships as it is."""
    return "/_runtime/" in path or (path.endswith(".py") and path.rpartition("/")[0].endswith("specledger_mock"))


def of(files: dict[str, bytes]) -> dict[str, list[Any]]:
    """Returns the skeletons of a tree by kind of file, in no order: a name may be a file's name as well."""
    found: dict[str, list[Any]] = {}
    for path, content in files.items():
        if is_runtime(path):
            continue
        kind = path.rpartition(".")[2]
        if kind == "py":
            read: Any = python(content)
        elif kind == "md":
            read = markdown(content)
        elif kind == "toml":
            read = blanked(tomllib.loads(content.decode("utf-8")))
        elif kind == "json":
            read = blanked(json.loads(content))
        else:
            read = len(content)
        found.setdefault(kind, []).append(read)
    return {kind: sorted(rows, key=repr) for kind, rows in found.items()}


def differences(files: dict[str, bytes], twin: dict[str, bytes]) -> list[str]:
    """Returns where the skeletons of two trees part, each with what stands around the first difference."""
    found = []
    here, there = of(files), of(twin)
    for kind in sorted(here.keys() | there.keys()):
        rows, others = [repr(row) for row in here.get(kind, [])], [repr(row) for row in there.get(kind, [])]
        only = [row for row in rows if row not in others]
        lost = [row for row in others if row not in rows]
        for row, other in zip_longest(only, lost, fillvalue=""):
            at = next((n for n, (a, b) in enumerate(zip(row, other, strict=False)) if a != b), 0)
            found.append(f"{kind}: {other[max(0, at - 100) : at + 100]} became {row[max(0, at - 100) : at + 100]}")
        if len(rows) != len(others):
            found.append(f"{len(others)} {kind} files became {len(rows)}")
    return found
