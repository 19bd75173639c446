"""A page taken apart as rows: fields with their places, what the samples add, answers, server, security."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from specledger.documents import (
    mintlify_claims,
    mintlify_names,
    mintlify_request,
    mintlify_samples,
    mintlify_tables,
    prose,
    sample,
)
from specledger.documents.mintlify_head import Head
from specledger.documents.mintlify_nesting import nest
from specledger.documents.mintlify_sheet import Answer, Field, Sheet
from specledger.documents.reading import Fact, Lines, Operation, Unreadable
from specledger.documents.sample import Node, Request
from specledger.places import Place, parse
from specledger.yaml12 import Json, JsonObject

_VARIABLE = re.compile(r"\{([^{}/]{1,100})\}")
_MEDIA = re.compile(r"\b(?:must be|always|only) [\"']?([a-z]+/[\w.+-]*\w)", re.IGNORECASE)
_SOME = re.compile(
    r"\bat least one(?: of (?:them|these|the))?(?: (?:optional )?(?:field|property|parameter)s?)? "
    r"(?:(?:must|has to|needs to|should) be (?:sent|provided|given|present|set|specified|included)|is required)",
    re.IGNORECASE,
)
_BODILESS = ("GET", "HEAD", "DELETE", "OPTIONS")


def operation(sheet: Sheet, text: str) -> Operation:
    """Returns the page's operation with its rows; method and path are empty where a page with fields names none.

    Raises Unreadable where there are neither.
    """
    return _Rows(sheet, text).operation()


class _Rows:
    """Collects rows in the order of the contract: operation, server, security, parameters, body, answers."""

    def __init__(self, sheet: Sheet, text: str) -> None:
        self.sheet = sheet
        self.samples = mintlify_samples.read(sheet)
        names = [found.name for found in sheet.fields if found.where == "path"]
        head = mintlify_request.find(sheet, self.samples.requests, names, text, self.samples.values())
        if head is None and not sheet.fields:
            raise Unreadable("the page names no method and path", "read a form of the page that shows its request")
        # Some twins leave method and path to the copied form; their fields are worth reading all the same.
        first, last = sheet.head[0] if sheet.head else (1, 1)
        self.head = head or Head("", "", "", first, last)
        self.facts: list[Fact] = []
        self.kinds: dict[tuple[str, ...], str] = {}
        self.handed: list[Fact] = []

    def operation(self) -> Operation:
        self.name_operation()
        self.name_security()
        for found in self.sheet.fields:
            found.where = found.where or self.guess(found)
        self.sheet.fields = mintlify_tables.merged(self.sheet.fields)
        self.write_parameters()
        self.write_body()
        self.write_answers()
        known = {fact.at for fact in self.facts}
        self.facts += [fact for fact in self.handed if fact.at in known]
        return Operation(self.head.method, self.head.path, self.sheet.title, tuple(self.facts))

    def name_operation(self) -> None:
        notes = [(line, text) for line, place, text in self.sheet.notes if place in ("operation", "head")]
        lines = list(
            dict.fromkeys([(self.head.first, self.head.last), *self.sheet.head, *[(line, line) for line, _ in notes]])
        )
        for request in self.samples.requests:
            lines += [(request.first, request.url_line), *([] if request.body else _rest(request))]
        self.add("operation", lines, _digest([text for _, text in notes]))
        urls = [(request.url_line, request.url) for request in self.samples.requests]
        served = [line for line, url in urls if self.head.server and url.startswith(self.head.server)]
        server, first = self.head.server, self.head.server_line
        if not server:
            line, server = next(((line, url) for line, url in urls if re.match(r"https?://", url)), (0, ""))
            server, first = re.sub(r"(https?://[^/]+).*", r"\1", server, flags=re.DOTALL), line
            served = [line for line, url in urls if server and url.startswith(server)]
        if server:
            self.add("server", [(line, line) for line in dict.fromkeys([first, *served])], {"url": server})

    def name_security(self) -> None:
        """Adds the row of the schemes where a field or a sample carries a credential."""
        carriers = [found for found in self.sheet.fields if self.carries(found)]
        sent = [(name, value, line) for request in self.samples.requests for name, value, line in request.headers]
        sent = [header for header in sent if mintlify_request.is_credential(header[0])]
        notes = [(line, text) for line, place, text in self.sheet.notes if place == "security"]
        schemes: list[Json] = []
        lines: list[Lines] = []
        for found in carriers:
            texts = [text for _, text in found.prose] or [text for _, text in notes]
            texts = [*texts, f"{found.name}: {found.marks.get('default', '')}"]
            said = mintlify_request.schemes(found.name, found.where, texts)
            if "prefix" not in said[0] and said[0]["type"] == "apiKey":
                said = mintlify_request.schemes(
                    found.name, found.where, [f"{name}: {value}" for name, value, _ in sent]
                )
            schemes += [scheme for scheme in said if scheme not in schemes]
            lines += [(line, line) for line, _ in found.prose] or [(found.first, found.last)]
        listed = {found.name.lower() for found in carriers}
        for name, value, _ in sent:
            if name.lower() not in listed:
                schemes += [
                    scheme
                    for scheme in mintlify_request.schemes(name, "header", [f"{name}: {value}"])
                    if scheme not in schemes
                ]
        lines += [(line, line) for line, _ in notes] + [(line, line) for _, _, line in sent]
        if schemes:
            self.add("security", list(dict.fromkeys(lines)), {"schemes": schemes})
        elif notes:
            self.add("security", lines, _digest([text for _, text in notes]))

    def carries(self, found: Field) -> bool:
        return found.credential or (found.where == "header" and mintlify_request.is_credential(found.name))

    def write_parameters(self) -> None:
        for found in self.sheet.fields:
            if found.where in ("path", "query", "header", "cookie"):
                sent = [
                    (value, line)
                    for request in self.samples.requests
                    for name, value, line in request.headers
                    if found.where == "header" and name.lower() == found.name.lower()
                ]
                claims = mintlify_claims.read(found)
                if found.name.lower() == "content-type" and not claims.keys() & {"const", "enum", "default"}:
                    claims |= self.media(found, [value for value, _ in sent])
                place = Place(("request", found.where))
                self.write(found, place, (found.name,), claims, also=[(line, line) for _, line in sent])
        listed = {fact.at.lower() for fact in self.facts}
        for name in dict.fromkeys(_VARIABLE.findall(self.head.path)):
            at = str(Place(("request", "path", name)))
            if at.lower() not in listed:
                self.add(at, [(self.head.first, self.head.last)], {"required": True})
        for fact in self.sent_parameters():
            if fact.at.lower() not in listed:
                listed.add(fact.at.lower())
                self.facts.append(fact)

    def media(self, found: Field, sent: Sequence[str]) -> JsonObject:
        """Returns the one media type that the text of a Content-Type, or each sample, has."""
        said = [match.group(1) for _, text in found.prose if (match := _MEDIA.search(text))]
        values = dict.fromkeys(said or [value for value in sent if not self.sheet.several])
        return {"const": next(iter(values))} if len(values) == 1 else {}

    def guess(self, found: Field) -> str:
        """Says where a field belongs that stands in no section and has no location beside it."""
        if f"{{{found.name}}}" in self.head.path:
            return "path"
        return "query" if self.head.method in _BODILESS else "body"

    def sent_parameters(self) -> Iterator[Fact]:
        """Yields the headers and query parameters of the samples, each once."""
        headers: dict[str, list[tuple[str, str, int]]] = {}
        query: dict[str, list[int]] = {}
        for request in self.samples.requests:
            for header in request.headers:
                headers.setdefault(header[0].lower(), []).append(header)
            for name in re.findall(r"(?:\A|&)([^=&#]+)=", request.url.partition("?")[2]):
                query.setdefault(name, []).append(request.url_line)
        for sent in headers.values():
            name, value, _ = sent[0]
            claims: JsonObject = {"required": False, "from": "sample"}
            if mintlify_request.is_credential(name):
                claims = {"credential": True, "type": "string", **claims}
            elif name.lower() == "content-type" and re.fullmatch(r"[\w.+-]+/[\w.+-]+", value):
                claims |= {} if self.sheet.several else {"const": value}
            else:
                claims["type"] = "string"
            yield _fact(Place(("request", "header", name)), [line for _, _, line in sent], claims)
        for name, lines in query.items():
            claims = {"type": "string", "required": False, "from": "sample"}
            yield _fact(Place(("request", "query", name)), lines, claims)

    def write_body(self) -> None:
        fields = [found for found in self.sheet.fields if found.where == "body"]
        notes = [(line, text) for line, place, text in self.sheet.notes if place == "request.body"]
        bodies = self.samples.bodies
        if not fields and not bodies and not self.sheet.media and not (notes and self.sheet.body):
            return
        lines: list[Lines] = [*self.sheet.body, *[(line, line) for line, _ in notes]]
        lines = (
            lines or [(fields[0].first, fields[-1].last)] if fields or lines else [(bodies[0].first, bodies[0].last)]
        )
        listed = bool(fields) and _is_list(fields, bodies)
        kind = bodies[0].kind if bodies and not fields else "array" if listed else "object"
        claims: JsonObject = {"type": kind, **({"items": "object"} if listed else {})}
        if self.sheet.media:
            claims["mediaType"] = self.sheet.media
        if bodies and not fields and not self.sheet.body:
            claims["from"] = "sample"
        lines += [pair for request in self.samples.requests if request.body for pair in _rest(request)]
        if any(_SOME.search(text) for _, text in notes):
            claims["minProperties"] = 1
        self.add("request.body", lines, {**claims, **_digest([text for _, text in notes])})
        base = Place(("request", "body", *(["[]"] if listed else [])))
        self.write_all(nest(fields, bodies[0] if bodies else None), base)
        for node in bodies:
            self.merge(sample.rows(node, "request.body"), {"required": False})

    def write_answers(self) -> None:
        """Adds a row for each status that the page names, and the fields of its body."""
        answers = {answer.status: answer for answer in self.sheet.answers}
        named = [*answers, *[status for status, _ in self.samples.answers]]
        default = next((status for status in named if status[:1] == "2"), "success")
        sampled = [(status or default, node) for status, node in self.samples.answers]
        fields = [found for found in self.sheet.fields if found.where in ("answer", "answer header")]
        for found in fields:
            found.status = default if found.status in ("", "success") else found.status
        bare = answers.pop("success", None)
        if bare is not None:
            same = answers.get(default, Answer(default))
            bare.status, bare.media = default, bare.media or same.media
            bare.lines += same.lines
            bare.prose += same.prose
            answers = {default: bare, **{status: answer for status, answer in answers.items() if status != default}}
        statuses = [*answers, *[status for status, _ in sampled], *[found.status for found in fields]]
        for status in dict.fromkeys(statuses):
            nodes = [node for name, node in sampled if name == status]
            mine = [found for found in fields if found.status == status]
            answer = answers.get(status)
            shown = [(node.first, node.last) for node in nodes] + [(found.first, found.last) for found in mine]
            self.add(
                f"response.{status}",
                answer.lines if answer else shown[:1],
                _digest([text for _, text in answer.prose] if answer else []),
            )
            self.write_answer(mine, nodes, answer or Answer(status))

    def write_answer(self, fields: Sequence[Field], nodes: Sequence[Node], answer: Answer) -> None:
        status, media = answer.status, answer.media
        at = f"response.{status}.body"
        for found in [found for found in fields if found.where == "answer header"]:
            self.write(found, Place(("response", status, "header")), (found.name,), mintlify_claims.read(found))
        inner = [found for found in fields if found.where == "answer"]
        listed = bool(inner) and _is_list(inner, nodes)
        if inner:
            claims: JsonObject = {"type": "array", "items": "object"} if listed else {"type": "object"}
            claims |= {"mediaType": media} if media else {}
            self.add(at, [(inner[0].first, inner[-1].last)], claims)
        self.write_all(
            nest(inner, nodes[0] if nodes else None), Place(("response", status, "body", *(["[]"] if listed else [])))
        )
        spoken: dict[str, int] = {}
        for line, text in answer.prose:
            for word in re.findall(r"[\w-]+", text):
                spoken.setdefault(word, line)
        for node in nodes:
            rows = [_named(row, spoken) for row in sample.rows(node, at)]
            if not inner:
                rows[0] = replace(
                    rows[0], keywords={"type": node.kind, "mediaType": media or "application/json", "from": "sample"}
                )
            self.merge(rows, {})

    def merge(self, rows: Sequence[Fact], extra: JsonObject) -> None:
        """Takes over what a sample shows; `extra` goes on the rows that only it knows, the body itself aside."""
        known = {fact.at for fact in self.facts}
        maps = {fact.at for fact in self.facts if fact.keywords.get("type") == "object" and "items" in fact.keywords}
        rows = [inner for row in rows if (inner := _in_maps(row, maps))] if maps else rows
        added = [
            replace(row, keywords={**row.keywords, **extra})
            if row.at not in known and row.at != "request.body"
            else row
            for row in rows
        ]
        self.facts = sample.merge(self.facts, added, examples=False)

    def write_all(self, fields: Sequence[Field], base: Place, above: tuple[str, ...] = ()) -> None:
        """Adds the rows of fields that stand beside each other; `above` are the names around them."""
        siblings = {found.name: mintlify_claims.read(found) for found in fields}
        enums = mintlify_claims.Choices(siblings)
        listed = {name.partition("[].")[0] for name in siblings if "[]." in name}
        for found in fields:
            claims = dict(siblings[found.name])
            if claims.get("type") == "array" and found.name in listed:
                claims.setdefault("items", "object")
            conditions = mintlify_claims.conditions(found, claims, siblings, enums)
            self.write(found, base, mintlify_names.below(mintlify_names.steps(found.name), above), claims, conditions)

    def write(
        self,
        found: Field,
        base: Place,
        steps: tuple[str, ...],
        claims: JsonObject,
        conditions: Sequence[JsonObject] = (),
        also: Iterable[Lines] = (),
    ) -> None:
        """Adds the field's row, those of its conditions and those below it."""
        place = self.reach(found, base, steps)
        required = mintlify_claims.is_required(found)
        if place.steps[0] == "request" or required:
            claims["required"] = required
        if place.steps[:2] == ("request", "header") and self.carries(found):
            claims = {"credential": True, **claims}
        lines = (found.first, found.last)
        if claims.get("type") == "array" and "items" not in claims and found.children:
            claims["items"] = "object"
        if place.leaf not in mintlify_names.INNER:
            self.add(str(place), [lines, *found.also, *also], claims)
        self.kinds[place.steps] = str(claims.get("type", ""))
        for condition in conditions:
            self.add(str(place), [lines], condition)
        inner = place
        if claims.get("type") == "array":
            for _ in range(max(1, found.word.count("[]"))):
                inner = inner.child("[]")
        elif claims.get("type") == "object" and "items" in claims:
            inner = inner.child("{}")
        for line, text in found.prose if inner is not place else ():
            for name, handed in mintlify_claims.handed(text):
                self.handed.append(Fact(str(inner.child(name)), (line, line), handed))
        if found.children:
            above = tuple(step for step in inner.steps if step not in mintlify_names.INNER)
            self.write_all(mintlify_tables.merged(found.children), inner, above)

    def reach(self, found: Field, base: Place, steps: tuple[str, ...]) -> Place:
        """Returns the place of a dotted name; the objects on the way get rows where the page gives them none."""
        place = base
        for position, step in enumerate(steps):
            if position and step not in mintlify_names.INNER and self.kinds.get(place.steps) == "array":
                place = place.child("[]")
            if position and place.leaf not in mintlify_names.INNER and place.steps not in self.kinds:
                kind = "array" if step == "[]" else "object"
                self.kinds[place.steps] = kind
                claims: JsonObject = {"type": kind}
                if kind == "array" and position + 1 < len(steps):
                    claims["items"] = "array" if steps[position + 1] == "[]" else "object"
                if place.steps[0] == "request":
                    claims["required"] = False
                self.add(str(place), [(found.first, found.first)], claims)
            place = place.child(step)
        return place

    def add(self, at: str, lines: Sequence[Lines], claims: JsonObject) -> None:
        (first, last), *rest = lines
        also = tuple(pair for pair in dict.fromkeys(rest) if not (first <= pair[0] and pair[1] <= last))
        self.facts.append(Fact(at, (first, last), claims, also))


