"""openapi.yaml loaded, and refused with every located reason why it cannot be used."""

from __future__ import annotations

import keyword
import re
import sys
from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path

from specledger import formats, places, versions, yaml12
from specledger.diagnostics import Diagnostic, Failure, shown
from specledger.ir import Api, Package, pointer_of
from specledger.lower import Lowering, operations
from specledger.places import Place
from specledger.yaml12 import Document, Json, Pointer, as_object, as_rows, descend

# Keywords that every client's constructor has.
CONSTRUCTOR = frozenset(
    "self base_url timeout max_retries http_client transport auth_scheme default_headers middleware".split()
)
# What every client's package exports, or has in the module of its class.
EXPORTED = frozenset(
    "APIConnectionError APIError APIFailureError APIResponse APIResponseValidationError APIStatusError"
    " APITimeoutError Any AsyncClient AsyncFastTransport AsyncInProcessTransport AsyncMiddleware AsyncTransport"
    " AuthenticationError Awaitable BadRequestError Callable ConflictError FastTransport InProcessTransport"
    " InternalServerError Literal Mapping Middleware NotFoundError PermissionDeniedError RateLimitError Request"
    " Response Sequence SyncClient Timeout Transport UNSET UnprocessableEntityError Unset".split()
)
MAX_CHAIN = 100
MAX_GROWTH = 10_000
# Keywords whose subschemas speak about the same value, and how many steps lead to one.
_IN_PLACE = {"allOf": 2, "anyOf": 2, "oneOf": 2, "dependentSchemas": 2, "not": 1, "if": 1, "then": 1, "else": 1}
_IMPORTED = frozenset({"httpx2", "opentelemetry", "pyreqwest"})


def folders(root: Path, only: tuple[str, ...] = ()) -> list[Path]:
    """Returns the API folders under `root`, in order. Raises Failure where there are none, or not those named."""
    if not root.is_dir():
        raise Failure([Diagnostic(shown(root), 0, "no-specs", "there is no such folder", "name it with --specs")], 2)
    found = sorted(
        path for path in root.iterdir() if (path / "openapi.yaml").exists() and not path.name.startswith(".")
    )
    unknown = sorted(set(only) - {path.name for path in found})
    if unknown:
        here = ", ".join(path.name for path in found) or "nothing"
        message = f"no API is called {', '.join(unknown)}"
        raise Failure([Diagnostic(shown(root), 0, "no-api", message, f"choose from: {here}")], 2)
    if not found:
        remedy = "put a folder with an openapi.yaml in it"
        raise Failure([Diagnostic(shown(root), 0, "no-specs", "the folder holds no API", remedy)], 2)
    return [path for path in found if not only or path.name in only]


def load(folder: Path) -> Api:
    """Reads specs/<api>/openapi.yaml, and package.yaml and releases.yaml where there are any, and lowers them.

    Raises Failure with every located reason why the spec cannot be used: not OpenAPI 3.1, a $ref that is remote,
    unknown or circular, an operationId that stands twice, a security scheme or server variable nobody defines.
    """
    document = yaml12.load(folder / "openapi.yaml")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", folder.name) or keyword.iskeyword(folder.name):
        message = f"the folder's name {folder.name!r} cannot name a Python package"
        remedy = "use lower-case letters, digits and underscores, and no word of Python's own"
        raise Failure([Diagnostic(shown(folder), 0, "api-name", message, remedy)])
    found = _version(document) or formats.validate(document, "openapi") or list(_references(document))
    found = found or list(_grown(document))
    found = found or [*_paths(document), *_operation_ids(document), *_security(document), *_servers(document)]
    if found:
        raise Failure(found)
    package = folder / "package.yaml"
    settings: Document | None = None
    if package.exists():
        settings = yaml12.load(package)
        wrong = formats.validate(settings, "package") or [*_python_names(settings), *_unread_places(settings)]
        if wrong:
            raise Failure(wrong)
    api = Lowering(folder.name, document, settings, _releases(folder / "releases.yaml")).api()
    wrong = list(_hiding(api.package, settings, folder))
    if wrong:
        raise Failure(wrong)
    return api


def _releases(path: Path) -> Document | None:
    """Returns releases.yaml, where there is one. Raises Failure where it leaves its format or its order."""
    if not path.exists():
        return None
    document = yaml12.load(path)
    wrong = formats.validate(document, "releases")
    if not wrong:
        rows = as_rows(descend(document.value, ("releases",)))
        ordered = [versions.key(str(row["version"])) for row in rows]
        wrong = [
            document.diagnostic(
                ("releases", number, "version"), "releases-order", "a newer release stands above", "put it in its place"
            )
            for number, (newer, older) in enumerate(pairwise(ordered), 1)
            if older >= newer
        ]
    if wrong:
        raise Failure(wrong)
    return document


