"""Collections and what operations do to them, inferred from the paths of an API that has no behavior.yaml."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import cast

from specledger import names
from specledger.emit import paging, seeds, verbs
from specledger.emit.identified import BESIDE, Identified, Steps, is_object, normal, singular
from specledger.emit.paths import PARAMETER, Found, answered, asks, body_of, collections, noun_of, shape
from specledger.runtime.mock.act import takes_json
from specledger.runtime.mock.documented import row_of
from specledger.runtime.mock.fitting import inside, items_of, properties
from specledger.runtime.mock.patch import JSON_PATCH
from specledger.runtime.mock.schema import BASE, Schemas
from specledger.yaml12 import Json, JsonObject, as_object, as_text

_CREATED = (
    "createdat created createdon createdtime creationtime creationdate datecreated createtime createdate creation"
)
_UPDATED = (
    "updatedat updated updatedon updatedtime updatetime updatedate dateupdated modifiedat modified modifiedon"
    " modifiedtime datemodified lastmodified lastmodifiedat lastupdated lastupdatedat lastupdate changedat changed"
)
_WRITING = ("PUT", "PATCH", "POST")
# What the last step of a path below a collection is called where a POST to it creates several objects at once.
_MANY = {"bulk", "batch", "import", "many", "multiple", "list", "array", "create", "insert", "add"}
_NOT_MANY = {"delete", "remove", "update", "patch", "get", "search", "query", "validate", "check", "export"}
_COUNTS = ("created", "inserted", "added", "imported", "count", "total", "createdcount", "totalcount")
_ACTION = re.compile(r"(?:/actions?)?[/:]([^/{}:]+)")
_UPSERT = re.compile(r"upsert|(create|add|insert|save|register)or(update|replace|overwrite|set)")


class Inferred:
    """What is inferred of a contract: `resources` by name, `acts` and the `refusals` they add by operation id."""

    def __init__(self, contract: JsonObject) -> None:
        definitions = cast(JsonObject, contract["definitions"])
        self._definitions = definitions
        self.outgoing = Schemas(definitions, "writeOnly")
        self.incoming = Schemas(definitions, "readOnly")
        self.resources: dict[str, JsonObject] = {}
        self.acts: dict[str, JsonObject] = {}
        self.refusals: dict[str, JsonObject] = {}
        paths: dict[str, dict[str, JsonObject]] = {}
        for row in cast("list[JsonObject]", contract["operations"]):
            paths.setdefault(str(row["path"]).rstrip("/"), {})[str(row["method"])] = row
        self._paths = paths
        self._found: dict[str, Found] = {}
        for found in collections(paths):
            if (found.parameter or self._is_listed(found)) and self._described(found):
                self._found[shape(found.path)] = found
        self._found |= {shape(found.path): found for found in self._singles(paths)}
        for found in self._found.values():
            taken = [one.name for one in self._found.values()]
            found.name = names.unique(names.snake(noun_of(found.path), "objects"), taken)
        for found in self._found.values():
            self._place(found)
        for found in self._found.values():
            self._act(found)
        used = {str(act["resource"]) for act in self.acts.values()}
        for found in sorted(self._found.values(), key=lambda one: one.path.count("/")):
            if found.name in used:
                self.resources[found.name] = self._resource(found)
        self.acts = {key: act for key, act in self.acts.items() if act["resource"] in self.resources}

    def _is_listed(self, found: Found) -> bool:
        """Says whether a path lists objects, where nothing else tells it from that of an object that lies alone."""
        shown, made = (answered(found.whole[way], self._status(found.whole[way])) for way in ("GET", "POST"))
        is_same = is_object(self.outgoing, shown) and self.outgoing.resolve(shown) is self.outgoing.resolve(made)
        return not is_same and Identified(self.outgoing, noun_of(found.path), "", True).list_at(shown, None) is not None

    def _described(self, found: Found) -> bool:
        """Says whether what is stored is known, and finds its schema and its id."""
        schema = self.parameter(found.one, found.parameter)
        identified = Identified(self.outgoing, noun_of(found.path), found.parameter, schema)
        for row, is_list in self._answers(found):
            written = answered(row, self._status(row))
            at = identified.list_at(written, None) if is_list else identified.object_at(written)
            if at is not None:
                inner = inside(self.outgoing, written, at)
                found.item = items_of(self.outgoing, inner) if is_list else inner
                break
        if found.item is None:
            bodies = [body_of(row) for ways in (found.one, found.whole) for row in ways.values() if row["body"]]
            found.item = next((body for body in bodies if is_object(self.outgoing, body)), None)
        if found.item is None:
            return False
        resolved = self.outgoing.resolve(found.item)
        found.item = resolved if resolved is not None else found.item
        found.id = identified.field(found.item)
        if not found.id and found.parameter:
            found.id = found.parameter
            self._look_deeper(found, found.id, identified.field)
        return bool(found.id)

    def _look_deeper(self, found: Found, name: str, field: Callable[[Json], str]) -> None:
        """Notes where, one object deeper, an object shows what is stored beside it under a name."""
        for outer, inner in properties(self.outgoing, found.item).items():
            deeper = field(inner) if normal(outer) in BESIDE and is_object(self.outgoing, inner) else ""
            if deeper and not found.deeper.get(name):
                found.deeper[name] = (outer, deeper)

    def _answers(self, found: Found) -> Iterator[tuple[JsonObject, bool]]:
        order = [(found.one, way, False) for way in ("GET", "PUT", "PATCH")]
        order += [(found.whole, "POST", False), (found.whole, "GET", True), (found.one, "POST", False)]
        yield from ((ways[way], is_list) for ways, way, is_list in order if way in ways)

    def _singles(self, paths: Mapping[str, dict[str, JsonObject]]) -> Iterator[Found]:
        """Yields objects that lie alone at their path: read by GET, written by PUT, PATCH or POST."""
        for path, ways in paths.items():
            writing = [ways[way] for way in _WRITING if way in ways]
            if shape(path) in self._found or PARAMETER.search(path) or "GET" not in ways or not writing:
                continue
            written = answered(ways["GET"], self._status(ways["GET"]))
            identified = Identified(self.outgoing, noun_of(path), "", True)
            at = identified.object_at(written)
            if at is None:
                continue
            item = self.outgoing.resolve(inside(self.outgoing, written, at))
            only_post = "PUT" not in ways and "PATCH" not in ways
            is_list = identified.list_at(written, None) is not None
            if any(self._is_of(row, item) for row in writing) or not (only_post or is_list):
                yield Found("", path, one=ways, item=item, single=True)

    def _is_of(self, row: JsonObject, item: Json) -> bool:
        """Says whether a body holds fields of an object; what a POST takes is only that where it answers with it."""
        shown = self.outgoing.resolve(answered(row, self._status(row)))
        mine, known = properties(self.incoming, body_of(row)), properties(self.outgoing, item)
        return bool(mine) and mine.keys() <= known.keys() and (row["method"] != "POST" or shown is item)

    def _place(self, found: Found) -> None:
        """Finds where the objects lie: for each parameter of the path the field that holds it, and whose id it is."""
        segments = found.path.split("/")
        fields = properties(self.outgoing, found.item)
        for number, segment in enumerate(segments):
            match = PARAMETER.match(segment)
            if not match:
                continue
            before = "/".join(segments[:number])
            other = self._found.get(shape(before))
            ways = {**found.whole, **found.one}
            kinds = self.incoming.types(self.parameter(ways, match.group(1)))
            noun = singular(names.words(noun_of(before))[-1]) if names.words(noun_of(before)) else ""
            wanted = [normal(match.group(1)), noun + normal(match.group(1)), f"{noun}id"]
            taken = {found.id, *(name for name, _, _ in found.parents)}
            held = [
                name
                for want in wanted
                for name, inner in fields.items()
                if normal(name) == want and name not in taken and kinds & self.outgoing.types(inner)
            ]
            hidden = names.unique(match.group(1), [*taken, *fields])
            if not held:
                self._look_deeper(found, hidden, partial(self._called_so, wanted[0]))
            inner_of = other.name if other and not other.single and other.parameter else ""
            found.parents.append((held[0] if held else hidden, match.group(1), inner_of))

    def _called_so(self, plain: str, schema: Json) -> str:
        return next((name for name in properties(self.outgoing, schema) if normal(name) == plain), "")

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
        if found.single:
            self._act_alone(found)
            return
        at: list[Json] = ["path", found.parameter]
        one = {"GET": "read", "PUT": "replace", "PATCH": "merge", "DELETE": "remove"}
        if "PATCH" not in found.one:
            one["POST"] = "merge"
        for method, act in one.items():
            if method in found.one:
                self._say(found, found.one[method], act, at)
        here = f"{found.path}/{{{found.parameter}}}" if found.parameter else ""
        for path, ways in self._paths.items():
            last = _ACTION.fullmatch(path[len(here) :]) if here and path.startswith(here) else None
            if last and shape(path) not in self._found and not {"GET", "DELETE"} & ways.keys():
                self._do(found, ways.get("POST") or ways.get("PUT"), verbs.verb_of(last[1]))
            if path.startswith(found.path) and re.fullmatch(r"[/:][^/{}]+", path[len(found.path) :]):
                self._search(found, ways.get("GET"))
                self._fill(found, ways.get("POST"), set(names.words(path[len(found.path) :])))
        for method, act in {"GET": "list", "POST": "create", "DELETE": "remove"}.items():
            if method in found.whole:
                self._say(found, found.whole[method], act, [])
        for method in ("PUT", "PATCH"):
            row = found.whole.get(method)
            body_at = self._body_at(found, row) if row else ()
            fields = properties(self.incoming, inside(self.incoming, body_of(row), body_at)) if row else {}
            if row and found.id in fields and not self.incoming.is_hidden(fields[found.id]):
                self._say(found, row, one[method], ["body", *body_at, found.id])

    def _do(self, found: Found, row: JsonObject | None, verb: str) -> None:
        """Adds what an operation called by a verb does to one object, where its answer is that object or nothing."""
        written = answered(row, self._status(row)) if row else None
        fields = properties(self.outgoing, written)
        known = properties(self.outgoing, found.item)
        shown = self._shown(found, row, self._status(row), "merge") if row else None
        is_item = shown is not None and (
            self.outgoing.resolve(inside(self.outgoing, written, shown)) is found.item
            or (found.id in fields and fields.keys() <= known.keys())
        )
        if row and (written is None or is_item):
            sets, stamps = verbs.done(self.outgoing, found.item, verb)
            self._say(found, row, "merge", ["path", found.parameter])
            act = self.acts.get(str(row["id"]), {})
            act.update({"act": "do", "sets": sets, "stamps": list(stamps)} if act else {})

    def _act_alone(self, found: Found) -> None:
        """Says what is done to an object that lies alone. Where it can be removed, a write can put it there anew."""
        puts = {"PUT", "POST"} & found.one.keys()
        acts = {"GET": "read", "PUT": "replace", "PATCH": "merge", "DELETE": "remove"}
        acts["POST"] = "replace" if "DELETE" in found.one else "merge"
        for method, act in acts.items():
            if method in found.one:
                self._say(found, found.one[method], act, [], makes=method in puts or not puts)

    def _fill(self, found: Found, row: JsonObject | None, words: set[str]) -> None:
        """Adds a way to create several objects at a path of its own."""
        many = self._many_at(found, row) if row and words & _MANY and not words & _NOT_MANY else None
        if row and many is not None:
            fields = properties(self.incoming, inside(self.incoming, body_of(row), many))
            if fields.keys() <= properties(self.outgoing, found.item).keys():
                self._say(found, row, "create", [])

    def _many_at(self, found: Found, row: JsonObject) -> Steps | None:
        """Returns the steps to each object in a body that holds several; None for a body that does not."""
        body = body_of(row)
        mine = properties(self.incoming, body)
        ways: list[Steps] = [("[]",)] if "array" in self.incoming.types(body) else []
        written = answered(row, self._status(row, 201, 200))
        shown = Identified(self.outgoing, found.name, "", True).list_at(written, found.item)
        items = items_of(self.outgoing, inside(self.outgoing, written, shown)) if shown is not None else None
        if len(mine) == 1 and (items is None or self.outgoing.resolve(items) is found.item):
            ways += [(name, "[]") for name, inner in mine.items() if "array" in self.incoming.types(inner)]
        known = properties(self.outgoing, found.item)
        for steps in ways if self.outgoing.resolve(written) is not found.item or ways == [("[]",)] else []:
            inner = inside(self.incoming, body, steps)
            if is_object(self.incoming, inner) and properties(self.incoming, inner).keys() & known.keys():
                return steps
        return None

    def _search(self, found: Found, row: JsonObject | None) -> None:
        """Adds a list at a path of its own: the same objects as the collection's, by other parameters."""
        written = answered(row, self._status(row)) if row else None
        at = Identified(self.outgoing, found.name, "", True).list_at(written, found.item)
        items = items_of(self.outgoing, inside(self.outgoing, written, at)) if at is not None else None
        if row and items is not None and self.outgoing.resolve(items) is found.item and self._component(found.item):
            self._say(found, row, "list", [])

    def _body_at(self, found: Found, row: JsonObject) -> Steps:
        identified = Identified(self.incoming, found.name, found.parameter, True)
        return identified.body_at(body_of(row), found.item)

    def _say(self, found: Found, row: JsonObject, act: str, at: list[Json], *, makes: bool = False) -> None:
        """Adds what an operation does, where its answer is one that can tell of it."""
        wanted = {"create": (201, 200), "remove": (204, 200), "replace": (200, 204)}.get(act, ())
        status = self._status(row, *wanted) or (0 if act in ("list", "read") else 200)
        content = as_object((row_of(cast("dict[str, JsonObject]", row["responses"]), status) or {}).get("content"))
        if not status or not takes_json(content):
            return
        many = self._many_at(found, row) if act == "create" else None
        shown = self._shown(found, row, status, "list" if many else act)
        is_listed = many is not None and shown is not None
        if many and shown is None:
            shown = self._shown(found, row, status, act) or ()
        if shown is None or (act == "remove" and not at and not found.single and (row["body"] or asks(row))):
            return
        self.acts[str(row["id"])] = {
            "act": "create_many" if many else act,
            "resource": found.name,
            "id": at,
            "parents": [["path", name] for _, name, _ in found.parents],
            "status": status,
            "answer": list(shown),
            "called": self._called(found, row, status, shown) if act != "list" and not is_listed else "",
            **self._details(found, row, act, shown, status),
            **({"body": list(many), "many": is_listed, "counts": self._counts(row, status)} if many else {}),
            **({"makes": makes} if act in ("replace", "merge") else {}),
        }
        self.refusals[str(row["id"])] = {
            kind: {**as_object(as_object(row["refusals"])["invalid"]), "status": self._refused(row, otherwise)}
            for kind, otherwise in {"create": {"taken": 409}, "merge": {"unpatched": 400}}.get(act, {}).items()
        }

    def _counts(self, row: JsonObject, status: int) -> list[Json]:
        """Returns the fields of an answer that tell how many objects were created."""
        fields = properties(self.outgoing, answered(row, status))
        return [name for name in fields if normal(name) in _COUNTS and "integer" in self.outgoing.types(fields[name])]

    def _refused(self, row: JsonObject, otherwise: int) -> int:
        """Returns the status of a refusal that the present state is the reason of: the first that is documented."""
        return next((status for status in (409, 422, 400) if str(status) in as_object(row["responses"])), otherwise)

    def _shown(self, found: Found, row: JsonObject, status: int, act: str) -> Steps | None:
        written = answered(row, status)
        if written is None:
            return () if act != "list" and act != "read" else None
        identified = Identified(self.outgoing, noun_of(found.path), found.parameter, True)
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
        inner = inside(self.outgoing, answered(row, status), shown)
        fields = properties(self.outgoing, inner)
        if found.single or found.id in fields or inner is None:
            return ""
        identified = Identified(self.outgoing, noun_of(found.path), found.parameter, True)
        return identified.field(inner, weak=False)

    def _details(self, found: Found, row: JsonObject, act: str, shown: Steps, status: int) -> JsonObject:
        if act == "list":
            parameters = cast("list[JsonObject]", row["parameters"])
            roles = paging.asked(self.incoming, parameters)
            filters = paging.filters(self.incoming, parameters, found.item, found.id, roles)
            return {
                "paging": list(roles),
                "filters": list(filters),
                "sort": paging.sort(self.incoming, parameters, filters),
                "marks": list(paging.told(self.outgoing, answered(row, status), shown)),
            }
        if act in ("read", "remove"):
            return {}
        made = 201 if act == "replace" and "201" in as_object(row["responses"]) else None
        return {
            "body": list(self._body_at(found, row)) if row["body"] else [],
            "patches": self._patches(row),
            "upserts": bool(_UPSERT.search(normal(str(row["id"])))),
            "made": made,
            "made_answer": list((self._shown(found, row, made, act) if made else None) or ()),
        }

    def _patches(self, row: JsonObject) -> list[Json]:
        """Returns the media types of the bodies that list operations (RFC 6902)."""
        content = as_object(as_object(row["body"]).get("content"))
        operation = {"op", "path"}
        return [
            name.lower()
            for name, media in content.items()
            if name.lower() == JSON_PATCH
            or operation <= properties(self.incoming, items_of(self.incoming, as_object(media).get("schema"))).keys()
        ]

    def _resource(self, found: Found) -> JsonObject:
        fields = properties(self.outgoing, found.item)
        touched = [name for name in fields if normal(name) in _UPDATED.split() and self._is_moment(fields[name])]
        created = [name for name in fields if normal(name) in _CREATED.split() and self._is_moment(fields[name])]
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
            "deeper": {name: list(steps) for name, steps in found.deeper.items()},
            "removable": any(
                act["act"] == "remove" and act["resource"] == found.name and found.single for act in self.acts.values()
            ),
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
