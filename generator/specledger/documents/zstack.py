"""Pages of ZStack's API explorer: badges glued together, fields as nested bullets, one curl command as the sample."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from specledger.documents import badges, prose, zstack_sheet
from specledger.documents.reading import Fact, Lines, Operation, Page, Reading, Unreadable
from specledger.documents.sample import Node, Request, together
from specledger.documents.zstack_fields import Field, Line, facts, listed, nested, sampled
from specledger.documents.zstack_sheet import METHODS, Answer, Section
from specledger.places import Place
from specledger.yaml12 import JsonObject

NAME = "zstack"

_METHOD = "|".join(METHODS)
_ENDPOINT = re.compile(rf"({_METHOD})\s*(?:https?://[^/\s]*)?/?([\w{{/][^\s]*?)(?=(?:{_METHOD})/|\s|\Z)")
_PATH = re.compile(r"(?:https?://[^/\s]*)?/[^\s]*\Z")
_VARIABLE = re.compile(r"\{([^{}/?&]{1,100})\}")
_SERVER = re.compile(r"https?://[^/\s?#]+")
# `{host}/a/b` and `localhost:8080/a/b`, as well as a bare path.
_BARE_HOST = re.compile(r"(?:\$?\{\w+\}|<\w+>|[\w.-]+(?::\d+)?)?(?=/)")
_SCHEME = re.compile(r"([A-Za-z][\w-]*) +\S")
_CREDENTIALS = ("authorization", "x-auth-token", "x-api-key", "api-key", "x-access-token")
_NAME = re.compile(r"[A-Za-z_$][\w$-]*\Z", re.ASCII)
_LISTS = ("path", "query", "header", "cookie", "body", "responses")
_WHY = {
    "": "navigation and headings",
    "console": "a console to try the operation in",
    "inputs": "headings",
    "permalink": "a link",
    "history": "the history of the page",
}


@dataclass(frozen=True, slots=True)
class _Target:
    """A method and path, and the lines that name them."""

    method: str
    path: str
    query: str
    lines: tuple[Lines, ...]


def recognises(page: Page) -> float:
    """Returns how sure it is that the page is one of an API explorer of this kind, from 0 to 1."""
    return zstack_sheet.likeness(page)


def read(page: Page) -> Reading:
    """Returns what the page says: an operation for each endpoint that it names.

    Raises Unreadable where the page names no method and path, or where a copy has lost the names of its fields.
    """
    found = zstack_sheet.sections(page)
    requests = zstack_sheet.requests(found)
    targets = _targets(found, requests[0] if requests else None)
    if not targets:
        remedy = "save the page with its endpoint, or with its curl sample"
        raise Unreadable("the page names no method and path", remedy)
    _refuse_lost_names(found)
    title = _title(found, targets[0].method)
    operations = tuple(
        Operation(target.method, target.path, title, tuple(_facts(found, _calls(target, requests), target, targets)))
        for target in targets
    )
    return Reading(NAME, "", operations, tuple(_furniture(page, found, operations)))


def _targets(found: Sequence[Section], request: Request | None) -> list[_Target]:
    """Returns the endpoints of the page's own section for them; where it has none, that of the curl command."""
    targets: dict[tuple[str, str], _Target] = {}
    method = ""
    for line in (line for section in found if section.name == "endpoint" for line in section.lines):
        if line.text in METHODS:
            method = line.text
        pairs = [(match.group(1), match.group(2)) for match in _ENDPOINT.finditer(line.text)]
        if not pairs and _PATH.match(line.text):
            pairs = [(method or _method(found, request), line.text)]
        for verb, url in pairs:
            path, query = _split(url)
            known = targets.get((verb, path)) or _Target(verb, path, query, ((line.number,) * 2,))
            last = known.lines[0][0], line.number
            targets[verb, path] = replace(known, query=known.query or query, lines=(last,))
    targets = {key: target for key, target in targets.items() if key[0]}
    if not targets and request is not None and (_SERVER.match(request.url) or _BARE_HOST.match(request.url)):
        path, query = _called(request.url)
        return [_Target(request.method, path, query, ((request.url_line,) * 2,))]
    return list(targets.values())


