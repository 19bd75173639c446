"""The answer that a request asks for by its Prefer header (RFC 7240): `code=404`, `example=missing`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from . import accept
from .answer import Answer, Judged, header
from .documented import Documented, row_of
from .json_text import Json, JsonObject
from .schema import Schemas

HEADER = "prefer"

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105  # a token of RFC 9110, 5.6.2, is no password
_WORD = rf'(?:{_TOKEN}|"(?:[^"\\]|\\.)*")'
_PREFERENCE = re.compile(rf"({_TOKEN})(?:[ \t]*=[ \t]*({_WORD}))?[ \t]*(?:;.*)?")


class Unmet(ValueError):
    """A preference that the operation's documentation cannot meet; the message begins with its name."""


def preferences(text: str) -> dict[str, str]:
    """Returns the preferences by name in lower case; the first of two counts, what is no preference is left out."""
    found: dict[str, str] = {}
    for part in _elements(text):
        if match := _PREFERENCE.fullmatch(part):
            word = match.group(2) or ""
            value = re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') else word
            found.setdefault(match.group(1).lower(), value)
    return found


def _elements(text: str) -> Iterator[str]:
    """Yields the elements of a list; a comma inside quotes does not end one."""
    for match in re.finditer(r'(?:[^",\\]|"(?:[^"\\]|\\.)*"?|\\)+', text):
        yield match.group().strip()


def preferred(headers: Mapping[str, str], responses: dict[str, JsonObject], schemas: Schemas) -> Judged | None:
    """Returns the documented answer that is asked for, None where neither code nor example is.

    Raises Unmet where it is not documented, unless the request asks to be handled leniently.
    """
    asked = preferences(headers.get(HEADER, ""))
    wanted = {name: asked[name] for name in ("code", "example") if asked.get(name)}
    if not wanted:
        return None
    try:
        found = _answer(wanted, responses, schemas, headers.get("accept", ""))
    except Unmet:
        if asked.get("handling", "").lower() == "lenient":
            return None
        raise
    applied = ", ".join(f"{name}={_quoted(value)}" for name, value in wanted.items())
    told = header("preference-applied", applied)
    return Judged(found.status, found.body, [*found.headers, told], "preferred", applied)


def _quoted(value: str) -> str:
    if re.fullmatch(_TOKEN, value):
        return value
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'


def _answer(wanted: dict[str, str], responses: dict[str, JsonObject], schemas: Schemas, accepted: str) -> Answer:
    statuses = sorted({_status(key) for key in responses}, key=lambda status: (status // 100 != 2, status))
    if "code" in wanted:
        code = wanted["code"]
        if not re.fullmatch("[2-5][0-9][0-9]", code) or row_of(responses, int(code)) is None:
            raise Unmet(f"Prefer.code: {code[:40]} is not documented; there are: {', '.join(responses) or 'none'}")
        statuses = [int(code)]
    if "example" not in wanted:
        documented = Documented(statuses[0], row_of(responses, statuses[0]), schemas)
        media_type = accept.preferred(accepted, documented.offered)
        return (documented.under(media_type) if media_type else documented).sample()
    name, known = wanted["example"], dict[str, None]()
    for status in statuses:
        row = row_of(responses, status) or {}
        for media_type, media in cast("dict[str, JsonObject]", row.get("content", {})).items():
            names = cast("list[str]", media.get("example_names", []))
            known.update(dict.fromkeys(names))
            if name in names:
                value = cast("list[Json]", media["examples"])[names.index(name)]
                documented = Documented(status, {**row, "content": {media_type: media}}, schemas)
                if not documented.accepts(value):
                    raise Unmet(f"Prefer.example: {documented.defect(value)}")
                return documented.answer(value)
    raise Unmet(f"Prefer.example: {name[:80]} is not documented here; there are: {', '.join(known) or 'none'}")


def _status(key: str) -> int:
    """Returns a status for a response's key: the first of a range, 500 for `default`."""
    return int(key) if key.isdecimal() else int(key[0]) * 100 if key[0].isdecimal() else 500
