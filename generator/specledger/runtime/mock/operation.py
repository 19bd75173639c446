"""One operation: the order in which a request is checked, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import cast

from .answer import Answer, Refusal, refusals
from .body import Body, choose, is_json
from .credential import Gate, Identity, Scheme
from .documented import Documented, row_of, success
from .effect import Effect, shown_by
from .json_text import JsonObject, Malformed
from .parameter import Invalid, Parameter, parse_cookies, parse_query
from .request import Parts, Refused, Request
from .schema import Declared, Schemas
from .state import State

MAX_BODY = 1024 * 1024


class Operation:
    """One method of one path."""

    def __init__(
        self,
        row: JsonObject,
        *,
        incoming: Schemas,
        outgoing: Schemas,
        schemes: Mapping[str, Scheme],
        identities: tuple[Identity, ...],
        state: State,
    ) -> None:
        self.id = str(row["id"])
        self.method = str(row["method"])
        self.path = str(row["path"])
        self.row = row
        self._outgoing = outgoing
        self.gate = Gate(cast("list[list[str]]", row["security"]), schemes, identities)
        self.parameters = [Parameter(given, incoming) for given in cast("list[JsonObject]", row["parameters"])]
        self._locations = frozenset(parameter.location for parameter in self.parameters)
        body = cast("JsonObject | None", row["body"])
        self.body_required = bool(body and body["required"])
        content = cast("dict[str, JsonObject]", body["content"]) if body else {}
        self.bodies = {name.lower(): Body(name.lower(), media, incoming) for name, media in content.items()}
        self._exact = {name: found for name, found in self.bodies.items() if "*" not in name}
        self._responses = cast("dict[str, JsonObject]", row["responses"])
        challenge = next((scheme.prefix.strip() for scheme in self.gate.schemes if scheme.location == "header"), "")
        self._refusals: dict[str, Refusal] = refusals(
            cast("dict[str, JsonObject]", row["refusals"]), challenge or "ApiKey"
        )
        self._reads_query = "query" in self._locations or any(s.location == "query" for s in self.gate.schemes)
        self.effect: Effect | None = self._effect(cast("JsonObject | None", row["effect"]), state)

    def _effect(self, row: JsonObject | None, state: State) -> Effect | None:
        if row is None:
            return None
        names: set[str] = set()
        is_open = False
        for body in self.bodies.values():
            names |= body.declared.names
            is_open = is_open or body.declared.open
        status = cast(int, cast(JsonObject, row["answer"])["status"])
        documented = Documented(status, row_of(self._responses, status), self._outgoing)
        shown = shown_by(self._outgoing, str(row["shows"]))
        return Effect(row, state, Declared(frozenset(names), is_open), documented, shown)

    def answer(self, request: Request, path: Mapping[str, str], instead: Answer | None = None) -> Answer:
        """Returns the answer to a request: an update carried out, a sample, or a refusal that changed nothing.

        `instead` answers a request that passes the checks, and nothing is carried out.
        """
        try:
            query = self._query(request)
            caller = self._admit(request, query)
            parts = self._parts(request, path, query)
            if instead is not None:
                return instead
            return self.effect.apply(caller, parts) if self.effect else self._sample
        except Refused as refused:
            return self._refusal(refused.kind).answer(refused.reason)
        except Malformed as malformed:
            return self._refusal("malformed").answer(f"request.body: {malformed}")
        except Invalid as invalid:
            return self._refusal("invalid").answer(str(invalid))

    def _query(self, request: Request) -> dict[str, list[str]]:
        if not self._reads_query or not request.query:
            return {}
        try:
            return parse_query(request.query)
        except Malformed as malformed:
            raise Invalid(f"request.query: {malformed}") from None

    def _admit(self, request: Request, query: dict[str, list[str]]) -> Identity:
        caller = self.gate.caller(request.headers, query)
        if caller is None:
            raise Refused("unauthenticated", "security: the credential is missing or unknown")
        if self.effect and not caller.holds(self.effect.scope):
            raise Refused("scope", f"security: the caller lacks the scope {self.effect.scope}")
        return caller

    def _parts(self, request: Request, path: Mapping[str, str], query: dict[str, list[str]]) -> Parts:
        body = self._representation(request)
        content_type = request.headers.get("content-type", "")
        parts: Parts = {}
        if request.too_large:
            raise Refused("too_large", f"request.body: larger than {MAX_BODY} bytes")
        if body is not None:
            parts["body"] = body.take(request.body, content_type)
        elif self.body_required:
            raise Invalid("request.body: is required")
        texts = {location: self._texts(location, request, path, query) for location in self._locations}
        for parameter in self.parameters:
            sent, value = parameter.take(texts[parameter.location])
            if sent:
                cast(JsonObject, parts.setdefault(parameter.location, {}))[parameter.name] = value
        return parts

    def _texts(
        self, location: str, request: Request, path: Mapping[str, str], query: dict[str, list[str]]
    ) -> Mapping[str, list[str]]:
        if location == "path":
            return {name: [text] for name, text in path.items()}
        if location == "query":
            return query
        if location == "cookie":
            return parse_cookies(request.headers.get("cookie", ""))
        return {name: [text] for name, text in request.headers.items()}

    def _representation(self, request: Request) -> Body | None:
        """Returns how the body is to be read; None where there is none. Raises Refused for another media type."""
        if not self.bodies:
            return None
        codings = request.headers.get("content-encoding", "identity").lower().split(",")
        if request.body and any(coding.strip() not in ("identity", "") for coding in codings):
            raise Refused("media_type", "request: the Content-Encoding is none that is read here")
        given = request.headers.get("content-type", "")
        if found := self._exact.get(given):
            return found if self._has_body(request, found) else None
        if not request.body and not request.too_large and not (given and self.body_required):
            return None
        found = choose(self.bodies, given)
        if found is None:
            raise Refused("media_type", f"request: the Content-Type is none of {', '.join(self.bodies)}")
        return found if self._has_body(request, found) else None

    def _has_body(self, request: Request, body: Body) -> bool:
        """Says whether there is a body: where one is required, no bytes under a media type of text are a text."""
        return bool(request.body) or request.too_large or (self.body_required and body.may_be_empty)

    @cached_property
    def _sample(self) -> Answer:
        return success(self._responses, self._outgoing).sample()

    def _refusal(self, kind: str) -> Refusal:
        """Returns a refusal as its status documents it; where no behavior says how, its body is made to fit."""
        found = self._refusals[kind]
        if found.media_type:
            return found
        documented = Documented(found.status, row_of(self._responses, found.status), self._outgoing)
        media_type = documented.media_type if is_json(documented.media_type) else "application/json"
        body = found.body if found.fitted else documented.body(found.body)
        self._refusals[kind] = found = found.fitting(body, media_type)
        return found