def _calls(target: _Target, requests: Sequence[Request]) -> Sequence[Request]:
    """Returns the commands that call this endpoint; where none does, the page's first."""
    fitting = [one for one in requests if one.method == target.method and _fits(_called(one.url)[0], target.path)]
    exact = [one for one in fitting if _called(one.url)[0] == target.path]
    return exact or fitting or requests[:1]


def _fits(path: str, form: str) -> bool:
    """Says whether a path is one of the form, with values or other names in place of its variables."""
    steps, forms = path.split("/"), form.split("/")
    return len(steps) == len(forms) and all(
        step == each or "{" in each for step, each in zip(steps, forms, strict=True)
    )


def _together(calls: Sequence[Request]) -> Request | None:
    """Returns what several commands for one endpoint send between them."""
    if not calls:
        return None
    one = calls[0]
    for other in calls[1:]:
        names = {name.lower() for name, _, _ in one.headers}
        headers = [each for each in other.headers if each[0].lower() not in names]
        query = _called(other.url)[1]
        url = f"{one.url}{'&' if '?' in one.url else '?'}{query}" if query else one.url
        body = together(one.body, other.body) if one.body and other.body else one.body or other.body
        one = replace(one, url=url, headers=(*one.headers, *headers), body=body)
    return one


def _called(url: str) -> tuple[str, str]:
    return _split(url if _SERVER.match(url) else _BARE_HOST.sub("", url, count=1))


def _split(url: str) -> tuple[str, str]:
    path, _, query = _SERVER.sub("", url, count=1).partition("?")
    return "/" + path.strip("/"), query


def _method(found: Sequence[Section], request: Request | None) -> str:
    badge = _badges(found)
    match = re.match(_METHOD, badge.text) if badge else None
    return match.group() if match else request.method if request else ""


def _badges(found: Sequence[Section]) -> Line | None:
    return next((line for line in found[0].lines if zstack_sheet.BADGES.match(line.text)), None)


def _title(found: Sequence[Section], method: str) -> str:
    """Returns the operation id where the page prints one, else the last line above the first section."""
    named = [section.lines[0].text for section in found if section.name == "operation id" and section.lines]
    heads = [line.text for line in found[0].lines if not zstack_sheet.BADGES.match(line.text)]
    title = (heads or named or [""])[-1]
    rest = title.removeprefix(method)
    return rest if rest[:1].isupper() and rest != title else title


def _refuse_lost_names(found: Sequence[Section]) -> None:
    """Refuses a copy that has kept the badges of types and flags, but not the names before them."""
    texts = [line.text for section in found if section.name in _LISTS for line in section.lines]
    bare = [re.sub(r"(?:Required|Optional|必填|可选)\Z", "", text) for text in texts]
    lost = sum(badges.is_type(text) for text in bare)
    if not lost:
        return
    named = sum(badges.split(text) is not None for text in texts)
    named += sum(bool(_NAME.match(text)) and not badges.is_type(text) for text in bare)
    if lost > named:
        raise Unreadable("the copy has lost the names of its fields", "save the page as HTML, or copy it again")


def _facts(
    found: Sequence[Section], calls: Sequence[Request], target: _Target, targets: Sequence[_Target]
) -> Iterator[Fact]:
    request = _together(calls)
    yield _operation(found, calls, target)
    if request is not None:
        yield from _sent(found, request)
    # Endpoints of one page share its list of path parameters; a name that only another one's path has is not for this.
    foreign = {name for other in targets for name in _VARIABLE.findall(other.path)} - {*_VARIABLE.findall(target.path)}
    yield from _parameters(found, request, target, foreign)
    yield from _body(found, request)
    for answer in zstack_sheet.answers(found):
        yield from _answer(answer)


def _operation(found: Sequence[Section], calls: Sequence[Request], target: _Target) -> Fact:
    keywords: JsonObject = {}
    lines = list(target.lines)
    for section in found:
        if section.name == "endpoint":
            lines.append((section.heading.number,) * 2)
        if section.name == "operation id" and section.lines:
            keywords["operationId"] = section.lines[0].text
            lines.append((section.heading.number,) * 2)
    title = _title(found, target.method)
    also = [(line.number,) * 2 for line in found[0].lines if title and line.text.removeprefix(target.method) == title]
    also += [(section.lines[0].number,) * 2 for section in found if section.name == "operation id" and section.lines]
    badge = _badges(found)
    if badge is not None:
        also.insert(0, (badge.number, badge.number))
    also += [(one.url_line,) * 2 for one in calls if (one.url_line,) * 2 not in lines]
    first = min(pair[0] for pair in lines)
    return Fact("operation", (first, max(pair[1] for pair in lines)), keywords, tuple(also))


