"""A reading as rows that a facts file can hold, and as a whole facts file."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from pathlib import Path

from specledger import formats, places, yaml12
from specledger.diagnostics import Failure
from specledger.documents.reading import Fact, Operation, Reading
from specledger.drift import notation
from specledger.drift.source import Source
from specledger.yaml12 import Json, JsonObject

_HALF = re.compile("[\ud800-\udfff]")


def rows(operation: Operation) -> tuple[Fact, ...]:
    """Returns the operation's facts, method and path in the row of `operation`, in values that a file can hold."""
    heading: JsonObject = {"method": operation.method, "path": operation.path} if operation.method else {}
    found = [Fact(fact.at, fact.lines, _object(fact.keywords), fact.also) for fact in operation.facts]
    where = next((number for number, fact in enumerate(found) if fact.at == "operation"), None)
    if where is None and heading:
        found.insert(0, Fact("operation", (1, 1), heading))
    elif where is not None:
        old = found[where]
        found[where] = Fact(old.at, old.lines, {**heading, **old.keywords}, old.also)
    return tuple(found)


def document(source: Source, reading: Reading, operation: Operation, address: str) -> JsonObject:
    """Returns a facts file for one operation of a page; `address` is the page's, empty for none known.

    Raises Failure (exit code 2) where the reading has something that a facts file cannot hold.
    """
    drafted = rows(operation)
    page: JsonObject = {
        "title": str(_clean(operation.title)) or label(operation),
        **({"address": address} if address else {}),
        "document": source.page.name.replace("\\", "-"),
        "sha256": source.sha256,
        "lines": len(source.page.lines),
        **({"edition": str(_clean(reading.edition))} if reading.edition else {}),
        "family": reading.family,
    }
    value: JsonObject = {
        "page": page,
        "operation": label(operation),
        "facts": [_without_heading(fact.row()) for fact in drafted],
        "furniture": furniture(reading),
        "drafted": drafted_rows(drafted),
    }
    return held(source, value)


def text(source: Source, reading: Reading, address: str) -> str:
    """Returns the draft of a facts file; one document for each operation of the page."""
    drafts = [notation.file(document(source, reading, operation, address)) for operation in reading.operations]
    return "---\n".join(drafts).removesuffix("\n")


def label(operation: Operation) -> str:
    """Returns `METHOD /path`, in just these words where the page says neither, for a person to write."""
    return f"{operation.method} {operation.path}" if operation.method else "METHOD /path"


def held(source: Source, value: JsonObject) -> JsonObject:
    """Returns the value as a facts file gives it back. Raises Failure (exit code 2) where none can hold it."""
    try:
        parsed = yaml12.parse(notation.file(value), Path(source.shown))
    except Failure as failure:
        raise source.failure(failure.diagnostics[0].message, _REMEDY) from None
    wrong = formats.validate(parsed, "facts")
    if wrong:
        raise source.failure(f"the reader drafted what no facts file holds: {wrong[0].message}", _REMEDY)
    for row in yaml12.as_rows(yaml12.as_object(parsed.value).get("facts")):
        try:
            places.parse(str(row["at"]))
        except ValueError as error:
            raise source.failure(str(error), _REMEDY) from None
    return yaml12.as_object(parsed.value)


_REMEDY = "transcribe the page by hand"


def drafted_rows(drafted: Iterable[Fact]) -> list[Json]:
    """Returns the rows as the section `drafted` of a facts file keeps them."""
    return [fact.row() for fact in drafted]


def furniture(reading: Reading) -> list[Json]:
    """Returns the lines that say nothing, as a facts file lists them."""
    return [{"lines": [first, last], "why": str(_clean(why)) or "layout"} for first, last, why in reading.furniture]


def as_json(reading: Reading) -> str:
    """Returns the reading as JSON: `{family, edition, operations: [{method, path, facts: [{at, …, lines}]}]}`."""
    operations: list[Json] = [
        {
            "method": operation.method,
            "path": operation.path,
            "facts": [_object(fact.row()) for fact in operation.facts],
        }
        for operation in reading.operations
    ]
    value: JsonObject = {"family": reading.family, "edition": reading.edition, "operations": operations}
    return json.dumps(value, ensure_ascii=False, indent=2)


def _without_heading(row: JsonObject) -> JsonObject:
    """Returns the row of `operation` without what the file's header says."""
    return {key: value for key, value in row.items() if row["at"] != "operation" or key not in ("method", "path")}


def _object(value: JsonObject) -> JsonObject:
    return {str(_clean(key)): _clean(inner) for key, inner in value.items()}


def _clean(value: Json) -> Json:
    """Returns the value without what YAML cannot hold: half a surrogate pair, a number that is not finite."""
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    if isinstance(value, list):
        return [_clean(inner) for inner in value]
    if isinstance(value, dict):
        return _object(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
