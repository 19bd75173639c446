"""Whether package.yaml names what the spec has."""

from __future__ import annotations

from collections.abc import Iterator

from specledger.diagnostics import Diagnostic
from specledger.ir import Api
from specledger.yaml12 import Document, Pointer


def findings(api: Api, package: Document) -> list[Diagnostic]:
    """Returns a diagnostic for each parameter that fills nothing and each option of an operation nobody has."""
    return [*_parameters(api, package), *_options(api, package)]


def _parameters(api: Api, package: Document) -> Iterator[Diagnostic]:
    places = {
        f"request.{parameter.location}.{parameter.wire_name}"
        for operation in api.operations
        for parameter in operation.parameters
    }
    places |= {f"server.{variable.wire_name}" for server in api.servers for variable in server.variables}
    seen: set[str] = {api.package.credential}
    for number, parameter in enumerate(api.package.parameters):
        pointer: Pointer = ("parameters", number)
        if parameter.fills not in places:
            message = f"the keyword {parameter.name!r} fills {parameter.fills}, which the spec does not have"
            remedy = f"use one of: {', '.join(sorted(places)) or 'none, the spec has no parameters'}"
            yield package.diagnostic((*pointer, "fills"), "package-parameter", message, remedy, at=parameter.fills)
        if parameter.name in seen:
            message = f"two constructor keywords are called {parameter.name!r}"
            yield package.diagnostic((*pointer, "name"), "package-parameter", message, "give each its own name")
        seen.add(parameter.name)


def _options(api: Api, package: Document) -> Iterator[Diagnostic]:
    known = {operation.id for operation in api.operations}
    for number, option in enumerate(api.package.options):
        for operation in option.wraps:
            if operation not in known:
                message = f"the option {option.name!r} wraps {operation!r}, which is no operation"
                remedy = f"use one of: {', '.join(sorted(known))}"
                pointer: Pointer = ("options", number, "wraps", operation)
                yield package.diagnostic(pointer, "package-option", message, remedy)
