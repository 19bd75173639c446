"""Lists of stored objects: filtered, sorted and cut into pages as the spec's parameters say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode

from .act import Act, Ground
from .answer import Answer, header
from .fitting import put
from .json_text import Json, JsonObject
from .parameter import parse_query
from .request import Parts, Request, steps_of
from .selection import Selection
from .shown import url


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list: `start` and `end` among `total` objects, and how it was asked for."""

    start: int
    end: int
    total: int
    limit: int
    number: int
    first: Json
    last: Json
    before: Json

    @property
    def more(self) -> bool:
        """Says whether objects follow."""
        return self.end < self.total


class List(Act):
    """Shows the objects that lie together."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        row = ground.row
        self._roles = {str(found["role"]): found for found in cast("list[JsonObject]", row["paging"])}
        self._selection = Selection(row, cast("list[str]", self.resource["moments"]))
        self._marks = [
            (found, ground.outgoing.compile(found["schema"])) for found in cast("list[JsonObject]", row["marks"])
        ]

    def apply(self, request: Request, parts: Parts) -> Answer:
        """Returns the page that the request asks for."""
        held = self.lies_in(parts)
        given = parts.get("query")
        query = given if isinstance(given, dict) else {}
        every = self.collection.objects.values()
        found = [item for item in every if all(item.get(name) == value for name, value in held.items())]
        found = self._selection.of(found, query)
        page = self._page(found, query)
        items: list[Json] = [self.shown.items.shown(item) for item in found[page.start : page.end]]
        value = next((body for body in self._bodies(items, page, request) if self.shown.documented.accepts(body)), None)
        if value is None:
            return self.shown.documented.sample()
        return self.shown.headed(self.shown.documented.answer(value), self._headers(request, page))

    def _headers(self, request: Request, page: Page) -> list[tuple[bytes, bytes]]:
        """Returns the headers that tell of the page; those without a text have nothing to tell."""
        before = page.start > 0
        links = [
            f'<{self._address(request, page, forward)}>; rel="{word}"'
            for word, forward, there in (("next", True, page.more), ("prev", False, before))
            if there
        ]
        told = {
            **dict.fromkeys(("x-total-count", "x-total", "total-count"), str(page.total)),
            "link": ", ".join(links),
            "x-page": str(page.number),
            "x-per-page": str(page.limit),
            "x-total-pages": str(-(-page.total // max(page.limit, 1))),
            "x-next-page": str(page.number + 1) if page.more else "",
            "x-prev-page": str(page.number - 1) if before else "",
        }
        return [header(name, text) for name, text in told.items()]

    def _bodies(self, items: list[Json], page: Page, request: Request) -> list[Json]:
        return [self._marked(body, page, len(items), request) for body in self.shown.around(cast(Json, items))]

    def _number(self, role: str, query: JsonObject, otherwise: int) -> int:
        row = self._roles.get(role)
        value = query.get(str(row["name"]), row["default"]) if row else None
        return value if isinstance(value, int) and not isinstance(value, bool) else otherwise

    def _page(self, found: list[JsonObject], query: JsonObject) -> Page:
        total = len(found)
        row = self._roles.get("limit", {})
        most = row.get("maximum")
        limit = max(self._number("limit", query, most if isinstance(most, int) else max(total, 1)), 0)
        first = self._first
        number = self._number("page", query, first)
        start = max(self._number("offset", query, (number - first) * limit), 0)
        ids = [item.get(self.collection.id) for item in found]
        after, before = (query.get(str(self._roles.get(role, {}).get("name"))) for role in ("after", "before"))
        if after not in (None, ""):
            start = _behind(ids, after)
        end = start + limit
        if before not in (None, ""):
            end = max(_behind(ids, before) - 1, 0)
            start = max(end - limit, 0)
        start, end = min(start, total), min(end, total)
        last = ids[end - 1] if end > start else None
        earlier = ids[start - limit - 1] if start - limit - 1 >= 0 else None
        opening = ids[start] if end > start else None
        return Page(start, end, total, limit, number if "page" in self._roles else first, opening, last, earlier)

    @property
    def _first(self) -> int:
        return cast(int, self._roles.get("page", {}).get("first", 1))

    def _marked(self, body: Json, page: Page, count: int, request: Request) -> Json:
        """Returns the body with what it tells of the page; what it has no value for is null or left out."""
        for row, validator in self._marks:
            role, at = str(row["role"]), steps_of(row["at"])
            value = next((told for told in self._told(role, page, count, request) if validator.is_valid(told)), None)
            if value is not None:
                body = put(body, at, value)
            elif validator.is_valid(None):
                body = put(body, at, None)
            else:
                body = (
                    put(body, at, "")
                    if row["required"] and validator.is_valid("")
                    else _dropped(body, at[: cast(int, row["whole"])])
                )
        return body

    def _told(self, role: str, page: Page, count: int, request: Request) -> list[Json]:
        """Returns the values that may stand for one mark of a page, the likeliest first."""
        step = max(page.limit, 1)
        plain: dict[str, Json] = {
            "total": page.total,
            "count": count,
            "pages": -(-page.total // step),
            "page": page.number,
            "limit": page.limit,
            "offset": page.start,
            "more": page.more,
            "earlier": page.start > 0,
            "left": page.total - page.end,
            "first": page.first,
            "last": page.last,
        }
        if role in plain:
            return [plain[role]]
        forward = role == "next"
        if not (page.more if forward else page.start > 0):
            return []
        token = page.last if forward else page.before
        number = page.end if "offset" in self._roles else page.number + (1 if forward else -1)
        tokens: list[Json] = [token, None if token is None else str(token)] if "after" in self._roles else []
        shown: list[Json] = [self._address(request, page, forward)]
        return [*tokens, *shown, number] if tokens else [*shown, number, str(number)]

    def _address(self, request: Request, page: Page, forward: bool) -> str:
        query = {name: texts[-1] for name, texts in parse_query(request.query).items()}
        step = max(page.limit, 1)
        moved: dict[str, Json] = {
            "after": page.last if forward else page.before,
            "offset": page.end if forward else max(page.start - step, 0),
            "page": page.number + (1 if forward else -1),
        }
        role = next((role for role in moved if role in self._roles), "")
        if role:
            value = moved[role]
            query[str(self._roles[role]["name"])] = value if isinstance(value, str) else str(value)
        return f"{url(request)}?{urlencode(query)}"


def _behind(ids: list[Json], mark: Json) -> int:
    """Returns where the objects behind one begin; for a number that is gone, behind the smaller ones."""
    texts = [str(found) for found in ids]
    if str(mark) in texts:
        return texts.index(str(mark)) + 1
    if str(mark).isdecimal() and all(isinstance(found, int) for found in ids):
        return sum(1 for found in ids if isinstance(found, int) and found < int(str(mark)[:300]))
    return len(ids)


def _dropped(body: Json, at: tuple[str, ...]) -> Json:
    name, *rest = at
    if not isinstance(body, dict) or name not in body:
        return body
    if rest:
        return {**body, name: _dropped(body[name], tuple(rest))}
    return {key: value for key, value in body.items() if key != name}
