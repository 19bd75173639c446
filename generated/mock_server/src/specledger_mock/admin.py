"""What the mock tells about itself, below /_mock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import cast
from urllib.parse import quote, unquote_plus

from .answer import Answer, as_json, plain
from .api import Api
from .json_text import Json
from .request import Request
from .route import Found, Routes
from .showcase import identity_headers, requests

_HOST = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?\Z")


class Admin:
    """Answers below /_mock: which APIs there are, what they hold, what came last, and the way back to the seed."""

    def __init__(self, apis: Mapping[str, Api]) -> None:
        self._apis = apis
        self._routes: Routes[str] = Routes()
        self._routes.add("GET", "/apis", "apis")
        self._routes.add("POST", "/reset", "reset")
        self._routes.add("GET", "/{api}/resources", "resources")
        self._routes.add("GET", "/{api}/last", "last")
        self._routes.add("POST", "/{api}/reset", "reset")

    def answer(self, request: Request, segments: list[str], address: str) -> Answer:
        """Returns the answer; `address` is host and port where the Host header names none."""
        found = self._routes.find("GET" if request.method == "HEAD" else request.method, segments)
        if not isinstance(found, Found):
            if not found:
                return plain(404, "the mock has no such page")
            return plain(405, "the page has other methods", [(b"allow", ", ".join(found).encode())])
        name = found.parameters.get("api", "")
        if name and name not in self._apis:
            return plain(404, f"no API is called {name[:80]}; there are: {', '.join(self._apis)}")
        if found.target == "apis":
            return as_json(200, self._list(request, address))
        if found.target == "reset":
            for api in [self._apis[name]] if name else self._apis.values():
                api.state.reset()
            return as_json(200, {"reset": True})
        if found.target == "resources":
            return as_json(200, _resources(self._apis[name]))
        return _last(self._apis[name])

    def _list(self, request: Request, address: str) -> Json:
        host = request.headers.get("host", "")
        origin = f"http://{host if _HOST.match(host) else address}"
        return [_described(api, f"{origin}/{quote(api.name)}") for api in self._apis.values()]


def _described(api: Api, base_url: str) -> Json:
    identities: list[Json] = [
        {"name": identity.name, "headers": cast(Json, identity_headers(api, identity)), "may": identity.may}
        for identity in api.callers()
    ]
    resources: Json = {name: list(found.objects) for name, found in api.state.collections.items()}
    return {
        "name": api.name,
        "base_url": base_url,
        "identities": identities,
        "resources": resources,
        "requests": requests(api, base_url),
    }


def _resources(api: Api) -> Json:
    return {name: cast(Json, found.objects) for name, found in api.state.collections.items()}


def _last(api: Api) -> Answer:
    """Returns the last request that reached the API, its credentials struck out."""
    request = api.last
    if request is None:
        return plain(404, "nothing was sent yet")
    headers: dict[str, Json] = dict(request.headers)
    query = request.query.decode("latin-1")
    shown = [scheme for scheme in api.schemes.values() if scheme.location == "header"]
    secret = {"authorization", "proxy-authorization", "cookie", *(scheme.name.lower() for scheme in shown)}
    for name in secret & headers.keys():
        prefixes = (scheme.prefix for scheme in shown if scheme.name.lower() == name and scheme.prefix)
        headers[name] = _redacted(request.headers[name], prefixes)
    keys = {scheme.name for scheme in api.schemes.values() if scheme.location == "query"}
    pairs = [pair.partition("=") for pair in query.split("&")]
    query = "&".join(f"{name}=***" if unquote_plus(name) in keys else name + mark + text for name, mark, text in pairs)
    return as_json(
        200,
        {
            "method": request.method,
            "path": request.raw_path.decode("latin-1"),
            "query": query,
            "headers": headers,
            "body": request.body.decode("utf-8", "replace"),
        },
    )


def _redacted(text: str, prefixes: Iterable[str]) -> str:
    """Returns a credential struck out, with a prefix that its scheme knows left to be seen."""
    found = next((prefix for prefix in prefixes if text[: len(prefix)].lower() == prefix.lower()), "")
    return f"{text[: len(found)]}***"
