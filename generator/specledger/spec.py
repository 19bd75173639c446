"""openapi.yaml to Api: the only place where a $ref is resolved and a name is made."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from specledger import formats, names, yaml12
from specledger.diagnostics import Diagnostic, Failure, shown
from specledger.ir import (
    Api,
    ClientOption,
    ClientParameter,
    FailureSign,
    Header,
    MediaType,
    Operation,
    Package,
    Parameter,
    ParameterLocation,
    RequestBody,
    Response,
    SecurityScheme,
    Server,
    ServerVariable,
    pointer_of,
)
from specledger.yaml12 import Document, Json, JsonObject, Pointer, descend

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
_IGNORED_HEADERS = ("accept", "content-type", "authorization")


def folders(root: Path, only: tuple[str, ...] = ()) -> list[Path]:
    """Returns the API folders under `root`, in order. Raises Failure where there are none, or not those named."""
    if not root.is_dir():
        raise Failure([Diagnostic(shown(root), 0, "no-specs", "there is no such folder", "name it with --specs")], 2)
    found = sorted(
        path for path in root.iterdir() if (path / "openapi.yaml").exists() and not path.name.startswith(".")
    )
    unknown = sorted(set(only) - {path.name for path in found})
    if unknown:
        here = ", ".join(path.name for path in found) or "nothing"
        message = f"no API is called {', '.join(unknown)}"
        raise Failure([Diagnostic(shown(root), 0, "no-api", message, f"choose from: {here}")], 2)
    if not found:
        remedy = "put a folder with an openapi.yaml in it"
        raise Failure([Diagnostic(shown(root), 0, "no-specs", "the folder holds no API", remedy)], 2)
    return [path for path in found if not only or path.name in only]


def load(folder: Path) -> Api:
    """Reads specs/<api>/openapi.yaml, and package.yaml where there is one, and lowers them.

    Raises Failure with every located reason why the spec cannot be used: not OpenAPI 3.1, a $ref that is remote,
    unknown or circular, an operationId that stands twice, a security scheme or server variable nobody defines.
    """
    document = yaml12.load(folder / "openapi.yaml")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", folder.name):
        message = f"the folder's name {folder.name!r} cannot name a Python package"
        remedy = "use lower-case letters, digits and underscores"
        raise Failure([Diagnostic(shown(folder), 0, "api-name", message, remedy)])
    found = _version(document) or formats.validate(document, "openapi") or list(_references(document))
    found = found or [*_operation_ids(document), *_security(document), *_servers(document)]
    if found:
        raise Failure(found)
    package = folder / "package.yaml"
    settings: Document | None = None
    if package.exists():
        settings = yaml12.load(package)
        wrong = formats.validate(settings, "package")
        if wrong:
            raise Failure(wrong)
    return _Lowering(folder.name, document, settings).api()


def _version(document: Document) -> list[Diagnostic]:
    value = document.value
    version = value.get("openapi") if isinstance(value, dict) else None
    if isinstance(version, str) and re.match(r"3\.1\.\d", version):
        return []
    said = f"openapi is {version!r}" if version is not None else "no openapi version is given"
    return [
        document.diagnostic(("openapi",), "openapi-version", said, "transcribe the page as OpenAPI 3.1: openapi: 3.1.1")
    ]


def _references(document: Document) -> Iterator[Diagnostic]:
    for pointer, value in walk(document.value):
        reference = value.get("$ref") if isinstance(value, dict) else None
        if not isinstance(reference, str) or _is_data(pointer):
            continue
        place = (*pointer, "$ref")
        if not reference.startswith("#"):
            message = f"$ref {reference!r} leads out of this file"
            yield document.diagnostic(place, "ref-remote", message, "bring the schema into this file's components")
        elif not _exists(document.value, pointer_of(reference)) or (
            reference != "#" and not reference.startswith("#/")
        ):
            message = f"$ref {reference!r} leads nowhere"
            yield document.diagnostic(place, "ref-unknown", message, _nearest(document, reference))
        elif _circular(document.value, reference):
            message = f"$ref {reference!r} leads back to itself"
            yield document.diagnostic(place, "ref-circular", message, "let one of the chain be a schema of its own")


def _is_data(pointer: Pointer) -> bool:
    """Says whether a pointer leads into an example, a default or the like, where `$ref` is a word like any other."""
    named = ("properties", "patternProperties", "schemas", "$defs", "dependentSchemas", "examples")
    for before, step in zip(("", *pointer), pointer, strict=False):
        if step in ("example", "default", "const", "enum") and before not in named:
            return True
        if before == "examples" and isinstance(step, int):
            return True
    return any(pair == ("examples", "value") for pair in zip(pointer, pointer[2:], strict=False))


def _exists(value: Json, pointer: Pointer) -> bool:
    if not pointer:
        return True
    parent = descend(value, pointer[:-1])
    step = str(pointer[-1])
    return (isinstance(parent, dict) and step in parent) or (
        isinstance(parent, list) and step.isdigit() and int(step) < len(parent)
    )


def _circular(root: Json, reference: str) -> bool:
    seen: set[str] = set()
    while reference not in seen:
        seen.add(reference)
        target = descend(root, pointer_of(reference))
        following = target.get("$ref") if isinstance(target, dict) else None
        if not isinstance(following, str):
            return False
        reference = following
    return True


def _nearest(document: Document, reference: str) -> str:
    from difflib import get_close_matches

    parent = descend(document.value, pointer_of(reference)[:-1])
    close = get_close_matches(reference.rsplit("/", 1)[-1], list(parent) if isinstance(parent, dict) else [], 1)
    stem = reference.rsplit("/", 1)[0]
    return f"did you mean {stem}/{close[0]}?" if close else "define it, or correct the name"


def _operation_ids(document: Document) -> Iterator[Diagnostic]:
    found = [(pointer, value.get("operationId")) for pointer, value in _operations(document)]
    counts = Counter(name for _, name in found if name is not None)
    for pointer, name in found:
        if name is not None and counts[name] > 1:
            message = f"operationId {name!r} is used by {counts[name]} operations"
            label = f"{str(pointer[-1]).upper()} {pointer[-2]}"
            place = (*pointer, "operationId")
            yield document.diagnostic(
                place, "operation-id", message, "give each its own", operation=label, at="operation"
            )


def _security(document: Document) -> Iterator[Diagnostic]:
    schemes = descend(document.value, ("components", "securitySchemes"))
    known = set(schemes) if isinstance(schemes, dict) else set()
    holders: list[tuple[Pointer, Json]] = [((), document.value), *_operations(document)]
    for pointer, holder in holders:
        wanted = holder.get("security") if isinstance(holder, dict) else None
        label = f"{str(pointer[-1]).upper()} {pointer[-2]}" if pointer else ""
        for number, alternative in enumerate(wanted if isinstance(wanted, list) else ()):
            for name in alternative if isinstance(alternative, dict) else ():
                if name not in known:
                    message = f"the security scheme {name!r} is not defined"
                    remedy = (
                        f"define components.securitySchemes.{name}, or use one of: {', '.join(sorted(known)) or 'none'}"
                    )
                    place = (*pointer, "security", number, name)
                    yield document.diagnostic(
                        place, "security-undefined", message, remedy, operation=label, at="security"
                    )


def _servers(document: Document) -> Iterator[Diagnostic]:
    for number, server in enumerate(_rows(descend(document.value, ("servers",)))):
        variables = _object(server.get("variables"))
        for name in re.findall(r"\{([^{}]*)\}", str(server.get("url", ""))):
            if name not in variables:
                message = f"the server variable {name!r} is not defined"
                remedy = f"define variables.{name} with a default beside this url"
                yield document.diagnostic(("servers", number, "url"), "server-variable", message, remedy, at="server")


def walk(value: Json, pointer: Pointer = ()) -> Iterator[tuple[Pointer, Json]]:
    """Yields every value of a JSON document with its pointer, outermost first."""
    stack: list[tuple[Pointer, Json]] = [(pointer, value)]
    while stack:
        here, found = stack.pop()
        yield here, found
        if isinstance(found, dict):
            stack.extend(((*here, key), found[key]) for key in reversed(found))
        elif isinstance(found, list):
            stack.extend(((*here, number), found[number]) for number in reversed(range(len(found))))


def _operations(document: Document) -> Iterator[tuple[Pointer, JsonObject]]:
    for path, item in _object(descend(document.value, ("paths",))).items():
        for method, operation in _object(item).items():
            if method in METHODS and isinstance(operation, dict):
                yield ("paths", path, method), operation


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _rows(value: Json) -> list[JsonObject]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


class _Lowering:
    """Makes one Api of one document that `load` found sound."""

    def __init__(self, name: str, document: Document, settings: Document | None) -> None:
        self.name = name
        self.document = document
        self.settings = _object(settings.value) if settings else {}
        self.root = _object(document.value)
        self.taken: dict[str, set[str]] = {}

    def api(self) -> Api:
        info = _object(self.root.get("info"))
        schemes = self._schemes()
        return Api(
            name=self.name,
            title=_text(info.get("title")),
            version=_text(info.get("version")),
            description=_text(info.get("description")),
            address=_text(_object(self.root.get("externalDocs")).get("url")),
            servers=tuple(self._servers()),
            schemes=schemes,
            operations=tuple(self._operation(pointer, value) for pointer, value in _operations(self.document)),
            package=self._package(schemes),
            document=self.document,
        )

    def _deref(self, value: Json, pointer: Pointer) -> tuple[JsonObject, Pointer]:
        """Follows the $ref of a parameter, body, response, header or example."""
        found = _object(value)
        while isinstance(found.get("$ref"), str):
            pointer = pointer_of(_text(found["$ref"]))
            found = _object(descend(self.root, pointer))
        return found, pointer

    def _servers(self) -> Iterator[Server]:
        for server in _rows(self.root.get("servers")):
            variables = [
                ServerVariable(
                    wire_name=wire_name,
                    name=names.snake(wire_name),
                    default=_text(value.get("default")),
                    enum=tuple(_text(choice) for choice in _list(value.get("enum"))),
                    description=_text(value.get("description")),
                )
                for wire_name, value in ((key, _object(raw)) for key, raw in _object(server.get("variables")).items())
            ]
            yield Server(_text(server.get("url")), tuple(variables), _text(server.get("description")))

    def _schemes(self) -> Mapping[str, SecurityScheme]:
        found: dict[str, SecurityScheme] = {}
        written = _object(descend(self.root, ("components", "securitySchemes")))
        for key, raw in written.items():
            value, _ = self._deref(raw, ())
            kind, scheme = _text(value.get("type")), _text(value.get("scheme")).lower()
            prefix = _text(value.get("x-specledger-prefix"))
            location, wire_name = "header", "Authorization"
            if kind == "apiKey":
                location, wire_name = _text(value.get("in")), _text(value.get("name"))
            elif not prefix:
                prefix = {"basic": "Basic "}.get(scheme, "Bearer ") if kind != "mutualTLS" else ""
                if kind == "http" and scheme not in ("basic", "bearer"):
                    prefix = f"{value.get('scheme')} "
            where = location if location in ("query", "cookie") else "header"
            description = _text(value.get("description"))
            found[key] = SecurityScheme(key, kind, where, wire_name, prefix, scheme, description)  # type: ignore[arg-type]  # the three words are the Literal's
        return found

    def _operation(self, pointer: Pointer, value: JsonObject) -> Operation:
        method, path = str(pointer[-1]).upper(), str(pointer[-2])
        tag = next((_text(tag) for tag in _list(value.get("tags"))), "")
        operation_id = _text(value.get("operationId")) or names.snake(f"{method.lower()} {path}")
        resource, name = self._callable(value, path, tag, operation_id)
        return Operation(
            id=operation_id,
            method=method,
            path=path,
            resource=resource,
            name=name,
            tag=tag,
            summary=_text(value.get("summary")),
            description=_text(value.get("description")),
            address=_text(_object(value.get("externalDocs")).get("url"))
            or _text(_object(self.root.get("externalDocs")).get("url")),
            deprecated=value.get("deprecated") is True,
            parameters=tuple(self._parameters(pointer, value)),
            body=self._body(pointer, value),
            responses=tuple(self._responses(pointer, value)),
            security=self._alternatives(value),
            pointer=pointer,
        )

    def _callable(self, value: JsonObject, path: str, tag: str, operation_id: str) -> tuple[str, str]:
        """Returns `resource, name`: the words of `x-specledger-name`, or those of tag and operationId."""
        given = _text(value.get("x-specledger-name"))
        resource, _, name = given.rpartition(".")
        static = [part for part in path.split("/") if part and "{" not in part]
        resource = names.snake(resource or tag or (static[-1] if static else ""), "operations")
        name = names.snake(name or operation_id, "call")
        taken = self.taken.setdefault(resource, set())
        name = names.unique(name, taken)
        taken.add(name)
        return resource, name

    def _alternatives(self, value: JsonObject) -> tuple[tuple[str, ...], ...]:
        wanted = value["security"] if "security" in value else self.root.get("security")
        return tuple(tuple(alternative) for alternative in _rows(wanted))

    def _parameters(self, pointer: Pointer, value: JsonObject) -> Iterator[Parameter]:
        item = _object(descend(self.root, pointer[:-1]))
        rows: dict[tuple[str, str], tuple[JsonObject, Pointer]] = {}
        for holder, where in ((item, pointer[:-1]), (value, pointer)):
            for number, raw in enumerate(_list(holder.get("parameters"))):
                row, place = self._deref(raw, (*where, "parameters", number))
                rows[(_text(row.get("in")), _text(row.get("name")))] = (row, place)
        taken: set[str] = set()
        for (location, wire_name), (row, place) in rows.items():
            if location == "header" and wire_name.lower() in _IGNORED_HEADERS:
                continue
            style = _text(row.get("style")) or _STYLES[location]
            media, schema = self._parameter_content(row)
            name = names.unique(names.snake(wire_name), taken)
            taken.add(name)
            yield Parameter(
                location=cast(ParameterLocation, location),
                wire_name=wire_name,
                name=name,
                required=location == "path" or row.get("required") is True,
                schema=schema,
                style=style,
                explode=row.get("explode", style in ("form", "deepObject")) is True,
                description=_text(row.get("description")),
                deprecated=row.get("deprecated") is True,
                pointer=place,
                media_type=media,
            )

    def _parameter_content(self, row: JsonObject) -> tuple[str | None, Json]:
        for media_type, value in _object(row.get("content")).items():
            return media_type, _object(value).get("schema", True)
        return None, row.get("schema", True)

    def _body(self, pointer: Pointer, value: JsonObject) -> RequestBody | None:
        if "requestBody" not in value:
            return None
        body, place = self._deref(value["requestBody"], (*pointer, "requestBody"))
        content = tuple(self._content(body, place))
        return RequestBody(body.get("required") is True, content, _text(body.get("description")), place)

    def _content(self, holder: JsonObject, pointer: Pointer) -> Iterator[MediaType]:
        for media_type, raw in _object(holder.get("content")).items():
            value = _object(raw)
            named = [self._deref(row, ())[0].get("value") for row in _object(value.get("examples")).values()]
            examples = (value["example"],) if "example" in value else tuple(named)
            yield MediaType(media_type, value.get("schema"), examples, (*pointer, "content", media_type))

    def _responses(self, pointer: Pointer, value: JsonObject) -> Iterator[Response]:
        for status, raw in _object(value.get("responses")).items():
            if status.startswith("x-"):
                continue
            row, place = self._deref(raw, (*pointer, "responses", status))
            headers = tuple(self._headers(row, place))
            yield Response(status, _text(row.get("description")), tuple(self._content(row, place)), headers, place)

    def _headers(self, holder: JsonObject, pointer: Pointer) -> Iterator[Header]:
        for wire_name, raw in _object(holder.get("headers")).items():
            row, place = self._deref(raw, (*pointer, "headers", wire_name))
            if wire_name.lower() == "content-type":
                continue
            _, schema = self._parameter_content(row)
            yield Header(wire_name, row.get("required") is True, schema, _text(row.get("description")), place)

    def _package(self, schemes: Mapping[str, SecurityScheme]) -> Package:
        settings = self.settings
        credential = _object(settings.get("credential"))
        return Package(
            distribution=_text(settings.get("distribution")) or f"specledger-{self.name.replace('_', '-')}",
            import_name=_text(settings.get("import")) or self.name,
            class_name=_text(settings.get("class")) or names.pascal(self.name),
            version=_text(settings.get("version")) or "0.1.0",
            credential=_text(credential.get("name")) or "api_key",
            environment=_text(credential.get("environment")) or (f"{self.name.upper()}_API_KEY" if schemes else ""),
            parameters=tuple(self._client_parameters()),
            options=tuple(self._client_options()),
            failures=tuple(
                FailureSign(_text(row.get("at")), _object(row.get("schema"))) for row in _rows(settings.get("failures"))
            ),
        )

    def _client_parameters(self) -> Iterator[ClientParameter]:
        for row in _rows(self.settings.get("parameters")):
            yield ClientParameter(
                name=_text(row.get("name")),
                fills=_text(row.get("fills")),
                required=row.get("required") is True,
                environment=_text(row.get("environment")),
                description=_text(row.get("description")),
            )

    def _client_options(self) -> Iterator[ClientOption]:
        for row in _rows(self.settings.get("options")):
            wraps = {
                operation: (
                    _text(_object(wrap).get("key")),
                    tuple(_text(b) for b in _list(_object(wrap).get("beside"))),
                )
                for operation, wrap in _object(row.get("wraps")).items()
            }
            yield ClientOption(_text(row.get("name")), _text(row.get("description")), wraps)


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
