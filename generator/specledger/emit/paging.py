"""What the names of a list's parameters and of the fields beside it mean: pages, filters, order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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
_WHOLE = ("limit", "offset", "page")
_TOLD: Mapping[str, str] = {
    "total": "total totalcount totalitems totalresults totalelements totalsize resultcount totalrecords",
    "pages": "pages totalpages pagecount lastpage numpages",
    "page": "page currentpage pagenumber pageno pageindex",
    "limit": "limit perpage pagesize size",
    "offset": "offset skip start startindex",
    "more": "hasmore hasnext hasnextpage more istruncated truncated",
    "earlier": "hasprevious haspreviouspage hasprev",
    "next": "next nexttoken nextcursor nextpagetoken cursor nextmarker marker endcursor after nextpage nexturl nextlink"
    " continuationtoken pagetoken",
    "previous": "previous prev previouspage prevpage previouscursor prevcursor previousurl previouslink before"
    " startcursor",
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
) -> JsonObject:
    """Returns by parameter the field that must equal it: that of the same name, in the singular where it is a list."""
    used = {row["name"] for row in roles}
    fields = {normal(name): name for name, inner in properties(schemas, item).items() if _is_plain(schemas, inner)}
    found: JsonObject = {}
    for row in parameters:
        name = str(row["name"])
        if row["in"] != "query" or name in used or "object" in schemas.types(row["schema"]):
            continue
        plain = normal(name)
        if plain in fields:
            found[name] = fields[plain]
        elif "array" in schemas.types(row["schema"]) and plain.endswith("s") and plain[:-1] in fields:
            found[name] = fields[plain[:-1]]
        elif plain == "ids" and identity:
            found[name] = identity
    return found


def _is_plain(schemas: Schemas, schema: Json) -> bool:
    """Says whether values of a schema are no objects, and no lists of objects."""
    return not is_object(schemas, schema) and not is_object(schemas, items_of(schemas, schema))


def sort(parameters: list[JsonObject], filtered: JsonObject) -> JsonObject:
    """Returns which parameters name the field that a list is sorted by, and the way up or down."""
    found: JsonObject = {}
    for row in parameters:
        name = normal(str(row["name"]))
        if row["in"] != "query" or row["name"] in filtered:
            continue
        if name in ("sort", "sortby", "orderby", "ordering", "sortfield", "sortkey"):
            found["by"] = str(row["name"])
        if name in ("order", "direction", "sortorder", "sortdir", "sortdirection", "orderdirection"):
            found["way"] = str(row["name"])
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
        if is_object(schemas, inner):
            if name == apart or normal(name) in _BESIDE:
                yield from _told(schemas, inner, (*steps, name), "")
        elif role and "array" not in schemas.types(inner):
            at: list[Json] = [*steps, name]
            yield {"role": role, "at": at, "required": name in required, "schema": as_object(inner) or True}
