"""`new`: the folder of an API whose page is read and whose spec is still to be written."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from specledger import names
from specledger.diagnostics import Diagnostic, Failure, shown
from specledger.documents.reading import Operation, Reading
from specledger.drift import draft, files, notation
from specledger.drift import source as sources
from specledger.drift.source import Source
from specledger.yaml12 import JsonObject

_RESERVED = "mock_server"


def new(api: str, where: str, specs: Path, address: str = "") -> Path:
    """Makes specs/<api>/ from a page and returns it: facts, package.yaml, empty rulings, a spec without a field.

    Raises Failure (exit code 2), with nothing written, for a folder that is there, a name that cannot name a
    package, and a page that cannot be read.
    """
    folder = specs / api
    if not re.fullmatch(r"[a-z][a-z0-9_]*", api) or keyword.iskeyword(api) or api == _RESERVED:
        message = f"{api!r} cannot name a Python package of an API"
        remedy = f"use lower-case letters, digits and underscores, no word of Python's own, and not {_RESERVED}"
        raise Failure([Diagnostic(api, 0, "api-name", message, remedy)], 2)
    if folder.exists():
        message = "the folder is there already"
        remedy = f"choose another name, or take a changed page over with: specledger accept {where}"
        raise Failure([Diagnostic(shown(folder), 0, "api-exists", message, remedy)], 2)
    source = sources.load(where)
    reading = sources.read(source)
    if not all(operation.method for operation in reading.operations):
        remedy = "scaffold from the form of the page that names them, or write the folder by hand"
        raise source.failure("the page names no method and path", remedy)
    made = contents(api, source, reading, address or source.page.address)
    files.create(folder, made)
    return folder


def contents(api: str, source: Source, reading: Reading, address: str) -> dict[str, str]:
    """Returns the files of the folder by their paths in it."""
    made: dict[str, str] = {}
    for operation in reading.operations:
        stem = names.unique(source.stem, [Path(path).stem for path in made])
        made[f"facts/{stem}.yaml"] = notation.file(draft.document(source, reading, operation, address))
    return made | {
        "openapi.yaml": notation.file(_spec(reading, address)),
        "package.yaml": notation.file(_package(api)),
        "rulings.yaml": notation.file({"rulings": []}),
    }


def _package(api: str) -> JsonObject:
    return {
        "distribution": f"specledger-{api.replace('_', '-').strip('-')}",
        "import": api,
        "class": names.pascal(api),
        "version": "0.1.0",
    }


def _spec(reading: Reading, address: str) -> JsonObject:
    """Returns a valid OpenAPI document that holds the operations and says nothing about them."""
    title = " ".join(reading.operations[0].title.split()) or "API"
    paths: JsonObject = {}
    taken: list[str] = []
    for operation in reading.operations:
        name = names.unique(_operation_id(operation), taken)
        taken.append(name)
        methods = paths.setdefault(operation.path, {})
        if isinstance(methods, dict):
            methods[operation.method.lower()] = {"operationId": name}
    document: JsonObject = {"openapi": "3.1.1", "info": {"title": title, "version": "1.0.0"}}
    return document | ({"externalDocs": {"url": address}} if address else {}) | {"paths": paths}


def _operation_id(operation: Operation) -> str:
    """Returns the id that the page gives, else its title in camelCase, else method and path."""
    given = [fact.keywords["operationId"] for fact in operation.facts if "operationId" in fact.keywords]
    if given:
        return str(given[0])
    found = names.words(operation.title) or names.words(f"{operation.method} {operation.path}") or ["operation"]
    first, *rest = found
    name = first + "".join(word.capitalize() for word in rest)
    return name if name[0].isalpha() else f"{operation.method.lower()}{name}"
