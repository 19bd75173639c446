"""Sends witnesses to a mock and says which rows it does not bear out."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from specledger import places
from specledger.behavior import Behavior
from specledger.canonical import canonical
from specledger.claims import Claim
from specledger.diagnostics import Diagnostic
from specledger.fuzz import claimed
from specledger.fuzz.judge import differences
from specledger.fuzz.request import Answer, Missing, Request, as_json
from specledger.fuzz.target import State, Target
from specledger.fuzz.witness import Proof, Unwitnessed, Verdict, Witness
from specledger.ir import Api
from specledger.places import Place
from specledger.yaml12 import JsonObject

_STATE = ("effect", "unmapped", "touched", "immutable")


@dataclass(frozen=True, slots=True)
class _Exchange:
    """A request with its answer, and the state before and after."""

    request: Request
    answer: Answer
    before: State
    after: State


def prove(api: Api, behavior: Behavior, witnesses: list[Witness], target: Target) -> Proof:
    """Sends each witness to the mock, on freshly seeded state, and returns what it came to."""
    started = time.monotonic()
    found = verdicts(api, behavior, witnesses, target)
    requests = {id(verdict.answer) for verdict in found}
    failures = {failure for verdict in found for failure in verdict.failures}
    reason = "no answer to any witness shows it"
    unseen = tuple(
        Unwitnessed(verdict.witness.operation, verdict.witness.entry, reason) for verdict in found if verdict.unseen
    )
    held = sum(verdict.held for verdict in found)
    seconds = time.monotonic() - started
    return Proof(len(witnesses), len(requests), held, tuple(sorted(failures)), unseen, seconds)


def verdicts(api: Api, behavior: Behavior, witnesses: list[Witness], target: Target, *, seed: int = 0) -> list[Verdict]:
    """Returns what the mock made of each witness, each sent on freshly seeded state.

    A request that serves several rows is sent once. The seed orders the sending, on which nothing may depend.
    """
    proof = _Proof(api, behavior, witnesses, target)
    for witness in random.Random(seed).sample(witnesses, len(witnesses)):  # noqa: S311  # an order is no secret
        proof.exchange(witness)
    found = [proof.verdict(witness) for witness in witnesses]
    target.reset(api)
    return found


class _Proof:
    def __init__(self, api: Api, behavior: Behavior, witnesses: list[Witness], target: Target) -> None:
        claims = ((witness.operation.id, witness.entry.claim) for witness in witnesses)
        self.nullable = {(known, claim.at): claim for known, claim in claims if claim.keyword == "nullable"}
        self.api = api
        self.behavior = behavior
        self.target = target
        self.base_url = target.base(api)
        self.exchanges: dict[tuple[object, ...], _Exchange] = {}
        self.answers: dict[tuple[str, int], list[Answer]] = {}
        target.reset(api)
        self.seeds = target.state(api)

    def exchange(self, witness: Witness) -> _Exchange:
        """Returns the witness's exchange, sent where it was not yet."""
        request = witness.request
        headers = tuple(request.headers().items())
        key = (witness.operation.method, request.url(self.base_url), headers, request.payload())
        if key not in self.exchanges:
            self.target.reset(self.api)
            answer = self.target.send(request)
            self.exchanges[key] = _Exchange(request, answer, self.seeds, self.target.state(self.api))
            self.answers.setdefault((witness.operation.id, answer.status), []).append(answer)
        return self.exchanges[key]

    def verdict(self, witness: Witness) -> Verdict:
        """Returns what is wrong with the exchange of a witness, and whether what its row claims was shown."""
        found = [*self.answered(witness)] or [*self.effected(witness)]
        shown = [*self.shown(witness)]
        failures = tuple(self.diagnostic(witness, message) for message in [*found, *filter(None, shown)])
        return Verdict(witness, self.exchange(witness).answer, failures, "" in shown)

    def answered(self, witness: Witness) -> Iterator[str]:
        """Yields what is wrong with the status of the answer, and with what a refusal did to the state."""
        exchange = self.exchange(witness)
        claim = witness.entry.claim
        if exchange.answer.status != witness.status:
            keeps = "keeps to it" if witness.side == "accept" else "does not keep to it"
            yield (
                f"{witness.entry.speaker()} says {claim.says()}; a request that {keeps} must be answered with "
                f"{witness.status}, and was with {exchange.answer.status}"
            )
        if witness.side == "refuse":
            for collection, key, name in differences(exchange.before, exchange.after):
                yield f"the refused request changed {name!r} of {key!r} in {collection}"
                return

    def effected(self, witness: Witness) -> Iterator[str]:
        """Yields what is wrong with the state after an accepted request, for rows that speak of it."""
        claim = witness.entry.claim
        if witness.side == "refuse" or claim.keyword not in _STATE:
            return
        exchange = self.exchange(witness)
        effect = self.behavior.effects[witness.operation.id]
        named = next((str(value) for value in witness.request.values(effect.id)), "")
        was: JsonObject = exchange.before.get(effect.resource, {}).get(named, {})
        now: JsonObject = exchange.after.get(effect.resource, {}).get(named, {})
        body = witness.request.body if isinstance(witness.request.body, dict) else {}
        if claim.keyword == "effect":
            yield from _kept(self._fields(witness), body, was, now, str(claim.value))
            return
        same = canonical(was.get(claim.at.leaf)) == canonical(now.get(claim.at.leaf))
        if same is (claim.keyword == "touched"):
            verb = "left" if same else "changed"
            yield f"{witness.entry.speaker()} says {claim.says()}; an accepted update {verb} {claim.at.leaf!r}"

    def shown(self, witness: Witness) -> Iterator[str]:
        """Yields what is wrong with the answers that a row speaks of; an empty text where none shows its place."""
        claim = witness.entry.claim
        if claim.at.steps[0] != "response" or claim.keyword in _STATE or claim.keyword.startswith("refuses:"):
            return
        if claim.keyword.startswith("tells."):
            held = list(places.values(_root(self.exchange(witness).answer), claim.at.steps[2:]))
            if [canonical(one) for one in held] != [canonical(claim.value)]:
                yield f"{witness.entry.speaker()} says {claim.says()}; the answer shows {canonical(held)}"
            return
        status, part = claim.at.steps[1], claim.at.steps[2:3]
        answers = [
            answer
            for (operation_id, known), found in self.answers.items()
            for answer in found
            if operation_id == witness.operation.id and str(known) == status
        ]
        if not part:
            yield from () if answers else ("",)
        elif claim.keyword.startswith("mediaType:"):
            wanted = claim.keyword.partition(":")[2]
            found = {answer.headers.get("content-type", "").partition(";")[0] for answer in answers if answer.content}
            yield from (f"the answer is {other}, not {wanted}" for other in sorted(found - {wanted}))
        else:
            beside = self.nullable.get((witness.operation.id, claim.at))
            yield from _values_shown(witness, beside, [_root(answer) for answer in answers], status)

    def _fields(self, witness: Witness) -> set[str]:
        """Returns the top-level fields of the body that rows speak of and an update writes."""
        effect = self.behavior.effects[witness.operation.id]
        collection = self.behavior.resources[effect.resource]
        base = effect.request.get("body")
        names = set(base) if isinstance(base, dict) else set()
        return names - {collection.id, effect.id.leaf, *effect.unmapped, *collection.immutable}

    def diagnostic(self, witness: Witness, message: str) -> Diagnostic:
        """Returns a failure at the row that is not borne out, with the request as a command."""
        entry = witness.entry
        remedy = "correct the spec or behavior.yaml, then generate; or the row, where the page was misread"
        found = entry.row.document.diagnostic(
            entry.claim.pointer, "fact-unproven", message, remedy, operation=witness.operation.label, at=witness.at
        )
        curl = witness.request.curl(self.base_url)
        return replace(found, page=entry.page, excerpt=(*found.excerpt, curl))