def _python_names(package: Document) -> Iterator[Diagnostic]:
    """Yields names of package.yaml that the client's code cannot have: words that Python or the constructor has."""
    named: list[Pointer] = [("import",), ("class",), ("credential", "name")]
    for key in ("parameters", "options"):
        rows = as_rows(descend(package.value, (key,)))
        named += [(key, number, "name") for number in range(len(rows))]
    for pointer in named:
        name = descend(package.value, pointer)
        is_own = pointer[-1] == "name" and pointer[0] != "parameters" and name in CONSTRUCTOR
        if isinstance(name, str) and (keyword.iskeyword(name) or is_own):
            whose = "the constructor's" if is_own else "Python's"
            message = f"{name!r} is a word of {whose} own"
            yield package.diagnostic(pointer, "package-name", message, "choose another name")


def _unread_places(package: Document) -> Iterator[Diagnostic]:
    """Yields the places of package.yaml that nobody can read."""
    for key, word in (("parameters", "fills"), ("failures", "at")):
        for number, row in enumerate(as_rows(descend(package.value, (key,)))):
            try:
                steps = places.parse(str(row.get(word))).steps
                whole = len(steps) > 3 if key == "failures" else len(steps) == (3 if steps[0] == "request" else 2)
                said = "" if whole else f"{row[word]!r} is no place of a parameter or a value"
            except ValueError as error:
                said = str(error)
            if said:
                remedy = 'put a step with a dot or a bracket in it in quotes: server."a.b"'
                yield package.diagnostic((key, number, word), "place", said, remedy)


def _hiding(package: Package, settings: Document | None, folder: Path) -> Iterator[Diagnostic]:
    """Yields names of the package that hide another one: a module's, an export's, a keyword's."""
    found: list[tuple[Pointer, str, str]] = []
    if package.import_name in sys.stdlib_module_names | _IMPORTED:
        found.append((("import",), package.import_name, "a module that the client needs"))
    for name in (package.class_name, f"Async{package.class_name}"):
        if name in EXPORTED:
            found.append((("class",), name, "what every client's package has"))
    seen = {package.credential}
    for number, option in enumerate(package.options):
        if option.name in seen:
            found.append((("options", number, "name"), option.name, "another keyword of the constructor"))
        seen.add(option.name)
    for pointer, name, what in found:
        message = f"{name!r} would hide {what}"
        if settings is not None and descend(settings.value, pointer) is not None:
            yield settings.diagnostic(pointer, "package-name", message, "choose another name")
        else:
            remedy = f"choose another {pointer[0]} in package.yaml, or rename the folder"
            yield Diagnostic(shown(folder), 0, "package-name", message, remedy)


def _version(document: Document) -> list[Diagnostic]:
    value = document.value
    version = value.get("openapi") if isinstance(value, dict) else None
    if isinstance(version, str) and re.match(r"3\.1\.\d", version):
        return []
    said = f"openapi is {version!r}" if version is not None else "no openapi version is given"
    return [
        document.diagnostic(("openapi",), "openapi-version", said, "transcribe the page as OpenAPI 3.1: openapi: 3.1.1")
    ]


def _references(document: Document) -> Iterator[Diagnostic]:
    for pointer, value in walk(document.value):
        reference = value.get("$ref") if isinstance(value, dict) else None
        if not isinstance(reference, str) or _is_data(pointer):
            continue
        place = (*pointer, "$ref")
        if not reference.startswith("#"):
            message = f"$ref {reference!r} leads out of this file"
            yield document.diagnostic(place, "ref-remote", message, "bring the schema into this file's components")
        elif reference != "#" and not reference.startswith("#/"):
            message = f"$ref {reference!r} names an anchor; only pointers are followed"
            yield document.diagnostic(place, "ref-anchor", message, "write the place as #/components/schemas/<name>")
        elif not _exists(document.value, pointer_of(reference)):
            message = f"$ref {reference!r} leads nowhere"
            yield document.diagnostic(place, "ref-unknown", message, _nearest(document, reference))
        elif _circular(document.value, reference):
            message = f"$ref {reference!r} leads back to itself"
            yield document.diagnostic(place, "ref-circular", message, "let one of the chain be a schema of its own")


def _is_data(pointer: Pointer) -> bool:
    """Says whether a pointer leads into an example, a default or the like, where `$ref` is a word like any other."""
    named = ("properties", "patternProperties", "schemas", "$defs", "dependentSchemas", "examples")
    for before, step in zip(("", *pointer), pointer, strict=False):
        if step in ("example", "default", "const", "enum") and before not in named:
            return True
        if before == "examples" and isinstance(step, int):
            return True
    return any(pair == ("examples", "value") for pair in zip(pointer, pointer[2:], strict=False))


