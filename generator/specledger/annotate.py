"""Findings where people already look: lines for a forge's review page (GitHub), and SARIF 2.1.0 for its tools."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Literal
from urllib.parse import quote

from specledger import __version__
from specledger.diagnostics import Diagnostic
from specledger.yaml12 import Json, JsonObject

Format = Literal["github", "sarif"]
FORMATS: tuple[Format, ...] = ("github", "sarif")

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def written(found: Sequence[Diagnostic], form: Format) -> str:
    """Returns the findings in a form; nothing for no finding where the form is lines."""
    return sarif(found) if form == "sarif" else "\n".join(map(github, found))


def github(one: Diagnostic) -> str:
    """Returns a workflow command that shows a finding at its line."""
    place = {"file": one.file, "line": str(one.line or 1), "title": one.code}
    words = ",".join(f"{name}={_property(text)}" for name, text in place.items())
    return f"::error {words}::{_data(_said(one))}"


def _said(one: Diagnostic) -> str:
    head = " ".join(part for part in (one.operation, one.at) if part)
    parts = [f"{head}: {one.message}" if head else one.message]
    parts += [f"page: {one.page}"] if one.page else []
    return "\n".join([*parts, f"remedy: {one.remedy}"] if one.remedy else parts)


def _data(text: str) -> str:
    """Returns text that ends neither the command nor the line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def sarif(found: Sequence[Diagnostic]) -> str:
    """Returns a SARIF log of one run: a rule for each code, a result for each finding."""
    codes = list(dict.fromkeys(one.code for one in found))
    rules: list[Json] = [{"id": code, "shortDescription": {"text": code.replace("-", " ")}} for code in codes]
    driver: JsonObject = {"name": "specledger", "semanticVersion": __version__, "rules": rules}
    results: list[Json] = [_result(one, codes.index(one.code)) for one in found]
    run: JsonObject = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _result(one: Diagnostic, rule: int) -> JsonObject:
    place: JsonObject = {"artifactLocation": {"uri": _uri(one.file)}}
    if one.line:
        place["region"] = {"startLine": one.line}
    location: JsonObject = {"physicalLocation": place}
    if one.operation or one.at:
        name = " ".join(part for part in (one.operation, one.at) if part)
        location["logicalLocations"] = [{"fullyQualifiedName": name}]
    return {
        "ruleId": one.code,
        "ruleIndex": rule,
        "level": "error",
        "message": {"text": _said(one)},
        "locations": [location],
    }


def _uri(file: str) -> str:
    """Returns a path as a reference; what stands for something else than a file keeps its name."""
    is_address = re.match(r"https?://", file)
    return quote(file, safe="/:?&=%#" if is_address else "/")