def _in_maps(row: Fact, maps: set[str]) -> Fact | None:
    """Returns a sample's row with `{}` for the keys of maps; None for a value of a map, whose type the map says."""
    steps: tuple[str, ...] = ()
    for step in parse(row.at).steps:
        steps = (*steps, "{}" if steps and str(Place(steps)) in maps else step)
    return None if steps[-1] == "{}" else replace(row, at=str(Place(steps)))


def _named(row: Fact, spoken: Mapping[str, int]) -> Fact:
    """Returns a sample's row with the line of text that names its field, where the answer has such a line."""
    place = parse(row.at)
    line = spoken.get(place.leaf, 0) if len(place.steps) == 4 else 0
    return replace(row, lines=(line, line), also=(row.lines, *row.also)) if line else row


def _is_list(fields: Sequence[Field], nodes: Sequence[Node]) -> bool:
    """Says whether the fields are those of the items of a list, as a sample shows."""
    items = nodes[0].items if nodes and nodes[0].kind == "array" else []
    return any(found.name in item.members for item in items for found in fields[:20])


def _fact(place: Place, lines: Sequence[int], claims: JsonObject) -> Fact:
    first, *rest = dict.fromkeys(lines)
    return Fact(str(place), (first, first), claims, tuple((line, line) for line in rest))


def _rest(request: Request) -> list[Lines]:
    """Returns the lines of a curl command that say nothing else than that a body follows, or ends."""
    said = {*range(request.first, request.url_line + 1), *[line for _, _, line in request.headers]}
    if request.body is not None:
        said.update(range(request.body.first, request.body.last + 1))
    return [(line, line) for line in range(request.first, request.last + 1) if line not in said]


def _digest(texts: Sequence[str]) -> JsonObject:
    return {"digest": prose.digest(" ".join(texts))} if any(texts) else {}
