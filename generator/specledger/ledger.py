"""Facts and rulings: what the pages say and what we take where they do not, as rows and as claims."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from specledger import formats, places, yaml12
from specledger.canonical import canonical, ordered, plain_value
from specledger.claims import INTEGER_BOUNDS, Claim
from specledger.diagnostics import Diagnostic, Failure
from specledger.places import Place
from specledger.yaml12 import Document, Json, JsonObject, Pointer, as_list

# Keys of a row that are not claims about values.
_FRAME = {
    *("at", "lines", "also", "from", "digest", "when", "vendor_type", "note", "example", "overrides", "omit", "except"),
    *("reads_as", "credential", "keeps", "breaks", "status", "same_as", "adds"),
}
# Keys whose claims carry the value in the keyword, so that several can hold at once.
_SETS = {"mediaType": "mediaType", "url": "url", "rule": "rule", "scope": "scope", "within": "within"}


@dataclass(frozen=True, slots=True)
class Page:
    """A documentation page, as a facts file describes it."""

    title: str
    address: str
    document: str
    sha256: str
    lines: int
    edition: str
    family: str
    twin_of: str
    fetch: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a facts or rulings file. `lines` are the page's, empty for a ruling."""

    at: Place
    keywords: JsonObject
    document: Document = field(repr=False)
    pointer: Pointer
    lines: tuple[tuple[int, int], ...] = ()
    ruling: str = ""

    @property
    def key(self) -> tuple[str, Pointer]:
        """Returns what tells this row from every other."""
        return (self.document.path.as_posix(), self.pointer)

    @property
    def when(self) -> str:
        """Returns the condition of the row as canonical JSON, empty for none."""
        condition = self.keywords.get("when")
        return canonical(_condition(condition)) if isinstance(condition, dict) else ""


@dataclass(frozen=True, slots=True)
class Facts:
    """One facts file: what one page says about one operation."""

    stem: str
    page: Page
    method: str
    path: str
    rows: tuple[Row, ...]
    furniture: tuple[tuple[int, int], ...]
    document: Document = field(repr=False)

    @property
    def label(self) -> str:
        """Returns `METHOD /path`, as the page writes it."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A reading of ours with its reason; `page` is the stem of the facts file it speaks of, empty for all."""

    id: str
    page: str
    reason: str
    source: str
    alternatives: tuple[str, ...]
    rows: tuple[Row, ...]
    document: Document = field(repr=False)
    pointer: Pointer = ()


@dataclass(frozen=True, slots=True)
class Ledger:
    """All facts and rulings of one API."""

    facts: tuple[Facts, ...] = ()
    rulings: tuple[Ruling, ...] = ()


def load(folder: Path) -> Ledger:
    """Reads facts/*.yaml and rulings.yaml of an API folder; an empty Ledger where there are none.

    Raises Failure with located messages where a file leaves its format or a place cannot be read.
    """
    diagnostics: list[Diagnostic] = []
    facts: list[Facts] = []
    rulings: list[Ruling] = []
    for path in sorted((folder / "facts").glob("*.yaml")):
        document = yaml12.load(path)
        wrong = formats.validate(document, "facts")
        diagnostics += wrong
        if not wrong:
            facts.append(_facts(document, diagnostics))
    path = folder / "rulings.yaml"
    if path.exists():
        document = yaml12.load(path)
        wrong = formats.validate(document, "rulings")
        diagnostics += wrong or _repeated(document)
        if not wrong:
            rulings = list(_rulings(document, diagnostics))
    diagnostics += _strangers(facts, rulings)
    if diagnostics:
        raise Failure(diagnostics)
    return Ledger(tuple(facts), tuple(rulings))


def _facts(document: Document, diagnostics: list[Diagnostic]) -> Facts:
    root = cast(JsonObject, document.value)
    page = cast(dict[str, str], root["page"])
    method, _, path = str(root["operation"]).partition(" ")
    rows: list[Row] = []
    for number, raw in enumerate(cast(list[JsonObject], root["facts"])):
        ranges = [raw["lines"], *cast(list[Json], raw.get("also", []))]
        lines = tuple(_range(document, ("facts", number, "lines"), pair, diagnostics) for pair in ranges)
        rows += _read(document, ("facts", number), [raw["at"]], raw, lines, "", diagnostics)
    furniture = [
        _range(document, ("furniture", number, "lines"), row["lines"], diagnostics)
        for number, row in enumerate(cast(list[JsonObject], root.get("furniture", [])))
    ]
    described = Page(
        title=page["title"],
        address=page.get("address", ""),
        document=page["document"],
        sha256=page["sha256"],
        lines=int(page["lines"]),
        edition=str(page.get("edition", "")),
        family=page.get("family", ""),
        twin_of=page.get("twin_of", ""),
        fetch=page.get("fetch", ""),
    )
    return Facts(document.path.stem, described, method, path, tuple(rows), tuple(furniture), document)


def _range(document: Document, pointer: Pointer, pair: Json, diagnostics: list[Diagnostic]) -> tuple[int, int]:
    first, last = cast(list[int], pair)
    if first > last:
        message = f"the lines {first} to {last} run backwards"
        diagnostics.append(document.diagnostic(pointer, "facts-lines", message, "write the first line first"))
    return first, last


def _rulings(document: Document, diagnostics: list[Diagnostic]) -> Iterator[Ruling]:
    root = cast(JsonObject, document.value)
    for number, raw in enumerate(cast(list[JsonObject], root["rulings"])):
        pointer: Pointer = ("rulings", number)
        rows: list[Row] = []
        for position, row in enumerate(cast(list[JsonObject], raw["rows"])):
            at: list[Json] = row["at"] if isinstance(row["at"], list) else [row["at"]]
            rows += _read(document, (*pointer, "rows", position), at, row, (), str(raw["id"]), diagnostics)
        yield Ruling(
            id=str(raw["id"]),
            page=str(raw.get("page", "")),
            reason=str(raw["reason"]),
            source=str(raw["source"]),
            alternatives=tuple(str(text) for text in cast(list[Json], raw.get("alternatives", []))),
            rows=tuple(rows),
            document=document,
            pointer=pointer,
        )