def _exists(value: Json, pointer: Pointer) -> bool:
    if not pointer:
        return True
    parent = descend(value, pointer[:-1])
    step = str(pointer[-1])
    return (isinstance(parent, dict) and step in parent) or (
        isinstance(parent, list) and step.isdigit() and int(step) < len(parent)
    )


def _circular(root: Json, reference: str) -> bool:
    seen: set[str] = set()
    while reference not in seen:
        seen.add(reference)
        target = descend(root, pointer_of(reference))
        following = target.get("$ref") if isinstance(target, dict) else None
        if not isinstance(following, str) or len(seen) > MAX_CHAIN:
            return False
        reference = following
    return True


def _grown(document: Document) -> Iterator[Diagnostic]:
    """Yields the first $ref by which a schema is itself, or becomes too large to be written out."""
    targets = [
        pointer_of(str(value["$ref"]))
        for pointer, value in walk(document.value)
        if isinstance(value, dict) and isinstance(value.get("$ref"), str) and not _is_data(pointer)
    ]
    for in_place in (True, False):
        growth = _Growth(document, in_place)
        for target in dict.fromkeys(targets):
            growth.size(target, target)
            if growth.found:
                yield growth.found
                return


class _Growth:
    """How large the schemas become once each $ref is followed: into all they hold, or only into what they are."""

    def __init__(self, document: Document, in_place: bool) -> None:
        self.document = document
        self.in_place = in_place
        self.sizes: dict[Pointer, int] = {}
        self.trail: list[Pointer] = []
        self.found: Diagnostic | None = None

    def size(self, target: Pointer, place: Pointer) -> int:
        """Returns the size of what stands at `target`; `found` says why it has none."""
        if target in self.sizes or self.found:
            return self.sizes.get(target, 0)
        if len(self.trail) >= MAX_CHAIN:
            self._refuse(place, "ref-depth", f"follows more than {MAX_CHAIN} others")
            return 0
        self.trail.append(target)
        total = 1
        for where, inner, is_place in self._references(target):
            if inner in self.trail:
                if self.in_place:
                    self._refuse(where, "ref-circular", "makes a schema its own part")
            elif is_place or not _has_name(self.document.value, descend(self.document.value, inner)):
                total += self.size(inner, where)
            if total > MAX_GROWTH:
                self._refuse(where, "ref-growth", f"makes more than {MAX_GROWTH} schemas of one")
            if self.found:
                break
        self.trail.pop()
        self.sizes[target] = total
        return total

    def _references(self, target: Pointer) -> Iterator[tuple[Pointer, Pointer, bool]]:
        for pointer, value in walk(descend(self.document.value, target), target):
            reference = value.get("$ref") if isinstance(value, dict) else None
            is_place = _is_place(pointer[len(target) :])
            if isinstance(reference, str) and not _is_data(pointer) and (is_place or not self.in_place):
                yield (*pointer, "$ref"), pointer_of(reference), is_place

    def _refuse(self, place: Pointer, code: str, what: str) -> None:
        reference = descend(self.document.value, place)
        message = f"$ref {reference!r} {what}" if isinstance(reference, str) else f"the schema {what}"
        remedy = "let one of the chain be an object with properties of its own"
        self.found = self.found or self.document.diagnostic(place, code, message, remedy)


def _is_place(steps: Pointer) -> bool:
    """Says whether the steps lead to a subschema that speaks about the same value."""
    while steps and steps[0] in _IN_PLACE:
        steps = steps[_IN_PLACE[str(steps[0])] :]
    return not steps


def _has_name(root: Json, schema: Json) -> bool:
    """Says whether a schema is written out once, under its own name: an object or an enum, also through allOf."""
    if not isinstance(schema, dict):
        return False
    if {"properties", "enum"} & schema.keys() or schema.get("type") == "object":
        return True
    parts = [one for one in (schema, *as_rows(schema.get("allOf"))) if isinstance(one.get("$ref"), str)]
    inner = [descend(root, pointer_of(str(one["$ref"]))) for one in parts]
    return any(_has_name(root, one) for one in [*inner, *as_rows(schema.get("allOf"))])


def _nearest(document: Document, reference: str) -> str:
    parent = descend(document.value, pointer_of(reference)[:-1])
    close = get_close_matches(reference.rsplit("/", 1)[-1], list(parent) if isinstance(parent, dict) else [], 1)
    stem = reference.rsplit("/", 1)[0]
    return f"did you mean {stem}/{close[0]}?" if close else "define it, or correct the name"


