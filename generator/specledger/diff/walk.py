"""Two schemas at one place: what changed, named where it changed.

The whole decides the level: a change that no value notices is docs, whatever was rewritten. Only fields are more than
values: one that disappears breaks whoever reads or sends it by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from specledger.canonical import canonical, ordered
from specledger.diff.change import LEVELS, Affected, Change, Level
from specledger.diff.contract import Contract
from specledger.diff.sets import YES, Inclusion, Sets
from specledger.diff.shape import Shape, declared, shape
from specledger.diff.view import Side
from specledger.places import Place
from specledger.yaml12 import Json, as_list, as_object, as_text

_TEXTS = ("title", "description", "deprecated", "example", "examples", "externalDocs", "$comment")
_LONGEST = 20  # places deeper than this are reported at the place around them


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in the contract a schema stands, and which way its values travel."""

    operation: str
    at: Place
    side: Side
    is_xml: bool = False

    def child(self, *steps: str) -> Spot:
        """Returns the spot further in."""
        return replace(self, at=Place((*self.at.steps, *steps)))

    def change(self, kind: str, level: Level, message: str, *, side: Affected | None = None) -> Change:
        """Returns a change at this spot."""
        return Change(self.operation, str(self.at), kind, level, side or self.side, message)


@dataclass(frozen=True, slots=True)
class Pair:
    """What stands at a spot in the old and in the new contract; `most` is the gravest level of a change of values."""

    old: Json
    new: Json
    spot: Spot
    most: Level
    seen: frozenset[tuple[str, str]] = frozenset()


