"""The answers that an operation documents."""

from __future__ import annotations

from typing import cast

import jsonschema_rs

from . import json_text
from .answer import Answer, Headers, answer, header
from .body import is_json
from .json_text import Json, JsonObject
from .parameter import Parameter
from .reasoned import reasoned
from .sample import NoSample, Sampler
from .schema import Schemas, reason

_AS_HEADER: JsonObject = {"in": "header", "style": "simple", "explode": False, "media_type": None, "examples": []}


class Documented:
    """One documented answer, with the status it is given under, as JSON where that is among its media types."""

    def __init__(self, status: int, row: JsonObject | None, schemas: Schemas, media_type: str = "") -> None:
        self.status = status
        self._row = row
        self._schemas = schemas
        self._sampler = Sampler(schemas)
        content = cast("dict[str, JsonObject]", (row or {}).get("content", {}))
        usual = next((name for name in content if is_json(name)), next(iter(content), ""))
        self.media_type = media_type or usual
        self.offered: tuple[str, ...] = tuple(sorted(content, key=lambda name: name != usual))
        self._is_json = is_json(self.media_type) and "*" not in self.media_type
        self._media = content.get(self.media_type, {})
        self._validator: jsonschema_rs.Draft202012Validator | None = None
        if self.media_type:
            self._validator = schemas.compile(self._media.get("schema"))
        rows = cast("list[JsonObject]", (row or {}).get("headers", []))
        self._headers = [found for given in rows if (found := self._header(given, schemas))]

    def _header(self, row: JsonObject, schemas: Schemas) -> tuple[bytes, bytes] | None:
        try:
            value = self._sampler.value(row["schema"])
        except NoSample:
            return None
        parameter = Parameter({**row, **_AS_HEADER}, schemas)
        return header(str(row["name"]), ",".join(text for _, text in parameter.encode(value)))

    def under(self, media_type: str) -> Documented:
        """Returns the same answer in another of its media types."""
        return Documented(self.status, self._row, self._schemas, media_type)

    def is_same(self, media_type: str) -> bool:
        """Says whether another media type has the same schema."""
        content = cast("dict[str, JsonObject]", (self._row or {}).get("content", {}))
        return content[media_type].get("schema") == self._media.get("schema")

    def accepts(self, value: Json) -> bool:
        """Says whether the documented schema allows the value."""
        return self._validator is None or self._validator.is_valid(value)

    def defect(self, value: Json) -> str:
        """Returns where a value leaves the documented schema."""
        return reason(self._validator, value, f"response.{self.status}.body") if self._validator else ""

    def answer(self, value: Json, extra: Headers | None = None) -> Answer:
        """Returns the answer with this body: JSON, or a text as it is where the documented media type is no JSON."""
        value = self._schemas.shown(self._media.get("schema"), value)
        if self._is_json and not extra:
            return answer(self.status, json_text.write(value), self.media_type, self._headers)
        media_type = self.media_type or "application/json"
        is_text = isinstance(value, str) and not is_json(media_type)
        body = cast(str, value).encode() if is_text else json_text.write(value)
        shown = media_type if "*" not in media_type else "application/json" if not is_text else "text/plain"
        return answer(self.status, body, shown, [*self._headers, *(extra or [])])

    def empty(self, extra: Headers | None = None) -> Answer:
        """Returns the answer without a body."""
        return answer(self.status, b"", "", [*self._headers, *(extra or [])])

    def sample(self) -> Answer:
        """Returns the documented example, else an answer made from the schema.

        Where none can be made there is no body, and a note that says so: what leaves the schema is never sent.
        """
        if not self.media_type:
            return self.empty()
        try:
            return self.answer(self._sampler.value(self._media.get("schema"), self._examples()))
        except NoSample:
            return self.empty([header("x-mock-note", "no value could be made that the documented schema accepts")])

    def body(self, otherwise: Json) -> tuple[Json, int | None]:
        """Returns `otherwise` where the schema allows it, else an example or a value made that tells a reason.

        Beside it, how many characters of a reason there is room for; None for any number.
        """
        if self.accepts(otherwise):
            return otherwise, None
        try:
            made = self._sampler.value(self._media.get("schema"), self._examples())
        except NoSample:
            return otherwise, None
        return reasoned(made, self.accepts)

    def _examples(self) -> list[Json]:
        return cast("list[Json]", self._media.get("examples", []))


def row_of(responses: dict[str, JsonObject], status: int) -> JsonObject | None:
    """Returns what is documented of a status: exact before range before default."""
    keys = (str(status), f"{status // 100}XX", f"{status // 100}xx", "default")
    return next((responses[key] for key in keys if key in responses), None)


def success(responses: dict[str, JsonObject], schemas: Schemas) -> Documented:
    """Returns the lowest documented success, or a bare 200 where none is documented."""
    found = sorted(key for key in responses if key.startswith("2"))
    status = int(found[0]) if found and found[0].isdigit() else 200
    return Documented(status, row_of(responses, status), schemas)
