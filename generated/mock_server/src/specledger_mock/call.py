"""A request, written out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .answer import Answer
from .api import Api
from .body import Body
from .carried import cookie_text, written
from .handle import ApiMock
from .json_text import Json, JsonObject
from .operation import Operation
from .parameter import query_text
from .request import Request
from .showcase import credential


@dataclass(frozen=True)
class Call:
    """A request: `path` and `query` as they are sent, below the API's base URL; `parts` are the values in it.

    `content` is the body on the wire, `body` its value.
    """

    api: str
    operation: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    content: bytes = b""
    body: Json = None
    parts: JsonObject = field(default_factory=dict, repr=False)

    @property
    def url(self) -> str:
        """The path and the query, to come after the API's base URL."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def request(self, mount: str = "") -> Request:
        """Returns the request as a server gets it, below a mount."""
        headers = {name.lower(): text for name, text in self.headers.items()}
        return Request(self.method, f"{mount}{self.path}".encode(), self.query.encode(), headers, self.content)

    def send(self, mock: ApiMock) -> Answer:
        """Returns what a mock of this process answers, without a socket."""
        return mock.app.answer(self.request(f"/{mock.name}"))


@dataclass(frozen=True)
class Flawed(Call):
    """A request that breaks one keyword of the contract: which one, and where, as `request.body.a[].b`."""

    keyword: str = ""
    at: str = ""


def call(api: Api, operation: Operation, parts: JsonObject, body: Body | None, secret: str = "") -> Call:
    """Returns a request with these parts, a body only where there is one among them, and a credential.

    It is that of the first identity unless a `secret` takes its place.
    """
    caller = api.callers()[0]
    headers, query = credential(operation, replace(caller, credential=secret) if secret else caller)
    texts = {name: str(text) for name, text in headers.items()}
    path, cookies = operation.path, list[tuple[str, str]]()
    for parameter in operation.parameters:
        sent = parts.get(parameter.location)
        if not isinstance(sent, dict) or parameter.name not in sent:
            continue
        pairs = parameter.encode(sent[parameter.name])
        joined = ",".join(text for _, text in pairs)
        if parameter.location == "path":
            path = path.replace(f"{{{parameter.name}}}", joined)
        elif parameter.location == "query":
            query += pairs
        elif parameter.location == "cookie":
            cookies += pairs
        else:
            texts[parameter.name] = joined
    if cookies:
        texts["Cookie"] = "; ".join(filter(None, [texts.get("Cookie", ""), cookie_text(cookies)]))
    content = b""
    if body is not None and "body" in parts:
        content, texts["Content-Type"] = written(body, parts["body"])
    return Call(
        api.name, operation.id, operation.method, path, query_text(query), texts, content, parts.get("body"), parts
    )


def flawed(found: Call, keyword: str, at: str) -> Flawed:
    """Returns a request with the name of its flaw."""
    rest: Mapping[str, object] = {name: getattr(found, name) for name in Call.__dataclass_fields__}
    return Flawed(**rest, keyword=keyword, at=at)  # type: ignore[arg-type]  # the fields are those of a Call
