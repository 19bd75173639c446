"""Follows each row: from the page to the spec, to the client's symbol, and to the mock's answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from specledger import effects, places
from specledger.behavior import Behavior
from specledger.canonical import canonical
from specledger.claims import Claim, SpecClaims
from specledger.conform import FALSE_WHEN_ABSENT, paired
from specledger.fuzz.client import loaded
from specledger.fuzz.ground import value_of
from specledger.fuzz.proof import verdicts
from specledger.fuzz.request import Missing
from specledger.fuzz.target import Target
from specledger.fuzz.witness import Unwitnessed, Verdict
from specledger.fuzz.witnesses import plan
from specledger.ir import Api, Operation
from specledger.ledger import Facts, Ledger, Row
from specledger.places import Place
from specledger.rulings import Entry, Rulings, page_of
from specledger.trace.symbols import Symbols
from specledger.trace.traced import Exchange, Position, Said, Symbol, Traced, position
from specledger.yaml12 import Document, Json, JsonObject, Pointer

# Where `specledger mock` serves, so that the commands can be pasted.
_SERVED = "http://127.0.0.1:8800"
_READINGS = ("status", "reads_as", "same_as")
_UNSEEN = "no answer to any witness shows it"
_READING = Symbol(reason="it says how to read, not what holds")

Key = tuple[str, Place, str, str, str]
RowKey = tuple[str, Pointer]


def trace(
    api: Api,
    behavior: Behavior,
    known: Ledger,
    package: Document | None,
    generated: Path,
    target: Target,
    *,
    seed: int = 1,
) -> list[Traced]:
    """Returns a trace of each row of facts and rulings of an API, in the order of the files.

    Sends the witnesses to the mock in the order that the seed gives, on which nothing depends. Raises Failure where
    there is no client to look into.
    """
    planned = plan(api, behavior, known)
    judged = verdicts(api, behavior, list(planned.witnesses), target, seed=seed)
    proven: dict[Key, list[Verdict]] = defaultdict(list)
    for verdict in judged:
        proven[_key(verdict.witness.operation, verdict.witness.entry.claim)].append(verdict)
    reasons: dict[Key, list[Unwitnessed]] = defaultdict(list)
    for missing in planned.unwitnessed:
        reasons[_key(missing.operation, missing.entry.claim)].append(missing)
    with loaded(api, behavior, generated, target.socket(api), target.credential(api, behavior)) as client:
        follower = _Follower(api, behavior, package, Symbols(api, client.caller.client), proven, reasons)
        return follower.all(known)


def _key(operation: Operation, claim: Claim) -> Key:
    return (operation.id, *claim.key, canonical(claim.value))


@dataclass(slots=True)
class _Follower:
    """Follows the rows of one API."""

    api: Api
    behavior: Behavior
    package: Document | None
    symbols: Symbols
    proven: Mapping[Key, list[Verdict]]
    reasons: Mapping[Key, list[Unwitnessed]]

    def all(self, known: Ledger) -> list[Traced]:
        """Returns the traces: the facts page by page, then the rulings."""
        said: dict[RowKey, list[Said]] = defaultdict(list)
        pairs, _ = paired(self.api, known.facts)
        for operation, pages in pairs:
            for row, one in self._operation(operation, pages, known):
                said[row.key].append(one)
        found = [self._traced(row, said[row.key]) for facts in known.facts for row in _rows(facts, said)]
        ruled = {row.key: row for ruling in known.rulings for row in ruling.rows}
        return found + [self._traced(row, said[key]) for key, row in ruled.items()]

    def _traced(self, row: Row, said: list[Said]) -> Traced:
        nothing = "the ruling rules on nothing" if row.ruling else "the spec has no such operation"
        at = row.keywords.get("at", str(row.at))
        pages = tuple((page_of(row), first, last) for first, last in row.lines)
        return Traced(
            self.api.name,
            ", ".join(map(str, at)) if isinstance(at, list) else str(at),
            position(row.document, row.pointer),
            row.ruling,
            pages,
            tuple(one for number, one in enumerate(said) if one not in said[:number]),
            () if said else (nothing,),
        )

    def _operation(self, operation: Operation, pages: list[Facts], known: Ledger) -> Iterator[tuple[Row, Said]]:
        """Yields each row that speaks of an operation with each thing that it says there."""
        contract = [
            *SpecClaims(self.api, operation).all(),
            *effects.claims(self.api, self.behavior, operation),
            *effects.package_claims(self.api, self.package, operation),
        ]
        rulings = Rulings(known.rulings)
        entries = rulings.applied(operation, pages, contract)
        here = _Contract(contract)
        for entry in entries:
            yield entry.row, self._said(operation, here, entry)
        for entry, row in rulings.overruled:
            claim = entry.claim
            where = here.near(claim.at)
            bare = replace(_bare(operation, claim), spec=where)
            yield entry.row, replace(bare, overruled=position(row.document, row.pointer), ruling=row.ruling)
            about = Symbol(reason="it sets a claim of the page aside")
            lines = (f"it sets aside {entry.page}; what holds instead is claimed by itself",)
            yield row, replace(bare, keyword=f"overrides {claim.keyword}", client=about, unwitnessed=lines)
        told = {entry.row.key for entry in entries} | {entry.row.key for entry, _ in rulings.overruled}
        for row in (row for facts in pages for row in facts.rows if row.key not in told):
            yield row, _noted(operation, here, row)
        stems = {facts.stem for facts in pages}
        for ruling in known.rulings:
            for row in ruling.rows if not ruling.page or ruling.page in stems else ():
                yield from ((row, one) for one in _readings(operation, here, row))

    def _said(self, operation: Operation, here: _Contract, entry: Entry) -> Said:
        """Returns one claim with where the contract, the client and the mock have it."""
        claim = entry.claim
        key = _key(operation, claim)
        found = self.proven.get(key, [])
        reasons = [_sided(missing) for missing in self.reasons.get(key, [])]
        reasons += [_UNSEEN] if any(verdict.unseen for verdict in found) else []
        where = here.position(claim)
        symbol = self.symbols.of(operation, claim)
        failures = [] if where else [f"nothing in the contract says {claim.says()} at {claim.at}"]
        failures += [symbol.fault] if symbol.fault else []
        failures += [failure.message for verdict in found for failure in verdict.failures]
        failures += [] if found or reasons else [f"there is no witness of {claim.says()}, and no reason why"]
        return replace(
            _bare(operation, claim),
            spec=where,
            client=symbol,
            exchanges=tuple(self._exchange(verdict) for verdict in found),
            unwitnessed=tuple(dict.fromkeys(reasons)),
            failures=tuple(dict.fromkeys(failures)),
        )

    def _exchange(self, verdict: Verdict) -> Exchange:
        witness, answer = verdict.witness, verdict.answer
        request, at = witness.request, witness.entry.claim.at
        open_request = replace(request, credential=None)
        sent = places.values({"request": value_of(request)}, at.steps) if at.steps[0] == "request" else ()
        return Exchange(
            side=witness.side,
            refusal=witness.kind,
            method=request.operation.method,
            path=open_request.url(""),
            body=None if isinstance(request.body, Missing) else request.body,
            curl=request.curl(f"{_SERVED}/{self.api.name}"),
            sent=tuple(sent),
            wanted=witness.status,
            answered=answer.status,
            shown=tuple(self._shown(verdict)),
            held=verdict.held,
        )

    def _shown(self, verdict: Verdict) -> Iterator[Json]:
        """Yields what the answer shows at the place of the claim, without the times that the mock's clock gives."""
        witness, answer = verdict.witness, verdict.answer
        at, effect = witness.entry.claim.at, self.behavior.effects[witness.operation.id]
        touched = self.behavior.resources[effect.resource].touched
        if at.steps[:2] != ("response", str(answer.status)) or at.leaf in touched:
            return
        headers: JsonObject = {name.lower(): value for name, value in answer.headers.items()}
        if at.steps[2:3] == ("header",):
            yield from places.values(headers, tuple(step.lower() for step in at.steps[3:]))
        elif len(at.steps) > 3 and not isinstance(answer.body, Missing):
            yield from (_without(value, touched) for value in places.values(answer.body, at.steps[3:]))


