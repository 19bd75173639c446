"""The client class as the templates see it: what its constructor asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from specledger import names, places
from specledger.emit import escape
from specledger.emit.client_calls import ResourceView
from specledger.ir import Api, ClientParameter, SecurityScheme
from specledger.spec import CONSTRUCTOR


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword of the constructor that fills a parameter or a server variable."""

    name: str
    fills: str
    required: bool
    environment: str
    default: str
    choices: tuple[str, ...]
    doc: str


@dataclass(frozen=True, slots=True)
class ClientView:
    """The client class: what its constructor asks for, and its resources."""

    server: str
    schemes: tuple[SecurityScheme, ...]
    selectable: tuple[str, ...]
    always_secured: bool
    several_secrets: bool
    keywords: tuple[Keyword, ...]
    options: tuple[tuple[str, str], ...]
    failures: tuple[tuple[tuple[str, ...], str], ...]
    resources: tuple[ResourceView, ...]


def of(api: Api, resources: tuple[ResourceView, ...]) -> ClientView:
    """Returns the client's view of an API whose resources are known."""
    used = [keys for operation in api.operations for keys in operation.security if keys]
    schemes = tuple(scheme for key, scheme in api.schemes.items() if any(key in keys for keys in used))
    choices = [[keys[0] for keys in one.security if len(keys) == 1] for one in api.operations]
    selectable = dict.fromkeys(key for keys in choices if len(keys) > 1 for key in keys)
    operations = api.operations
    needs = bool(operations) and all(one.security and () not in one.security for one in operations)
    keywords = tuple(_keywords(api))
    return ClientView(
        server=api.servers[0].url if api.servers else "",
        schemes=schemes,
        selectable=tuple(selectable),
        always_secured=needs,
        several_secrets=any(len(keys) > 1 for keys in used),
        keywords=keywords,
        options=tuple((one.name, one.description) for one in api.package.options),
        failures=tuple(_failures(api)),
        resources=resources,
    )


def _keywords(api: Api) -> Iterator[Keyword]:
    server = {one.wire_name: one for one in (api.servers[0].variables if api.servers else ())}
    reserved = {*CONSTRUCTOR, api.package.credential, *(one.name for one in api.package.options)}
    for parameter in api.package.parameters:
        kind, name = _place(parameter)
        variable = server.pop(name, None) if kind == "server" else None
        taken = names.unique(parameter.name, reserved)
        reserved.add(taken)
        default = variable.default if variable and not parameter.required else ""
        doc = parameter.description or (variable.description if variable else "")
        choices = variable.enum if variable else ()
        fills = f"{kind}.{name}"
        yield Keyword(taken, fills, parameter.required, parameter.environment, default, choices, doc)
    for variable in server.values():
        taken = names.unique(variable.name, reserved)
        reserved.add(taken)
        fills = f"server.{variable.wire_name}"
        yield Keyword(taken, fills, False, "", variable.default, variable.enum, variable.description)


def _place(parameter: ClientParameter) -> tuple[str, str]:
    steps = places.parse(parameter.fills).steps
    return ("server", steps[1]) if steps[0] == "server" else (steps[1], steps[2])


def _failures(api: Api) -> Iterator[tuple[tuple[str, ...], str]]:
    for sign in api.package.failures:
        steps = places.parse(sign.at).steps[3:]
        yield steps, escape.literal(sign.schema["const"]) if "const" in sign.schema else ""