def _sent(found: Sequence[Section], request: Request) -> Iterator[Fact]:
    """Yields what the curl command says of server, credentials and headers."""
    server = _SERVER.match(request.url)
    if server:
        yield Fact("server", (request.url_line,) * 2, {"url": server.group(), "from": "sample"})
    badge = _badges(found)
    for name, value, line in request.headers:
        place = str(Place(("request", "header", name)))
        if name.lower() in _CREDENTIALS:
            also = ((badge.number,) * 2,) if badge and zstack_sheet.CREDENTIAL.search(badge.text) else ()
            yield Fact(place, (line, line), {"credential": True, "required": True}, also)
            yield Fact("security", (line, line), {"schemes": [_scheme(name, value)], "from": "sample"})
        elif name.lower() == "content-type":
            yield Fact(place, (line, line), {"const": value, "required": False, "from": "sample"})
        elif not _is_listed(found, "header", name):
            yield Fact(place, (line, line), {"type": "string", "required": False, "from": "sample"})


def _scheme(name: str, value: str) -> JsonObject:
    prefix = _SCHEME.match(value)
    if prefix and name.lower() == "authorization" and prefix.group(1).lower() in ("bearer", "basic"):
        return {"type": "http", "scheme": prefix.group(1).lower()}
    scheme: JsonObject = {"type": "apiKey", "in": "header", "name": name}
    if prefix:
        scheme["prefix"] = prefix.group(1) + " "
    return scheme


def _is_listed(found: Sequence[Section], where: str, name: str) -> bool:
    return any(section.name == where and any(line.text.startswith(name) for line in section.lines) for section in found)


def _parameters(
    found: Sequence[Section], request: Request | None, target: _Target, foreign: set[str]
) -> Iterator[Fact]:
    shown = {"path": _path_lines(target, request), "query": _query_lines(target, request)}
    for where in ("path", "query", "header", "cookie"):
        also = shown.get(where, {})
        place = Place(("request", where))
        names: set[str] = set()
        for one in _fields(found, where, set(also)):
            name = one.badge.name
            if name in names or (where == "path" and name in foreign):
                continue
            names.add(name)
            for fact in facts([one], place, None):
                yield replace(fact, also=also.get(name, ()))
        for name in also:
            if name not in names:
                yield _unlisted(where, name, also[name], request)


def _unlisted(where: str, name: str, lines: tuple[Lines, ...], request: Request | None) -> Fact:
    """Returns the row of a parameter that only path, curl command or query string names."""
    claims: JsonObject = {"type": "string", "required": where == "path"}
    if where == "query":
        claims["from"] = "sample"
        value = re.search(rf"[?&]{re.escape(name)}=([^&#]*)", request.url) if request else None
        if value and re.fullmatch(r"[Tt]rue|[Ff]alse|-?\d{1,18}", value.group(1)):
            claims["type"] = "boolean" if value.group(1).isalpha() else "integer"
    return Fact(str(Place(("request", where, name))), lines[0], claims, lines[1:])


def _path_lines(target: _Target, request: Request | None) -> dict[str, tuple[Lines, ...]]:
    lines = tuple(dict.fromkeys(target.lines))
    if request is not None and (request.url_line,) * 2 not in lines:
        lines = (*lines, (request.url_line, request.url_line))
    return dict.fromkeys(_VARIABLE.findall(target.path), lines)


def _query_lines(target: _Target, request: Request | None) -> dict[str, tuple[Lines, ...]]:
    found: dict[str, tuple[Lines, ...]] = {}
    sources = [(target.query, target.lines)]
    if request is not None:
        sources.append((request.url.partition("?")[2], ((request.url_line, request.url_line),)))
    for query, lines in sources:
        for pair in query.partition("#")[0].split("&"):
            name = pair.partition("=")[0]
            if re.fullmatch(r"[\w.$\[\]-]{1,100}", name):
                found[name] = tuple(dict.fromkeys((*found.get(name, ()), *lines)))
    return found