class Walk:
    """Compares schemas of two contracts."""

    def __init__(self, old: Contract, new: Contract) -> None:
        self.old = old
        self.new = new
        self.sets: dict[Side, Sets] = {"request": Sets(old, new, "request"), "response": Sets(old, new, "response")}
        self.renamed: set[tuple[str, str]] = set()
        self.mapped: set[tuple[str, str, str]] = set()

    def compare(self, old: Json, new: Json, spot: Spot) -> list[Change]:
        """Returns every change between two schemas whose values travel one way."""
        verdict = self._inclusion(old, new, spot)
        most = self._most(old, new, spot, verdict)
        return self._explained(Pair(old, new, spot, most), verdict)

    def _directed(self, old: Json, new: Json, spot: Spot) -> tuple[Json, Json]:
        return (old, new) if spot.side == "request" else (new, old)

    def _inclusion(self, old: Json, new: Json, spot: Spot) -> Inclusion:
        return self.sets[spot.side].included(*self._directed(old, new, spot))

    def _most(self, old: Json, new: Json, spot: Spot, verdict: Inclusion) -> Level:
        if not verdict.holds:
            return "breaking"
        return "docs" if self.sets[spot.side].same(*self._directed(old, new, spot)) else "compatible"

    def _explained(self, pair: Pair, verdict: Inclusion) -> list[Change]:
        """Returns the changes inside; where none of them says why the whole breaks, the whole does."""
        found = list(self._inside(pair))
        if pair.most == "breaking" and not any(one.level == "breaking" for one in found):
            found.append(self._broken(pair, "schema", verdict, pair.old, pair.new))
        return found

    def _broken(self, pair: Pair, word: str, verdict: Inclusion, before: Json, after: Json) -> Change:
        word = word.lstrip("$")
        spot = pair.spot
        if spot.side == "request":
            kind, what = f"{_kebab(word)}-narrowed", "refuses values that were accepted"
        else:
            kind, what = f"{_kebab(word)}-widened", "may hold values that it could not hold before"
        unsure = "" if verdict.certain else "; this could not be decided"
        made = spot.change(kind, "breaking", f"{word} {what}{unsure}")
        return replace(made, before=before, after=after, witness=verdict.witness, certain=verdict.certain)

    def _inside(self, pair: Pair) -> Iterator[Change]:
        key = (canonical(pair.old), canonical(pair.new))
        if key in pair.seen or len(pair.seen) > _LONGEST:
            return
        yield from self._renamed(pair)
        pair = replace(pair, seen=pair.seen | {key})
        old, new = shape(self.old, pair.old), shape(self.new, pair.new)
        yield from self._texts(pair, old, new)
        yield from self._fields(pair, old, new)
        yield from self._below(pair, old, new)
        if pair.most == "breaking":
            yield from self._statements(pair, old, new)
        else:
            yield from self._rewritten(pair, old, new)

    def _renamed(self, pair: Pair) -> Iterator[Change]:
        before, after = (_component(side) for side in (pair.old, pair.new))
        if not before or not after or before == after or (before, after) in self.renamed:
            return
        if before not in _components(self.new) and after not in _components(self.old):
            self.renamed.add((before, after))
            message = f"the schema {before} is called {after} now, and with it the class of the client"
            made = pair.spot.change("schema-renamed", "breaking", message, side="client")
            yield replace(made, before=before, after=after)

    def _texts(self, pair: Pair, old: Shape, new: Shape) -> Iterator[Change]:
        for word in (*_TEXTS, "default", "xml"):
            before, after = (ordered(part[word] for part in one.parts if word in part) for one in (old, new))
            if canonical(before) == canonical(after):
                continue
            level: Level = "docs"
            if word == "default" and pair.spot.side == "request":
                level = "compatible"
            if word == "xml" and pair.spot.is_xml:
                level = "breaking"
            made = pair.spot.change(f"{_kebab(word)}-changed", level, f"{word} changed")
            yield replace(made, before=old.only(word), after=new.only(word))

    def _fields(self, pair: Pair, old: Shape, new: Shape) -> Iterator[Change]:
        word = "readOnly" if pair.spot.side == "request" else "writeOnly"
        before = {name for name in old.fields if not self._is_hidden(self.old, old, name, word)}
        after = {name for name in new.fields if not self._is_hidden(self.new, new, name, word)}
        below_old, below_new = declared(self.old, pair.old), declared(self.new, pair.new)
        for name in old.fields:
            spot = pair.spot.child(name)
            if name in before and name in new.fields and name not in after:
                yield replace(self._gone(pair, old, spot, name), kind=f"property-{_kebab(word)}")
            elif name in before and name not in below_new:
                if not self._is_covered(pair, new, name) and old.field_schema(name) is not False:
                    yield self._gone(pair, old, spot, name)
            elif name in before and name in after:
                yield from self._field(pair, old, new, name)
        for name in new.fields:
            if name in after and name not in before and (name in old.fields or name not in below_old):
                made = pair.spot.child(name).change("property-added", "compatible", f"the field {name} is new")
                yield replace(made, after=new.field_schema(name))

    def _is_hidden(self, contract: Contract, one: Shape, name: str, word: str) -> bool:
        return any(contract.is_marked(schema, word) for schema in one.fields[name])

    def _is_covered(self, pair: Pair, new: Shape, name: str) -> bool:
        """Says whether a request's field that lost its name is spoken of by a pattern or as one of all others."""
        if pair.spot.side != "request":
            return False
        from specledger.diff.judge import Undecided, finds

        for part in new.parts:
            if isinstance(part.get("additionalProperties"), dict) and part["additionalProperties"]:
                return True
            try:
                if any(finds(pattern, name) for pattern in as_object(part.get("patternProperties"))):
                    return True
            except Undecided:
                continue
        return False

    def _gone(self, pair: Pair, old: Shape, spot: Spot, name: str) -> Change:
        what = "is no longer taken in a request" if spot.side == "request" else "is no longer in the answer"
        made = spot.change("property-removed", "breaking", f"the field {name} {what}")
        verdict = YES
        if pair.most == "breaking" and spot.side == "response":
            verdict = self._stated(pair, {"properties": {name: old.field_schema(name)}})
        return replace(made, before=old.field_schema(name), witness=verdict.witness)

    def _stated(self, pair: Pair, statement: Json) -> Inclusion:
        """Says whether all that is sent satisfies one statement of the receiver."""
        sent = pair.old if pair.spot.side == "request" else pair.new
        return self.sets[pair.spot.side].included(sent, statement)

    def _field(self, pair: Pair, old: Shape, new: Shape, name: str) -> Iterator[Change]:
        before, after = old.field_schema(name), new.field_schema(name)
        taken = after if pair.spot.side == "request" else before
        yield from self._child(pair, before, after, pair.spot.child(name), {"properties": {name: taken}})

    def _child(self, pair: Pair, before: Json, after: Json, spot: Spot, statement: Json) -> Iterator[Change]:
        verdict = self._stated(pair, statement) if pair.most == "breaking" else YES
        own = self._inclusion(before, after, spot)
        most: Level = "breaking" if not verdict.holds else self._most(before, after, spot, YES)
        if verdict.holds:
            most = min(most, "compatible" if pair.most == "breaking" else pair.most, key=LEVELS.index)
        shown = own if not own.holds and own.witness else verdict
        yield from self._explained(replace(pair, old=before, new=after, spot=spot, most=most), shown)

    def _below(self, pair: Pair, old: Shape, new: Shape) -> Iterator[Change]:
        """Walks into items, values of maps, and branches that both contracts have."""
        for word, step in (("items", "[]"), ("additionalProperties", "{}")):
            before, after = old.only(word), new.only(word)
            if isinstance(before, dict) and isinstance(after, dict):
                part = next(p for p in (new if pair.spot.side == "request" else old).parts if word in p)
                beside = {key: part[key] for key in _BESIDE[word] if key in part}
                if word == "additionalProperties":
                    beside["properties"] = dict.fromkeys(as_object(part.get("properties")), True)
                yield from self._child(pair, before, after, pair.spot.child(step), beside)
        firsts = zip(as_list(old.only("prefixItems")), as_list(new.only("prefixItems")), strict=False)
        for index, (before, after) in enumerate(firsts):
            taken = after if pair.spot.side == "request" else before
            statement: Json = {"prefixItems": [*([True] * index), taken]}
            yield from self._child(pair, before, after, pair.spot.child(f"[{index}]"), statement)
        families = [as_object(one.only("patternProperties")) for one in (old, new)]
        for pattern in sorted(families[0].keys() & families[1].keys()):
            before, after = families[0][pattern], families[1][pattern]
            taken = after if pair.spot.side == "request" else before
            statement = {"patternProperties": {pattern: taken}}
            yield from self._child(pair, before, after, pair.spot.child("{}"), statement)
        yield from self._mapped(pair, old, new)
        for word in ("anyOf", "oneOf"):
            inside = replace(pair, most=min(pair.most, "compatible", key=LEVELS.index))
            for before, after in _paired(as_list(old.only(word)), as_list(new.only(word))):
                yield from self._branch(inside, before, after, old, new)

    def _mapped(self, pair: Pair, old: Shape, new: Shape) -> Iterator[Change]:
        """Walks into what the values of a base's discriminator choose: no `$ref` leads there."""
        rows = [as_object(as_object(one.only("discriminator")).get("mapping")) for one in (old, new)]
        if any(one.only(word) for one in (old, new) for word in ("oneOf", "anyOf")):
            return
        for value in sorted(rows[0].keys() & rows[1].keys()):
            before, after = (as_object({"$ref": _pointed(row[value])}) for row in rows)
            key = (canonical(before), canonical(after), str(pair.spot))
            if key not in self.mapped:
                self.mapped.add(key)
                yield from self.compare(before, after, pair.spot)

    def _branch(self, pair: Pair, before: Json, after: Json, old: Shape, new: Shape) -> Iterator[Change]:
        """Yields what changed in a branch; a field that moved out of all branches is still there."""
        for one in self._inside(replace(pair, old=before, new=after)):
            name = one.at.rpartition(".")[2]
            moved = new.fields if one.kind == "property-removed" else old.fields if one.kind == "property-added" else ()
            if name not in moved:
                yield one

    def _statements(self, pair: Pair, old: Shape, new: Shape) -> Iterator[Change]:
        """Yields each statement of the receiver that something sent does not satisfy."""
        walked = {word for word in ("items", "additionalProperties") if self._both(word, old, new)}
        told: set[str] = set()
        for keyword, statement in (new if pair.spot.side == "request" else old).statements():
            name = str(as_list(statement["required"])[0]) if keyword == "required" else ""
            if (keyword in walked and "prefixItems" not in statement) or f"{keyword} {name}" in told:
                continue
            verdict = self._stated(pair, statement)
            if verdict.holds:
                continue
            told.add(f"{keyword} {name}")
            if name:
                inner = replace(pair, spot=pair.spot.child(name))
                yield replace(self._required(inner, name), witness=verdict.witness, certain=verdict.certain)
            else:
                yield self._broken(pair, keyword, verdict, old.only(keyword), new.only(keyword))

    def _both(self, word: str, old: Shape, new: Shape) -> bool:
        return isinstance(old.only(word), dict) and isinstance(new.only(word), dict)

    def _required(self, pair: Pair, name: str) -> Change:
        if pair.spot.side == "request":
            return pair.spot.change("property-required", "breaking", f"the field {name} must be sent now")
        return pair.spot.change("property-optional", "breaking", f"the field {name} may be missing now")

    def _rewritten(self, pair: Pair, old: Shape, new: Shape) -> Iterator[Change]:
        """Yields the keywords that are written otherwise, none of which refuses a value that was good."""
        before, after = (sorted({canonical(said) for _, said in one.statements()}) for one in (old, new))
        if before == after:
            return
        texts = {*before} ^ {*after}
        words = sorted({key for one in (old, new) for key, said in one.statements() if canonical(said) in texts})
        if pair.most == "docs":
            if words:
                yield pair.spot.change(
                    "schema-rewritten", "docs", f"{', '.join(words)}: written otherwise, same values"
                )
            return
        for word in words:
            kind = f"{_kebab(word)}-{'widened' if pair.spot.side == 'request' else 'narrowed'}"
            made = pair.spot.change(kind, "compatible", f"{word} changed; what was good still is")
            yield replace(made, before=old.only(word), after=new.only(word))


_BESIDE = {"items": ("prefixItems", "items"), "additionalProperties": ("additionalProperties", "patternProperties")}


def _paired(old: list[Json], new: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Yields branches that belong together: equal ones, those of one name, then as many as stand in one order."""
    before, after = list(old), list(new)
    for alike in (canonical, _component):
        for one in list(before):
            same = next((other for other in after if alike(one) and alike(other) == alike(one)), None)
            if same is not None:
                before.remove(one)
                after.remove(same)
                yield one, same
    if len(before) == len(after):
        yield from zip(before, after, strict=True)


def _component(schema: Json) -> str:
    reference = as_object(schema).get("$ref")
    prefix = "#/components/schemas/"
    return reference.removeprefix(prefix) if isinstance(reference, str) and reference.startswith(prefix) else ""


def _pointed(target: Json) -> str:
    """Returns the reference of a mapping's value, which may be the name of a schema alone."""
    word = as_text(target)
    return word if word.startswith("#") else f"#/components/schemas/{word}"


def _components(contract: Contract) -> dict[str, Json]:
    return as_object(as_object(contract.root.get("components")).get("schemas"))


def _kebab(word: str) -> str:
    return "".join(f"-{char.lower()}" if char.isupper() else char for char in word)
