"""Lets schemathesis reach a mock of this process without a socket, with every check as over one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import responses
from types import ModuleType
from typing import cast

import requests
from requests.utils import get_encoding_from_headers
from schemathesis.core.transport import Response
from schemathesis.engine.run import probes
from schemathesis.schemas import BaseSchema
from schemathesis.transport import requests as sending
from schemathesis.transport.requests import REQUESTS_TRANSPORT, RequestsTransport, binary_serializer

from specledger.emit.client_schema import kind_of
from specledger.fuzz.plugin import Drawn
from specledger.ir import Api
from specledger.serve import Local, Reply

# What a parser of HTTP refuses in the value of a header.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_PARTS = ("method", "url", "headers", "files", "data", "json", "params", "auth", "cookies")
_NO_REQUEST = Reply(400, (("content-type", "text/plain; charset=utf-8"),), b"this is no HTTP request")


def carry(api: Api) -> None:
    """Lets schemathesis send the bodies of media types that it has no writer for: as bytes."""
    for media in (media for one in api.operations if one.body for media in one.body.content):
        known = REQUESTS_TRANSPORT.get_first_matching_media_type(media.media_type)
        if known is None and kind_of(media.media_type) == "bytes":
            REQUESTS_TRANSPORT.serializer(media.media_type)(binary_serializer)


class _Inside(RequestsTransport):
    """Hands requests over as schemathesis would write them on a socket."""

    def __init__(self, local: Local) -> None:
        super().__init__()
        self._copy_serializers_from(REQUESTS_TRANSPORT)
        self._local = local

    def send(self, case: Drawn, *, session: requests.Session | None = None, **kwargs: object) -> Response:
        """Returns the answer to a drawn case; a redirect is the answer, and no cookie is kept."""
        kwargs.pop("max_redirects", None)
        written = self._build_request_data(case, kwargs)
        request = requests.Request(**{name: written[name] for name in _PARTS if name in written}).prepare()
        reply = self._reply(request)
        headers: dict[str, list[str]] = {}
        for name, text in reply.headers:
            headers.setdefault(name, []).append(text)
        encoding = get_encoding_from_headers(requests.structures.CaseInsensitiveDict(reply.headers))
        reason = responses.get(reply.status, "")
        return Response(reply.status, headers, reply.body, request, 0.0, verify=True, message=reason, encoding=encoding)

    def _reply(self, request: requests.PreparedRequest) -> Reply:
        headers = {name: _text(value) for name, value in request.headers.items()}
        if any(_CONTROL.search(text) for text in headers.values()):
            return _NO_REQUEST
        body = cast("bytes | str", request.body or b"")  # what is drawn is no stream
        content = body.encode() if isinstance(body, str) else body
        return self._local.ask(request.method or "GET", request.path_url, headers, content)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


@contextmanager
def inside(local: Local, schema: BaseSchema) -> Iterator[None]:
    """Sends what schemathesis draws from a schema to the mock of this process, for as long as the context lasts."""
    # What a server can take is not asked over a socket: it is known.
    schema.adapt_to_null_byte_in_header_failure()
    with ExitStack() as stack:
        stack.enter_context(_replaced(sending, "REQUESTS_TRANSPORT", _Inside(local)))
        stack.enter_context(_replaced(probes, "PROBES", ()))
        yield


@contextmanager
def _replaced(module: ModuleType, name: str, instead: object) -> Iterator[None]:
    names = vars(module)
    found = names[name]
    names[name] = instead
    try:
        yield
    finally:
        names[name] = found
