"""One operation: the order in which a request is checked, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial
from typing import cast

from .accept import preferred
from .act import Act
from .answer import Answer, Refusal, refusals
from .body import Body, choose, is_json
from .credential import Gate, Identity, Scheme
from .documented import Documented, row_of, success
from .effect import Effect, shown_by
from .inferred import act
from .json_text import Json, JsonObject, Malformed
from .parameter import Invalid, Parameter, parse_cookies, parse_query
from .request import Parts, Refused, Request
from .schema import Declared, Schemas
from .state import State

MAX_BODY = 1024 * 1024
NOT_ACCEPTABLE = "not_acceptable"

_UNCODED = ("identity", "")


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
        resources: Mapping[str, JsonObject],
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
        self._samples: dict[str, Answer] = {}
        if "406" in self._responses:
            shape = self._refusals["invalid"].body
            self._refusals[NOT_ACCEPTABLE] = Refusal(NOT_ACCEPTABLE, 406, shape, challenge or "ApiKey", fitted=False)
        self._reads_query = "query" in self._locations or any(s.location == "query" for s in self.gate.schemes)
        self.effect: Effect | None = self._effect(cast("JsonObject | None", row["effect"]), state)
        self._make_act = partial(act, row, state, resources, incoming=incoming, outgoing=outgoing, bodies=self.bodies)

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
            media_type = self._asked(request)
            if self.effect:
                found = self.effect.apply(caller, parts)
            else:
                found = self._act.apply(request, parts) if self._act else self._sample
            return self._under(found, media_type) if media_type else found
        except Refused as refused:
            return self._refusal(refused.kind).answer(refused.reason)
        except Malformed as malformed:
            return self._refusal("malformed").answer(f"request.body: {malformed}")
        except Invalid as invalid:
            return self._refusal("invalid").answer(str(invalid))

    @cached_property
    def _act(self) -> Act | None:
        """Returns what the operation does to an inferred collection, made when it is first asked for."""
        return self._make_act()

    @property
    def seeded(self) -> JsonObject:
        """Returns the path's parameters that lead to a seeded object of an inferred collection."""
        return self._act.seeded() if self._act else {}

    def working(self, value: Json, schema: Json) -> Json:
        """Returns a body that works on the seeded state, near to a given one that its schema accepts."""
        return self._act.working(value, schema) if self._act else value

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

    def taking(self, content_type: str) -> Body | None:
        """Returns how a body of a media type is read; None where it is none of those that the operation takes."""
        return choose(self.bodies, content_type)

    def _representation(self, request: Request) -> Body | None:
        """Returns how the body is to be read; None where there is none. Raises Refused for another media type."""
        if not self.bodies:
            return None
        codings = request.headers.get("content-encoding")
        if codings and request.body and any(coding.strip() not in _UNCODED for coding in codings.lower().split(",")):
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

    def _asked(self, request: Request) -> str:
        """Returns the media type that the Accept header prefers, empty where it is the usual one.

        Where none is acceptable, 406 is the answer if the spec documents it; else the header is disregarded
        (RFC 9110, 12.5.1 leaves the choice).
        """
        accept = request.headers.get("accept")
        if accept is None or accept == "*/*" or not self._offered or accept == self._offered[0]:
            return ""
        found = preferred(accept, self._offered)
        if found is None and NOT_ACCEPTABLE in self._refusals:
            raise Refused(NOT_ACCEPTABLE, f"request.header.Accept: the answer is one of {', '.join(self._offered)}")
        return found if found and found != self._offered[0] else ""

    def _under(self, answer: Answer, media_type: str) -> Answer:
        """Returns the answer in another media type; one that shows the state is the same JSON under another name."""
        if self.effect:
            return answer.named(media_type)
        if media_type not in self._samples:
            self._samples[media_type] = self._documented.under(media_type).sample()
        return self._samples[media_type]

    @cached_property
    def _documented(self) -> Documented:
        return success(self._responses, self._outgoing)

    @cached_property
    def _offered(self) -> tuple[str, ...]:
        """Returns the media types among which an Accept header may choose; none where one of them is a range."""
        offered = self._documented.offered
        if self.effect:
            offered = tuple(name for name in offered if is_json(name) and self._documented.is_same(name))
        return () if any("*" in name for name in offered) else offered

    @cached_property
    def _sample(self) -> Answer:
        return self._documented.sample()

    def _refusal(self, kind: str) -> Refusal:
        """Returns a refusal as its status documents it; where no behavior says how, its body is made to fit."""
        found = self._refusals[kind]
        if found.media_type:
            return found
        documented = Documented(found.status, row_of(self._responses, found.status), self._outgoing)
        body, longest = (found.body, None) if found.fitted else documented.body(found.body)
        is_text = isinstance(body, str) and documented.media_type.startswith("text/")
        media_type = documented.media_type if is_text or is_json(documented.media_type) else "application/json"
        self._refusals[kind] = found = found.fitting(body, media_type, longest)
        return found
