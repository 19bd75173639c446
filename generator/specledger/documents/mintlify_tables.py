"""Tables of fields on Mintlify pages: a row each, with columns in any order and under any of the usual names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from specledger.documents import mintlify_types
from specledger.documents.block import Cell, Row, Table
from specledger.documents.mintlify_sheet import Field

_COLUMNS = (
    ("name", r"(?:(?:field|parameter|param|property|attribute|argument|header|variable|key|body|query|path) ?)?names?|"
             r"fields?|parameters?|params?|propert(?:y|ies)|keys?|attributes?|arguments?|headers?|variables?|"
             r"(?:path|query|body|request|response) (?:parameters?|params?|fields?)"),
    ("type", r"(?:data ?)?types?|format"),
    ("required", r"required\??|mandatory|requirement|req\.?"),
    ("optional", r"optional\??"),
    ("default", r"defaults?(?: values?)?"),
    ("where", r"in|location|where|position|located in|param(?:eter)? type"),
    ("values", r"(?:allowed |possible |valid |accepted |available )?(?:values|options)|enum"),
    ("text", r".*"),
)  # fmt: skip
_COLUMN = re.compile("|".join(f"(?P<{key}>{words})" for key, words in _COLUMNS), re.IGNORECASE)
_NAME = re.compile(
    r"((?:[↳└─>–—-]{1,4}\s*)*)[\"']?([A-Za-z_$@][\w$@.\[\]{}*-]{0,120}?)[\"']?(\*?)"
    r"(?:\s*\(?(required|optional)\)?)?\Z",
    re.IGNORECASE,
)
_UNTYPED = re.compile(
    r"((?:[\"']?[a-z_][\w.]{0,80}[\"']?)(?:(?:, | and | / )[a-z_][\w.]{0,80}){0,5})(?: +[—–-]{1,2} +|: +)(?=\S)"
)
_VALUES = re.compile(r"(?:(?:supported |allowed |possible )?values?|options?|enum(?: values?)?)", re.IGNORECASE)
_VALUE = re.compile(r"[\w.+/-]{1,60}")
_YES = re.compile(r"(?:yes|true|y|required|mandatory|always|✓|✔|✅|☑|x)\ufe0f?\*?\Z", re.IGNORECASE)


def lines(texts: Sequence[str], start: int) -> Table | None:
    """Returns the table that copied lines make whose cells tabs part and whose first names the columns, or None."""
    head = _cells(texts[start], start)
    if len(head) < 2 or not _columns(head):
        return None
    rows: list[Row] = [head]
    while start + len(rows) < len(texts) and len(row := _cells(texts[start + len(rows)], start + len(rows))) > 1:
        rows.append(row)
    return Table(tuple(rows), start + 1, start + len(rows)) if len(rows) > 1 else None


def _cells(line: str, index: int) -> Row:
    return tuple(Cell(part.strip(), index + 1, index + 1) for part in line.strip().split("\t"))


def fields(rows: Sequence[Row], section: str) -> list[Field]:
    """Returns the fields that the rows below the head describe; none where the table is about something else.

    A table with neither a type nor a required column counts only where a section of parameters or fields holds it.
    """
    columns = _columns(rows[0]) if rows else {}
    certain = columns.keys() & {"type", "required", "optional", "where"}
    if not columns or not (certain or section in ("path", "query", "header", "cookie", "body", "answer", "request")):
        return []
    found: list[Field] = []
    for row in rows[1:]:
        cells = {key: row[index].text.strip() for key, index in columns.items() if index < len(row)}
        match = _NAME.match(cells.get("name", ""))
        if not match:
            if not found:
                return []
            continue
        field = _field(cells, match, row)
        above = [known for known in found[-1:] if match.group(1)]
        (above[0].children if above else found).append(field)
    return found


def _columns(head: Row) -> dict[str, int]:
    """Returns which column holds what; nothing where no column holds names, or nothing is said of them."""
    columns: dict[str, int] = {}
    for index, cell in enumerate(head):
        match = _COLUMN.fullmatch(cell.text.strip())
        if match and cell.text.strip():
            columns.setdefault(str(match.lastgroup), index)
    return columns if columns.get("name") == 0 and len(columns) > 1 else {}


def _field(cells: dict[str, str], match: re.Match[str], row: Row) -> Field:
    found = Field(match.group(2), "", row[0].first, row[-1].last, listed=True)
    word, *marks = [part.strip() for part in re.split(r"[,;(]\s*(?=(?:required|optional)\b)", cells.get("type", ""))]
    found.word = word if mintlify_types.read(word) is not None else ""
    for mark in (*marks, match.group(4) or ""):
        found.mark(mark.strip("() "))
    asked = cells.get("required", "")
    found.required = found.required or bool(match.group(3) or _YES.match(asked))
    if "optional" in cells:
        found.required = bool(re.match(r"no|false|✗|❌|-", cells["optional"], re.IGNORECASE))
    found.mark(cells.get("where", "").lower().split(" ")[0])
    default = cells.get("default", "").strip("`")
    if default and not re.fullmatch(r"[-–—]+|n/?a|none|no|required|", default, re.IGNORECASE):
        found.marks["default"] = default
    texts = [word] if word and not found.word else []
    texts += [f"Available options: {cells['values']}"] if re.search(r"\w", cells.get("values", "")) else []
    texts += [line for line in cells.get("text", "").split("\n") if line]
    found.prose = [(row[0].first, text) for text in texts]
    return found


def values(rows: Sequence[Row]) -> list[str]:
    """Returns the values that a table in a field's text lists; none where its first column holds something else."""
    bare = bool(rows) and not any(cell.text for cell in rows[0])
    if bare and not all(_VALUE.fullmatch(row[0].text) for row in rows[1:]):
        return []
    if not bare and not (rows and _VALUES.fullmatch(rows[0][0].text.strip())):
        return []
    found = [part.strip() for row in rows[1:] for part in re.split(r"\s(?:/|\||or)\s|,\s", row[0].text)]
    return [part for part in found if part]


def untyped(text: str, line: int, around: Field) -> list[Field]:
    """Returns the fields of a bullet such as `from, to — text` in the text of an object; none where it is prose."""
    kind = mintlify_types.read(around.word) or {}
    match = _UNTYPED.match(text)
    if not match or kind.get("type") not in ("object", "array") or kind.get("items", "object") != "object":
        return []
    found = [Field(name, "", line, line, listed=True) for name in re.split(r", | and | / ", match.group(1))]
    for one in found:
        one.prose.append((line, text[match.end() :]))
    return found


def merged(found: Sequence[Field]) -> list[Field]:
    """Returns the fields, those of tables taken up by the fields of the same name that the page describes besides."""
    described = {(one.where, one.status, one.name): one for one in found if not one.listed}
    kept: list[Field] = []
    for one in found:
        twin = described.get((one.where, one.status, one.name)) if one.listed else None
        if twin is None:
            kept.append(one)
            continue
        twin.word = twin.word or one.word
        twin.required = twin.required or one.required
        twin.prose += one.prose
        twin.marks = {**one.marks, **twin.marks}
        twin.children = twin.children or one.children
        twin.also.append((one.first, one.last))
    return kept
