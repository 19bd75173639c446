"""Faults of a spec outside its schemas: operations, parameters, answers, security and servers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import cast

from specledger.ir import Operation
from specledger.mutate.mutant import Fault, Operator
from specledger.mutate.world import Spot, World
from specledger.places import Place
from specledger.yaml12 import Json, JsonObject, Pointer, as_list, as_object, as_rows, descend

_OTHER_METHOD = {"get": "post", "put": "patch", "patch": "put", "post": "put", "delete": "post"}
_OTHER_LOCATION = {"query": "header", "header": "query", "cookie": "header"}
_OTHER_STATUS = {"200": "201", "201": "200", "202": "200", "204": "200", "400": "422", "401": "403", "403": "401"}
_FREE_STATUS = "418"


def _at(document: JsonObject, pointer: Pointer) -> JsonObject:
    return cast(JsonObject, descend(document, pointer))


def _spots(operation: Operation, *steps: str) -> tuple[Spot, ...]:
    return ((operation.label, str(Place(steps))),)


def _method(world: World) -> Iterator[Fault]:
    for operation in world.api.operations:
        document = world.document()
        item = _at(document, operation.pointer[:-1])
        other = _OTHER_METHOD.get(operation.method.lower(), "post")
        if other not in item:
            item[other] = item.pop(str(operation.pointer[-1]))
            label = f"{other.upper()} {operation.path}"
            spots = (*_spots(operation, "operation"), (label, "operation"))
            yield Fault(spots, f"{operation.label} as {other}", world.respecified(document))


def _path(change: Callable[[str], str]) -> Callable[[World], Iterator[Fault]]:
    def faults(world: World) -> Iterator[Fault]:
        for operation in world.api.operations:
            document = world.document()
            paths = _at(document, ("paths",))
            other = change(operation.path)
            if other != operation.path and other not in paths:
                paths[other] = paths.pop(operation.path)
                spots = (*_spots(operation, "operation"), (f"{operation.method} {other}", "operation"))
                yield Fault(spots, f"{operation.path} as {other}", world.respecified(document))

    return faults


def _other_segment(path: str) -> str:
    """Returns the path with its last literal segment changed."""
    found = list(re.finditer(r"(?<=/)[^/{}]+(?=/|\Z)", path))
    return f"{path[: found[-1].end()]}2{path[found[-1].end() :]}" if found else path


def _without_version(path: str) -> str:
    return re.sub(r"/v[0-9]+(?=/|\Z)", "", path, count=1)


def _statuses(world: World) -> Iterator[tuple[Operation, str, JsonObject, JsonObject]]:
    """Yields each status of each operation with a copy of the spec and its responses in it."""
    for operation in world.api.operations:
        for response in operation.responses:
            document = world.document()
            yield operation, response.status, document, _at(document, (*operation.pointer, "responses"))


def _status_swapped(world: World) -> Iterator[Fault]:
    for operation, status, document, responses in _statuses(world):
        other = next(one for one in (_OTHER_STATUS.get(status, ""), _FREE_STATUS) if one and one not in responses)
        responses[other] = responses.pop(status)
        spots = (*_spots(operation, "response", status), *_spots(operation, "response", other))
        yield Fault(spots, f"{status} as {other} of {operation.label}", world.respecified(document))


def _status_dropped(world: World) -> Iterator[Fault]:
    for operation, status, document, responses in _statuses(world):
        if len(responses) > 1:
            del responses[status]
            spots = _spots(operation, "response", status)
            yield Fault(spots, f"{status} of {operation.label}", world.respecified(document))


def _status_added(world: World) -> Iterator[Fault]:
    for operation in world.api.operations:
        document = world.document()
        _at(document, (*operation.pointer, "responses"))[_FREE_STATUS] = {"description": "An answer that is none."}
        spots = _spots(operation, "response", _FREE_STATUS)
        yield Fault(spots, f"{_FREE_STATUS} of {operation.label}", world.respecified(document))


def _answer_emptied(world: World) -> Iterator[Fault]:
    for operation, status, document, responses in _statuses(world):
        if "content" in as_object(responses[status]):
            del as_object(responses[status])["content"]
            spots = _spots(operation, "response", status, "body")
            yield Fault(spots, f"{status} of {operation.label}", world.respecified(document))


def _permanent(world: World) -> Iterator[Fault]:
    for operation, status, document, responses in _statuses(world):
        answer = as_object(responses[status])
        if answer.pop("x-specledger-permanent", None) is True:
            spots = _spots(operation, "response", status)
            yield Fault(spots, f"{status} of {operation.label}", world.respecified(document))


def _headers(world: World, edit: Callable[[JsonObject, str], None], word: str) -> Iterator[Fault]:
    for operation in world.api.operations:
        for response in operation.responses:
            for header in response.headers:
                document = world.document()
                edit(_at(document, header.pointer[:-1]), header.wire_name)
                spots = _spots(operation, "response", response.status, "header", header.wire_name)
                name = f"{word} {header.wire_name} of {response.status} of {operation.label}"
                yield Fault(spots, name, world.respecified(document))


def _header_dropped(world: World) -> Iterator[Fault]:
    yield from _headers(world, lambda headers, name: cast(None, headers.pop(name)), "no")


def _header_renamed(world: World) -> Iterator[Fault]:
    def rename(headers: JsonObject, name: str) -> None:
        headers[f"{name}-2"] = headers.pop(name)

    yield from _headers(world, rename, "another")


def _content(world: World, holder: Callable[[Operation], Iterator[tuple[Pointer, tuple[str, ...]]]]) -> Iterator[Fault]:
    for operation in world.api.operations:
        for pointer, steps in holder(operation):
            content = as_object(_at(world.document(), pointer).get("content"))
            for media_type in content:
                document = world.document()
                other = "text/plain" if "json" in media_type else "application/json"
                if other not in content:
                    found = as_object(_at(document, pointer)["content"])
                    found[other] = found.pop(media_type)
                    name = f"{media_type} as {other} at {'/'.join(map(str, pointer))}"
                    yield Fault(_spots(operation, *steps), name, world.respecified(document))


def _request_content(world: World) -> Iterator[Fault]:
    def holder(operation: Operation) -> Iterator[tuple[Pointer, tuple[str, ...]]]:
        if operation.body:
            yield operation.body.pointer, ("request", "body")

    yield from _content(world, holder)


def _answer_content(world: World) -> Iterator[Fault]:
    def holder(operation: Operation) -> Iterator[tuple[Pointer, tuple[str, ...]]]:
        for response in operation.responses:
            yield response.pointer, ("response", response.status, "body")

    yield from _content(world, holder)


def _body_optional(world: World) -> Iterator[Fault]:
    for operation in world.api.operations:
        if operation.body:
            document = world.document()
            body = _at(document, operation.body.pointer)
            body["required"] = not operation.body.required
            yield Fault(_spots(operation, "request", "body"), f"body of {operation.label}", world.respecified(document))


def _parameters(
    world: World, edit: Callable[[JsonObject, list[Json], int], Place | None], word: str
) -> Iterator[Fault]:
    """Yields the faults of an edit of one parameter; it returns a place that the fault makes, or None to skip."""
    for operation in world.api.operations:
        for parameter in operation.parameters:
            document = world.document()
            listed = cast(list[Json], descend(document, parameter.pointer[:-1]))
            place = Place(("request", parameter.location, parameter.wire_name))
            number = int(parameter.pointer[-1])
            row = as_object(listed[number])
            made = edit(row, listed, number)
            if made is not None:
                spots = ((operation.label, str(place)), (operation.label, str(made)))
                name = f"{parameter.wire_name} {word} of {operation.label}"
                yield Fault(spots, name, world.respecified(document))


def _parameter_moved(world: World) -> Iterator[Fault]:
    def edit(row: JsonObject, listed: list[Json], number: int) -> Place | None:
        row["in"] = _OTHER_LOCATION.get(str(row["in"]), "query")
        return Place(("request", str(row["in"]), str(row["name"])))

    yield from _parameters(world, edit, "moved")


def _parameter_renamed(world: World) -> Iterator[Fault]:
    def edit(row: JsonObject, listed: list[Json], number: int) -> Place | None:
        row["name"] = f"{row['name']}2"
        return Place(("request", str(row["in"]), str(row["name"])))

    yield from _parameters(world, edit, "renamed")


def _parameter_dropped(world: World) -> Iterator[Fault]:
    def edit(row: JsonObject, listed: list[Json], number: int) -> Place | None:
        del listed[number]
        return Place(("request", str(row["in"]), str(row["name"])))

    yield from _parameters(world, edit, "dropped")


def _parameter_required(world: World) -> Iterator[Fault]:
    def edit(row: JsonObject, listed: list[Json], number: int) -> Place | None:
        row["required"] = row.get("required") is not True
        place = Place(("request", str(row["in"]), str(row["name"])))
        return None if row["in"] == "path" else place

    yield from _parameters(world, edit, "required or not")


def _parameter_added(world: World) -> Iterator[Fault]:
    for operation in world.api.operations:
        document = world.document()
        holder = _at(document, operation.pointer)
        parameter: JsonObject = {"name": "invented", "in": "query", "required": True, "schema": {"type": "string"}}
        holder["parameters"] = [*as_list(holder.get("parameters")), parameter]
        spots = _spots(operation, "request", "query", "invented")
        yield Fault(spots, f"invented of {operation.label}", world.respecified(document))


def _schemes(world: World, edit: Callable[[JsonObject], bool], word: str) -> Iterator[Fault]:
    for name in as_object(descend(world.api.document.value, ("components", "securitySchemes"))):
        document = world.document()
        if edit(_at(document, ("components", "securitySchemes", name))):
            yield Fault(world.wide("security"), f"{name} {word}", world.respecified(document))


def _scheme_swapped(world: World) -> Iterator[Fault]:
    def edit(scheme: JsonObject) -> bool:
        other: JsonObject = {"type": "http", "scheme": "basic"}
        scheme.clear()
        scheme |= other
        return True

    yield from _schemes(world, edit, "swapped")


def _scheme_moved(world: World) -> Iterator[Fault]:
    def edit(scheme: JsonObject) -> bool:
        is_key = scheme.get("type") == "apiKey"
        scheme["in"] = "query" if scheme.get("in") == "header" else "header"
        scheme.pop("x-specledger-prefix", None)
        return is_key

    yield from _schemes(world, edit, "moved")


def _scheme_renamed(world: World) -> Iterator[Fault]:
    def edit(scheme: JsonObject) -> bool:
        is_key = scheme.get("type") == "apiKey"
        scheme["name"] = f"{scheme.get('name')}-2"
        return is_key

    yield from _schemes(world, edit, "renamed")


def _prefix(world: World) -> Iterator[Fault]:
    def edit(scheme: JsonObject) -> bool:
        known = scheme.get("x-specledger-prefix")
        scheme["x-specledger-prefix"] = f"{known}2 " if known else "Token "
        return scheme.get("type") in ("http", "apiKey") and scheme.get("scheme") != "basic"

    yield from _schemes(world, edit, "with another prefix")


def _security_dropped(world: World) -> Iterator[Fault]:
    document = world.document()
    known = bool(document.get("security"))
    document["security"] = []
    for item in as_object(document["paths"]).values():
        for operation in as_object(item).values():
            known = bool(as_object(operation).pop("security", None)) or known
    yield from [Fault(world.wide("security"), "security", world.respecified(document))] if known else []


def _security_optional(world: World) -> Iterator[Fault]:
    for operation in world.api.operations:
        if operation.security and () not in operation.security:
            document = world.document()
            holder = _at(document, operation.pointer)
            holder["security"] = [*as_list(holder.get("security", document.get("security"))), {}]
            yield Fault(_spots(operation, "security"), f"{operation.label} in public", world.respecified(document))


def _alternative_dropped(world: World) -> Iterator[Fault]:
    alternatives = as_list(world.document().get("security"))
    for number in range(len(alternatives) if len(alternatives) > 1 else 0):
        document = world.document()
        document["security"] = [*alternatives[:number], *alternatives[number + 1 :]]
        yield Fault(world.wide("security"), f"alternative {number}", world.respecified(document))


def _server(world: World) -> Iterator[Fault]:
    for number, server in enumerate(as_rows(world.document().get("servers"))):
        for word, url in (("path", f"{str(server['url']).rstrip('/')}/v9"), ("host", _other_host(str(server["url"])))):
            document = world.document()
            as_rows(document["servers"])[number]["url"] = url
            yield Fault(world.wide("server"), f"{word} of server {number}", world.respecified(document))


def _other_host(url: str) -> str:
    return re.sub(r"(?<=://)(?=[^/])", "other.", url, count=1)


def _server_dropped(world: World) -> Iterator[Fault]:
    servers = as_list(world.document().get("servers"))
    for number in range(len(servers) if len(servers) > 1 else 0):
        document = world.document()
        document["servers"] = [*servers[:number], *servers[number + 1 :]]
        yield Fault(world.wide("server"), f"server {number}", world.respecified(document))


def _server_variable(world: World) -> Iterator[Fault]:
    for number, server in enumerate(as_rows(world.document().get("servers"))):
        for name, variable in as_object(server.get("variables")).items():
            if "enum" not in as_object(variable):
                document = world.document()
                pointer = ("servers", number, "variables", name)
                _at(document, pointer)["default"] = f"{as_object(variable).get('default')}2"
                yield Fault(world.wide(str(Place(("server", name)))), f"default of {name}", world.respecified(document))


OPERATORS: tuple[Operator, ...] = (
    Operator("method-changed", "spec", "an operation has another method", _method),
    Operator("path-changed", "spec", "a segment of a path is another", _path(_other_segment)),
    Operator("path-prefix", "spec", "a path has one segment more in front", _path(lambda path: f"/v9{path}")),
    Operator("path-version", "spec", "a path lacks its version", _path(_without_version)),
    Operator("status-swapped", "spec", "an answer has another status", _status_swapped),
    Operator("status-dropped", "spec", "an answer is missing", _status_dropped),
    Operator("status-added", "spec", "an answer is declared that there is not", _status_added),
    Operator("answer-emptied", "spec", "an answer has no body", _answer_emptied),
    Operator("answer-content", "spec", "an answer has another media type", _answer_content),
    Operator("permanent-dropped", "spec", "a refusal for good may be tried again", _permanent),
    Operator("header-dropped", "spec", "an answer's header is missing", _header_dropped),
    Operator("header-renamed", "spec", "an answer's header has another name", _header_renamed),
    Operator("request-content", "spec", "a body has another media type", _request_content),
    Operator("body-optional", "spec", "a body may be left out, or may not", _body_optional),
    Operator("parameter-moved", "spec", "a parameter stands somewhere else", _parameter_moved),
    Operator("parameter-renamed", "spec", "a parameter has another name", _parameter_renamed),
    Operator("parameter-dropped", "spec", "a parameter is missing", _parameter_dropped),
    Operator("parameter-required", "spec", "a parameter may be left out, or may not", _parameter_required),
    Operator("parameter-added", "spec", "a parameter is required that there is not", _parameter_added),
    Operator("scheme-swapped", "spec", "a credential is shown in another way", _scheme_swapped),
    Operator("scheme-moved", "spec", "a credential stands somewhere else", _scheme_moved),
    Operator("scheme-renamed", "spec", "a credential has another name", _scheme_renamed),
    Operator("scheme-prefix", "spec", "a credential has another prefix", _prefix),
    Operator("security-dropped", "spec", "nobody need show a credential", _security_dropped),
    Operator("security-optional", "spec", "one operation may be called without a credential", _security_optional),
    Operator("alternative-dropped", "spec", "one way to show a credential is missing", _alternative_dropped),
    Operator("server-changed", "spec", "a server's address is another", _server),
    Operator("server-dropped", "spec", "a server is missing", _server_dropped),
    Operator("server-variable", "spec", "a part of a server's address has another default", _server_variable),
)
