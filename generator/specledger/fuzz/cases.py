"""Directed cases: for each keyword of each schema of a request, what breaks it alone, and what lies at its edge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from specledger.behavior import Behavior
from specledger.emit.definitions import Definitions
from specledger.fuzz import claimed, sides
from specledger.fuzz.broken import Search, Side, Told, Untold
from specledger.fuzz.carriage import Carriage
from specledger.fuzz.ground import value_of
from specledger.fuzz.held import Held, Holding, schema_of
from specledger.fuzz.positions import ROOT
from specledger.fuzz.request import Request, is_json, working
from specledger.fuzz.sent import as_sent
from specledger.fuzz.values import Values
from specledger.ir import Api, MediaType, Operation, Parameter
from specledger.ledger import Ledger
from specledger.places import Place
from specledger.yaml12 import Json, JsonObject, as_list, as_object

BODY = Place(("request", "body"))
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True)
class Case:
    """A request that tells whether one keyword is asserted: one at its edge is accepted, the others are refused."""

    operation: Operation = field(repr=False)
    at: str
    keyword: str
    side: Side
    request: Request


@dataclass(frozen=True, slots=True)
class Unmade:
    """A keyword of an operation for which there is no case, and why."""

    operation: Operation = field(repr=False)
    at: str
    keyword: str
    reason: str


def cases(api: Api, behavior: Behavior, ledger: Ledger, seed: int) -> list[Case]:
    """Returns the cases of an API, the same for the same seed."""
    return plan(api, behavior, ledger, seed)[0]


def plan(api: Api, behavior: Behavior, ledger: Ledger, seed: int) -> tuple[list[Case], list[Unmade]]:
    """Returns the cases of an API, and the keywords that have none; equal files have them made once."""
    beside = behavior.document.text if behavior.document else ""
    made = _made(api.name, api.document.text, beside, tuple(one.id for one in api.operations), seed)
    if not made:
        found = list({(one.operation.id, repr(one)): one for one in _Cases(api, behavior, seed).all()}.values())
        made.append(
            ([one for one in found if isinstance(one, Case)], [one for one in found if isinstance(one, Unmade)])
        )
    cases, unmade = made[0]
    return [*cases], [*unmade]


@lru_cache(maxsize=8)
def _made(
    name: str, text: str, beside: str, operations: tuple[str, ...], seed: int
) -> list[tuple[list[Case], list[Unmade]]]:
    """Returns where what is made of these files is kept: nothing at first."""
    return []


class _Cases:
    """Makes the cases of one API."""

    def __init__(self, api: Api, behavior: Behavior, seed: int) -> None:
        self.api = api
        self.behavior = behavior
        self.holding = Holding(api, behavior)
        self.definitions = Definitions(api, ROOT)
        operations = api.operations
        self.schemas: dict[int, Json] = {}
        holders: list[Parameter | MediaType] = [one for known in operations for one in known.parameters]
        holders += [media for known in operations if known.body for media in known.body.content]
        # All are gathered before anything is judged: a reference may name a definition that comes up later.
        schemas = {id(holder): True if holder.schema is None else holder.schema for holder in holders}
        written = {key: self.definitions.schema(schema) for key, schema in schemas.items()}
        known = self.definitions.schemas
        self.schemas = {key: as_sent(schema, known) for key, schema in written.items()}
        self.values = Values({name: as_sent(schema, known) for name, schema in known.items()}, seed)

    def all(self) -> Iterator[Case | Unmade]:
        for operation in self.api.operations:
            held = self.holding.of(operation)
            base = self._base(operation, held)
            yield from self._operation(operation, held, base)

    def _operation(self, operation: Operation, held: list[Held], base: Request) -> Iterator[Case | Unmade]:
        for parameter in operation.parameters:
            yield from self._parameter(parameter, held, base)
        for media in operation.body.content if operation.body else ():
            essence = media.media_type.partition(";")[0].strip().lower()
            if is_json(essence) or essence in _FORMS:
                yield from self._body(media, held, base)
            else:
                reason = "no value of a schema is sent as this media type"
                yield Unmade(operation, str(BODY), media.media_type, reason)
        yield from self._without(operation, held, base)

    def _parameter(self, parameter: Parameter, held: list[Held], base: Request) -> Iterator[Case | Unmade]:
        at = Place(("request", parameter.location, parameter.wire_name))
        schema = self.schemas[id(parameter)]
        names = frozenset(self._names(schema))
        carriage = Carriage(base, at, parameter, names)
        begin = [*base.values(at), *self._shown(parameter)]
        yield from self._searched(carriage, schema, held, begin)

    def _body(self, media: MediaType, held: list[Held], base: Request) -> Iterator[Case | Unmade]:
        schema = self.schemas[id(media)]
        base = replace(base, media_type=media.media_type)
        effect = self.behavior.effects.get(base.operation.id)
        seeds = list(self.behavior.resources[effect.resource].seed) if effect else []
        begin = [*base.values(BODY), *media.examples, *seeds]
        yield from self._searched(Carriage(base, BODY), schema, held, begin)

    def _searched(
        self, carriage: Carriage, schema: Json, held: list[Held], begin: list[Json]
    ) -> Iterator[Case | Unmade]:
        operation = carriage.base.operation
        for found in Search(carriage, schema, held, self.values, begin).told():
            if isinstance(found, Told):
                request = carriage.request(found.value)
                yield Case(operation, str(found.at), found.keyword, found.side, request)
            elif isinstance(found, Untold):
                yield Unmade(operation, str(found.at), found.keyword, found.reason)

    def _without(self, operation: Operation, held: list[Held], base: Request) -> Iterator[Case]:
        """Yields the request without each parameter, and without its body: refused where that is required."""
        free = claimed.validator(schema_of(held))
        known = [(Place(("request", one.location, one.wire_name)), one.required) for one in operation.parameters]
        known += [(BODY, operation.body.required)] if operation.body else []
        for at, required in known:
            without = base.without(at)
            is_named = any(one.kind == "unknown" and one.at.starts_with(*at.steps) for one in held)
            if at.steps[1] == "path" or not base.values(at) or not free.is_valid(value_of(without)):
                continue
            if required or not is_named:
                yield Case(operation, str(at), "required", "broken" if required else "edge", without)

    def _base(self, operation: Operation, held: list[Held]) -> Request:
        """Returns a request that is accepted: that of behavior.yaml, else one of ids of seeded objects and examples."""
        credential = self.behavior.identities[0].credential if self.behavior.identities else None
        effect = self.behavior.effects.get(operation.id)
        if effect:
            return working(self.api, operation, effect, credential)
        request = Request(self.api, operation, credential=credential)
        wanted = schema_of(held)
        for parameter in operation.parameters:
            at = Place(("request", parameter.location, parameter.wire_name))
            asked = claimed.node(wanted, at.steps[1:])
            if not parameter.required and not asked:
                continue
            for value in self._good(self.schemas[id(parameter)], asked, self._shown(parameter)):
                if Carriage(request, at, parameter).carries(value):
                    request = request.with_value(at, value)
                    break
        for media in operation.body.content[:1] if operation.body else ():
            asked = claimed.node(wanted, BODY.steps[1:])
            for value in self._good(self.schemas[id(media)], asked, list(media.examples)):
                request = replace(request, body=value, media_type=media.media_type)
                break
        return request

    def _good(self, schema: Json, asked: JsonObject, shown: list[Json]) -> Iterator[Json]:
        judge = self.values.judge({"allOf": [schema, asked]})
        named = [value for one in as_list(asked.get("allOf")) for value in as_list(as_object(one).get("enum"))]
        plain = sides.instance(as_object(schema))
        for value in [*named, *shown, plain, *self.values.drawn([schema, asked], count=12)]:
            if judge.is_valid(value):
                yield value

    def _shown(self, parameter: Parameter) -> list[Json]:
        row = as_object(self.api.at(parameter.pointer))
        named = [as_object(one).get("value") for one in as_object(row.get("examples")).values()]
        schema = as_object(self.schemas[id(parameter)])
        return [row["example"]] if "example" in row else [*named, *as_list(schema.get("examples"))]

    def _names(self, schema: Json) -> Iterator[str]:
        found: Json = schema
        for _ in range(16):
            reference = as_object(found).get("$ref")
            found = self.values.definitions.get(str(reference).removeprefix(ROOT)) if reference else found
        yield from as_object(as_object(found).get("properties"))