def _kept(fields: set[str], sent: JsonObject, was: JsonObject, now: JsonObject, effect: str) -> Iterator[str]:
    """Yields the fields that a merge did not leave alone, or a replacement did not clear."""
    for name in sorted(fields):
        if name in sent:
            if canonical(now.get(name)) != canonical(sent[name]):
                yield f"{name!r} was sent and is not stored"
        elif effect == "merge" and canonical(was.get(name)) != canonical(now.get(name)):
            yield f"the rows say merge; {name!r} was not sent, and changed"
        elif effect == "replace" and name in now:
            yield f"the rows say replace; {name!r} was not sent, and is still there"


def _root(answer: Answer) -> JsonObject:
    headers: JsonObject = {name.lower(): value for name, value in answer.headers.items()}
    return {"header": headers} | ({} if isinstance(answer.body, Missing) else {"body": answer.body})


def _read(root: JsonObject) -> JsonObject:
    """Returns an answer with its headers read as the numbers and words of JSON that they may be."""
    headers = root["header"] if isinstance(root["header"], dict) else {}
    values = {name: as_json(str(value).encode()) for name, value in headers.items()}
    return {**root, "header": {name: value for name, value in values.items() if not isinstance(value, Missing)}}


def _values_shown(witness: Witness, beside: Claim | None, roots: list[JsonObject], status: str) -> Iterator[str]:
    claim = witness.entry.claim
    steps = claim.at.steps[2:]
    if steps[0] == "header":
        steps = ("header", *(step.lower() for step in steps[1:]))
        claim = replace(claim, at=Place(("response", status, *steps)))
    holds = claimed.validator(claimed.schema_of([claim, *([beside] if beside else [])], Place(("response", status))))
    wrong = [root for root in roots if not holds.is_valid(root) and not holds.is_valid(_read(root))]
    if wrong:
        error = next(iter(holds.iter_errors(wrong[0])))
        said = f"{witness.entry.speaker()} says {claim.says()}"
        yield f"{said}; an answer with {status} does not keep to it: {error.message[:200]}"
    elif claim.keyword != "required" and not any(True for root in roots for _ in places.values(root, steps)):
        yield ""
