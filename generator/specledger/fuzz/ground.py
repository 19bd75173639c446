"""The ground that witnesses stand on: what is claimed about requests, one that works, and how to change it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import combinations, islice

from specledger.behavior import Behavior
from specledger.canonical import canonical
from specledger.claims import Claim
from specledger.fuzz import claimed, sides
from specledger.fuzz.access import owns
from specledger.fuzz.request import MISSING, Missing, Request, body_media_type, is_json, working
from specledger.ir import Api, Operation
from specledger.places import Place
from specledger.rulings import Entry
from specledger.yaml12 import Json, JsonObject, as_rows

Change = Callable[[Request], Request]

BODY = Place(("request", "body"))
ROOT = Place(("request",))
# How many changes are tried on the way to a request, and from how many beginnings.
_TRIES, _STARTS = 400, 3


class Ground:
    """What facts and rulings claim about the requests of one operation, and the sample of behavior.yaml.

    `entries` leaves out those that `contradicted` holds: the sample breaks them.
    """

    def __init__(self, api: Api, behavior: Behavior, operation: Operation, known: list[Entry]) -> None:
        self.api = api
        self.behavior = behavior
        self.operation = operation
        self.effect = behavior.effects[operation.id]
        self.collection = behavior.resources[self.effect.resource]
        credential = behavior.identities[0].credential if behavior.identities else None
        self.base = working(api, operation, self.effect, credential)
        self.fixed = [self.effect.id, *self.effect.within.values()]
        self.claims = [entry.claim for entry in known]
        self.contradicted = [entry for entry in known if not self.alone(entry.claim)(self.base)]
        self.entries = [entry for entry in known if entry not in self.contradicted]
        self.claims = [entry.claim for entry in self.entries]
        self.schema = claimed.schema_of(self.claims, ROOT)
        self.is_valid = self.keeping(self.claims)

    def keeping(self, claims: Iterable[Claim]) -> Callable[[Request], bool]:
        """Returns what says whether a request keeps to these claims."""
        holds = claimed.validator(claimed.schema_of(claims, ROOT))
        return lambda request: holds.is_valid(value_of(request))

    def alone(self, claim: Claim) -> Callable[[Request], bool]:
        """Returns what says whether a request keeps to one claim; null counts where it is claimed to be allowed."""
        nullable = [other for other in self.claims if other.keyword == "nullable" and other.at == claim.at]
        return self.keeping([claim, *nullable])

    def is_accepted(self, request: Request) -> bool:
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
        return self.is_allowed(request) and not any(taken)

    def is_allowed(self, request: Request) -> bool:
        """Says whether a request keeps to what is claimed, names the same object and only what the caller owns."""
        if not self.is_valid(request):
            return False
        if any(request.values(place) != self.base.values(place) for place in self.fixed):
            return False
        return self.is_owned(request)

    def is_owned(self, request: Request) -> bool:
        """Says whether the caller owns what the request names in fields that are owned."""
        caller = self.behavior.identities[:1]
        named = [(name, value) for name in self.effect.owned for value in request.values(BODY.child(name))]
        return all(owns(identity, self.effect.owned[name], value) for identity in caller for name, value in named)

    def apart(self, request: Request) -> Request:
        """Returns the request without the fields that a rule ties to those that differ from the sample."""
        if not isinstance(request.body, dict) or not isinstance(self.base.body, dict):
            return request
        differs = {
            name
            for name in {*request.body, *self.base.body}
            if request.body.get(name, MISSING) != self.base.body.get(name, MISSING)
        }
        for entry in self.entries:
            tied = {name for fields in overlays(entry, "keeps") for name in fields}
            tied |= {entry.claim.at.steps[2]} if tied else set()
            if tied & differs:
                apart = request
                for name in sorted(tied - differs):
                    apart = apart.without(BODY.child(name))
                if self.is_accepted(apart):
                    request = apart
        return request

    def beginnings(self, place: Place) -> list[Request]:
        """Returns the sample with something at the place, as valid as it can be made."""
        if self.base.values(place):
            return [self.base]
        seeded = self.seeded(place)
        made = seeded or [sides.instance(claimed.node(self.schema, place.steps[1:]))]
        started = [self.base.with_value(place, value) for value in made[:_STARTS]]
        return [request for request in self.changed(started, place) if self.is_accepted(request)][:1]

    def seeded(self, place: Place) -> list[Json]:
        """Returns what the seeded objects hold at a place of the body."""
        if not place.starts_with("request", "body") or len(place.steps) < 3:
            return []
        return [value for seed in self.collection.seed for value in replace(self.base, body=seed).values(place)]

    def least(self, request: Request, kept: Iterable[str]) -> Request:
        """Returns the request without the fields of the body that may be left out and are not among those kept."""
        left = set(request.body) - set(kept) if isinstance(request.body, dict) else set()
        for name in sorted(left):
            without = request.without(BODY.child(name))
            request = without if self.is_valid(without) else request
        return request

    def partial(self) -> Request:
        """Returns the sample with one optional field of the body and all that is required."""
        body = self.base.body if isinstance(self.base.body, dict) else {}
        request, left = self.base, 0
        for name in body:
            without = request.without(BODY.child(name))
            if self.is_accepted(without):
                left += 1
                request = without if left > 1 else request
        return request

    def changed(self, started: list[Request], place: Place) -> Iterator[Request]:
        """Yields the requests, then as changed by one or two steps that turn conditions on and off elsewhere."""
        yield from started
        changes = list(self._changes(place))
        for number in (1, 2):
            for steps in islice(combinations(changes, number), _TRIES):
                for request in started[:_STARTS]:
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
                made = self.seeded(claim.at) or [sides.instance(claimed.node(self.schema, claim.at.steps[1:]))]
                yield from (_setting(claim.at, value) for value in made[:1])
                yield _dropping(claim.at)

    def is_typed(self, place: Place) -> bool:
        """Says whether what is sent at a place keeps its JSON type: parameters and forms are texts."""
        return place.steps[1] == "body" and is_json(body_media_type(self.operation))

    def travels(self, place: Place, value: Json) -> bool:
        """Says whether a value arrives as it is; a path has no empty segment."""
        if self.is_typed(place):
            return True
        location = place.steps[1]
        if isinstance(value, list):
            return bool(value) and all(isinstance(item, str) for item in value)
        if isinstance(value, str):
            plain = value.isascii() and value.isprintable()
            return bool(value.strip(".")) if location == "path" else plain or location in ("query", "body")
        return isinstance(value, int | float) and not isinstance(value, bool)


def _setting(place: Place, value: Json) -> Change:
    return lambda request: request.with_value(place, value)


def _dropping(place: Place) -> Change:
    return lambda request: request.without(place)


def _choices(schema: JsonObject) -> list[Json]:
    choices = schema.get("enum")
    if isinstance(choices, list):
        return choices
    return [True, False] if schema.get("type") == "boolean" else [None] if schema.get("type") == "null" else []


def value_of(request: Request) -> JsonObject:
    """Returns a request as one JSON value: parameters by location, and the body."""
    value: JsonObject = dict(request.parameters)
    if not isinstance(request.body, Missing):
        value["body"] = request.body
    return value


def overlays(entry: Entry, key: str) -> list[JsonObject]:
    """Returns what a row on a rule gives under `keeps` or `breaks`: fields to be laid over a working request."""
    given = entry.row.keywords.get(key) if entry.claim.keyword.startswith("rule:") else None
    return as_rows(given if isinstance(given, list) else [given])


def distinct(known: Iterable[Entry]) -> list[Entry]:
    """Returns the entries whose claims differ, the first of each; two rows on a rule with other examples both stay."""
    found: dict[tuple[Place, str, str, str, str], Entry] = {}
    for entry in known:
        examples: Json = [*overlays(entry, "keeps"), *overlays(entry, "breaks")]
        found.setdefault((*entry.claim.key, canonical(entry.claim.value), canonical(examples)), entry)
    return list(found.values())
