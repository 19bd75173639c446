"""What a client sent, held to what the spec says about the same values: an encoder of our own says that."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import Message
from typing import cast
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from specledger import places
from specledger.canonical import canonical
from specledger.fuzz.called.recorder import Sent
from specledger.fuzz.called.shape import difference
from specledger.fuzz.judge import Finding
from specledger.fuzz.request import MISSING, Missing, Request, as_json, is_json
from specledger.ir import Parameter
from specledger.places import Place
from specledger.yaml12 import Json

_TRIPLET = re.compile(r"%[0-9A-Fa-f]{2}|.", re.DOTALL)
_UNRESERVED = re.compile(r"[A-Za-z0-9._~\[\]-]")
# Headers that any HTTP client adds, and those that ours says it sends with each call.
_USUAL = {"host", "accept", "accept-encoding", "connection", "user-agent", "content-length", "traceparent"}
Pair = tuple[str, str]


def compared(request: Request, sent: Sent, base_url: str) -> Iterator[Finding]:
    """Yields what went over the wire otherwise than the spec has it."""
    if sent.method != request.operation.method:
        message = f"{sent.method} was sent, not {request.operation.method}"
        yield Finding("operation", "client-method", message)
    server = urlsplit(base_url)
    default = {"http": ":80", "https": ":443"}.get(server.scheme, "")
    if sent.origin.removesuffix(default) != f"{server.scheme}://{server.netloc.removesuffix(default)}":
        yield Finding("server", "client-path", f"the request went to {sent.origin}, not to {base_url}")
    path, _, query = sent.target.partition("?")
    yield from _paths(request, path, base_url)
    yield from _queries(request, query)
    yield from _headers(request, sent)
    yield from _bodies(request, sent)


def _paths(request: Request, path: str, base_url: str) -> Iterator[Finding]:
    wanted = urlsplit(request.url(base_url)).path
    mine, theirs = ([plain(step) for step in text.split("/")] for text in (wanted, path))
    if mine == theirs:
        return
    number = next((n for n, pair in enumerate(zip(mine, theirs, strict=False)) if pair[0] != pair[1]), -1)
    named = f"{urlsplit(base_url).path.rstrip('/')}{request.operation.path}".split("/")[number]
    name = next((one.wire_name for one in request.operation.parameters if "{" + one.wire_name + "}" in named), "")
    at = Place(("request", "path", name)) if name else Place(("operation",))
    yield Finding(str(at), "client-path", f"the path {path} was sent, not {wanted}")


def _queries(request: Request, query: str) -> Iterator[Finding]:
    wanted = dict(_wanted(request))
    owners = {name: place for place, pairs in wanted.items() for name, _ in pairs}
    found: dict[Place, list[Pair]] = {}
    for name, text in _pairs(query):
        found.setdefault(owners.get(name, Place(("request", "query", unquote(name)))), []).append((name, text))
    for place in sorted({*wanted, *found}):
        mine, theirs = wanted.get(place, []), found.get(place, [])
        if mine != theirs and not _is_same_json(request, place, mine, theirs):
            was, instead = (" ".join(f"{name}={text}" for name, text in pairs) or "nothing" for pairs in (theirs, mine))
            yield Finding(str(place), "client-query", f"{was} was sent, not {instead}")


def _wanted(request: Request) -> Iterator[tuple[Place, list[Pair]]]:
    """Yields what the query holds for each place of the contract; nothing for an empty list or object with a style."""
    bare = replace(request, credential=None)
    for name, value in request.located("query").items():
        alone = replace(bare, parameters={**request.parameters, "query": {name: value}})
        pairs = _pairs(urlsplit(alone.url("")).query)
        is_styled = all(one.media_type is None for one in request.operation.parameters if one.wire_name == name)
        yield Place(("request", "query", name)), [] if is_styled and value in ([], {}) else list(pairs)
    secret = replace(request, parameters={**request.parameters, "query": {}})
    yield Place(("security",)), list(_pairs(urlsplit(secret.url("")).query))


def _is_same_json(request: Request, place: Place, mine: list[Pair], theirs: list[Pair]) -> bool:
    """Says whether two texts of a parameter that is written as JSON have one meaning."""
    known = next((one for one in request.operation.parameters if _at(one) == place), None)
    if known is None or not is_json(known.media_type or "") or len(mine) != 1 or len(theirs) != 1:
        return False
    return mine[0][0] == theirs[0][0] and _is_one_value(*(unquote(text).encode() for (_, text), *_ in (mine, theirs)))


def _is_one_value(one: bytes, other: bytes) -> bool:
    left, right = as_json(one), as_json(other)
    return not isinstance(left, Missing) and not isinstance(right, Missing) and canonical(left) == canonical(right)


def _at(parameter: Parameter) -> Place:
    return Place(("request", parameter.location, parameter.wire_name))


def _pairs(query: str) -> Iterator[Pair]:
    for part in query.split("&") if query else ():
        name, _, text = part.partition("=")
        yield plain(name), plain(text)


def _headers(request: Request, sent: Sent) -> Iterator[Finding]:
    wanted = {name.lower(): value for name, value in request.headers().items()}
    found: dict[str, str] = {}
    for name, value in sent.headers:
        if name.lower() in found:
            yield Finding(_owner(request, name.lower()), "client-header", f"the header {name} was sent twice")
        found[name.lower()] = value
    for name in sorted({*wanted, *found} - _USUAL):
        at = _owner(request, name)
        if name not in found:
            yield Finding(at, "client-header", f"the header {name} was not sent")
        elif name not in wanted:
            yield Finding(at, "client-header", f"the header {name} was sent, which the spec does not know")
        elif not _is_same_header(request, name, wanted[name], found[name]):
            yield Finding(at, "client-header", f"the header {name} was not sent as the spec has it")
    yield from _accepted(request, found.get("accept", ""))
    if not found.get("user-agent", "").startswith(request.api.package.distribution):
        yield Finding("operation", "client-header", "the header User-Agent does not name the client")


def _owner(request: Request, name: str) -> str:
    if name == "content-type":
        return "request.body"
    secret = {one.wire_name.lower() for one in request.api.schemes.values() if one.location == "header"}
    known = next((one for one in request.operation.parameters if _is_called(one, name)), None)
    if known is not None and name not in secret:
        return str(_at(known))
    if name == "cookie":
        own = next((one for one in request.operation.parameters if one.location == "cookie"), None)
        return str(_at(own)) if own else "security"
    return "security" if name in secret or name == "authorization" else "operation"


def _is_called(parameter: Parameter, name: str) -> bool:
    return parameter.location == "header" and parameter.wire_name.lower() == name


def _is_same_header(request: Request, name: str, wanted: str, found: str) -> bool:
    if name == "content-type":
        return wanted.partition(";")[0].strip().lower() == found.partition(";")[0].strip().lower()
    if name == "cookie":
        return Counter(_cookies(wanted)) == Counter(_cookies(found))
    known = next((one for one in request.operation.parameters if _is_called(one, name)), None)
    if known is not None and is_json(known.media_type or ""):
        return _is_one_value(wanted.encode(), found.encode())
    return wanted.strip(" \t") == found


def _cookies(text: str) -> list[str]:
    return [plain(part.strip()) for part in text.split(";")]


def _accepted(request: Request, accept: str) -> Iterator[Finding]:
    """Yields a finding where the header Accept leaves out what the operation answers with."""
    taken = {part.partition(";")[0].strip() for part in accept.split(",")}
    known = {media.media_type.partition(";")[0].strip() for one in request.operation.responses for media in one.content}
    if "*/*" not in taken and not known <= taken:
        yield Finding("operation", "client-header", f"the header Accept leaves out {min(known - taken)}")


def _bodies(request: Request, sent: Sent) -> Iterator[Finding]:
    wanted = request.payload()
    if wanted is None:
        if sent.content:
            yield Finding("request.body", "client-body", "a body was sent, and none was given")
        return
    media_type = request.headers()["Content-Type"]
    one, other = (_read(kind, content) for kind, content in ((media_type, wanted), (_type(sent), sent.content)))
    if isinstance(one, Missing) or isinstance(other, Missing):
        if wanted != sent.content:
            yield Finding("request.body", "client-body", "other bytes were sent than were given")
    elif canonical(one) != canonical(other):
        for steps in _differences(one, other):
            message = f"{_held(other, steps)} was sent, not {_held(one, steps)}"
            yield Finding(str(Place(("request", "body", *steps))), "client-body", message)


def _differences(one: Json, other: Json) -> Iterator[tuple[str, ...]]:
    """Yields where two values differ: of objects each field that does."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        yield difference(one, other)
        return
    for name in sorted({*one, *other}):
        left, right = one.get(name, MISSING), other.get(name, MISSING)
        if isinstance(left, Missing) or isinstance(right, Missing):
            yield (name,)
        elif canonical(left) != canonical(right):
            yield name, *difference(left, right)


