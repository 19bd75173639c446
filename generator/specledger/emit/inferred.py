"""Collections and what operations do to them, inferred from the paths of an API that has no behavior.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from specledger import names
from specledger.emit import paging, seeds
from specledger.emit.identified import Identified, Steps, inside, is_object, items_of, normal, singular
from specledger.runtime.mock.act import takes_json
from specledger.runtime.mock.body import is_json
from specledger.runtime.mock.documented import row_of
from specledger.runtime.mock.fitting import properties
from specledger.runtime.mock.schema import BASE, Schemas
from specledger.yaml12 import Json, JsonObject, as_object, as_text

_PARAMETER = re.compile(r"\{([^{}]*)\}\Z")
_CREATED = (
    "createdat created createdon createdtime creationtime creationdate datecreated createtime createdate creation"
)
_UPDATED = (
    "updatedat updated updatedon updatedtime updatetime updatedate dateupdated modifiedat modified modifiedon"
    " modifiedtime datemodified lastmodified lastmodifiedat lastupdated lastupdatedat lastupdate changedat changed"
)
_BODIES = ("PUT", "PATCH", "POST")


@dataclass(slots=True)
class Found:
    """A collection in the making: the operations of its own path and of its items' path, by method."""

    name: str
    path: str
    parameter: str = ""
    whole: dict[str, JsonObject] = field(default_factory=dict)
    one: dict[str, JsonObject] = field(default_factory=dict)
    item: Json = None
    id: str = ""
    single: bool = False
    parents: list[tuple[str, str, str]] = field(default_factory=list)


