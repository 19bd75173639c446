"""A sound spec to Api: the only place where a $ref is resolved and a name is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from specledger import names
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
    Release,
    ReleaseChange,
    RequestBody,
    Response,
    SecurityScheme,
    Server,
    ServerVariable,
    pointer_of,
)
from specledger.yaml12 import Document, Json, JsonObject, Pointer, as_list, as_object, as_rows, as_text, descend

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
_IGNORED_HEADERS = ("accept", "content-type", "authorization")
_RESOURCE_WORDS = ("with_raw_response",)  # what a resource of a client has besides its operations


def operations(document: Document) -> Iterator[tuple[Pointer, JsonObject]]:
    """Yields every operation of a document with its pointer."""
    for path, item in as_object(descend(document.value, ("paths",))).items():
        for method, operation in as_object(item).items():
            if method in METHODS and isinstance(operation, dict):
                yield ("paths", path, method), operation


class Lowering:
    """Makes one Api of one document that `spec.load` found sound."""

    def __init__(
        self, name: str, document: Document, settings: Document | None, releases: Document | None = None
    ) -> None:
        self.name = name
        self.document = document
        self.settings = as_object(settings.value) if settings else {}
        self.releases = tuple(_releases(releases)) if releases else ()
        self.root = as_object(document.value)
        self.taken: dict[str, set[str]] = {}
        self.ids = {as_text(value.get("operationId")) for _, value in operations(document)}

    def api(self) -> Api:
        """Returns the Api."""
        info = as_object(self.root.get("info"))
        schemes = self._schemes()
        return Api(
            name=self.name,
            title=as_text(info.get("title")),
            version=as_text(info.get("version")),
            description=as_text(info.get("description")),
            address=as_text(as_object(self.root.get("externalDocs")).get("url")),
            servers=tuple(self._servers()),
            schemes=schemes,
            operations=tuple(self._operation(pointer, value) for pointer, value in operations(self.document)),
            package=self._package(schemes),
            document=self.document,
            releases=self.releases,
        )

    def _deref(self, value: Json, pointer: Pointer) -> tuple[JsonObject, Pointer]:
        """Follows the $ref of a parameter, body, response, header or example."""
        found = as_object(value)
        while isinstance(found.get("$ref"), str):
            pointer = pointer_of(as_text(found["$ref"]))
            found = as_object(descend(self.root, pointer))
        return found, pointer

    def _servers(self) -> Iterator[Server]:
        for server in as_rows(self.root.get("servers")):
            described = as_object(server.get("variables"))
            variables = [
                ServerVariable(
                    wire_name=wire_name,
                    name=names.snake(wire_name),
                    default=as_text(value.get("default")),
                    enum=tuple(as_text(choice) for choice in as_list(value.get("enum"))),
                    description=as_text(value.get("description")),
                )
                for wire_name, value in ((key, as_object(raw)) for key, raw in described.items())
            ]
            yield Server(as_text(server.get("url")), tuple(variables), as_text(server.get("description")))

    def _schemes(self) -> Mapping[str, SecurityScheme]:
        found: dict[str, SecurityScheme] = {}
        written = as_object(descend(self.root, ("components", "securitySchemes")))
        for key, raw in written.items():
            value, _ = self._deref(raw, ())
            kind, scheme = as_text(value.get("type")), as_text(value.get("scheme")).lower()
            prefix = as_text(value.get("x-specledger-prefix"))
            location, wire_name = "header", "Authorization"
            if kind == "apiKey":
                location, wire_name = as_text(value.get("in")), as_text(value.get("name"))
            elif not prefix:
                prefix = {"basic": "Basic "}.get(scheme, "Bearer ") if kind != "mutualTLS" else ""
                if kind == "http" and scheme not in ("basic", "bearer"):
                    prefix = f"{value.get('scheme')} "
            where = location if location in ("query", "cookie") else "header"
            description = as_text(value.get("description"))
            found[key] = SecurityScheme(key, kind, where, wire_name, prefix, scheme, description)  # type: ignore[arg-type]  # the three words are the Literal's
        return found

    def _operation(self, pointer: Pointer, value: JsonObject) -> Operation:
        method, path = str(pointer[-1]).upper(), str(pointer[-2])
        tag = next((as_text(tag) for tag in as_list(value.get("tags"))), "")
        operation_id = as_text(value.get("operationId")) or self._made_id(method, path)
        resource, name = self._callable(value, path, tag, operation_id)
        return Operation(
            id=operation_id,
            method=method,
            path=path,
            resource=resource,
            name=name,
            tag=tag,
            summary=as_text(value.get("summary")),
            description=as_text(value.get("description")),
            address=as_text(as_object(value.get("externalDocs")).get("url"))
            or as_text(as_object(self.root.get("externalDocs")).get("url")),
            deprecated=value.get("deprecated") is True,
            parameters=tuple(self._parameters(pointer, value)),
            body=self._body(pointer, value),
            responses=tuple(self._responses(pointer, value)),
            security=self._alternatives(value),
            pointer=pointer,
            idempotent=value.get("x-specledger-idempotent") is True,
        )

    def _made_id(self, method: str, path: str) -> str:
        """Returns an operationId for an operation that has none: no other's, given or made."""
        made = names.unique(names.snake(f"{method.lower()} {path}"), self.ids)
        self.ids.add(made)
        return made

    def _callable(self, value: JsonObject, path: str, tag: str, operation_id: str) -> tuple[str, str]:
        """Returns `resource, name`: the words of `x-specledger-name`, or those of tag and operationId."""
        given = as_text(value.get("x-specledger-name"))
        resource, _, name = given.rpartition(".")
        static = [part for part in path.split("/") if part and "{" not in part]
        resource = names.snake(resource or tag or (static[-1] if static else ""), "operations")
        name = names.snake(name or operation_id, "call")
        taken = self.taken.setdefault(resource, set(_RESOURCE_WORDS))
        name = names.unique(name, taken)
        taken.add(name)
        return resource, name

    def _alternatives(self, value: JsonObject) -> tuple[tuple[str, ...], ...]:
        wanted = value["security"] if "security" in value else self.root.get("security")
        return tuple(tuple(alternative) for alternative in as_rows(wanted))

    def _parameters(self, pointer: Pointer, value: JsonObject) -> Iterator[Parameter]:
        item = as_object(descend(self.root, pointer[:-1]))
        rows: dict[tuple[str, str], tuple[JsonObject, Pointer]] = {}
        for holder, where in ((item, pointer[:-1]), (value, pointer)):
            for number, raw in enumerate(as_list(holder.get("parameters"))):
                row, place = self._deref(raw, (*where, "parameters", number))
                rows[(as_text(row.get("in")), as_text(row.get("name")))] = (row, place)
        taken: set[str] = set()
        for (location, wire_name), (row, place) in rows.items():
            if location == "header" and wire_name.lower() in _IGNORED_HEADERS:
                continue
            style = as_text(row.get("style")) or _STYLES[location]
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
                description=as_text(row.get("description")),
                deprecated=row.get("deprecated") is True,
                pointer=place,
                media_type=media,
            )

    def _parameter_content(self, row: JsonObject) -> tuple[str | None, Json]:
        for media_type, value in as_object(row.get("content")).items():
            return media_type, as_object(value).get("schema", True)
        return None, row.get("schema", True)

    def _body(self, pointer: Pointer, value: JsonObject) -> RequestBody | None:
        if "requestBody" not in value:
            return None
        body, place = self._deref(value["requestBody"], (*pointer, "requestBody"))
        content = tuple(self._content(body, place))
        return RequestBody(body.get("required") is True, content, as_text(body.get("description")), place)

    def _content(self, holder: JsonObject, pointer: Pointer) -> Iterator[MediaType]:
        for media_type, raw in as_object(holder.get("content")).items():
            value = as_object(raw)
            named = [self._deref(row, ())[0].get("value") for row in as_object(value.get("examples")).values()]
            examples = (value["example"],) if "example" in value else tuple(named)
            yield MediaType(media_type, value.get("schema"), examples, (*pointer, "content", media_type))

    def _responses(self, pointer: Pointer, value: JsonObject) -> Iterator[Response]:
        for status, raw in as_object(value.get("responses")).items():
            if status.startswith("x-"):
                continue
            row, place = self._deref(raw, (*pointer, "responses", status))
            headers = tuple(self._headers(row, place))
            text, content = as_text(row.get("description")), tuple(self._content(row, place))
            yield Response(status, text, content, headers, place, row.get("x-specledger-permanent") is True)

    def _headers(self, holder: JsonObject, pointer: Pointer) -> Iterator[Header]:
        for wire_name, raw in as_object(holder.get("headers")).items():
            row, place = self._deref(raw, (*pointer, "headers", wire_name))
            if wire_name.lower() == "content-type":
                continue
            _, schema = self._parameter_content(row)
            yield Header(wire_name, row.get("required") is True, schema, as_text(row.get("description")), place)

    def _package(self, schemes: Mapping[str, SecurityScheme]) -> Package:
        settings = self.settings
        credential = as_object(settings.get("credential"))
        return Package(
            distribution=as_text(settings.get("distribution")) or f"specledger-{self.name.replace('_', '-')}",
            import_name=as_text(settings.get("import")) or self.name,
            class_name=as_text(settings.get("class")) or names.pascal(self.name),
            version=self.releases[0].version if self.releases else as_text(settings.get("version")) or "0.1.0",
            credential=as_text(credential.get("name")) or "api_key",
            environment=as_text(credential.get("environment")) or (f"{self.name.upper()}_API_KEY" if schemes else ""),
            parameters=tuple(self._client_parameters()),
            options=tuple(self._client_options()),
            failures=tuple(
                FailureSign(as_text(row.get("at")), as_object(row.get("schema")))
                for row in as_rows(settings.get("failures"))
            ),
        )

    def _client_parameters(self) -> Iterator[ClientParameter]:
        for row in as_rows(self.settings.get("parameters")):
            yield ClientParameter(
                name=as_text(row.get("name")),
                fills=as_text(row.get("fills")),
                required=row.get("required") is True,
                environment=as_text(row.get("environment")),
                description=as_text(row.get("description")),
            )

    def _client_options(self) -> Iterator[ClientOption]:
        for row in as_rows(self.settings.get("options")):
            wraps = {
                operation: (
                    as_text(as_object(wrap).get("key")),
                    tuple(as_text(b) for b in as_list(as_object(wrap).get("beside"))),
                )
                for operation, wrap in as_object(row.get("wraps")).items()
            }
            yield ClientOption(as_text(row.get("name")), as_text(row.get("description")), wraps)


def _releases(document: Document) -> Iterator[Release]:
    for row in as_rows(descend(document.value, ("releases",))):
        changes = tuple(
            ReleaseChange(**{name: as_text(said) for name, said in change.items()})
            for change in as_rows(row.get("changes"))
        )
        yield Release(as_text(row.get("version")), as_text(row.get("date")), as_text(row.get("note")), changes)