def _paths(document: Document) -> Iterator[Diagnostic]:
    """Yields paths and parameters of which one would hide another, and path items that stand somewhere else."""
    for path, item in as_object(descend(document.value, ("paths",))).items():
        if "$ref" in as_object(item):
            message = "a path item by $ref is not followed, so its operations would be lost"
            place = ("paths", path, "$ref")
            yield document.diagnostic(place, "path-ref", message, "write the operations here", operation=path)
        if re.search(r"[{}]", re.sub(r"\{[^{}]+\}", "", path)):
            message = f"the braces of {path!r} do not pair up"
            yield document.diagnostic(("paths", path), "path-braces", message, "write each parameter as {name}")
    templates: dict[tuple[str, str], str] = {}
    for pointer, _ in operations(document):
        method, path = str(pointer[-1]).upper(), str(pointer[-2])
        same = templates.setdefault((method, re.sub(r"\{[^{}]*\}", "{}", path)), path)
        if same != path:
            message = f"differs from {method} {same} only in the names of its parameters"
            label, remedy = f"{method} {path}", "make one operation of the two"
            yield document.diagnostic(pointer, "path-twice", message, remedy, operation=label, at="operation")
    holders = [pointer for pointer, _ in operations(document)]
    for pointer in dict.fromkeys([*(holder[:-1] for holder in holders), *holders]):
        yield from _parameters(document, (*pointer, "parameters"))


def _parameters(document: Document, pointer: Pointer) -> Iterator[Diagnostic]:
    seen: set[tuple[str, str]] = set()
    for number, row in enumerate(as_rows(descend(document.value, pointer))):
        while isinstance(row.get("$ref"), str):
            row = as_object(descend(document.value, pointer_of(str(row["$ref"]))))
        location, name = str(row.get("in")), str(row.get("name"))
        key = (location, name.lower() if location == "header" else name)
        if key in seen:
            method = str(pointer[2]).upper() if len(pointer) > 3 else ""
            label = f"{method} {pointer[1]}".strip()
            at = str(Place(("request", location, name)))
            message, remedy = "the parameter stands twice in one list", "remove one of the two"
            place = (*pointer, number)
            yield document.diagnostic(place, "parameter-twice", message, remedy, operation=label, at=at)
        seen.add(key)


def _operation_ids(document: Document) -> Iterator[Diagnostic]:
    found = [(pointer, value.get("operationId")) for pointer, value in operations(document)]
    counts = Counter(name for _, name in found if name is not None)
    for pointer, name in found:
        if name is not None and counts[name] > 1:
            message = f"operationId {name!r} is used by {counts[name]} operations"
            label = f"{str(pointer[-1]).upper()} {pointer[-2]}"
            place = (*pointer, "operationId")
            yield document.diagnostic(
                place, "operation-id", message, "give each its own", operation=label, at="operation"
            )


def _security(document: Document) -> Iterator[Diagnostic]:
    schemes = descend(document.value, ("components", "securitySchemes"))
    known = set(schemes) if isinstance(schemes, dict) else set()
    holders: list[tuple[Pointer, Json]] = [((), document.value), *operations(document)]
    for pointer, holder in holders:
        wanted = holder.get("security") if isinstance(holder, dict) else None
        label = f"{str(pointer[-1]).upper()} {pointer[-2]}" if pointer else ""
        for number, alternative in enumerate(wanted if isinstance(wanted, list) else ()):
            for name in alternative if isinstance(alternative, dict) else ():
                if name not in known:
                    message = f"the security scheme {name!r} is not defined"
                    remedy = (
                        f"define components.securitySchemes.{name}, or use one of: {', '.join(sorted(known)) or 'none'}"
                    )
                    place = (*pointer, "security", number, name)
                    yield document.diagnostic(
                        place, "security-undefined", message, remedy, operation=label, at="security"
                    )


def _servers(document: Document) -> Iterator[Diagnostic]:
    for number, server in enumerate(as_rows(descend(document.value, ("servers",)))):
        variables = as_object(server.get("variables"))
        named = dict.fromkeys(re.findall(r"\{([^{}]*)\}", str(server.get("url", ""))))
        missing = [name for name in named if name not in variables]
        if missing:
            message = f"the server variable {', '.join(map(repr, missing))} is not defined"
            remedy = f"define variables.{missing[0]} with a default beside this url"
            yield document.diagnostic(("servers", number, "url"), "server-variable", message, remedy, at="server")


def walk(value: Json, pointer: Pointer = ()) -> Iterator[tuple[Pointer, Json]]:
    """Yields every value of a JSON document with its pointer, outermost first."""
    stack: list[tuple[Pointer, Json]] = [(pointer, value)]
    while stack:
        here, found = stack.pop()
        yield here, found
        if isinstance(found, dict):
            stack.extend(((*here, key), found[key]) for key in reversed(found))
        elif isinstance(found, list):
            stack.extend(((*here, number), found[number]) for number in reversed(range(len(found))))