def _read(
    document: Document,
    pointer: Pointer,
    at: list[Json],
    raw: JsonObject,
    lines: tuple[tuple[int, int], ...],
    ruling: str,
    diagnostics: list[Diagnostic],
) -> Iterator[Row]:
    for text in at:
        try:
            for key in ("reads_as", "same_as"):
                if key in raw:
                    places.parse(str(raw[key]))
            yield Row(places.parse(str(text)), raw, document, pointer, lines, ruling)
        except ValueError as error:
            remedy = "write the place as ARCHITECTURE.md shows"
            diagnostics.append(document.diagnostic((*pointer, "at"), "place", str(error), remedy))


def _repeated(document: Document) -> list[Diagnostic]:
    seen: set[str] = set()
    found = []
    for number, row in enumerate(cast(list[JsonObject], cast(JsonObject, document.value)["rulings"])):
        if str(row["id"]) in seen:
            message = f"two rulings are called {row['id']!r}"
            found.append(document.diagnostic(("rulings", number, "id"), "ruling-id", message, "give each its own id"))
        seen.add(str(row["id"]))
    return found


def _strangers(facts: Iterable[Facts], rulings: Iterable[Ruling]) -> Iterator[Diagnostic]:
    stems = {known.stem for known in facts}
    for ruling in rulings:
        if ruling.page and ruling.page not in stems:
            message = f"the ruling {ruling.id!r} speaks of a page {ruling.page!r} that has no facts"
            remedy = f"use one of: {', '.join(sorted(stems))}"
            yield ruling.document.diagnostic((*ruling.pointer, "page"), "ruling-stale", message, remedy)
    for known in facts:
        if known.page.twin_of and known.page.twin_of not in stems:
            message = f"twin_of names {known.page.twin_of!r}, which has no facts"
            yield known.document.diagnostic(("page", "twin_of"), "facts-twin", message, "name the stem of a facts file")


def claims(row: Row) -> Iterator[Claim]:
    """Yields what a row claims, in the words that `SpecClaims` uses for a spec."""
    words = row.keywords
    place = row.at
    header = place.steps[:2] == ("request", "header") and len(place.steps) == 3
    if words.get("credential") is True:
        yield _claim(row, Place(("security",)), f"{place.steps[1]}:{place.leaf.lower()}", True, "credential")
        if "required" in words:
            yield _claim(row, Place(("security",)), "required", words["required"], "required")
        return
    if header and place.leaf.lower() == "content-type":
        for media_type in as_list(words.get("enum", [words["const"]] if "const" in words else [])):
            yield _claim(row, Place(("request", "body")), f"mediaType:{media_type}", True, "enum")
        return
    if place.steps[0] in ("request", "response") and not row.when:
        yield _claim(row, place, "present", True, "at")
    for key, value in words.items():
        if key not in _FRAME:
            yield from _keyword(row, key, value)


def _keyword(row: Row, key: str, value: Json) -> Iterator[Claim]:
    place, words = row.at, row.keywords
    if key in _SETS:
        yield _claim(row, place, f"{_SETS[key]}:{value}", True, key)
    elif key == "schemes":
        for scheme in as_list(value):
            yield _claim(row, place, f"scheme:{canonical([scheme])}", True, key)
    elif key == "refuses":
        for kind in as_list(value):
            yield _claim(row, place, f"refuses:{kind}", True, key)
    elif key == "tells":
        for kind, constant in value.items() if isinstance(value, dict) else ():
            yield _claim(row, place, f"tells.{kind}", constant, key)
    elif key == "limit":
        yield _claim(row, place, "limit", True, key)
        for bound, number in value.items() if isinstance(value, dict) else ():
            yield _claim(row, place, f"limit.{bound}", number, key)
    elif key in ("const", "enum"):
        yield _claim(row, place, "enum", ordered([value] if key == "const" else as_list(value)), key)
    elif key in ("anyOf", "oneOf"):
        yield _claim(row, place, key, ordered(plain_value(branch) for branch in as_list(value)), key)
    elif key in ("not", "fails"):
        yield _claim(row, place, key, plain_value(value), key)
    elif key == "type" and isinstance(value, list):
        yield _claim(row, place, key, ordered(value), key)
    else:
        yield _claim(row, place, key, value, key)
    if key == "format" and value in INTEGER_BOUNDS and not row.when:
        low, high = INTEGER_BOUNDS[str(value)]
        if not {"minimum", "exclusiveMinimum"} & set(words):
            yield replace(_claim(row, place, "minimum", low, key), weak=True)
        if not {"maximum", "exclusiveMaximum"} & set(words):
            yield replace(_claim(row, place, "maximum", high, key), weak=True)


def _claim(row: Row, at: Place, keyword: str, value: Json, key: str) -> Claim:
    return Claim(at, keyword, value, row.document, (*row.pointer, key), row.when)


def moved(row: Row, source: Place, target: Place) -> Row:
    """Returns the row with the part of its place that is `source` replaced by `target`."""
    return replace(row, at=Place((*target.steps, *row.at.steps[len(source.steps) :])))


def _condition(condition: JsonObject) -> Json:
    """Returns a `when` with each schema made comparable."""
    return {
        name: _condition(value) if name == "not" and isinstance(value, dict) else plain_value(value)
        for name, value in condition.items()
    }
