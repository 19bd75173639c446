"""Answers that show stored objects at the place where the spec has them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import cast

from .answer import Answer, Headers
from .documented import Documented, row_of
from .fitting import Fitting, inside, items_of, put
from .json_text import Json, JsonObject
from .request import Request
from .sample import NoSample, Sampler
from .schema import Schemas


class Shown:
    """The answer of one status, with the object at its place in it."""

    def __init__(
        self,
        status: int,
        path: tuple[str, ...],
        responses: dict[str, JsonObject],
        schemas: Schemas,
        apart: frozenset[str],
    ) -> None:
        row = row_of(responses, status) or {}
        self.documented = Documented(status, row, schemas)
        self.path = path
        content = cast("dict[str, JsonObject]", row.get("content", {}))
        media = content.get(self.documented.media_type, {})
        self._whole = media.get("schema")
        self._examples = cast("list[Json]", media.get("examples", []))
        self._schemas = schemas
        self._apart = apart
        self._sampler = Sampler(schemas)
        self.inner = inside(schemas, self._whole, path)
        self.item = Fitting(schemas, self.inner, apart)
        headers = cast("list[JsonObject]", row.get("headers", []))
        self._required = {str(given["name"]).lower() for given in headers if given.get("required")}
        self._headers = {str(given["name"]).lower(): schemas.compile(given["schema"]) for given in headers}

    def answer(self, stored: JsonObject, extra: Headers | None = None) -> Answer:
        """Returns the answer that shows a stored object."""
        return self.holding(self.item.shown(stored), extra)

    @cached_property
    def items(self) -> Fitting:
        """What a list at the place shows of each object in it."""
        items = items_of(self._schemas, self.inner)
        return Fitting(self._schemas, True if items is None else items, self._apart)

    def listing(self, stored: list[JsonObject], counts: list[str]) -> Answer:
        """Returns the answer that shows a list of stored objects, and in these fields beside it how many they are."""
        return self.holding([self.items.shown(found) for found in stored], beside=dict.fromkeys(counts, len(stored)))

    def holding(self, inner: Json, extra: Headers | None = None, beside: Mapping[str, Json] | None = None) -> Answer:
        """Returns the answer with a value at its place: beside it what an example shows, or what must be there."""
        if not self.documented.media_type:
            return self.headed(self.documented.empty(), extra)
        bodies = [{**body, **(beside or {})} if isinstance(body, dict) else body for body in self.around(inner)]
        value = next((found for found in bodies if self.documented.accepts(found)), None)
        found = self.documented.answer(value) if value is not None else self.documented.sample()
        return self.headed(found, extra)

    def around(self, inner: Json) -> list[Json]:
        """Returns whole bodies with a value at its place, the likeliest first."""
        if not self.path:
            return [inner]
        bare: list[Json] = [{}]
        given = [example for example in self._examples if isinstance(example, dict)]
        try:
            made = [self._sampler.value(self._whole)]
        except NoSample:
            made = []
        return [put(base, self.path, inner) for base in [*given, *bare, *made]]

    def headed(self, found: Answer, extra: Headers | None) -> Answer:
        """Returns the answer with headers in the place of those of the same names, where their schemas allow it.

        One without a text is left out of the answer, unless it is required.
        """
        told = {name: text for name, text in extra or [] if text and self._documents(name.decode(), text.decode())}
        gone = {name for name, text in extra or [] if not text and name.decode() not in self._required}
        if not told and not gone:
            return found
        kept = [(name, text) for name, text in found.headers if name.lower() not in {*told, *gone}]
        return Answer(found.status, found.body, [*kept, *told.items()])

    def _documents(self, name: str, text: str) -> bool:
        validator = self._headers.get(name)
        return validator is not None and validator.is_valid(int(text) if text.isdecimal() else text)


def url(request: Request) -> str:
    """Returns the URL that a request was sent to, without its query; a path alone where no host is named."""
    path = request.raw_path.decode("latin-1")
    host = request.headers.get("host", "")
    return f"http://{host}{path}" if host and not path.startswith("http") else path
