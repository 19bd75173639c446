"""What a difference means for the client: the level of its next version.

A keyword makes the set of allowed values wider or narrower, or it only words it differently.

    request    wider: minor (calls that worked still work)       narrower: major (calls that worked may be refused)
    response   wider: major (callers meet what they did not)     narrower: minor (callers meet less than they allow)

In a response, a bound, a pattern or a further enum value is minor either way: the client's types hold no bounds, and
it hands over a value that it does not know. Words (a description, an example, a default, the vendor's own type word)
are a patch. What is neither wider nor narrower, such as another type, method, path or credential, is major.
A field that is added is minor, unless a request must carry it; one that is removed is major.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from specledger.canonical import canonical
from specledger.documents.reading import Fact
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
_NARROWING = {"pattern", "not", "anyOf", "oneOf", "uniqueItems", "additionalProperties", "multipleOf", "scope"}


def highest(levels: Collection[Level]) -> Level:
    """Returns the highest of the levels, `none` where there is none."""
    return max(levels, key=LEVELS.index, default="none")


def level(difference: Difference, added: Collection[Place], choices: Choices) -> tuple[Level, str]:
    """Returns the level and why, in words.

    `added` are the places that are new with this edition of the page, `choices` the values that a place could have
    before: a condition on values that are new concerns no call that worked.
    """
    place = parse(difference.at)
    answered = place.starts_with("response")
    side = "a response" if answered else "a request"
    if difference.kind == "removed" and not difference.when:
        return "major", f"{side} no longer has it"
    if difference.kind == "added" and not difference.when:
        if place.parent in added:
            return "minor", "it is part of something new"
        must = (difference.after or {}).get("required") is True or place.starts_with("request", "path")
        if place.starts_with("security") or (must and not answered):
            return "major", "a request must carry it now"
        return "minor", f"{side} may have it now"
    before, after = _words(difference.before), _words(difference.after)
    if "when" in difference.keywords:
        return _condition(place, before["when"], after["when"], choices, answered=answered)
    return _keywords(before, after, answered=answered)


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
    known = {name: choices.get(_field(place, name), set(values)) for name, values in more.items()}
    if any(more.values()) and all(not values & known[name] for name, values in more.items()):
        return "minor", "it holds for values that are new"
    return _level("condition", "narrower", answered=answered)


def _values(schema: Json) -> set[str]:
    """Returns the values that a condition names; a condition of another kind is one of its own."""
    words = _words(as_object(schema))
    return {canonical(value) for value in as_list(words["enum"])} if set(words) == {"enum"} else {canonical(words)}


def _field(place: Place, name: str) -> Place:
    """Returns the place of a field that a condition names from the object around."""
    return Place((*place.parent.steps, *parse(f"request.{name.replace('?', '')}").steps[1:]))


def choices(facts: Collection[Fact]) -> Choices:
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
    if effect == "words":
        return "patch", "only the documentation changes"
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
        return _bound(before, after, lower=keyword in _LOWER)
    if keyword in ("required", "nullable"):
        narrower = (after is True) if keyword == "required" else (after is not True)
        return "words" if bool(before) == bool(after) else "narrower" if narrower else "wider"
    if keyword == "deprecated":
        return "wider"
    if keyword in ("enum", "schemes"):
        return _sets(before, after, everything=keyword == "enum")
    if keyword in ("type", "items"):
        return _types(before, after)
    if keyword == "format":
        return {("int32", "int64"): "wider", ("int64", "int32"): "narrower"}.get((str(before), str(after)), "other")  # type: ignore[return-value]  # the words are the Literal's
    if keyword in _NARROWING:
        return "narrower" if before is None else "wider" if after is None else "other"
    return "other"


def _bound(before: Json, after: Json, *, lower: bool) -> Effect:
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


def added(old: Collection[Fact], new: Collection[Fact]) -> set[Place]:
    """Returns the places that only the new rows speak of."""
    return {parse(fact.at) for fact in new} - {parse(fact.at) for fact in old}
