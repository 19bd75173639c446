"""Secrets struck out of what is shown of an exchange: by scheme, by field, and wherever a credential turns up again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import cast
from urllib.parse import quote, quote_plus, unquote_plus

from . import json_text
from .credential import Identity, Scheme
from .json_text import Json, JsonObject, Malformed
from .parameter import parse_query
from .request import Request

STRUCK = "***"

_SHORTEST = 4
_MOST = 50  # secret fields of one request that are looked for elsewhere
_CREDENTIALS = ("authorization", "proxy-authorization")
_SECRET_HEADER = re.compile(r"token|secret|password|credential|api-?key|auth-?key", re.IGNORECASE)
# RFC 6749, RFC 7521 and RFC 7636: what OAuth sends and answers in a body.
_OAUTH = ("password", "client_secret", "access_token", "refresh_token", "id_token", "client_assertion", "code_verifier")


class Redaction:
    """What is secret in the exchanges of one API."""

    def __init__(
        self,
        api: str = "",
        schemes: Iterable[Scheme] = (),
        identities: Iterable[Identity] = (),
        contract: JsonObject | None = None,
    ) -> None:
        self.api = api
        self._schemes = tuple(schemes)
        self._identities = tuple(identities)
        self._contract = contract or {}

    @cached_property
    def _fields(self) -> frozenset[str]:
        """Names in lower case: what OAuth names, the schemes' own names, and fields written only or of passwords."""
        found = {*_OAUTH, *(scheme.name.lower() for scheme in self._schemes if scheme.type == "apiKey")}
        found.update(name.lower() for name in _hidden_fields(self._contract, self._contract.get("definitions")))
        return frozenset(found)

    def secrets(self, request: Request) -> tuple[str, ...]:
        """Returns the texts that are secret wherever they stand in the exchange, the longest first."""
        found = {identity.credential for identity in self._identities}
        query = _texts(request.query)
        for scheme in self._schemes:
            shown = scheme.read(request.headers, query)
            found.update((shown, shown.partition(":")[2] if scheme.scheme == "basic" else ""))
        found.update(request.headers.get(name, "").rpartition(" ")[2] for name in _CREDENTIALS)
        held = [dict(request.headers), *_inside(query), *_readings(request)]
        found.update(islice(self._values(held), _MOST))
        if None in held:
            found.update(islice(self._loose(request.body), _MOST))
        found.update([_as_utf8(text) for text in found])
        variants = {variant for text in found if text for variant in _variants(text)}
        return tuple(sorted(variants, key=lambda text: (-len(text), text)))

    def _values(self, value: object) -> Iterator[str]:
        """Yields the texts that stand in secret fields."""
        if isinstance(value, list):
            for item in cast("list[object]", value):
                yield from self._values(item)
        elif isinstance(value, dict):
            for name, item in cast("dict[str, object]", value).items():
                yield from _leaves(item) if self._is_secret(name) else self._values(item)

    def _loose(self, body: bytes) -> Iterator[str]:
        """Yields the texts in secret fields of a body that is nearly JSON."""
        for _, token in self._quoted.findall(body.decode("utf-8", "replace")) if b'"' in body else ():
            if token not in ("true", "false", "null"):
                value = _json(token.encode(), b'"[{')
                yield from (token.strip('"'),) if value is None else _leaves(value)

    def _is_secret(self, name: str) -> bool:
        """Says whether a name is a secret field's, or leads to one by brackets: `filter[password]`."""
        steps = re.split(r"[\[\]]+", name.lower()) if "[" in name else [name.lower()]
        return any(step in self._fields for step in steps)

    @cached_property
    def _named(self) -> str:
        """The names of secret fields as a regular expression."""
        return "|".join(map(re.escape, sorted(self._fields, key=len, reverse=True)))

    @cached_property
    def _quoted(self) -> re.Pattern[str]:
        """A secret field of JSON; of one that holds more than a text all that follows, as it may have no end."""
        value = r'"(?:[^"\\]|\\.)*"?|[\[{].*|[^\s,}\]]+'
        return re.compile(rf'("(?:{self._named})"\s*:\s*)({value})', re.IGNORECASE | re.DOTALL)

    def headers(self, headers: Mapping[str, str], secrets: tuple[str, ...]) -> dict[str, str]:
        """Returns headers with their credentials struck out; a prefix that a scheme knows is left to be seen."""
        shown = [scheme for scheme in self._schemes if scheme.location == "header"]
        named = {scheme.name.lower() for scheme in shown}
        found: dict[str, str] = {}
        for name, text in headers.items():
            if "cookie" in name:
                found[name] = re.sub(r"=[^;,]*", f"={STRUCK}", text)
            elif name in named or name in self._fields or name in _CREDENTIALS or _SECRET_HEADER.search(name):
                prefixes = (scheme.prefix for scheme in shown if scheme.name.lower() == name and scheme.prefix)
                prefix = next((prefix for prefix in prefixes if text[: len(prefix)].lower() == prefix.lower()), "")
                found[name] = f"{text[: len(prefix)]}{STRUCK}"
            else:
                found[name] = strike(text, secrets)
        return found

    def query(self, query: str, secrets: tuple[str, ...]) -> str:
        """Returns a query or a form with the values of secret names struck out."""
        pairs = [pair.partition("=") for pair in query.split("&")]
        return "&".join(
            f"{name}={STRUCK}" if self._is_secret(unquote_plus(name)) else strike(name + mark + text, secrets)
            for name, mark, text in pairs
        )

    def body(self, body: bytes, content_type: str, secrets: tuple[str, ...]) -> str:
        """Returns a body as text: a JSON text or a form with its secret fields struck out."""
        text = body.decode("utf-8", "replace")
        if "x-www-form-urlencoded" in content_type.lower():
            return self.query(text, secrets)
        value = _json(body)
        if value is None:
            return strike(self._struck_text(text), secrets)
        struck = self._struck(value, secrets)
        return text if struck == value else json_text.write(struck).decode()

    def request(self, request: Request) -> JsonObject:
        """Returns a request with its credentials struck out and everything else as it was sent."""
        names = {scheme.name for scheme in self._schemes if scheme.location == "query"}
        pairs = [pair.partition("=") for pair in request.query.decode("latin-1").split("&")]
        shown = [name + mark + (STRUCK if unquote_plus(name) in names else text) for name, mark, text in pairs]
        return {
            "method": request.method,
            "path": request.raw_path.decode("latin-1"),
            "query": "&".join(shown),
            "headers": cast(JsonObject, self.headers(request.headers, ())),
            "body": request.body.decode("utf-8", "replace"),
        }

    def _struck(self, value: Json, secrets: tuple[str, ...]) -> Json:
        if isinstance(value, str):
            return strike(value, secrets)
        if isinstance(value, list):
            return [self._struck(item, secrets) for item in value]
        if isinstance(value, dict):
            return {
                strike(key, secrets): STRUCK
                if key.lower() in self._fields and item is not None
                else self._struck(item, secrets)
                for key, item in value.items()
            }
        return value

    def _struck_text(self, text: str) -> str:
        """Returns a body that is no JSON text, or only nearly one, with its secret fields struck out as they look."""
        text = self._quoted.sub(rf'\1"{STRUCK}"', text)
        text = re.sub(
            rf"(<(?:[\w.-]+:)?(?:{self._named})(?:\s[^<>]*)?>)[^<]+", rf"\1{STRUCK}", text, flags=re.IGNORECASE
        )
        said = r"\"[^\"]*\"?|'[^']*'?|[^\s&;,<>\"']+"
        text = re.sub(rf"(\b(?:{self._named})=)(?:{said})", rf"\1{STRUCK}", text, flags=re.IGNORECASE)
        return re.sub(
            rf'(name="?(?:{self._named})"?[^\r\n]{{0,999}}(?:\r\n[^\r\n]{{1,999}}){{0,9}}\r\n\r\n).*?(?=\r\n--|\Z)',
            rf"\1{STRUCK}",
            text,
            flags=re.IGNORECASE | re.DOTALL,
        )


