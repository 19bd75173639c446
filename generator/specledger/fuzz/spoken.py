"""The request of a finding as the call of the generated client that makes it."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import cast
from urllib.parse import parse_qsl, unquote, urlsplit

from specledger.behavior import Behavior
from specledger.fuzz.client import Caller, NoKeyword, imported, settings
from specledger.fuzz.request import MISSING, Missing, Request, as_json
from specledger.ir import Api, Operation
from specledger.yaml12 import Json, JsonObject

_DATA = ("-d", "--data", "--data-raw", "--data-binary")


def call(api: Api, behavior: Behavior, generated: Path, command: str, credential: str | None) -> str:
    """Returns the Python that sends what a curl command sends; empty where no call of the client does."""
    sent = _read(api, command)
    if sent is None:
        return ""
    request, address = sent
    given: dict[str, object] = {"base_url": address, **settings(api, behavior)}
    if api.schemes and credential is not None:
        given[api.package.credential] = credential
    with imported(api, generated) as module:
        made = getattr(module, api.package.class_name)(**given)
        kind = type(getattr(made, request.operation.resource))
        try:
            keywords = Caller(api, made, asyncio.run).through(_Said(), kind, request, {})
        except (NoKeyword, AttributeError):
            return ""
    name = api.package.class_name
    made_by, called_with = _words(given), _words(cast("dict[str, object]", keywords))
    operation = request.operation
    text = f"{name}({made_by}).{operation.resource}.{operation.name}({called_with})"
    return f"from {api.package.import_name} import {name}; print({text})"


def _words(keywords: dict[str, object]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in keywords.items())


class _Said:
    """Stands for the methods of a client, and gives what one is called with."""

    def __getattr__(self, name: str) -> Callable[..., object]:
        return lambda **keywords: keywords


def _read(api: Api, command: str) -> tuple[Request, str] | None:
    """Returns the request that a curl command sends, and the base of its URL."""
    try:
        words = iter(shlex.split(command)[1:])
    except ValueError:  # it was cut
        return None
    method, address, headers = "GET", "", dict[str, str]()
    body: Json | Missing = MISSING
    for word in words:
        if word == "-X":
            method = next(words, "")
        elif word == "-H":
            name, _, text = next(words, "").partition(": ")
            headers[name.lower()] = text
        elif word in _DATA:
            body = as_json(next(words, "").encode("utf-8", "surrogatepass"))
            if not isinstance(body, dict):
                return None  # a client sends the fields of an object
        elif word.startswith("http"):
            address = word
    for operation in api.operations:
        located = _located(operation, address, headers) if operation.method == method else None
        if located:
            return Request(api, operation, located[0], body), located[1]
    return None


def _located(operation: Operation, address: str, headers: dict[str, str]) -> tuple[dict[str, JsonObject], str] | None:
    """Returns the parameters of an operation as they stand in a URL, and what comes before its path."""
    parts = urlsplit(address)
    names = re.findall(r"\{([^}]*)\}", operation.path)
    pieces = [re.escape(piece) for piece in re.split(r"\{[^}]*\}", operation.path)]
    found = re.search("([^/]*)".join(pieces) + r"\Z", parts.path)
    if not found:
        return None
    declared = {one.wire_name.lower(): one.wire_name for one in operation.parameters if one.location == "header"}
    located: dict[str, JsonObject] = {
        "path": {name: unquote(text) for name, text in zip(names, found.groups(), strict=True)},
        "query": dict(parse_qsl(parts.query, keep_blank_values=True)),
        "header": {declared[name]: text for name, text in headers.items() if name in declared},
    }
    return located, f"{parts.scheme}://{parts.netloc}{parts.path[: found.start()]}"