class Inferred:
    """What is inferred of a contract: `resources` by name and `acts` by operation id."""

    def __init__(self, contract: JsonObject) -> None:
        definitions = cast(JsonObject, contract["definitions"])
        self._definitions = definitions
        self.outgoing = Schemas(definitions, "writeOnly")
        self.incoming = Schemas(definitions, "readOnly")
        self.resources: dict[str, JsonObject] = {}
        self.acts: dict[str, JsonObject] = {}
        paths: dict[str, dict[str, JsonObject]] = {}
        for row in cast("list[JsonObject]", contract["operations"]):
            paths.setdefault(str(row["path"]).rstrip("/"), {})[str(row["method"])] = row
        self._paths = paths
        self._found: dict[str, Found] = {}
        for found in _collections(paths):
            if self._described(found):
                self._found[_shape(found.path)] = found
        self._found |= {_shape(found.path): found for found in self._singles(paths)}
        for found in self._found.values():
            taken = [one.name for one in self._found.values()]
            found.name = names.unique(names.snake(_noun(found.path), "objects"), taken)
        for found in self._found.values():
            self._place(found)
        for found in self._found.values():
            self._act(found)
        used = {str(act["resource"]) for act in self.acts.values()}
        for found in sorted(self._found.values(), key=lambda one: one.path.count("/")):
            if found.name in used:
                self.resources[found.name] = self._resource(found)
        self.acts = {key: act for key, act in self.acts.items() if act["resource"] in self.resources}

    def _described(self, found: Found) -> bool:
        """Says whether what is stored is known, and finds its schema and its id."""
        schema = self.parameter(found.one, found.parameter)
        identified = Identified(self.outgoing, _noun(found.path), found.parameter, schema)
        for row, is_list in self._answers(found):
            written = _written(row, self._status(row))
            at = identified.list_at(written, None) if is_list else identified.object_at(written)
            if at is not None:
                inner = inside(self.outgoing, written, at)
                found.item = items_of(self.outgoing, inner) if is_list else inner
                break
        if found.item is None:
            bodies = [_body(row) for ways in (found.one, found.whole) for row in ways.values() if row["body"]]
            found.item = next((body for body in bodies if is_object(self.outgoing, body)), None)
        if found.item is None:
            return False
        resolved = self.outgoing.resolve(found.item)
        found.item = resolved if resolved is not None else found.item
        found.id = identified.field(found.item) or found.parameter
        return bool(found.id)

    def _answers(self, found: Found) -> Iterator[tuple[JsonObject, bool]]:
        order = [(found.one, way, False) for way in ("GET", "PUT", "PATCH")]
        order += [(found.whole, "POST", False), (found.whole, "GET", True), (found.one, "POST", False)]
        yield from ((ways[way], is_list) for ways, way, is_list in order if way in ways)

    def _singles(self, paths: Mapping[str, dict[str, JsonObject]]) -> Iterator[Found]:
        """Yields objects that lie alone at their path: read by GET, changed by PUT or PATCH."""
        for path, ways in paths.items():
            if _shape(path) in self._found or _PARAMETER.search(path) or not {"PUT", "PATCH"} & ways.keys():
                continue
            if "GET" not in ways:
                continue
            written = _written(ways["GET"], self._status(ways["GET"]))
            identified = Identified(self.outgoing, _noun(path), "", True)
            at = identified.object_at(written)
            if at is not None and identified.list_at(written, None) is None:
                item = inside(self.outgoing, written, at)
                yield Found("", path, one=ways, item=self.outgoing.resolve(item), single=True)

    def _place(self, found: Found) -> None:
        """Finds where the objects lie: for each parameter of the path the field that holds it, and whose id it is."""
        segments = found.path.split("/")
        fields = properties(self.outgoing, found.item)
        for number, segment in enumerate(segments):
            match = _PARAMETER.match(segment)
            if not match:
                continue
            before = "/".join(segments[:number])
            other = self._found.get(_shape(before))
            ways = {**found.whole, **found.one}
            kinds = self.incoming.types(self.parameter(ways, match.group(1)))
            noun = singular(names.words(_noun(before))[-1]) if names.words(_noun(before)) else ""
            wanted = [normal(match.group(1)), noun + normal(match.group(1)), f"{noun}id"]
            taken = {found.id, *(name for name, _, _ in found.parents)}
            held = [
                name
                for want in wanted
                for name, inner in fields.items()
                if normal(name) == want and name not in taken and kinds & self.outgoing.types(inner)
            ]
            hidden = names.unique(match.group(1), [*taken, *fields])
            inner_of = other.name if other and not other.single and other.parameter else ""
            found.parents.append((held[0] if held else hidden, match.group(1), inner_of))

    def parameter(self, ways: Mapping[str, JsonObject], name: str) -> Json:
        """Returns the schema of a path's parameter."""
        rows = [row for way in ways.values() for row in cast("list[JsonObject]", way["parameters"])]
        return next((row["schema"] for row in rows if row["in"] == "path" and row["name"] == name), True)

    def _status(self, row: JsonObject, *wanted: int) -> int:
        """Returns the first of these successes that is documented, else the lowest; 0 where none is."""
        responses = as_object(row["responses"])
        found = [status for status in wanted if str(status) in responses]
        lowest = sorted(int(key) for key in responses if key.isdecimal() and key.startswith("2"))
        ranges = [200] if {"2XX", "2xx", "default"} & responses.keys() else []
        return next(iter([*found, *lowest, *ranges]), 0)

    def _act(self, found: Found) -> None:
        alone = "" if found.single else found.parameter
        at: list[Json] = ["path", alone] if alone else []
        one = {"GET": "read", "PUT": "replace", "PATCH": "merge", "DELETE": "remove"}
        if "PATCH" not in found.one and not found.single:
            one["POST"] = "merge"
        for method, act in one.items():
            if method in found.one and not (found.single and method == "DELETE"):
                self._say(found, found.one[method], act, at)
        if found.single:
            return
        for path, ways in self._paths.items():
            if path.rpartition("/")[0] == found.path and "{" not in path.rpartition("/")[2]:
                self._search(found, ways.get("GET"))
        for method, act in {"GET": "list", "POST": "create", "DELETE": "remove"}.items():
            if method in found.whole:
                self._say(found, found.whole[method], act, [])
        for method in ("PUT", "PATCH"):
            row = found.whole.get(method)
            body_at = self._body_at(found, row) if row else ()
            fields = properties(self.incoming, inside(self.incoming, _body(row), body_at)) if row else {}
            if row and found.id in fields and not self.incoming.is_hidden(fields[found.id]):
                self._say(found, row, one[method], ["body", *body_at, found.id])

    def _search(self, found: Found, row: JsonObject | None) -> None:
        """Adds a list at a path of its own: the same objects as the collection's, by other parameters."""
        written = _written(row, self._status(row)) if row else None
        at = Identified(self.outgoing, found.name, "", True).list_at(written, found.item)
        items = items_of(self.outgoing, inside(self.outgoing, written, at)) if at is not None else None
        if row and items is not None and self.outgoing.resolve(items) is found.item and self._component(found.item):
            self._say(found, row, "list", [])

    def _body_at(self, found: Found, row: JsonObject) -> Steps:
        identified = Identified(self.incoming, found.name, found.parameter, True)
        return identified.body_at(_body(row), found.item)

    def _say(self, found: Found, row: JsonObject, act: str, at: list[Json]) -> None:
        """Adds what an operation does, where its answer is one that can tell of it."""
        wanted = {"create": (201, 200), "remove": (204, 200), "replace": (200, 204)}.get(act, ())
        status = self._status(row, *wanted) or (0 if act in ("list", "read") else 200)
        content = as_object((row_of(cast("dict[str, JsonObject]", row["responses"]), status) or {}).get("content"))
        if not status or not takes_json(content):
            return
        shown = self._shown(found, row, status, act)
        if shown is None or (act == "remove" and not at and (row["body"] or _asks(row))):
            return
        self.acts[str(row["id"])] = {
            "act": act,
            "resource": found.name,
            "id": at,
            "parents": [["path", name] for _, name, _ in found.parents],
            "status": status,
            "answer": list(shown),
            "called": self._called(found, row, status, shown) if act != "list" else "",
            **self._details(found, row, act, shown, status),
        }

    def _shown(self, found: Found, row: JsonObject, status: int, act: str) -> Steps | None:
        written = _written(row, status)
        if written is None:
            return () if act != "list" and act != "read" else None
        identified = Identified(self.outgoing, _noun(found.path), found.parameter, True)
        if act == "list":
            return identified.list_at(written, found.item)
        kinds = self.outgoing.types(written)
        if kinds and "object" not in kinds:
            return () if act == "remove" else None
        for steps in [(), *((name,) for name in properties(self.outgoing, written))]:
            if self.outgoing.resolve(inside(self.outgoing, written, steps)) is found.item:
                return steps
        return () if found.single else identified.object_at(written)

    def _called(self, found: Found, row: JsonObject, status: int, shown: Steps) -> str:
        """Returns the field by which an answer shows the id, where it is not called as in the object."""
        inner = inside(self.outgoing, _written(row, status), shown)
        fields = properties(self.outgoing, inner)
        if found.single or found.id in fields or inner is None:
            return ""
        identified = Identified(self.outgoing, _noun(found.path), found.parameter, True)
        return identified.field(inner, weak=False)

    def _details(self, found: Found, row: JsonObject, act: str, shown: Steps, status: int) -> JsonObject:
        if act == "list":
            parameters = cast("list[JsonObject]", row["parameters"])
            roles = paging.asked(self.incoming, parameters)
            filters = paging.filters(self.incoming, parameters, found.item, found.id, roles)
            return {
                "paging": list(roles),
                "filters": filters,
                "sort": paging.sort(parameters, filters),
                "marks": list(paging.told(self.outgoing, _written(row, status), shown)),
            }
        if act in ("read", "remove"):
            return {}
        made = 201 if act == "replace" and "201" in as_object(row["responses"]) else None
        return {
            "body": list(self._body_at(found, row)) if row["body"] else [],
            "made": made,
            "made_answer": list((self._shown(found, row, made, act) if made else None) or ()),
        }

    def _resource(self, found: Found) -> JsonObject:
        fields = properties(self.outgoing, found.item)
        touched = [name for name in fields if normal(name) in _UPDATED.split() and self._is_moment(fields[name])]
        created = [name for name in fields if normal(name) in _CREATED.split() and self._is_moment(fields[name])]
        posts = [row for way, row in found.whole.items() if way == "POST"]
        parents: list[Json] = [{"field": name, "of": of} for name, _, of in found.parents]
        row: JsonObject = {
            "schema": self._component(found.item),
            "id": "" if found.single else found.id,
            "workspace": "",
            "unique": [],
            "immutable": [],
            "touched": list(touched),
            "parents": parents,
            "moments": [*created, *touched],
            "refuses_taken": any("409" in as_object(post["responses"]) for post in posts),
            "item": self._reference(found.item),
            "id_schema": fields.get(found.id, self.parameter(found.one, found.parameter)),
        }
        row["seed"] = list(seeds.seed(self, found, row))
        return row

    def _is_moment(self, schema: Json) -> bool:
        kinds = self.outgoing.types(schema) - {"null"}
        formats = {as_text(part.get("format")) for part in self.outgoing.parts(schema)} - {""}
        return kinds <= {"string", "integer", "number"} and formats <= {"date-time", "date", "int64", "int32"}

    def _component(self, item: Json) -> str:
        return next((name for name, schema in self._definitions.items() if schema is item), "")

    def _reference(self, item: Json) -> Json:
        name = self._component(item)
        return {"$ref": f"{BASE}#/$defs/{name}"} if name else item


