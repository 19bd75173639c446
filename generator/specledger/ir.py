"""Api: what every emitter and check is given, frozen, with each $ref checked and each name made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote

from specledger.yaml12 import Document, Json, JsonObject, Pointer, descend

ParameterLocation = Literal["path", "query", "header", "cookie"]


@dataclass(frozen=True, slots=True)
class ServerVariable:
    """A part of a server's URL that the caller may set."""

    wire_name: str
    name: str
    default: str
    enum: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Server:
    """A server's URL, with `{variables}` in it."""

    url: str
    variables: tuple[ServerVariable, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """A way to show a credential.

    `location` and `header` say where it goes; `prefix` comes before it (`Bearer `, or `x-specledger-prefix`).
    Kinds that no single string can carry (oauth2, openIdConnect, mutualTLS) are treated as bearer tokens.
    """

    key: str
    type: str
    location: Literal["header", "query", "cookie"]
    wire_name: str
    prefix: str = ""
    scheme: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A path, query, header or cookie parameter; `schema` is JSON Schema as written."""

    location: ParameterLocation
    wire_name: str
    name: str
    required: bool
    schema: Json
    style: str
    explode: bool
    description: str
    deprecated: bool
    pointer: Pointer
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class MediaType:
    """One representation of a body; `schema` is None where the spec promises nothing about it."""

    media_type: str
    schema: Json
    examples: tuple[Json, ...]
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class RequestBody:
    """What an operation takes besides its parameters."""

    required: bool
    content: tuple[MediaType, ...]
    description: str
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class Header:
    """A header that an answer carries."""

    wire_name: str
    required: bool
    schema: Json
    description: str
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; `status` is `200`, `4XX` or `default`.

    `permanent` is `x-specledger-permanent`: a refusal that sending the request again does not change.
    """

    status: str
    description: str
    content: tuple[MediaType, ...]
    headers: tuple[Header, ...]
    pointer: Pointer
    permanent: bool = False

    def holds(self, status: int) -> bool:
        """Says whether this entry speaks of the status (OpenAPI 3.1, Responses Object)."""
        return self.status in (str(status), f"{status // 100}XX", "default")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `resource` and `name` are what a caller writes: `client.<resource>.<name>(…)`.

    `security` lists the alternatives, each a set of scheme keys that go together; an empty alternative allows
    anonymous calls and an empty tuple asks for nothing. `idempotent` is `x-specledger-idempotent`: sent twice, the
    request does what it does once, though its method does not promise that.
    """

    id: str
    method: str
    path: str
    resource: str
    name: str
    tag: str
    summary: str
    description: str
    address: str
    deprecated: bool
    parameters: tuple[Parameter, ...]
    body: RequestBody | None
    responses: tuple[Response, ...]
    security: tuple[tuple[str, ...], ...]
    pointer: Pointer
    idempotent: bool = False

    @property
    def label(self) -> str:
        """Returns `METHOD /path`, the way messages name the operation."""
        return f"{self.method} {self.path}"

    def response(self, status: int) -> Response | None:
        """Returns the entry that speaks of the status: exact before range before default."""
        ranked = sorted(
            (r for r in self.responses if r.holds(status)), key=lambda r: (r.status == "default", "X" in r.status)
        )
        return ranked[0] if ranked else None

    def success(self) -> Response | None:
        """Returns the lowest documented 2xx answer."""
        found = sorted((r for r in self.responses if r.status[:1] == "2"), key=lambda r: r.status)
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class ClientParameter:
    """A constructor keyword besides the credential; `fills` is `request.path.NAME`, … or `server.NAME`."""

    name: str
    fills: str
    required: bool
    environment: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class ClientOption:
    """A boolean constructor keyword that wraps the JSON body: `{key: body, beside: …}`, per operation id."""

    name: str
    description: str
    wraps: Mapping[str, tuple[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class FailureSign:
    """A success status is a failure all the same when the value at `at` matches `schema`."""

    at: str
    schema: JsonObject


@dataclass(frozen=True, slots=True)
class Package:
    """How the client is published and what its constructor is called."""

    distribution: str
    import_name: str
    class_name: str
    version: str
    credential: str
    environment: str
    parameters: tuple[ClientParameter, ...] = ()
    options: tuple[ClientOption, ...] = ()
    failures: tuple[FailureSign, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleaseChange:
    """A row of releases.yaml; `made` is the digest of the text that was generated, `error` a type checker's words."""

    level: str
    text: str
    error: str = ""
    page: str = ""
    place: str = ""
    kind: str = ""
    made: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """A version of the client as releases.yaml tells of it."""

    version: str
    date: str
    note: str = ""
    changes: tuple[ReleaseChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Api:
    """A lowered spec: `name` is the folder's, `document` the spec it came from, `releases` stand newest first."""

    name: str
    title: str
    version: str
    description: str
    address: str
    servers: tuple[Server, ...]
    schemes: Mapping[str, SecurityScheme]
    operations: tuple[Operation, ...]
    package: Package
    document: Document = field(repr=False)
    releases: tuple[Release, ...] = ()

    def operation(self, operation_id: str) -> Operation | None:
        """Returns the operation of that id."""
        return next((operation for operation in self.operations if operation.id == operation_id), None)

    def resolve(self, schema: Json) -> Json:
        """Returns the schema that a chain of bare `$ref` ends at; siblings of a `$ref` are left to the caller."""
        for _ in range(64):
            if not (isinstance(schema, dict) and set(schema) == {"$ref"} and isinstance(schema["$ref"], str)):
                return schema
            schema = self.at(pointer_of(schema["$ref"]))
        return schema

    def at(self, pointer: Pointer) -> Json:
        """Returns the value at a pointer of the document; None where there is none."""
        return descend(self.document.value, pointer)

    def components(self) -> Iterator[tuple[str, Json]]:
        """Yields the component schemas by name, in the spec's order."""
        found = self.at(("components", "schemas"))
        if isinstance(found, dict):
            yield from found.items()


def pointer_of(reference: str) -> Pointer:
    """Returns the steps of a local reference `#/a/b` (RFC 6901, as a URI fragment)."""
    parts = unquote(reference.removeprefix("#")).split("/")[1:]
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)
