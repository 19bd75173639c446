"""What the names of a list's parameters and of the fields beside it mean: pages, filters, order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from specledger import names
from specledger.emit.identified import Steps, is_object, normal
from specledger.runtime.mock.fitting import items_of, properties
from specledger.runtime.mock.schema import Schemas
from specledger.yaml12 import Json, JsonObject, as_list, as_object

_ASKED: Mapping[str, str] = {
    "limit": "limit pagesize perpage size count top maxresults max first pagelimit maxitems rows take maxpagesize",
    "offset": "offset skip start startindex pageoffset",
    "page": "page pagenumber pageno pagenum currentpage pageindex",
    "after": "after cursor marker startingafter pagetoken nexttoken continuationtoken continue next nextcursor"
    " pageafter pagecursor afterid startafter start token lastid lastkey page",
    "before": "before endingbefore pagebefore previouscursor prevcursor",
}
_SEARCHED = "q query search keyword keywords term text searchterm searchtext searchquery fulltext".split()
_BOUNDS: Mapping[str, str] = {
    "least": "min minimum gte ge from since start",
    "above": "gt after",
    "most": "max maximum lte le to until end",
    "below": "lt before",
}
_WHOLE = ("limit", "offset", "page")
_TOLD: Mapping[str, str] = {
    "total": "total totalcount totalitems totalresults totalelements totalsize resultcount totalrecords odatacount",
    "pages": "pages totalpages pagecount lastpage numpages",
    "page": "page currentpage pagenumber pageno pageindex number",
    "limit": "limit perpage pagesize size",
    "offset": "offset skip start startindex",
    "more": "hasmore hasnext hasnextpage more istruncated truncated",
    "earlier": "hasprevious haspreviouspage hasprev",
    "next": "next nexttoken nextcursor nextpagetoken cursor nextmarker marker endcursor after nextpage nexturl nextlink"
    " continuationtoken pagetoken continue odatanextlink",
    "previous": "previous prev previouspage prevpage previouscursor prevcursor previousurl previouslink before"
    " startcursor",
    "left": "remainingitemcount remaining",
    "first": "firstid",
    "last": "lastid",
    "count": "count itemcount resultscount",
}
_BESIDE = "meta metadata pagination paging page pageinfo links cursors responsemetadata paginginfo".split()


def asked(schemas: Schemas, parameters: list[JsonObject]) -> list[JsonObject]:
    """Returns the roles of the query's parameters that choose a page."""
    found: dict[str, JsonObject] = {}
    for row in parameters:
        name, schema = normal(str(row["name"])), row["schema"]
        kinds = schemas.types(schema)
        for role, spellings in _ASKED.items():
            fits = "integer" in kinds or "number" in kinds if role in _WHOLE else "boolean" not in kinds
            if name in spellings.split() and fits and role not in found and row["in"] == "query":
                found[role] = {"role": role, "name": str(row["name"]), **_bounds(schemas, schema)}
                break
    return list(found.values())


def _bounds(schemas: Schemas, schema: Json) -> JsonObject:
    parts = list(schemas.parts(schema))
    default, least, most = (
        next((part[word] for part in parts if word in part), None) for word in ("default", "minimum", "maximum")
    )
    return {"default": default, "maximum": most, "first": 0 if least == 0 or default == 0 else 1}


def filters(
    schemas: Schemas, parameters: list[JsonObject], item: Json, identity: str, roles: list[JsonObject]
) -> list[JsonObject]:
    """Returns the parameters that a list is filtered by, each with what it tests and where in an object that lies."""
    used = {row["name"] for row in roles}
    fields = {normal(name): (steps, inner) for name, steps, inner in _plain_fields(schemas, item)}
    found: list[JsonObject] = []
    for row in parameters:
        kinds = schemas.types(row["schema"])
        if row["in"] != "query" or row["name"] in used or "object" in kinds:
            continue
        words = names.words(str(row["name"]))
        words = words[1:] if words[:1] == ["filter"] else words
        plain = "".join(words)
        told = fields.get(plain)
        if told is None and "array" in kinds and plain.endswith("s"):
            told = fields.get(plain[:-1])
        if told is None and plain == "ids" and identity:
            told = (identity,), schemas.property(item, identity)
        if told is not None:
            steps, inner = told
            known = _choices(schemas, inner)
            every = [value for value in _choices(schemas, row["schema"]) if known and value not in known]
            found.append(_filter(schemas, row, steps, "is", every))
        elif plain in _SEARCHED and kinds <= {"string"}:
            found.append(_filter(schemas, row, (), "holds", []))
        elif bounded := _bounded(words, fields):
            found.append(_filter(schemas, row, *bounded, []))
    return found


