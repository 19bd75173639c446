"""Requests on either side of each fact and ruling, made from them alone, never from the spec."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, islice

from specledger.behavior import REFUSALS, Behavior
from specledger.canonical import canonical, ordered
from specledger.claims import Claim, described
from specledger.conform import entries
from specledger.fuzz import claimed, sides
from specledger.fuzz.access import WRONG, disowned, owns, refusal_of, without_owned
from specledger.fuzz.request import MISSING, Missing, Request, body_media_type, is_json, working
from specledger.fuzz.witness import Unwitnessed, Witness
from specledger.ir import Api, Operation
from specledger.ledger import Ledger
from specledger.places import Place
from specledger.rulings import Entry
from specledger.yaml12 import Json, JsonObject

Found = Iterator[Witness | Unwitnessed]
Change = Callable[[Request], Request]

UNKNOWN = "specledger-unknown"
TOO_LARGE = b'{"specledger":"' + b"x" * (1024 * 1024) + b'"}'
_BODY = Place(("request", "body"))
# How many candidates are tried on the way to a request, and how many witnesses are kept on a side.
_TRIES, _KEPT = 400, 3


@dataclass(frozen=True, slots=True)
class Plan:
    """All witnesses of an API, and the reasons for those that are missing."""

    witnesses: tuple[Witness, ...]
    unwitnessed: tuple[Unwitnessed, ...]


def plan(api: Api, behavior: Behavior, ledger: Ledger) -> Plan:
    """Returns a witness on either side of each claim that facts and rulings make, or the reason why there is none.

    The base of each request is the sample of behavior.yaml; a claim that two pages make is witnessed once.
    """
    found: list[Witness | Unwitnessed] = []
    for operation in api.operations:
        known = entries(api, behavior, ledger, operation)
        if operation.id in behavior.effects:
            found += _Witnesses(api, behavior, operation, known).all()
        else:
            reason = "behavior.yaml has no working request for this operation"
            found += [Unwitnessed(operation, entry, reason) for entry in _distinct(known)]
    return Plan(
        tuple(one for one in found if isinstance(one, Witness)),
        tuple(one for one in found if isinstance(one, Unwitnessed)),
    )


def witnesses(api: Api, behavior: Behavior, ledger: Ledger) -> list[Witness]:
    """Returns the witnesses of an API."""
    return list(plan(api, behavior, ledger).witnesses)


class _Witnesses:
    """Makes the witnesses of one operation."""

    def __init__(self, api: Api, behavior: Behavior, operation: Operation, known: list[Entry]) -> None:
        self.api = api
        self.behavior = behavior
        self.operation = operation
        self.effect = behavior.effects[operation.id]
        self.collection = behavior.resources[self.effect.resource]
        self.entries = _distinct(known)
        self.claims = [entry.claim for entry in self.entries]
        self.root = Place(("request",))
        self.schema = claimed.schema_of(self.claims, self.root)
        self.full = claimed.validator(self.schema)
        credential = behavior.identities[0].credential if behavior.identities else None
        self.base = working(api, operation, self.effect, credential)
        self.fixed = [self.effect.id, *self.effect.within.values()]
        self.refused: dict[str, list[Request]] = {}

    def all(self) -> Found:
        """Yields what each claim gives; refusals by kind last, since they are made of those before."""
        late = [entry for entry in self.entries if entry.claim.keyword.startswith("refuses:")]
        yield from self._contradicted()
        for entry in self.entries:
            if entry not in late:
                for found in self._of(entry):
                    if isinstance(found, Witness) and found.side == "refuse":
                        self.refused.setdefault(found.kind, []).append(found.request)
                    yield found
        for entry in late:
            yield from self._refusals(entry)

    def _contradicted(self) -> Found:
        """Yields the sample as a witness of each claim that it breaks, and goes on without those.

        It works by behavior.yaml, and may not by the rows: one of the two is wrong, and the answer shows which.
        """
        broken = [
            entry
            for entry in self.entries
            if entry.claim.at.steps[0] == "request"
            and not claimed.validator(
                claimed.schema_of([entry.claim, *self._nullable(entry.claim)], self.root)
            ).is_valid(_value(self.base))
        ]
        for entry in broken:
            yield self._refuse(entry, self.base, "limit" if entry.claim.keyword.startswith("limit.") else "invalid")
        self.entries = [entry for entry in self.entries if entry not in broken]
        self.claims = [entry.claim for entry in self.entries]
        self.schema = claimed.schema_of(self.claims, self.root)
        self.full = claimed.validator(self.schema)

    def _of(self, entry: Entry) -> Found:
        claim = entry.claim
        root = claim.at.steps[0]
        if root == "request":
            yield from self._request(entry)
        elif root == "security":
            yield from self._security(entry)
        elif root in ("response", "resource"):
            yield from self._answer(entry)
        elif claim.keyword in ("method", "path"):
            yield self._accept(entry, self.base)
        else:
            yield Unwitnessed(self.operation, entry, "no exchange with a mock shows it")

    def _request(self, entry: Entry) -> Found:
        claim = entry.claim
        stem, _, rest = claim.keyword.partition(":")
        if claim.when:
            yield from self._conditional(entry)
        elif claim.keyword == "required":
            yield from self._required(entry)
        elif claim.keyword == "present":
            yield from self._accepts(entry, self._with(claim.at), "no request can hold it beside what else is claimed")
        elif stem == "mediaType":
            yield self._accept(entry, replace(self.base, media_type=rest))
            yield self._refuse(entry, replace(self.base, media_type=_other_media_type(rest)), "media_type")
        elif claim.keyword in ("effect", "unmapped"):
            yield self._accept(entry, self._partial() if claim.keyword == "effect" else self.base)
        elif stem in ("unique", "owned", "within", "rule"):
            yield from getattr(self, f"_{stem}")(entry)
        elif claim.keyword in claimed.ASSERTIONS or claim.keyword == "items" or claim.keyword.startswith("limit."):
            yield from self._asserted(entry)
        elif claim.keyword == "limit":
            yield Unwitnessed(self.operation, entry, "its figures are claims of their own")
        else:
            yield Unwitnessed(self.operation, entry, f"{claim.keyword} says nothing about which requests are accepted")

    def _asserted(self, entry: Entry) -> Found:
        claim = entry.claim
        schema = claimed.node(self.schema, claim.at.steps[1:])
        started = self._with(claim.at)
        held = [value for request in started for value in request.values(claim.at)] + self._seeded(claim.at)
        if claim.keyword in ("type", "nullable") and claim.at.steps[1] != "body":
            values: Iterable[Json] = ("text",)
        else:
            values = sides.distinct(sides.near(claim.keyword, claim.value, held, schema))
        tried = [
            request.with_value(claim.at, value)
            for request in started
            for value in islice(values, _TRIES)
            if self._travels(claim.at, value)
        ]
        edge = sorted(tried, key=lambda request: not _is_edge(claim, request.values(claim.at)))
        accepted = [request for request in edge if self._is_accepted(request)]
        if claim.keyword == "type" or not accepted:
            accepted = [request for request in started if self._is_accepted(request)]
        every = claim.keyword == "enum"
        yield from self._accepts(entry, accepted, "nothing that it allows is allowed by all the rest", every)
        yield from self._refuses(entry, tried, "limit" if claim.keyword.startswith("limit.") else "invalid")

    def _refuses(self, entry: Entry, tried: list[Request], kind: str) -> Found:
        """Yields requests that break the claim alone; where there are none, that break others at its place too."""
        claim = entry.claim
        for rest in ([other for other in self.claims if other is not claim], self._elsewhere(claim.at)):
            without = claimed.validator(claimed.schema_of(rest, self.root))
            alone = claimed.validator(claimed.schema_of([claim, *self._nullable(claim)], self.root))
            found = [
                request
                for request in tried
                if without.is_valid(_value(request)) and not alone.is_valid(_value(request))
            ]
            if found:
                # What somebody else owns would be refused whatever the claim says.
                found.sort(key=lambda request: not self._is_owned(request))
                yield from (self._refuse(entry, request, kind) for request in _telling(claim, found))
                return
        reason = "whatever is sent there keeps it" if claim.at.steps[1] != "body" else "no value breaks it"
        if claim.keyword == "format":
            reason = "the format asserts nothing, or its bounds are claims of their own"
        yield Unwitnessed(self.operation, entry, reason, "refuse")

    def _nullable(self, claim: Claim) -> list[Claim]:
        """Returns the claims by which null is allowed at the same place."""
        return [other for other in self.claims if other.keyword == "nullable" and other.at == claim.at]

    def _required(self, entry: Entry) -> Found:
        place = entry.claim.at
        started = self._with(place)
        if entry.claim.value is True:
            yield from self._accepts(entry, started, "no request can hold it beside what else is claimed")
            if place.steps[1] == "path":
                yield Unwitnessed(self.operation, entry, "without it the path is another", "refuse")
            else:
                yield from self._refuses(entry, [request.without(place) for request in started], "invalid")
            return
        dropped = [request.without(place) for request in started]
        found = [request for request in self._changed(dropped, place) if self._is_accepted(request)]
        yield from self._accepts(entry, found, "what else is claimed asks for it")

    def _conditional(self, entry: Entry) -> Found:
        """Yields the condition met and kept, met and broken, not met and broken."""
        claim = entry.claim
        around = claim.at.parent
        holds = claimed.validator(claimed.condition_schema(claim.when))
        bare = claimed.validator(claimed.schema_of([replace(claim, when="")], self.root))
        rest = [other for other in self.claims if other is not claim]
        without = claimed.validator(claimed.schema_of(rest, self.root))

        def met(request: Request) -> bool:
            return any(holds.is_valid(value) for value in request.values(around))

        started = self._with(claim.at)
        if claim.keyword == "required":
            broken = [request.without(claim.at) for request in (*started, self.base)]
        else:
            held = [value for request in started for value in request.values(claim.at)]
            schema = claimed.node(self.schema, claim.at.steps[1:])
            values = list(islice(sides.distinct(sides.near(claim.keyword, claim.value, held, schema)), _TRIES))
            broken = [request.with_value(claim.at, value) for request in started for value in values]
            started += [request.with_value(claim.at, value) for request in started for value in values]
        broken = [request for request in broken if not bare.is_valid(_value(request))]
        kept = [one for one in self._changed(started, claim.at) if met(one) and self._is_accepted(one)]
        yield from self._accepts(entry, kept, "its condition cannot be met by a request that is accepted")
        refused = [one for one in self._changed(broken, claim.at) if without.is_valid(_value(one)) and met(one)]
        refused = [one for one in refused if not self.full.is_valid(_value(one))]
        if refused:
            yield self._refuse(entry, refused[0], "invalid")
        else:
            yield Unwitnessed(self.operation, entry, "no request breaks it alone", "refuse")
        unmet = [one for one in self._changed(broken, claim.at) if not met(one) and self._is_accepted(one)]
        yield from self._accepts(entry, unmet[:1], "where its condition is not met, something else asks for the same")

    def _unique(self, entry: Entry) -> Found:
        yield self._accept(entry, self.base)
        name, own = entry.claim.at.leaf, self.base.values(self.effect.id)
        others = [
            seed[name] for seed in self.collection.seed if seed.get(self.collection.id) not in own and name in seed
        ]
        tried = [self.base.with_value(entry.claim.at, value) for value in others]
        found = [request for request in tried if self._is_allowed(request)]
        if found:
            yield self._refuse(entry, found[0], "taken")
        else:
            yield Unwitnessed(self.operation, entry, "no seeded object holds a value that the caller may use", "refuse")

    def _owned(self, entry: Entry) -> Found:
        yield self._accept(entry, self.base)
        for request in disowned(self.behavior, self.base, entry.claim.at.leaf):
            if self.full.is_valid(_value(request)):
                yield self._refuse(entry, request, "not_owned")
                return
        yield Unwitnessed(self.operation, entry, "no value with another owner's part can be made", "refuse")

    def _within(self, entry: Entry) -> Found:
        yield self._accept(entry, self.base)
        yield self._refuse(entry, self.base.with_value(entry.claim.at, UNKNOWN), "unknown")

    def _rule(self, entry: Entry) -> Found:
        for key, side in (("keeps", "accept"), ("breaks", "refuse")):
            fields = entry.row.keywords.get(key)
            if not isinstance(fields, dict):
                yield Unwitnessed(
                    self.operation, entry, f"its row has no {key}", "accept" if side == "accept" else "refuse"
                )
                continue
            request = self.base
            for name, value in fields.items():
                request = request.with_value(_BODY.child(name), value)
            yield self._accept(entry, request) if side == "accept" else self._refuse(entry, request, "rule")

    def _security(self, entry: Entry) -> Found:
        stem, _, rest = entry.claim.keyword.partition(":")
        strangers = [replace(self.base, credential=credential) for credential in (None, WRONG)]
        if stem == "scheme":
            for number, keys in enumerate(self.operation.security):
                written = canonical(ordered(described(self.api.schemes[key]) for key in keys))
                if written == rest:
                    yield self._accept(entry, replace(self.base, alternative=number))
                    yield from (
                        self._refuse(entry, replace(one, alternative=number), "unauthenticated") for one in strangers
                    )
                    return
            yield Unwitnessed(self.operation, entry, "the spec shows no credential in this way")
        elif stem == "scope":
            yield self._accept(entry, self.base)
            yield from self._strangers(entry, "scope")
        elif entry.claim.keyword == "required" and entry.claim.value is False:
            yield self._accept(entry, strangers[0])
        else:
            yield self._accept(entry, self.base)
            yield from (self._refuse(entry, request, "unauthenticated") for request in strangers)

    def _answer(self, entry: Entry) -> Found:
        """Yields a request whose answer shows the claim: the sample, or one that is refused with the status."""
        steps = entry.claim.at.steps
        if entry.claim.keyword == "content":
            yield Unwitnessed(self.operation, entry, "it promises nothing about the body")
        elif entry.claim.keyword == "fails" or entry.claim.keyword in claimed.SILENT:
            reason = "the client reads it, no answer of a mock breaks it"
            yield Unwitnessed(self.operation, entry, reason)
        elif steps[0] == "resource" or steps[1] == str(self._success()):
            yield self._accept(entry, self.base)
        else:
            for kind in self._kinds(steps[1]):
                for request in islice(self._refused_as(kind), 1):
                    yield self._refuse(entry, request, kind)
                    return
            yield Unwitnessed(self.operation, entry, f"no request is known that {steps[1]} answers")

    def _refusals(self, entry: Entry) -> Found:
        kind = entry.claim.keyword.partition(":")[2]
        found = list(islice(self._refused_as(kind), 2))
        yield from (self._refuse(entry, request, kind) for request in found)
        if not found:
            yield Unwitnessed(self.operation, entry, f"no request meets the refusal {kind!r} on the seeded state")

    def _refused_as(self, kind: str) -> Iterator[Request]:
        """Yields requests that meet one kind of refusal."""
        media_type = body_media_type(self.operation)
        if kind == "unauthenticated":
            yield from (replace(self.base, credential=credential) for credential in (None, WRONG))
        elif kind in ("scope", "foreign"):
            yield from (
                witness.request for witness in self._strangers(self.entries[0], kind) if isinstance(witness, Witness)
            )
            if kind == "foreign":
                yield from self._foreign()
        elif kind == "unknown":
            yield from self._unknown()
        elif kind == "malformed" and is_json(media_type):
            yield from (replace(self.base, content=content) for content in (b'{"', b'{"a":NaN}', b"\xff"))
        elif kind == "media_type" and self.operation.body:
            yield replace(self.base, media_type=_other_media_type(media_type))
        elif kind == "too_large" and self.operation.body:
            yield replace(self.base, content=TOO_LARGE)
        else:
            yield from self.refused.get(kind, [])

    def _strangers(self, entry: Entry, kind: str) -> Found:
        met = False
        bare = without_owned(self.behavior, self.base)
        for identity in self.behavior.identities[1:]:
            if refusal_of(self.behavior, self.operation, bare, identity) == kind:
                met = True
                yield self._refuse(entry, replace(bare, credential=identity.credential), kind)
        if not met:
            yield Unwitnessed(self.operation, entry, f"behavior.yaml has no identity that meets {kind!r}", "refuse")

    def _foreign(self) -> Iterator[Request]:
        own = self.behavior.identities[0].workspace if self.behavior.identities else ""
        for seed in self.collection.seed:
            if self.collection.workspace and seed.get(self.collection.workspace) != own:
                yield self.base.with_value(self.effect.id, seed[self.collection.id])

    def _unknown(self) -> Iterator[Request]:
        known = {seed.get(self.collection.id) for seed in self.collection.seed}
        for value in self.base.values(self.effect.id):
            # An id of the same length and alphabet, for those whose form is claimed as well.
            for text in (
                UNKNOWN,
                f"{value}"[::-1],
                f"{value}".translate(str.maketrans("0123456789abcdef", "fedcba9876543210")),
            ):
                request = self.base.with_value(self.effect.id, text)
                if text not in known and self.full.is_valid(_value(request)):
                    yield request

    def _kinds(self, status: str) -> Iterator[str]:
        yield from (kind for kind in REFUSALS if str(self._status(kind)) == status)

    def _status(self, kind: str) -> int:
        """Returns the status that facts and rulings give a kind of refusal, else that of the kind it follows."""
        for claim in self.claims:
            if claim.keyword == f"refuses:{kind}" and claim.at.steps[1].isdigit():
                return int(claim.at.steps[1])
        follows, status = REFUSALS[kind]
        return self._status(follows) if follows else status

    def _success(self) -> int:
        """Returns the status that facts and rulings give an accepted request."""
        found = [claim.at.steps[1] for claim in self.claims if claim.at.steps[0] == "response"]
        return min((int(status) for status in found if status.isdigit() and status[0] == "2"), default=200)

    def _accept(self, entry: Entry, request: Request) -> Witness:
        return Witness(self.operation, entry, "accept", request, self._success())

    def _refuse(self, entry: Entry, request: Request, kind: str) -> Witness:
        return Witness(self.operation, entry, "refuse", request, self._status(kind), kind)

    def _accepts(self, entry: Entry, found: list[Request], reason: str, every: bool = False) -> Found:
        yield from (self._accept(entry, self._apart(request)) for request in (found if every else found[:_KEPT]))
        if not found:
            yield Unwitnessed(self.operation, entry, reason, "accept")

    def _is_accepted(self, request: Request) -> bool:
        """Says whether nothing claimed refuses a request on the seeded state."""
        others = [
            seed
            for seed in self.collection.seed
            if seed.get(self.collection.id) not in self.base.values(self.effect.id)
        ]
        taken = (
            seed.get(claim.at.leaf, MISSING) in request.values(claim.at)
            for claim in self.claims
            for seed in others
            if claim.keyword == "unique"
        )
        return self._is_allowed(request) and not any(taken)

    def _is_allowed(self, request: Request) -> bool:
        """Says whether a request keeps to what is claimed, names the same object and only what the caller owns."""
        if not self.full.is_valid(_value(request)):
            return False
        if any(request.values(place) != self.base.values(place) for place in self.fixed):
            return False
        return self._is_owned(request)

    def _is_owned(self, request: Request) -> bool:
        caller = self.behavior.identities[:1]
        named = [(name, value) for name in self.effect.owned for value in request.values(_BODY.child(name))]
        return all(owns(identity, self.effect.owned[name], value) for identity in caller for name, value in named)

    def _apart(self, request: Request) -> Request:
        """Returns the request without the fields that a rule ties to those that differ from the sample."""
        if not isinstance(request.body, dict) or not isinstance(self.base.body, dict):
            return request
        differs = {
            name
            for name in {*request.body, *self.base.body}
            if request.body.get(name, MISSING) != self.base.body.get(name, MISSING)
        }
        for entry in self.entries:
            keeps = entry.row.keywords.get("keeps")
            tied = (
                {entry.claim.at.steps[2], *keeps}
                if entry.claim.keyword.startswith("rule:") and isinstance(keeps, dict)
                else set()
            )
            if tied & differs:
                apart = request
                for name in sorted(tied - differs):
                    apart = apart.without(_BODY.child(name))
                if self._is_accepted(apart):
                    request = apart
        return request

    def _with(self, place: Place) -> list[Request]:
        """Returns the sample with something at the place, as valid as it can be made."""
        if self.base.values(place):
            return [self.base]
        seeded = self._seeded(place)
        made = seeded or [sides.instance(claimed.node(self.schema, place.steps[1:]))]
        started = [self.base.with_value(place, value) for value in made[:_KEPT]]
        return [request for request in self._changed(started, place) if self._is_accepted(request)][:1]

    def _seeded(self, place: Place) -> list[Json]:
        """Returns what the seeded objects hold at a place of the body."""
        if not place.starts_with("request", "body") or len(place.steps) < 3:
            return []
        return [value for seed in self.collection.seed for value in replace(self.base, body=seed).values(place)]

    def _partial(self) -> Request:
        """Returns the sample with one optional field of the body and all that is required."""
        body = self.base.body if isinstance(self.base.body, dict) else {}
        request, left = self.base, 0
        for name in body:
            without = request.without(_BODY.child(name))
            if self._is_accepted(without):
                left += 1
                request = without if left > 1 else request
        return request

    def _elsewhere(self, place: Place) -> list[Claim]:
        return [other for other in self.claims if not other.at.starts_with(*place.steps)]

    def _changed(self, started: list[Request], place: Place) -> Iterator[Request]:
        """Yields the requests, then as changed by one or two steps that turn conditions on and off elsewhere."""
        yield from started
        changes = list(self._changes(place))
        for number in (1, 2):
            for steps in islice(combinations(changes, number), _TRIES):
                for request in started[:_KEPT]:
                    for change in steps:
                        request = change(request)
                    yield request

    def _changes(self, place: Place) -> Iterator[Change]:
        for claim in self.claims:
            if not claim.when or claim.at.steps[0] != "request":
                continue
            for steps, schema in claimed.condition_fields(claim.when):
                field = Place((*claim.at.parent.steps, *steps))
                choices = [schema, claimed.node(self.schema, field.steps[1:])]
                held = [choice for one in choices if isinstance(one, dict) for choice in _choices(one)]
                if not place.starts_with(*field.steps):
                    yield from (_setting(field, value) for value in sides.distinct(iter(held)))
                depth = len(claim.at.parent.steps)
                outer = [Place(field.steps[:length]) for length in range(depth + 1, len(field.steps) + 1)]
                yield from (_dropping(one) for one in outer if not place.starts_with(*one.steps) and one.leaf != "[]")
            if not place.starts_with(*claim.at.steps):
                made = self._seeded(claim.at) or [sides.instance(claimed.node(self.schema, claim.at.steps[1:]))]
                yield from (_setting(claim.at, value) for value in made[:1])
                yield _dropping(claim.at)

    def _travels(self, place: Place, value: Json) -> bool:
        """Says whether a value arrives as it is: parameters are texts, and a path has no empty one."""
        location = place.steps[1]
        if location == "body":
            return True
        if isinstance(value, str):
            plain = value.isascii() and value.isprintable()
            return bool(value.strip(".")) if location == "path" else plain or location == "query"
        return isinstance(value, int | float) and not isinstance(value, bool)


def _telling(claim: Claim, found: list[Request]) -> list[Request]:
    """Returns the first few requests; of a type one with a value of each other type."""
    if claim.keyword not in ("type", "anyOf", "oneOf", "items"):
        return found[:_KEPT]
    by_type: dict[type, Request] = {}
    for request in found:
        for value in request.values(claim.at)[:1]:
            by_type.setdefault(type(value), request)
    return list(by_type.values())


def _setting(place: Place, value: Json) -> Change:
    return lambda request: request.with_value(place, value)


def _dropping(place: Place) -> Change:
    return lambda request: request.without(place)


def _choices(schema: JsonObject) -> list[Json]:
    choices = schema.get("enum")
    if isinstance(choices, list):
        return choices
    return [True, False] if schema.get("type") == "boolean" else [None] if schema.get("type") == "null" else []


def _is_edge(claim: Claim, values: list[Json]) -> bool:
    """Says whether a value lies exactly at a bound."""
    sizes = [len(value) for value in values if isinstance(value, str | list | dict)]
    numbers = [value for value in values if isinstance(value, int | float)]
    return claim.value in sizes if claim.keyword[:3] in ("min", "max") and sizes else claim.value in numbers


def _value(request: Request) -> JsonObject:
    value: JsonObject = dict(request.parameters)
    if not isinstance(request.body, Missing):
        value["body"] = request.body
    return value


def _other_media_type(media_type: str) -> str:
    return "application/xml" if media_type.startswith("text/") else "text/plain"


def _distinct(known: Iterable[Entry]) -> list[Entry]:
    found: dict[tuple[Place, str, str, str], Entry] = {}
    for entry in known:
        found.setdefault((*entry.claim.key, canonical(entry.claim.value)), entry)
    return list(found.values())