def _fields(found: Sequence[Section], name: str, names: set[str]) -> list[Field]:
    return [one for section in found if section.name == name for one in listed(section.lines, names)[0]]


def _body(found: Sequence[Section], request: Request | None) -> Iterator[Fact]:
    body = request.body if request is not None else zstack_sheet.sent(found)
    place = Place(("request", "body"))
    also = ((body.first, body.last),) if body is not None else ()
    sections = [section for section in found if section.name == "body" and section.lines]
    if not sections:
        if body is not None:
            yield from sampled(place, body)
        return
    lists = [listed(section.lines, _names(body)) for section in sections]
    fields = [one for each, _ in lists for one in each]
    before = [line for _, each in lists for line in each]
    heading = sections[-1].heading.number
    claims: JsonObject = {"type": "object"}
    if before:
        claims["digest"] = prose.digest(" ".join(line.text for line in before))
    yield Fact(str(place), (heading, max([heading, *(line.number for line in before)])), claims, also)
    yield from facts(nested(fields, body), place, body)


def _answer(answer: Answer) -> Iterator[Fact]:
    place = Place(("response", answer.status))
    heads = [answer.heading, *answer.sample_headings]
    lines: list[Lines] = list(dict.fromkeys((line.number, line.number) for line in heads))
    fields, before = listed(answer.lines, _names(answer.sample))
    if not fields and answer.sample is None and not before:
        yield Fact(str(place), lines[0], {}, tuple(lines[1:]))
        return
    yield Fact(str(place), lines[0], {}, tuple(lines[1:]))
    shown = answer.sample_lines
    where = [(before[0].number, before[-1].number)] if before else []
    claims: JsonObject = {"type": answer.sample.kind if answer.sample is not None and not fields else "object"}
    if before and not fields:
        claims["digest"] = prose.digest(" ".join(line.text for line in before))
    if answer.sample is not None:
        claims |= {"mediaType": "application/json", "from": "sample"}
    stands = [*where, *shown] or [(fields[0].first, fields[0].first)]
    if not fields and answer.sample is not None:
        first, *below = sampled(place.child("body"), answer.sample)
        yield replace(first, keywords={**first.keywords, **claims}, lines=stands[0], also=tuple(stands[1:]))
        yield from below
        return
    yield Fact(str(place.child("body")), stands[0], claims, tuple(stands[1:]))
    yield from facts(nested(fields, answer.sample), place.child("body"), answer.sample)


def _names(node: Node | None) -> set[str]:
    """Returns every name that a sample uses, at any depth."""
    names: set[str] = set()
    open_ = [node] if node is not None else []
    while open_:
        one = open_.pop()
        names.update(one.members)
        open_ += [*one.members.values(), *one.items]
    return names


def _furniture(page: Page, found: Sequence[Section], operations: Sequence[Operation]) -> Iterator[tuple[int, int, str]]:
    """Yields the lines that no row was read from and that say nothing: headings, and what is around the contract."""
    read: set[int] = set()
    for operation in operations:
        for fact in operation.facts:
            for first, last in (fact.lines, *fact.also):
                read.update(range(first, last + 1))
    quiet: list[tuple[int, str]] = []
    for section in found:
        why = _WHY.get(section.name, "")
        quiet += [(section.heading.number, why or "heading")] if section.heading.text else []
        quiet += [(line.number, why) for line in section.lines] if section.name in _WHY else []
    if page.form != "text":
        seen = {line.number for section in found for line in (section.heading, *section.lines)}
        quiet += [
            (number, "markup") for number, text in enumerate(page.lines, 1) if text.strip() and number not in seen
        ]
    start: tuple[int, int, str] | None = None
    for number, why in sorted(pair for pair in set(quiet) if pair[0] not in read):
        if start is not None and start[2] == why and not any(line in read for line in range(start[1], number)):
            start = (start[0], number, why)
            continue
        if start is not None:
            yield start
        start = (number, number, why)
    if start is not None:
        yield start