def _collections(paths: Mapping[str, dict[str, JsonObject]]) -> Iterator[Found]:
    """Yields the paths that end in a parameter with those above them, and the paths that list and create."""
    items: dict[str, tuple[str, dict[str, JsonObject]]] = {}
    for path, ways in paths.items():
        above, _, last = path.rpartition("/")
        match = _PARAMETER.match(last)
        if match and above and not _PARAMETER.search(above):
            items.setdefault(_shape(above), (path, ways))
    whole = {_shape(path): (path, ways) for path, ways in paths.items() if not _PARAMETER.search(path)}
    for shape, (path, ways) in items.items():
        above = path.rpartition("/")[0]
        match = _PARAMETER.search(path)
        yield Found("", above, match.group(1) if match else "", whole.get(shape, ("", {}))[1], ways)
    for shape, (path, ways) in whole.items():
        if shape not in items and {"GET", "POST"} <= ways.keys():
            yield Found("", path, "", ways, {})


def _shape(path: str) -> str:
    """Returns a path without the names of its parameters."""
    return re.sub(r"\{[^{}]*\}", "{}", path)


def _noun(path: str) -> str:
    return next((part for part in reversed(path.split("/")) if part and "{" not in part), "objects")


def _written(row: JsonObject, status: int) -> Json:
    """Returns the schema of an answer's body; None where it has none, or one that says nothing."""
    found = row_of(cast("dict[str, JsonObject]", row["responses"]), status) or {}
    content = as_object(found.get("content"))
    ranked = sorted(content, key=lambda name: not is_json(name))
    return as_object(content[ranked[0]]).get("schema") if ranked else None


def _body(row: JsonObject) -> Json:
    content = as_object(as_object(row["body"]).get("content"))
    return next((as_object(media).get("schema") for media in content.values()), None)


def _asks(row: JsonObject) -> bool:
    return any(given["in"] == "query" for given in cast("list[JsonObject]", row["parameters"]))
