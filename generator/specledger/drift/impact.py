"""What a difference means for the client: the level of its next version.

A keyword makes the set of allowed values wider or narrower, or it only words it differently.

    request    wider: minor (calls that worked still work)       narrower: major (calls that worked may be refused)
    response   wider: major (callers meet what they did not)     narrower: minor (callers meet less than they allow)

In a response, a bound, a pattern or a further enum value is minor either way: the client's types hold no bounds, and
it hands over a value that it does not know. Words (a description, an example, a default, the vendor's own type word,
a sample that says otherwise) are a patch. What is neither wider nor narrower, such as another type, method, path or
credential, is major. A field that is added is minor, unless a request must carry it; one that is removed is major.
What a ruling has put into the spec already changes no client: a patch.
A refusal that comes or goes is minor, for the client raises by any status; one that moves to another status is major.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from specledger.canonical import canonical
from specledger.documents.reading import Fact
from specledger.drift import statuses
from specledger.drift.differences import Difference
from specledger.places import Place, parse
from specledger.yaml12 import Json, JsonObject, as_list, as_object

Level = Literal["none", "patch", "minor", "major"]
Effect = Literal["words", "wider", "narrower", "other"]

LEVELS: tuple[Level, ...] = ("none", "patch", "minor", "major")
Choices = Mapping[Place, set[str]]
_WORDS = {"vendor_type", "example", "default", "note", "digest", "from", "title"}
_LOWER = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}
_UPPER = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}
_UNTYPED = {*_LOWER, *_UPPER, "enum", "pattern", "multipleOf", "uniqueItems", "not"}
_NARROWING = {
    *("pattern", "not", "anyOf", "oneOf", "uniqueItems", "additionalProperties", "multipleOf", "scope"),
    *("unique", "owned", "readOnly"),
}
_COUNTS = {"minLength", "minItems", "minProperties"}
# Python's int holds either; a page that says nothing means what fits.
_WIDTHS: dict[Json, int] = {"int32": 0, "int64": 1, None: 1}
_BODY = Place(("request", "body"))


@dataclass(frozen=True, slots=True)
class Editions:
    """Two editions of a page: the places that came and went, and the values that a place could have before."""

    came: frozenset[Place]
    went: frozenset[Place]
    choices: Choices


def editions(before: Iterable[Fact], after: Iterable[Fact]) -> Editions:
    """Returns what the rows of two editions tell about the calls that worked."""
    old = list(before)
    places, now = ({parse(fact.at) for fact in rows} for rows in (old, after))
    return Editions(frozenset(now - places - {_BODY}), frozenset(places - now - {_BODY}), _choices(old))


def highest(levels: Collection[Level]) -> Level:
    """Returns the highest of the levels, `none` where there is none."""
    return max(levels, key=LEVELS.index, default="none")


def level(difference: Difference, known: Editions) -> tuple[Level, str]:
    """Returns the level and why, in words."""
    place = parse(difference.at)
    answered = place.starts_with("response")
    before, after = _words(difference.before), _words(difference.after)
    if difference.beside and "from" in (before or after):
        return "patch", "a sample says otherwise" if after else "a sample no longer says otherwise"
    if difference.kind == "added" and _within(place, known.came):
        return "minor", "it is part of something new"
    if difference.kind == "removed" and _within(place, known.went):
        return "minor", "it went with what is around it"
    if difference.kind != "changed" and not difference.when and not difference.beside:
        return _field(difference, place, answered=answered)
    if "when" in difference.keywords:
        return _condition(place, before["when"], after["when"], known.choices, answered=answered)
    return _keywords(before, after, answered=answered)


def _field(difference: Difference, place: Place, *, answered: bool) -> tuple[Level, str]:
    side = "a response" if answered else "a request"
    refusal = answered and len(place.steps) == 2 and statuses.is_refusal(place.leaf)
    if refusal:
        return "minor", f"the page {'names another' if difference.kind == 'added' else 'no longer names this'} refusal"
    if difference.kind == "removed":
        return "major", f"{side} no longer has it"
    must = (difference.after or {}).get("required") is True or place.starts_with("request", "path")
    if place.starts_with("security") or (must and not answered):
        return "major", "a request must carry it now"
    return "minor", f"{side} may have it now"


def _within(place: Place, places: Collection[Place]) -> bool:
    return any(Place(place.steps[:length]) in places for length in range(1, len(place.steps)))


def status(old: str, new: str, spec: str) -> tuple[Level, str]:
    """Returns the level of an answer that is now found under another status; `spec` is the one that succeeds there."""
    if statuses.is_refusal(old):
        return "major", "a caller catches it as another refusal"
    if statuses.SUCCESS in (old, new) and spec in (old, new):
        return "patch", "the spec has this status already"
    return "minor", "the answer is the same under another status"


def _condition(place: Place, before: Json, after: Json, choices: Choices, *, answered: bool) -> tuple[Level, str]:
    """Compares two conditions of the same claims: it holds in more cases, in fewer, or in others."""
    old, new = as_object(before), as_object(after)
    if set(old) != set(new):
        return "major", "it holds under another condition"
    more = {name: _values(new[name]) - _values(old[name]) for name in new}
    less = any(_values(old[name]) - _values(new[name]) for name in new)
    if less and any(more.values()):
        return "major", "it holds under another condition"
    if less:
        return _level("condition", "wider", answered=answered)
    known = {name: choices.get(_beside(place, name), set(values)) for name, values in more.items()}
    if any(more.values()) and all(not values & known[name] for name, values in more.items()):
        return "minor", "it holds for values that are new"
    return _level("condition", "narrower", answered=answered)


def _values(schema: Json) -> set[str]:
    """Returns the values that a condition names; a condition of another kind is one of its own."""
    words = _words(as_object(schema))
    return {canonical(value) for value in as_list(words["enum"])} if set(words) == {"enum"} else {canonical(words)}


def _beside(place: Place, name: str) -> Place:
    """Returns the place of a field that a condition names from the object around."""
    return Place((*place.parent.steps, *parse(f"request.{name.replace('?', '')}").steps[1:]))


def _choices(facts: Iterable[Fact]) -> Choices:
    """Returns the values that each place with an enum can have."""
    listed = [(fact, _words(fact.keywords)) for fact in facts]
    return {parse(fact.at): _values({"enum": words["enum"]}) for fact, words in listed if "enum" in words}


def _words(keywords: JsonObject | None) -> JsonObject:
    """Returns the keywords with a const as an enum of one."""
    words = dict(keywords or {})
    if "const" in words:
        words["enum"] = [words.pop("const")]
    return words


def _keywords(before: JsonObject, after: JsonObject, *, answered: bool) -> tuple[Level, str]:
    found: list[tuple[Level, str]] = []
    for keyword in {**before, **after}:
        effect = _effect(keyword, before.get(keyword), after.get(keyword))
        found.append(_level(keyword, effect, answered=answered))
    return max(found, key=lambda pair: LEVELS.index(pair[0]), default=("patch", "it is worded differently"))


def _level(keyword: str, effect: Effect, *, answered: bool) -> tuple[Level, str]:
    side = "a response" if answered else "a request"
    if keyword == "digest":
        return "patch", "a sentence that no keyword says changed; read what it means"
    if effect == "words":
        return "patch", "only the documentation changes"
    if keyword == "deprecated":
        return "minor", "it is deprecated"
    if effect == "other":
        return "major", f"another {keyword}"
    if answered and keyword in _UNTYPED:
        return "minor", f"{keyword}: the client hands over what it does not know"
    breaking = effect == ("wider" if answered else "narrower")
    return ("major" if breaking else "minor"), f"{keyword}: {side} may hold {'more' if effect == 'wider' else 'less'}"


def _effect(keyword: str, before: Json, after: Json) -> Effect:
    if keyword in _WORDS or canonical(before) == canonical(after):
        return "words"
    if keyword in _LOWER | _UPPER:
        nothing = 0 if keyword in _COUNTS else None
        return _bound(nothing if before is None else before, nothing if after is None else after, keyword in _LOWER)
    if keyword in ("required", "nullable"):
        narrower = (after is True) if keyword == "required" else (after is not True)
        return "words" if bool(before) == bool(after) else "narrower" if narrower else "wider"
    if keyword == "deprecated":
        return "narrower" if after is True else "words"
    if keyword in ("enum", "schemes"):
        return _sets(before, after, everything=keyword == "enum")
    if keyword in ("type", "items"):
        return _types(before, after)
    if keyword == "format" and before in _WIDTHS and after in _WIDTHS:
        return _bound(_WIDTHS[before], _WIDTHS[after], False)
    if keyword in _NARROWING:
        return "narrower" if before is None else "wider" if after is None else "other"
    return "other"


def _bound(before: Json, after: Json, lower: bool) -> Effect:
    if before == after:
        return "words"
    if not isinstance(before, (int, float)) or not isinstance(after, (int, float)):
        return "narrower" if before is None else "wider"
    return "narrower" if (after > before) == lower else "wider"


def _sets(before: Json, after: Json, *, everything: bool) -> Effect:
    """Compares two lists of allowed values; where `everything` holds, no list at all allows every value."""
    if before is None or after is None:
        return "other" if not everything else "narrower" if before is None else "wider"
    old, new = ({canonical(value) for value in as_list(side)} for side in (before, after))
    return "wider" if old < new else "narrower" if new < old else "other"


def _types(before: Json, after: Json) -> Effect:
    """Compares type words; a word that nobody said allows any type."""
    if before in (None, "any") or after in (None, "any"):
        return "narrower" if before in (None, "any") else "wider"
    old, new = ({str(word) for word in (side if isinstance(side, list) else [side])} for side in (before, after))
    wide_old, wide_new = (words | ({"integer"} if "number" in words else set()) for words in (old, new))
    return "wider" if old <= wide_new else "narrower" if new <= wide_old else "other"
