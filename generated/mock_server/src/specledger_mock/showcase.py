"""A request for each operation that works as it stands on the seeded state, written out in full."""

from __future__ import annotations

from typing import cast
from urllib.parse import quote

from .api import Api
from .body import Body, is_json
from .credential import Identity
from .json_text import Json, JsonObject
from .operation import Operation
from .parameter import Parameter, query_text
from .sample import NoSample, Sampler


def identity_headers(api: Api, identity: Identity) -> dict[str, Json]:
    """Returns the headers that show an identity's credential; none where the API asks for none in a header."""
    operation = next((operation for operation in api.operations if operation.gate.schemes), None)
    return credential(operation, identity)[0] if operation else {}


def requests(api: Api, base_url: str) -> list[Json]:
    """Returns `{operationId, method, url, headers, body}` for each operation of which a request could be made."""
    found: list[Json] = []
    for operation in api.operations:
        try:
            found.append(_request(api, operation, base_url))
        except NoSample:
            continue
    return found


def credential(operation: Operation, identity: Identity) -> tuple[dict[str, Json], list[tuple[str, str]]]:
    """Returns the headers and the query that show a credential, in the operation's first way."""
    headers: dict[str, Json] = {}
    query: list[tuple[str, str]] = []
    for scheme in operation.gate.schemes:
        text = scheme.show(identity.credential)
        if scheme.location == "query":
            query.append((quote(scheme.name, safe=""), quote(text, safe="")))
        elif scheme.location == "cookie":
            headers["Cookie"] = "; ".join(filter(None, [str(headers.get("Cookie", "")), f"{scheme.name}={text}"]))
        else:
            headers[scheme.name] = text
    return headers, query


def _request(api: Api, operation: Operation, base_url: str) -> JsonObject:
    given = _given(operation)
    headers, query = credential(operation, api.callers()[0])
    path = operation.path
    sampler = Sampler(api.incoming)
    for parameter in operation.parameters:
        named = given.get(parameter.location)
        sent = named if isinstance(named, dict) else {}
        if parameter.name not in sent and (given or not parameter.required):
            continue
        known = {**operation.seeded, **sent} if parameter.location == "path" else sent
        value = known[parameter.name] if parameter.name in known else _made(parameter, sampler)
        pairs = parameter.encode(value)
        if parameter.location == "path":
            path = path.replace(f"{{{parameter.name}}}", _path_text(pairs))
        elif parameter.location == "query":
            query += pairs
        elif parameter.location == "cookie":
            cookies = [f"{name}={text}" for name, text in pairs]
            headers["Cookie"] = "; ".join(filter(None, [str(headers.get("Cookie", "")), *cookies]))
        else:
            headers[parameter.name] = ",".join(text for _, text in pairs)
    body, content_type = _body(operation, given, sampler)
    if content_type:
        headers["Content-Type"] = content_type
    url = base_url + path + (f"?{query_text(query)}" if query else "")
    return {"operationId": operation.id, "method": operation.method, "url": url, "headers": headers, "body": body}


def _made(parameter: Parameter, sampler: Sampler) -> Json:
    return sampler.value(parameter.schema, cast("list[Json]", parameter.examples))


def _path_text(pairs: list[tuple[str, str]]) -> str:
    text = ",".join(text for _, text in pairs)
    if not text:
        raise NoSample
    return text


def _given(operation: Operation) -> JsonObject:
    effect = cast("JsonObject | None", operation.row["effect"])
    return cast(JsonObject, effect["request"]) if effect else {}


def _body(operation: Operation, given: JsonObject, sampler: Sampler) -> tuple[Json, str]:
    """Returns the body and its media type: JSON where the operation takes it."""
    if not operation.bodies:
        return None, ""
    body = next((found for found in operation.bodies.values() if _takes_json(found)), None)
    body = body or next(iter(operation.bodies.values()))
    if "body" in given:
        return given["body"], _concrete(body)
    try:
        made = sampler.value(body.schema, cast("list[Json]", body.examples))
        value = operation.working(made, body.schema)
    except NoSample:
        if operation.body_required:
            raise
        return None, ""
    return (value, _concrete(body)) if _takes_json(body) else body.encode(value)


def _takes_json(body: Body) -> bool:
    return is_json(body.media_type) or body.media_type in ("*/*", "application/*")


def _concrete(body: Body) -> str:
    return body.media_type if "*" not in body.media_type else "application/json"