class _Contract:
    """Where the contract of one operation says things."""

    def __init__(self, contract: Iterable[Claim]) -> None:
        self.said: dict[tuple[Place, str, str], list[Claim]] = defaultdict(list)
        self.places: dict[Place, Claim] = {}
        for claim in contract:
            self.said[claim.key].append(claim)
            first = self.places.setdefault(claim.at, claim)
            if claim.keyword == "present" and first.keyword != "present":
                self.places[claim.at] = claim

    def position(self, claim: Claim) -> Position | None:
        """Returns where the contract says what is claimed; None where it does not."""
        said = self.said.get(claim.key, [])
        same = [one for one in said if canonical(one.value) == canonical(claim.value)]
        if not same and not said and claim.value is False and claim.keyword in FALSE_WHEN_ABSENT:
            same = [self.places[claim.at]] if claim.at in self.places else []
        return position(same[0].document, same[0].pointer) if same else None

    def near(self, place: Place) -> Position | None:
        """Returns where the contract speaks of a place; None where it does not."""
        claim = self.places.get(place)
        return position(claim.document, claim.pointer) if claim else None


def _bare(operation: Operation, claim: Claim) -> Said:
    return Said(operation.label, str(claim.at), claim.keyword, claim.value, claim.when)


def _readings(operation: Operation, here: _Contract, row: Row) -> Iterator[Said]:
    """Yields what a ruling says about how its page is to be read."""
    for keyword in _READINGS:
        if keyword in row.keywords:
            value = row.keywords[keyword]
            read = Place(("response", str(value))) if keyword == "status" else places.parse(str(value))
            where = here.near(read) or here.near(row.at)
            said = Said(operation.label, str(row.at), keyword, value, spec=where, client=_READING)
            yield replace(
                said,
                unwitnessed=("what is read so is claimed by itself",),
                failures=() if where else (f"nothing in the contract is at {read}",),
            )


def _noted(operation: Operation, here: _Contract, row: Row) -> Said:
    """Returns a row that says where something stands and claims nothing of it."""
    said = Said(operation.label, str(row.at), "note", row.keywords.get("note"), spec=here.near(row.at))
    reason = "it is a note: the row claims nothing"
    return replace(said, client=Symbol(reason=reason), unwitnessed=(reason,))


def _rows(facts: Facts, said: dict[RowKey, list[Said]]) -> Iterator[Row]:
    """Yields the rows of a page; what its heading says belongs to the row on the operation, where there is one."""
    heading = said.pop((facts.document.path.as_posix(), ("operation",)), [])
    for row in facts.rows:
        if row.at.steps == ("operation",):
            said[row.key] = [*heading, *said[row.key]]
            heading = []
        yield row
    if heading:
        row = Row(Place(("operation",)), {}, facts.document, ("operation",), ((1, 1),))
        said[row.key] = heading
        yield row


def _without(value: Json, names: Sequence[str]) -> Json:
    """Returns a value without the fields of these names, at whatever depth."""
    if isinstance(value, list):
        return [_without(item, names) for item in value]
    if isinstance(value, dict):
        return {name: _without(item, names) for name, item in value.items() if name not in names}
    return value


def _sided(missing: Unwitnessed) -> str:
    return f"{missing.side}: {missing.reason}" if missing.side else missing.reason