def _held(value: Json, steps: tuple[str, ...]) -> str:
    """Returns what stands at a place, as a message shows it."""
    found = [canonical(item) for item in places.values(value, steps)]
    return (found[0] if len(found) == 1 else "something else" if found else "nothing")[:200]


def _type(sent: Sent) -> str:
    return sent.header("Content-Type")


def _read(media_type: str, content: bytes) -> Json | Missing:
    """Returns what a body says: its JSON value, or the fields of a form, each a list of its texts."""
    essence = media_type.partition(";")[0].strip().lower()
    if is_json(essence):
        return as_json(content)
    if essence == "application/x-www-form-urlencoded":
        return _fields(parse_qsl(content.decode("ascii", "replace"), keep_blank_values=True))
    if essence.startswith("multipart/"):
        head = f"Content-Type: {media_type}\r\n\r\n".encode()
        parts = message_from_bytes(head + content, policy=policy.HTTP).iter_parts()
        return _fields([(str(part.get_param("name", "", "Content-Disposition")), _part(part)) for part in parts])
    return MISSING


def _part(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""


def _fields(pairs: list[Pair]) -> Json:
    found: dict[str, list[Json]] = {}
    for name, text in pairs:
        found.setdefault(name, []).append(text)
    return cast(Json, found)


def plain(text: str) -> str:
    """Returns a part of a URL with each character written in one way; what delimits stays apart from what does not."""
    return _TRIPLET.sub(lambda match: _plain(match.group(0)), text)


def _plain(text: str) -> str:
    if len(text) == 3:
        character = chr(int(text[1:], 16))
        return character if _UNRESERVED.fullmatch(character) else text.upper()
    return text if text.isascii() else quote(text)
