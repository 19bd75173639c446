"""What both clients share: settle the settings, make a request of a call, sign it at each attempt."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any
from urllib.parse import quote

from . import body, encoding, wire
from .answers import Answers
from .credential import Credential, Masked, Source
from .encoding import Parameter
from .errors import SettingError
from .kinds import is_mapping, is_object
from .log import Log
from .profile import Operation, Profile
from .redirects import origin
from .transport import Request, Timeout, timeout_of

_SEGMENT = re.compile(r"\{([^{}]*)\}")
_NO_HOST = re.compile(r"[/\\?#@\s]")
_PACKAGE = __name__.rsplit(".", 2)[0]


class Plan:
    """What is the same in every request of an operation."""

    __slots__ = ("headers", "keys", "label", "pieces", "segments")

    def __init__(self, operation: Operation[Any], headers: dict[str, str]) -> None:
        self.headers = headers
        self.label = operation.label
        self.keys: Sequence[str] | None = None
        known = {parameter.wire_name: parameter for parameter in operation.parameters.get("path", ())}
        pieces = _SEGMENT.split(operation.path)
        self.segments = tuple(
            (place, known.get(pieces[place]) or Parameter(pieces[place], "simple", False))
            for place in range(1, len(pieces), 2)
        )
        self.pieces = [quote(piece, safe="/:@!$&'()*+,;=%~") for piece in pieces]


class Core:
    """Makes requests and reads answers; it sends nothing."""

    def __init__(
        self,
        profile: Profile,
        credential: Source | Mapping[str, Source] | None,
        given: Mapping[str, str | None],
        options: Mapping[str, bool],
        *,
        base_url: object = None,
        auth_scheme: str | None = None,
        timeout: Any = wire.UNSET,
        max_retries: int = 2,
        default_headers: Mapping[str, str] | None = None,
    ) -> None:
        self.profile = profile
        self.credential = Credential(credential or os.environ.get(profile.environment))
        if profile.always_secured and not self.credential:
            raise SettingError(self._missing(profile.credential, profile.environment))
        if auth_scheme and auth_scheme not in profile.schemes:
            raise SettingError(f"auth_scheme is one of {', '.join(profile.schemes)}, not {auth_scheme!r}")
        self.auth_scheme = auth_scheme
        # An httpx2.URL too, as with other vendors' clients.
        address = str(base_url or "")
        self.filled = self._settle(given, address)
        self.base_url = self._server(address)
        self.wraps = [wraps for name, wraps in profile.wraps.items() if options.get(name)]
        self.timeout = timeout_of(timeout, Timeout())
        self.max_retries = repeats(max_retries)
        self.default_headers = _standing({"User-Agent": profile.user_agent}, default_headers)
        self.secret_names = frozenset(scheme.wire_name for scheme in profile.schemes.values())
        self._plans: dict[Operation[Any], Plan] = {}
        self._written: dict[str, tuple[Masked, Masked]] = {}
        self.answers = Answers(profile.failures, self.credential.hide)
        self.log = Log(_PACKAGE)

    def changed(self, timeout: Any, max_retries: Any, default_headers: Mapping[str, str] | None) -> Core:
        """Returns a core that differs in what is given."""
        made = copy(self)
        made.timeout = timeout_of(timeout, self.timeout)
        made.max_retries = self.max_retries if max_retries is wire.UNSET else repeats(max_retries)
        made.default_headers = _standing(self.default_headers, default_headers)
        made._plans = {}
        return made

    @staticmethod
    def _missing(name: str, environment: str) -> str:
        return f"{name} is missing: give it as a keyword" + (f", or set {environment}" if environment else "")

    def _settle(self, given: Mapping[str, str | None], base_url: str) -> dict[str, str]:
        filled: dict[str, str] = {}
        for setting in self.profile.settings:
            value = given.get(setting.name) or os.environ.get(setting.environment) or None
            server = setting.fills.startswith("server.")
            if value is None and setting.required and not (server and base_url):
                missing = self._missing(setting.name, setting.environment)
                raise SettingError(missing + (", or give base_url" if server else ""))
            value = value or setting.default
            if setting.choices and value and value not in setting.choices:
                raise SettingError(f"{setting.name} is one of {', '.join(setting.choices)}, not {value!r}")
            if value:
                filled[setting.fills] = str(value)
        return filled

    def _server(self, base_url: str) -> str:
        before, _, after = self.profile.server.partition("://")
        end = len(before) + 3 + len(after.partition("/")[0])

        def variable(match: re.Match[str]) -> str:
            fills = f"server.{match.group(1)}"
            value = self.filled.get(fills, "")
            # What ends the host would send the credential to another one.
            if len(before) < match.start() < end and _NO_HOST.search(value):
                name = next(setting.name for setting in self.profile.settings if setting.fills == fills)
                raise SettingError(f"{name} is part of the host, and {value!r} would lead to another one")
            return value

        url = base_url or _SEGMENT.sub(variable, self.profile.server)
        if "@" in url.partition("://")[2].partition("/")[0]:
            raise SettingError("base_url holds a user's name or password; the credential is a keyword of its own")
        try:
            origin(url)
            fits = re.match(r"https?://[^/\s?#]+[^\s?#]*\Z", url)
        except ValueError:
            fits = None
        if not fits:
            raise SettingError(f"base_url is a URL with scheme and host, like https://example.com, not {url!r}")
        return url.rstrip("/")

    def prepare(
        self,
        operation: Operation[Any],
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        header: Mapping[str, Any] | None = None,
        cookie: Mapping[str, Any] | None = None,
        content: Any = wire.UNSET,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        timeout: Any = wire.UNSET,
    ) -> Request:
        """Returns the request of a call.

        Raises SettingError where the credential or a constructor keyword is missing, ValueError or TypeError for
        a value that cannot be sent.
        """
        plan = self._plan(operation)
        headers = dict(plan.headers)
        url = self.base_url + self._path(operation, plan, path or {})
        pairs = self._pairs(operation, "query", query) if "query" in operation.parameters else []
        for name, value in extra_query.items() if extra_query else ():
            pairs = [pair for pair in pairs if pair[0] != quote(name, safe="")]
            pairs += encoding.query_pairs(Parameter(name), value)
        for parameter in operation.parameters.get("header", ()):
            value = self._value(operation, "header", parameter, header)
            if value is not wire.UNSET and value is not None:
                headers[parameter.wire_name] = encoding.header_value(parameter, value)
        cookies = self._pairs(operation, "cookie", cookie) if "cookie" in operation.parameters else []
        if cookies:
            headers["Cookie"] = _cookie(cookies)
        self.keys(operation)
        data = self._content(operation, content, extra_body, headers)
        if pairs:
            url += "?" + "&".join(f"{name}={value}" for name, value in pairs)
        wait = timeout_of(timeout, self.timeout)
        if extra_headers:
            headers = _merged(headers, extra_headers)
        return Request(operation.method, url, headers, data, wait, plan.label)

    def keys(self, operation: Operation[Any]) -> Sequence[str]:
        """Returns the schemes that an operation is called with. Raises SettingError where the credential is missing."""
        plan = self._plan(operation)
        if plan.keys is None:
            plan.keys = self._keys(operation)
        return plan.keys

    def _plan(self, operation: Operation[Any]) -> Plan:
        found = self._plans.get(operation)
        if found is None:
            headers = _merged({"Accept": operation.accept}, self.default_headers)
            found = self._plans[operation] = Plan(operation, headers)
        return found

    def _keys(self, operation: Operation[Any]) -> Sequence[str]:
        alternatives = operation.security
        if not alternatives:
            return ()
        ranked = sorted(alternatives, key=lambda keys: (keys != (self.auth_scheme,), len(keys) != 1, not keys))
        if self.credential.holds(ranked[0]):
            return ranked[0]
        if () in alternatives:
            return ()
        raise SettingError(self._missing(self.profile.credential, self.profile.environment), operation.label)

    def sign(self, request: Request, secrets: Mapping[str, object], given: Mapping[str, str] | None) -> Request:
        """Returns the request with its secrets in place; a header that the caller gave for this call stays."""
        if not secrets:
            # A copy: what a middleware changes holds for its attempt only.
            return request.signed(dict(request.headers), "")
        headers = dict(request.headers)
        query: list[str] = []
        cookies: list[tuple[str, str]] = []
        for key, secret in secrets.items():
            scheme = self.profile.schemes[key]
            taken = self.credential.taken(secret)
            written = self._written.get(key)
            if written is None or written[0] is not taken:
                written = self._written[key] = (taken, scheme.write(taken))
            text = written[1]
            if scheme.location == "header":
                _put(headers, scheme.wire_name, text)
            elif scheme.location == "query":
                query.append(f"{quote(scheme.wire_name, safe='')}={quote(text, safe='')}")
            else:
                cookies.append((quote(scheme.wire_name, safe=""), quote(text, safe="")))
        if cookies:
            known = [headers["Cookie"]] if "Cookie" in headers else []
            headers["Cookie"] = Masked("; ".join([*known, _cookie(cookies)]))
        if given:
            headers = _merged(headers, given)
        return request.signed(headers, "&".join(query))

    def _value(
        self, operation: Operation[Any], location: str, parameter: Parameter, given: Mapping[str, Any] | None
    ) -> Any:
        value = (given or {}).get(parameter.wire_name, wire.UNSET)
        if value is not wire.UNSET:
            return value
        return self.filled.get(f"{location}.{parameter.wire_name}", wire.UNSET)

    def _path(self, operation: Operation[Any], plan: Plan, given: Mapping[str, Any]) -> str:
        pieces = list(plan.pieces)
        for place, parameter in plan.segments:
            value = self._value(operation, "path", parameter, given)
            if value is wire.UNSET:
                setting = next((s for s in self.profile.settings if s.fills == f"path.{parameter.wire_name}"), None)
                name, environment = (setting.name, setting.environment) if setting else (parameter.wire_name, "")
                raise SettingError(self._missing(name, environment), operation.label)
            pieces[place] = encoding.path_value(parameter, value)
        return "".join(pieces)

    def _pairs(
        self, operation: Operation[Any], location: str, given: Mapping[str, Any] | None
    ) -> list[tuple[str, str]]:
        pairs: list[tuple[str, str]] = []
        for parameter in operation.parameters.get(location, ()):
            value = self._value(operation, location, parameter, given)
            if value is not wire.UNSET:
                pairs += encoding.query_pairs(parameter, value)
        return pairs

    def _content(
        self, operation: Operation[Any], content: Any, extra: Mapping[str, Any] | None, headers: dict[str, str]
    ) -> bytes | body.Stream | None:
        form = operation.body
        if form is None:
            return None
        if is_object(content):
            content = {name: value for name, value in content.items() if value is not wire.UNSET} | dict(extra or {})
            if not content and not form.required:
                return None
        if content is wire.UNSET:
            if form.required:
                raise TypeError(f"{operation.label} needs a body")
            return None
        for wraps in self.wraps:
            wrap = wraps.get(operation.id)
            if wrap is not None and is_object(content):
                beside = {name: content.pop(name) for name in wrap.beside if name in content}
                content = {wrap.key: content, **beside}
        headers["Content-Type"], data = body.encode(form.kind, form.media_type, content)
        if isinstance(data, body.Stream) and data.size is not None:
            headers["Content-Length"] = str(data.size)
        return data


def repeats(given: object) -> int:
    """Returns how often a failed attempt is repeated. Raises SettingError for what is no number of times."""
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return given
    raise SettingError(f"max_retries is a whole number from 0, not {given!r}")


def _merged(headers: Mapping[str, str], further: Mapping[str, str] | None) -> dict[str, str]:
    """Returns headers with others laid over them; names compare without case."""
    if not further:
        return dict(headers)
    if not is_mapping(further):  # not every caller checks types
        raise TypeError(f"headers are a mapping from name to text, not {type(further).__name__}")
    names = {name.lower() for name in further}
    found = {name: value for name, value in headers.items() if name.lower() not in names}
    found.update((name, encoding.header_text(name, value)) for name, value in further.items())
    return found


def _standing(headers: Mapping[str, str], further: Mapping[str, str] | None) -> dict[str, str]:
    try:
        return _merged(headers, further)
    except (ValueError, TypeError) as error:
        raise SettingError(f"default_headers: {error}") from None


def _put(headers: dict[str, str], name: str, value: str) -> None:
    """Puts one header in the place of any that has its name in whatever case."""
    lower = name.lower()
    for same in [one for one in headers if one.lower() == lower]:
        del headers[same]
    headers[name] = value


def _cookie(pairs: Sequence[tuple[str, str]]) -> str:
    return "; ".join(f"{name}={value}" for name, value in pairs)
