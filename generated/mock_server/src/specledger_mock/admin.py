"""What the mock tells about itself and lets be steered, below /_mock."""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import cast
from urllib.parse import quote

from . import faults, snapshots
from .answer import Answer, as_json, plain
from .api import Api
from .faults import Faults
from .journal import Journal
from .json_text import Json, Malformed, read
from .parameter import parse_query
from .request import Request
from .route import Found, Routes
from .showcase import identity_headers, requests
from .snapshots import Snapshots

_HOST = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?\Z")
_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://")


class Wrong(ValueError):
    """A request to the mock's own pages that was not understood; the message begins with the place."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to one page, with what its path and its query say; `api` is empty for all of them."""

    request: Request
    api: str
    name: str
    query: Mapping[str, str]
    address: str

    def value(self) -> Json:
        """Returns the JSON body. Raises Malformed, Wrong."""
        if self.request.too_large:
            raise Wrong("request.body: is larger than a request may be; keep large states under a name")
        return read(self.request.body)


class Admin:
    """Answers below /_mock: what there is, what it holds, what came last, faults, and the way back to a state.

    Without a token the pages are open on the loopback interface alone, and there not to the page of another site
    that a browser shows; with one, to whoever shows it.
    """

    def __init__(self, apis: Mapping[str, Api], waiting: Faults, journal: Journal, token: str = "") -> None:
        self._apis = apis
        self._faults = waiting
        self._journal = journal
        self._token = token.encode()
        self._snapshots = Snapshots(apis)
        self._routes: Routes[Callable[[Asked], Answer]] = Routes()
        for method, path, page in (
            ("GET", "/apis", self._list),
            ("POST", "/reset", self._reset),
            ("GET", "/faults", self._show_faults),
            ("PUT", "/faults", self._put_faults),
            ("DELETE", "/faults", self._clear_faults),
            ("GET", "/journal", self._show_journal),
            ("DELETE", "/journal", self._clear_journal),
            ("GET", "/snapshot", self._snapshot),
            ("POST", "/restore", self._restore),
            ("GET", "/snapshots", self._kept),
            ("GET", "/snapshots/{name}", self._show_kept),
            ("PUT", "/snapshots/{name}", self._keep),
            ("DELETE", "/snapshots/{name}", self._forget),
            ("GET", "/{api}/resources", self._resources),
            ("GET", "/{api}/last", self._last),
            ("POST", "/{api}/reset", self._reset),
        ):
            self._routes.add(method, path, page)

    def answer(self, request: Request, segments: list[str], address: str) -> Answer:
        """Returns the answer; `address` is where the request came in, and stands for a Host header that names none."""
        if refused := self._closed(request, address):
            return refused
        found = self._routes.find("GET" if request.method == "HEAD" else request.method, segments)
        if not isinstance(found, Found):
            if not found:
                return plain(404, "the mock has no such page")
            return plain(405, "the page has other methods", [(b"allow", ", ".join(found).encode())])
        try:
            query = {name: texts[-1] for name, texts in parse_query(request.query).items()}
            name = found.parameters.get("api", query.get("api", ""))
            if name and name not in self._apis:
                return plain(404, f"no API is called {name[:80]}; there are: {', '.join(self._apis)}")
            return found.target(Asked(request, name, found.parameters.get("name", ""), query, address))
        except (Wrong, faults.Unfit, snapshots.Unfit) as error:
            return plain(400, str(error))
        except Malformed as error:
            return plain(400, f"request: {error}")

    def _closed(self, request: Request, address: str) -> Answer | None:
        """Returns the refusal of a caller who may not come in here, None for one who may."""
        if self._token:
            scheme, _, shown = request.headers.get("authorization", "").partition(" ")
            given = shown.strip().encode("latin-1", "replace")
            if hmac.compare_digest(given, self._token) and scheme.lower() == "bearer":
                return None
            challenge = [(b"www-authenticate", b'Bearer realm="mock"')]
            return plain(401, "the pages below /_mock ask for the admin token: Authorization: Bearer ...", challenge)
        here = _is_loopback(address.rpartition(":")[0])
        if here is False:
            return plain(403, "the pages below /_mock are open on the loopback interface alone; set an admin token")
        if here and not _is_own(request.headers):
            return plain(403, "the pages below /_mock are open to Host and Origin of the loopback interface alone")
        return None

    def _list(self, asked: Asked) -> Answer:
        host = asked.request.headers.get("host", "")
        origin = f"http://{host if _HOST.match(host) else asked.address}"
        return as_json(200, [_described(api, f"{origin}/{quote(api.name)}") for api in self._apis.values()])

    def _reset(self, asked: Asked) -> Answer:
        for api in [self._apis[asked.api]] if asked.api else self._apis.values():
            api.state.reset()
        return as_json(200, {"reset": True})

    def _resources(self, asked: Asked) -> Answer:
        return as_json(200, cast(Json, self._apis[asked.api].state.snapshot()))

    def _last(self, asked: Asked) -> Answer:
        found = self._apis[asked.api].last()
        return as_json(200, found) if found else plain(404, "nothing was sent yet")

    def _show_faults(self, _: Asked) -> Answer:
        return as_json(200, [fault.shown() for fault in self._faults.waiting])

    def _put_faults(self, asked: Asked) -> Answer:
        operations = {name: {operation.id for operation in api.operations} for name, api in self._apis.items()}
        found = faults.from_json(asked.value(), operations)
        self._faults.clear()
        for fault in found:
            self._faults.add(fault)
        return self._show_faults(asked)

    def _clear_faults(self, _: Asked) -> Answer:
        self._faults.clear()
        return plain(204, "")

    def _show_journal(self, asked: Asked) -> Answer:
        limit = asked.query.get("limit")
        if limit is not None and not re.fullmatch("[0-9]{1,9}", limit):
            raise Wrong("request.query.limit: is no number of exchanges")
        found = self._journal.entries(asked.api, None if limit is None else int(limit))
        return as_json(200, [cast(Json, asdict(exchange)) for exchange in found])

    def _clear_journal(self, asked: Asked) -> Answer:
        self._journal.clear(asked.api)
        return plain(204, "")

    def _snapshot(self, asked: Asked) -> Answer:
        return as_json(200, cast(Json, self._snapshots.now(asked.api)))

    def _restore(self, asked: Asked) -> Answer:
        if "snapshot" in asked.query:
            name = asked.query["snapshot"]
            if name not in self._snapshots.kept:
                raise Wrong(f"request.query.snapshot: {self._no_snapshot(name)}")
            given = self._snapshots.kept[name]
        else:
            given = self._snapshots.read(asked.value())
        return as_json(200, {"restored": cast(Json, self._snapshots.restore(given, asked.api))})

    def _kept(self, _: Asked) -> Answer:
        return as_json(200, cast(Json, list(self._snapshots.kept)))

    def _show_kept(self, asked: Asked) -> Answer:
        found = self._snapshots.kept.get(asked.name)
        return as_json(200, cast(Json, found)) if found is not None else plain(404, self._no_snapshot(asked.name))

    def _keep(self, asked: Asked) -> Answer:
        self._snapshots.kept[asked.name] = self._snapshots.now()
        return as_json(200, {"kept": asked.name})

    def _forget(self, asked: Asked) -> Answer:
        if self._snapshots.kept.pop(asked.name, None) is None:
            return plain(404, self._no_snapshot(asked.name))
        return plain(204, "")

    def _no_snapshot(self, name: str) -> str:
        return f"no snapshot is called {name[:80]}; there are: {', '.join(self._snapshots.kept) or 'none'}"


def _is_loopback(host: str) -> bool | None:
    """Says whether an address is of the loopback interface; None where it is none of a network: a name, a path."""
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback


def _is_own(headers: Mapping[str, str]) -> bool:
    """Says whether a request is no other site's, not even that of a name which was bound to this machine later."""
    host, origin = headers.get("host", ""), headers.get("origin", "")
    return (not host or _names_loopback(host)) and (
        not origin or bool(_ORIGIN.match(origin) and _names_loopback(_ORIGIN.sub("", origin, 1)))
    )


def _names_loopback(host: str) -> bool:
    """Says whether a host, with a port or without, is the loopback interface by address or by name (RFC 6761, 6.3)."""
    found = _HOST.match(host)
    name = found[1].strip("[]").lower().removesuffix(".") if found else ""
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name) is True


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
