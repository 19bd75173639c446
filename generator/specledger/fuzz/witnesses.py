"""Requests on either side of each fact and ruling, made from them alone, never from the spec."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from specledger.behavior import REFUSALS, Behavior
from specledger.canonical import canonical, ordered
from specledger.claims import Claim, described
from specledger.conform import entries
from specledger.fuzz import claimed, sides
from specledger.fuzz.access import WRONG, disowned
from specledger.fuzz.ground import BODY, Ground, distinct, overlays
from specledger.fuzz.refused import UNKNOWN, meeting, other_media_type
from specledger.fuzz.request import Request
from specledger.fuzz.witness import Side, Unwitnessed, Witness
from specledger.ir import Api
from specledger.ledger import Ledger
from specledger.rulings import Entry
from specledger.yaml12 import Json

Found = Iterator[Witness | Unwitnessed]

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
            found += _Witnesses(Ground(api, behavior, operation, distinct(known))).all()
        else:
            reason = "behavior.yaml has no working request for this operation"
            found += [Unwitnessed(operation, entry, reason) for entry in distinct(known)]
    return Plan(
        tuple(one for one in found if isinstance(one, Witness)),
        tuple(one for one in found if isinstance(one, Unwitnessed)),
    )


def witnesses(api: Api, behavior: Behavior, ledger: Ledger) -> list[Witness]:
    """Returns the witnesses of an API."""
    return list(plan(api, behavior, ledger).witnesses)


class _Witnesses:
    """Makes the witnesses of one operation."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.behavior = ground.behavior
        self.operation = ground.operation
        self.effect = ground.effect
        self.collection = ground.collection
        self.base = ground.base
        self.refused: dict[str, list[Request]] = {}

    def all(self) -> Found:
        """Yields what each claim gives; those of answers last, since refusals are made of the requests before."""
        # The sample works by behavior.yaml, and may not by the rows: one of the two is wrong, the answer shows which.
        for entry in self.ground.contradicted:
            yield self._refuse(entry, self.base, "limit" if entry.claim.keyword.startswith("limit.") else "invalid")
        for entry in sorted(self.ground.entries, key=lambda entry: entry.claim.at.steps[0] == "response"):
            for found in self._of(entry):
                if isinstance(found, Witness) and found.side == "refuse":
                    self.refused.setdefault(found.kind, []).append(found.request)
                yield found

    def _of(self, entry: Entry) -> Found:
        claim = entry.claim
        root = claim.at.steps[0]
        if root == "request":
            yield from self._request(entry)
        elif root == "security":
            yield from self._security(entry)
        elif claim.keyword.startswith(("refuses:", "tells.")):
            yield from self._refusals(entry, re.split("[:.]", claim.keyword)[1])
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
            yield from self._accepts(
                entry, self.ground.beginnings(claim.at), "no request can hold it beside what else is claimed"
            )
        elif stem == "mediaType":
            yield self._accept(entry, replace(self.base, media_type=rest))
            yield self._refuse(entry, replace(self.base, media_type=other_media_type(rest)), "media_type")
        elif claim.keyword in ("effect", "unmapped"):
            yield self._accept(entry, self.ground.partial() if claim.keyword == "effect" else self.base)
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
        schema = claimed.node(self.ground.schema, claim.at.steps[1:])
        started = self.ground.beginnings(claim.at)
        held = [value for request in started for value in request.values(claim.at)] + self.ground.seeded(claim.at)
        if claim.keyword in ("type", "nullable") and not self.ground.is_typed(claim.at):
            # Whatever arrives may be read as a text, or as a list of one.
            values: Iterable[Json] = ("text",) if claim.value in ("integer", "number", "boolean") else ()
        else:
            values = sides.distinct(sides.near(claim.keyword, claim.value, held, schema))
        tried = [
            request.with_value(claim.at, value)
            for request in started
            for value in islice(values, _TRIES)
            if self.ground.travels(claim.at, value)
        ]
        edge = sorted(tried, key=lambda request: not _is_edge(claim, request.values(claim.at)))
        accepted = [request for request in edge if self.ground.is_accepted(request)]
        if claim.keyword == "type" or not accepted:
            accepted = [request for request in started if self.ground.is_accepted(request)]
        every = claim.keyword == "enum"
        yield from self._accepts(entry, accepted, "nothing that it allows is allowed by all the rest", every)
        yield from self._refuses(entry, tried, "limit" if claim.keyword.startswith("limit.") else "invalid")

    def _refuses(self, entry: Entry, tried: list[Request], kind: str) -> Found:
        """Yields requests that break the claim alone; where there are none, that break others at its place too."""
        claim = entry.claim
        alone = self.ground.alone(claim)
        others = [other for other in self.ground.claims if other is not claim]
        for rest in (others, [other for other in others if not other.at.starts_with(*claim.at.steps)]):
            without = self.ground.keeping(rest)
            found = [request for request in tried if without(request) and not alone(request)]
            if found:
                # What somebody else owns would be refused whatever the claim says.
                found.sort(key=lambda request: not self.ground.is_owned(request))
                yield from (self._refuse(entry, request, kind) for request in _telling(claim, found))
                return
        reason = "no value breaks it" if self.ground.is_typed(claim.at) else "whatever is sent there keeps it"
        if claim.keyword == "format":
            reason = "the format asserts nothing, or its bounds are claims of their own"
        yield Unwitnessed(self.operation, entry, reason, "refuse")

    def _required(self, entry: Entry) -> Found:
        place = entry.claim.at
        started = self.ground.beginnings(place)
        if entry.claim.value is True:
            yield from self._accepts(entry, started, "no request can hold it beside what else is claimed")
            if place.steps[1] == "path":
                yield Unwitnessed(self.operation, entry, "without it the path is another", "refuse")
            else:
                yield from self._refuses(entry, [request.without(place) for request in started], "invalid")
            return
        dropped = [request.without(place) for request in started]
        found = [request for request in self.ground.changed(dropped, place) if self.ground.is_accepted(request)]
        yield from self._accepts(entry, found, "what else is claimed asks for it")

    def _conditional(self, entry: Entry) -> Found:
        """Yields the condition met and kept, met and broken, not met and broken."""
        claim = entry.claim
        around = claim.at.parent
        holds = claimed.validator(claimed.condition_schema(claim.when))
        bare = self.ground.keeping([replace(claim, when="")])
        without = self.ground.keeping(other for other in self.ground.claims if other is not claim)

        def met(request: Request) -> bool:
            return any(holds.is_valid(value) for value in request.values(around))

        started = self.ground.beginnings(claim.at)
        if claim.keyword == "required":
            broken = [request.without(claim.at) for request in (*started, self.base)]
        else:
            held = [value for request in started for value in request.values(claim.at)]
            schema = claimed.node(self.ground.schema, claim.at.steps[1:])
            values = list(islice(sides.distinct(sides.near(claim.keyword, claim.value, held, schema)), _TRIES))
            broken = [request.with_value(claim.at, value) for request in started for value in values]
            started += [request.with_value(claim.at, value) for request in started for value in values]
        broken = [request for request in broken if not bare(request)]
        kept = [one for one in self.ground.changed(started, claim.at) if met(one) and self.ground.is_accepted(one)]
        yield from self._accepts(entry, kept, "its condition cannot be met by a request that is accepted")
        refused = [one for one in self.ground.changed(broken, claim.at) if without(one) and met(one)]
        refused = [one for one in refused if not self.ground.is_valid(one)]
        if refused:
            yield self._refuse(entry, refused[0], "invalid")
        else:
            yield Unwitnessed(self.operation, entry, "no request breaks it alone", "refuse")
        unmet = [one for one in self.ground.changed(broken, claim.at) if not met(one) and self.ground.is_accepted(one)]
        yield from self._accepts(entry, unmet[:1], "where its condition is not met, something else asks for the same")

    def _unique(self, entry: Entry) -> Found:
        yield self._accept(entry, self.base)
        name, own = entry.claim.at.leaf, self.base.values(self.effect.id)
        others = [
            seed[name] for seed in self.collection.seed if seed.get(self.collection.id) not in own and name in seed
        ]
        tried = [self.base.with_value(entry.claim.at, value) for value in others]
        found = [request for request in tried if self.ground.is_allowed(request)]
        if found:
            yield self._refuse(entry, found[0], "taken")
        else:
            yield Unwitnessed(self.operation, entry, "no seeded object holds a value that the caller may use", "refuse")

    def _owned(self, entry: Entry) -> Found:
        yield self._accept(entry, self.base)
        for request in disowned(self.behavior, self.base, entry.claim.at.leaf):
            if self.ground.is_valid(request):
                yield self._refuse(entry, request, "not_owned")
                return
        yield Unwitnessed(self.operation, entry, "no value with another owner's part can be made", "refuse")

    def _within(self, entry: Entry) -> Found:
        yield self._accept(entry, self.base)
        yield self._refuse(entry, self.base.with_value(entry.claim.at, UNKNOWN), "unknown")

    def _rule(self, entry: Entry) -> Found:
        """Yields what keeps the rule and what breaks it, the latter also with nothing that may be left out."""
        sides: tuple[tuple[str, Side], ...] = (("keeps", "accept"), ("breaks", "refuse"))
        for key, side in sides:
            given = overlays(entry, key)
            if not given:
                yield Unwitnessed(self.operation, entry, f"its row has no {key}", side)
            for fields in given:
                request = self.base
                for name, value in fields.items():
                    request = request.with_value(BODY.child(name), value)
                if side == "accept":
                    yield self._accept(entry, request)
                    continue
                yield self._refuse(entry, request, "rule")
                least = self.ground.least(request, fields)
                if least != request:
                    yield self._refuse(entry, least, "rule")

    def _security(self, entry: Entry) -> Found:
        stem, _, rest = entry.claim.keyword.partition(":")
        strangers = [replace(self.base, credential=credential) for credential in (None, WRONG)]
        if stem == "scheme":
            for number, keys in enumerate(self.operation.security):
                written = canonical(ordered(described(self.ground.api.schemes[key]) for key in keys))
                if written == rest:
                    yield self._accept(entry, replace(self.base, alternative=number))
                    yield from (
                        self._refuse(entry, replace(one, alternative=number), "unauthenticated") for one in strangers
                    )
                    return
            yield Unwitnessed(self.operation, entry, "the spec shows no credential in this way")
        elif stem == "scope":
            yield self._accept(entry, self.base)
            yield from self._refusals(entry, "scope")
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
                for request in islice(meeting(self.ground, kind, self.refused), 1):
                    yield self._refuse(entry, request, kind)
                    return
            yield Unwitnessed(self.operation, entry, f"no request is known that {steps[1]} answers")

    def _refusals(self, entry: Entry, kind: str) -> Found:
        found = list(islice(meeting(self.ground, kind, self.refused), 2))
        yield from (self._refuse(entry, request, kind) for request in found)
        if not found:
            yield Unwitnessed(self.operation, entry, f"no request meets the refusal {kind!r} on the seeded state")

    def _kinds(self, status: str) -> Iterator[str]:
        yield from (kind for kind in REFUSALS if str(self._status(kind)) == status)

    def _status(self, kind: str) -> int:
        """Returns the status that facts and rulings give a kind of refusal, else that of the kind it follows."""
        for claim in self.ground.claims:
            if claim.keyword == f"refuses:{kind}" and claim.at.steps[1].isdigit():
                return int(claim.at.steps[1])
        follows, status = REFUSALS[kind]
        return self._status(follows) if follows else status

    def _success(self) -> int:
        """Returns the status that facts and rulings give an accepted request."""
        found = [claim.at.steps[1] for claim in self.ground.claims if claim.at.steps[0] == "response"]
        return min((int(status) for status in found if status.isdigit() and status[0] == "2"), default=200)

    def _accept(self, entry: Entry, request: Request) -> Witness:
        return Witness(self.operation, entry, "accept", request, self._success())

    def _refuse(self, entry: Entry, request: Request, kind: str) -> Witness:
        return Witness(self.operation, entry, "refuse", request, self._status(kind), kind)

    def _accepts(self, entry: Entry, found: list[Request], reason: str, every: bool = False) -> Found:
        yield from (self._accept(entry, self.ground.apart(request)) for request in (found if every else found[:_KEPT]))
        if not found:
            yield Unwitnessed(self.operation, entry, reason, "accept")


def _telling(claim: Claim, found: list[Request]) -> list[Request]:
    """Returns the first few requests; of a type one with a value of each other type."""
    if claim.keyword not in ("type", "anyOf", "oneOf", "items"):
        return found[:_KEPT]
    by_type: dict[type, Request] = {}
    for request in found:
        for value in request.values(claim.at)[:1]:
            by_type.setdefault(type(value), request)
    return list(by_type.values())


def _is_edge(claim: Claim, values: list[Json]) -> bool:
    """Says whether a value lies exactly at a bound."""
    sizes = [len(value) for value in values if isinstance(value, str | list | dict)]
    numbers = [value for value in values if isinstance(value, int | float)]
    return claim.value in sizes if claim.keyword[:3] in ("min", "max") and sizes else claim.value in numbers