def strike(text: str, secrets: tuple[str, ...]) -> str:
    """Returns a text without the secrets that stand in it, and without the begin of one that its end cuts off."""
    for secret in secrets:
        text = text.replace(secret, STRUCK)
        begin = secret[: _SHORTEST + 1]
        place = text.find(begin, max(len(text) - len(secret), 0))
        while place >= 0 and not secret.startswith(text[place:]):
            place = text.find(begin, place + 1)
        text = text if place < 0 else text[:place] + STRUCK
    return text


def _variants(text: str) -> Iterator[str]:
    """Yields a secret as it looks in a text, in JSON, in JSON inside JSON, and in a URL.

    A short one counts only between quotes: it would strike out words that are none.
    """
    once = json_text.write(text).decode(errors="replace")
    if len(text) < _SHORTEST:
        yield from (once, json_text.write(once).decode()[1:-1])
        return
    yield from {text, once[1:-1], json_text.write(once[1:-1]).decode()[1:-1], quote(text, safe=""), quote_plus(text)}


def _texts(text: bytes) -> dict[str, list[str]]:
    try:
        return parse_query(text)
    except Malformed:
        return {}


def _as_utf8(text: str) -> str:
    """Returns a header's text, which was read byte by byte, as the UTF-8 that it may be."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _leaves(value: object) -> Iterator[str]:
    """Yields every text and number within a value, as texts."""
    if isinstance(value, dict):
        yield from _leaves(list(cast("dict[str, object]", value).values()))
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _leaves(item)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield str(value)


def _json(text: bytes, begins: bytes = b"{[") -> Json:
    """Returns the value of a JSON text that begins so, None where it is none."""
    try:
        bare = text.lstrip()
        return json_text.read(text) if bare and bare[0] in begins else None
    except (ValueError, RecursionError):
        return None


def _inside(texts: Mapping[str, list[str]]) -> Iterator[object]:
    """Yields the texts of a query or a form by name, and what is JSON among them."""
    yield dict(texts)
    for given in texts.values():
        yield from filter(None, (_json(text.encode()) for text in given))


def _readings(request: Request) -> Iterator[object]:
    if "x-www-form-urlencoded" in request.headers.get("content-type", "").lower():
        yield from _inside(_texts(request.body))
    else:
        yield _json(request.body)


def _hidden_fields(value: Json, definitions: Json) -> Iterator[str]:
    """Yields the names of properties and parameters that are passwords or never shown, anywhere in a contract."""
    if isinstance(value, list):
        for item in value:
            yield from _hidden_fields(item, definitions)
    elif isinstance(value, dict):
        properties = value.get("properties")
        for name, schema in properties.items() if isinstance(properties, dict) else ():
            if _is_hidden(schema, definitions):
                yield name
        if "in" in value and _is_hidden(value.get("schema"), definitions):
            yield str(value.get("name"))
        for item in value.values():
            yield from _hidden_fields(item, definitions)


def _is_hidden(schema: Json, definitions: Json) -> bool:
    for _ in range(8):
        if not isinstance(schema, dict):
            return False
        if schema.get("format") == "password" or schema.get("writeOnly") is True:
            return True
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        schema = definitions.get(name) if isinstance(definitions, dict) else None
    return False
