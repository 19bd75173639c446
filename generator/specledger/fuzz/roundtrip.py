"""Drawn values through the generated client: what goes out arrives as it was, and what comes back is not lost."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast
from urllib.parse import parse_qsl, unquote, urlsplit

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core import NotSet
from schemathesis.transport.serialization import Binary

from specledger.behavior import Behavior
from specledger.canonical import canonical
from specledger.diagnostics import Diagnostic
from specledger.emit.client_schema import content_of, kind_of
from specledger.fuzz.blame import Blamer
from specledger.fuzz.called.shape import difference
from specledger.fuzz.client import Client, NoKeyword, as_value, loaded
from specledger.fuzz.draw import draw
from specledger.fuzz.judge import Finding, Judge
from specledger.fuzz.narrow import narrow
from specledger.fuzz.outcome import Outcome
from specledger.fuzz.plugin import Drawn
from specledger.fuzz.request import MISSING, Answer, Missing, Request, as_json, is_json
from specledger.fuzz.target import Target
from specledger.ir import Api, Operation
from specledger.ledger import Ledger
from specledger.places import Place
from specledger.yaml12 import Json, JsonObject


def roundtrip(
    api: Api,
    behavior: Behavior,
    ledger: Ledger,
    target: Target,
    generated: Path,
    *,
    seed: int = 1,
    max_examples: int = 25,
) -> Outcome:
    """Sends values drawn from the narrowed spec through the client in `generated` and compares both ends.

    What the mock received must equal what was drawn, what the client's model writes must equal the answer, and what
    was sent must come back. Raises Failure where no client is generated.
    """
    started = time.monotonic()
    base_url, credential = target.base(api), target.credential(api, behavior)
    blamer = Blamer(api, behavior, ledger)
    document = narrow(api, behavior, base_url)
    schema = schemathesis.openapi.from_dict(
        document, config=SchemathesisConfig.from_dict({"cache": {"enabled": False}})
    )
    failures: dict[tuple[str, str, str], Diagnostic] = {}
    cases = accepted = 0
    with loaded(api, behavior, generated, target.socket(api), credential) as client:
        for operation in api.operations:
            judge = Judge(api, behavior, operation.id) if operation.id in behavior.effects else None
            drawn = schema[operation.path][operation.method].as_strategy()
            for case in draw(drawn, seed, max_examples):
                request = Request(api, operation, _parameters(operation, case), _body(case), credential=credential)
                if _is_no_segment(request) or _is_no_body(operation, request.body):
                    continue
                cases += 1
                target.reset(api)
                for finding in _compared(client, request, target, judge):
                    found = blamer.diagnostic(operation, finding, request.curl(base_url), _REMEDY)
                    failures.setdefault((operation.label, finding.at, finding.code), found)
                accepted += client.answer is not None and 200 <= client.answer.status < 300
    seconds = time.monotonic() - started
    return Outcome(api.name, cases, accepted, tuple(sorted(failures.values())), (), seconds)


_REMEDY = "correct the client's templates or runtime, never generated/"


def _parameters(operation: Operation, case: Drawn) -> dict[str, JsonObject]:
    """Returns the drawn parameters that the operation declares; a credential is the client's own."""
    drawn = {"path": case.path_parameters, "query": case.query, "header": case.headers, "cookie": case.cookies}
    found: dict[str, JsonObject] = {location: {} for location in drawn}
    for parameter in operation.parameters:
        values = drawn[parameter.location] or {}
        if parameter.wire_name in values:
            value = cast(Json, values[parameter.wire_name])
            if isinstance(value, str) and parameter.location == "path":
                value = unquote(str(value))  # a path's values are drawn as they stand in the URL
            elif isinstance(value, str) and is_json(parameter.media_type or ""):
                value = json.loads(value)  # and those with a media type as it writes them
            found[parameter.location][parameter.wire_name] = value
    return found


def _body(case: Drawn) -> Json | Missing:
    return MISSING if isinstance(case.body, NotSet) else cast(Json, case.body)


def _is_no_segment(request: Request) -> bool:
    """Says whether a path parameter is one that every client refuses, because no URL can hold it."""
    return any(isinstance(value, str) and not value.strip(".") for value in request.located("path").values())


