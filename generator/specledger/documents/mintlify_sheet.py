"""What a Mintlify page consists of, whichever form it is in: fields, answers, samples, notes."""

from __future__ import annotations

from dataclasses import dataclass, field

from specledger.documents.reading import Lines
from specledger.yaml12 import Json

WHERE = ("path", "query", "header", "cookie", "body")
_FLAGS = {
    "read-only": "readOnly", "readonly": "readOnly", "write-only": "writeOnly", "writeonly": "writeOnly",
    "deprecated": "deprecated", "nullable": "nullable",
}  # fmt: skip


@dataclass(slots=True)
class Field:
    """A parameter or property with what is printed around its name.

    `where` is path, query, header, cookie, body, `answer`, or empty where the page does not say; `status` is that of
    the answer. `prose` are the lines of text with their numbers, bullets as `• text`. `open` is true where the fields
    below it follow without a mark of where they end, false where the page hides them, None where it does not say.
    `listed` says that it is a row of a table or a bullet without a type; `hint` is then the type that a sample shows.
    """

    name: str
    where: str
    first: int
    last: int
    word: str = ""
    required: bool = False
    credential: bool = False
    status: str = ""
    marks: dict[str, Json] = field(default_factory=dict)
    prose: list[tuple[int, str]] = field(default_factory=list)
    children: list[Field] = field(default_factory=list)
    also: list[Lines] = field(default_factory=list)
    open: bool | None = None
    listed: bool = False
    hint: str = ""

    def mark(self, text: str) -> bool:
        """Takes over a word printed beside the name: a flag, a location, a default. Says whether it was one."""
        text = text.strip()
        lower = text.lower()
        if lower in ("required", "mandatory", "optional"):
            self.required = lower != "optional"
        elif lower in WHERE:
            self.where = self.where if self.where == "answer" else lower
        elif lower in _FLAGS:
            self.marks[_FLAGS[lower]] = True
        elif lower.startswith("default:"):
            self.marks["default"] = text[len("default:") :].strip()
        else:
            return False
        return True


@dataclass(slots=True)
class Answer:
    """A status that the page names, or `success`, with the lines that speak of it and their text."""

    status: str
    lines: list[Lines] = field(default_factory=list)
    prose: list[tuple[int, str]] = field(default_factory=list)
    media: str = ""


@dataclass(slots=True)
class Code:
    """A sample's text as it stands on the page; `status` where a label names one, `answer` where a heading does.

    `body` says that it follows the head of a raw request.
    """

    text: str
    first: int
    last: int
    status: str = ""
    answer: bool = False
    body: bool = False

    @property
    def is_request(self) -> bool:
        """Says whether it is a curl command, or the head of a raw request."""
        return self.text.lstrip()[:1] not in ("{", "[")


@dataclass(slots=True)
class Sheet:
    """A page taken apart. `notes` are lines of text that belong to a place rather than to a field.

    `several` says that the body may have one of several media types.
    """

    title: str = ""
    edition: str = ""
    method: str = ""
    path: str = ""
    server: str = ""
    head: list[Lines] = field(default_factory=list)
    server_line: int = 0
    fields: list[Field] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    codes: list[Code] = field(default_factory=list)
    notes: list[tuple[int, str, str]] = field(default_factory=list)
    body: list[Lines] = field(default_factory=list)
    media: str = ""
    several: bool = False
    furniture: list[tuple[int, int, str]] = field(default_factory=list)
    lost: int = 0

    def answer(self, status: str, line: int) -> Answer:
        """Returns the answer with this status, a new one where the page has none so far; the line speaks of it."""
        found = next((known for known in self.answers if known.status == status), None)
        if found is None:
            found = Answer(status)
            self.answers.append(found)
        if found.lines and found.lines[-1][1] in (line, line - 1, line - 2):
            found.lines[-1] = (found.lines[-1][0], line)
        else:
            found.lines.append((line, line))
        return found