def _filter(schemas: Schemas, row: JsonObject, steps: Steps, test: str, every: list[Json]) -> JsonObject:
    default = _default(schemas, row["schema"])
    return {"name": row["name"], "at": list(steps), "test": test, "default": default, "any": every}


def _default(schemas: Schemas, schema: Json) -> Json:
    return next((part["default"] for part in schemas.parts(schema) if "default" in part), None)


def _bounded(words: list[str], fields: Mapping[str, tuple[Steps, Json]]) -> tuple[Steps, str] | None:
    """Returns the field and the bound that a name speaks of: `min_price`, `created_after`, `price[lte]`, `since`."""
    for word, rest in ((words[-1], words[:-1]), (words[0], words[1:])) if words else ():
        test = next((test for test, spellings in _BOUNDS.items() if word in spellings.split()), "")
        stems = ["".join(rest)] if rest else ["updated", "modified", "created", "timestamp", "date", "time"]
        for stem in stems if test else ():
            for suffix in ("", "at", "on", "date", "time"):
                if stem + suffix in fields:
                    return fields[stem + suffix][0], test
    return None


def _choices(schemas: Schemas, schema: Json) -> list[Json]:
    items = items_of(schemas, schema)
    parts = [*schemas.parts(schema), *(schemas.parts(items) if items is not None else ())]
    return next((as_list(part["enum"]) for part in parts if "enum" in part), [])


def _plain_fields(schemas: Schemas, item: Json) -> Iterator[tuple[str, Steps, Json]]:
    """Yields the fields that can be compared with a text, those in `attributes` (JSON:API) before the object's own."""
    own = properties(schemas, item)
    ways: list[tuple[Steps, dict[str, Json]]] = [
        (("attributes",), properties(schemas, own.get("attributes"))),
        ((), own),
    ]
    for way, fields in ways:
        for name, schema in fields.items():
            items = items_of(schemas, schema)
            if is_object(schemas, items):  # a list of labels: each is asked for by its name
                label = next((word for word in ("name", "slug", "key", "id") if word in properties(schemas, items)), "")
                if label:
                    yield name, (*way, name, "[]", label), properties(schemas, items)[label]
            elif not is_object(schemas, schema):
                yield name, (*way, name), schema


def sort(schemas: Schemas, parameters: list[JsonObject], filtered: list[JsonObject]) -> JsonObject:
    """Returns which parameters name the field that a list is sorted by, and the way up or down."""
    found: JsonObject = {}
    used = {row["name"] for row in filtered}
    for row in parameters:
        name = normal(str(row["name"]))
        if row["in"] != "query" or row["name"] in used:
            continue
        told: JsonObject = {"name": row["name"], "default": _default(schemas, row["schema"])}
        if name in ("sort", "sortby", "orderby", "ordering", "sortfield", "sortkey"):
            found["by"] = told
        if name in ("order", "direction", "sortorder", "sortdir", "sortdirection", "orderdirection"):
            found["way"] = told
    if "by" not in found and "way" in found:
        found["by"] = found["way"]  # `order=-name`
    return found


def told(schemas: Schemas, schema: Json, items: Steps) -> list[JsonObject]:
    """Returns the fields beside a list that tell of the page, with their roles."""
    found = list(_told(schemas, schema, (), items[0] if items else ""))
    roles = {row["role"] for row in found}
    for row in found:
        if row["role"] == "count" and "total" not in roles:
            row["role"] = "total"
    return found


def _told(schemas: Schemas, schema: Json, steps: Steps, apart: str) -> Iterator[JsonObject]:
    if not is_object(schemas, schema) or len(steps) > 2:
        return
    required = {str(name) for part in schemas.parts(schema) for name in as_list(part.get("required"))}
    for name, inner in properties(schemas, schema).items():
        role = next((role for role, spellings in _TOLD.items() if normal(name) in spellings.split()), "")
        at = (*steps, name)
        if is_object(schemas, inner):
            link = next((word for word in ("href", "url") if word in properties(schemas, inner)), "")
            if role in ("next", "previous") and link:
                yield _mark(role, (*at, link), False, schemas.property(inner, link), len(at))
            elif name == apart or normal(name) in _BESIDE:
                yield from _told(schemas, inner, at, "")
        elif role and "array" not in schemas.types(inner):
            yield _mark(role, at, name in required, inner, len(at))


def _mark(role: str, at: Steps, required: bool, schema: Json, whole: int) -> JsonObject:
    """Returns a field that tells of the page; `whole` is how many of its steps are left out where it has no value."""
    return {"role": role, "at": list(at), "required": required, "schema": as_object(schema) or True, "whole": whole}