def _is_no_body(operation: Operation, body: object) -> bool:
    """Says whether a body is none that its media type can carry: where a spec has no schema, any value is drawn."""
    content = content_of(operation.body.content) if operation.body else None
    if content is None or kind_of(content.media_type) not in ("bytes", "text"):
        return False
    return not isinstance(body, str | bytes | Binary | Missing)


def _compared(client: Client, request: Request, target: Target, judge: Judge | None) -> Iterator[Finding]:
    try:
        result = client.call(request)
    except NoKeyword as missing:
        yield Finding(str(missing.place), "client-keyword", f"the client's method has {missing}")
        return
    except client.error:
        yield from _received(request, target)
        return
    except Exception as error:
        # Whatever the client raises for a valid value is the finding.
        yield Finding(_root(request), "client-raised", f"the client raised {type(error).__name__}: {str(error)[:300]}")
        return
    yield from _received(request, target)
    answer = client.answer
    if answer is None:
        yield Finding("operation", "client-silent", "the client returned without an answer")
        return
    status = str(answer.status)
    shown = as_value(result)
    if not isinstance(answer.body, Missing) and not _is_same_answer(shown, answer.body):
        steps = ("response", status, "body", *difference(answer.body, shown))
        yield Finding(str(Place(steps)), "answer-lost", "the client's value does not equal the body of the answer")
    if judge and isinstance(shown, dict):
        yield from judge.judge(request, Answer(answer.status, answer.headers, answer.content, shown), None, None)


def _received(request: Request, target: Target) -> Iterator[Finding]:
    """Yields what the mock received otherwise than it was drawn."""
    last = target.last(request.api)
    base = urlsplit(target.base(request.api)).path
    wanted = urlsplit(request.url(""))
    if last.get("method") != request.operation.method:
        yield Finding("operation", "sent-method", f"{last.get('method')} was sent")
    path = str(last.get("path"))
    if unquote(path) not in (unquote(wanted.path), unquote(base + wanted.path)):
        yield Finding("operation", "sent-path", f"the path {path} was sent, not {wanted.path}")
    secret = {scheme.wire_name for scheme in request.api.schemes.values() if scheme.location == "query"}
    queries = [str(last.get("query", "")), wanted.query]
    sent, drawn = ({pair for pair in _pairs(request.operation, query) if pair[0] not in secret} for query in queries)
    if sent != drawn:
        name = min(name for name, _ in sent ^ drawn)
        at = str(Place(("request", "query", name)))
        yield Finding(at, "sent-query", f"the query {queries[0]} was sent, not {queries[1]}")
    media_type = request.headers().get("Content-Type", "")
    body = request.operation.body
    if request.payload() is not None and is_json(media_type):
        received = as_json(str(last.get("body", "")).encode("utf-8", "surrogatepass"))
        if isinstance(received, Missing) and request.body == {} and not (body and body.required):
            return  # a body that may be left out is not sent where none of its fields is given
        if isinstance(received, Missing) or canonical(received) != canonical(cast(Json, request.body)):
            steps = difference(cast(Json, request.body), received)
            yield Finding(str(Place(("request", "body", *steps))), "sent-body", "what was sent is not what was drawn")


def _pairs(operation: Operation, query: str) -> Iterator[tuple[str, str]]:
    """Yields names and texts of a query; a JSON text in one way of writing it."""
    known = {parameter.wire_name for parameter in operation.parameters if is_json(parameter.media_type or "")}
    for name, text in parse_qsl(query, keep_blank_values=True):
        value = as_json(text.encode()) if name in known else MISSING
        yield name, text if isinstance(value, Missing) else canonical(value)


def _is_same_answer(shown: Json | Missing, body: Json) -> bool:
    if isinstance(shown, Missing):
        return False
    if isinstance(shown, str) and isinstance(body, int | float):
        # x-specledger-coerce: the client gives the page's type word.
        return shown == canonical(body)
    return canonical(shown) == canonical(body)


def _root(request: Request) -> str:
    return "request.body" if request.operation.body else "operation"
