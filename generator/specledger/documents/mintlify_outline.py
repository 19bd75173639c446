"""The sections of a Mintlify page: which heading opens which, and where the lines below it belong."""

from __future__ import annotations

import re
from http import HTTPStatus

from specledger.documents import mintlify_tables, mintlify_types
from specledger.documents.block import Block
from specledger.documents.mintlify_sheet import Answer, Code, Field, Sheet
from specledger.documents.reading import Unreadable

_SECTIONS = (
    ("auth", r"authori[sz]ations?|authentication|security|auth"),
    ("answer header", r"response headers?"),
    ("header", r"(?:request )?headers?(?: parameters?| params?| fields?)?"),
    ("path", r"(?:path|ur[il])(?: parameters?| params?| variables?)?"),
    ("query", r"query(?: string)?(?: parameters?| params?)?"),
    ("cookie", r"cookies?(?: parameters?| params?)?"),
    (
        "body",
        r"(?:json )?(?:request )?(?:body|payload)(?: parameters?| params?| fields?| schema)?|"
        r"form(?: data| fields?)",
    ),
    ("request", r"request|(?:request )?(?:parameters|params|fields|arguments|attributes)|inputs?"),
    (
        "answer",
        r"(?:success(?:ful)? )?(?:responses?|returns?|return values?|outputs?)"
        r"(?: (?:body|fields?|parameters?|schema|object|format|attributes))?",
    ),
    (
        "errors",
        r"(?:common )?(?:http )?(?:errors?|error (?:codes?|responses?|handling|cases|messages?|reference)|"
        r"status codes?|response codes?)",
    ),
    (
        "example",
        r"(?:code |(?:example |sample )?(?:request|response|curl) )?(?:examples?|samples?)|"
        r"(?:example|sample) (?:requests?|responses?|usage)|usage",
    ),
)  # fmt: skip
_SECTION = re.compile("|".join(f"(?P<s{number}>{words})" for number, (_, words) in enumerate(_SECTIONS)), re.IGNORECASE)
_STATUS = re.compile(r"(?:(?:status|response|http)(?: code)?:? )?([1-5]\d\d|[45]xx|default)(?!\d)(.*)\Z", re.IGNORECASE)
_DEEPEST = 60
_GLUED_MEDIA = re.compile(r"(?:(?:application|multipart|text|image|audio|video)/[a-z0-9.+*-]+?){2,8}", re.IGNORECASE)
_MEDIA = re.compile(r"[\s\-–·:]*([a-z]+/[a-z0-9.+*-]+)\s*\Z", re.IGNORECASE)
_NAME = r"[A-Za-z_$@][\w$@.\[\]{}*-]{0,120}"
_BULLET = re.compile(
    rf"[\"'`]?({_NAME})[\"'`]?\s*[(（]([^()（）]{{1,120}}(?:\([^()]{{0,60}}\)[^()]{{0,60}})?)[)）]\s*"
    rf"(?:[:：]|[-–—](?=\s)|\Z|(?=[A-Z]))\s*"
)
# `days [integer] - text`, with brackets for the more usual parentheses.
_BOXED = re.compile(
    r"([A-Za-z_$@][\w$@.-]{0,120})\s?\[((?:string|integer|number|boolean|object|array)s?)\](?:\s*(?:[:：]|[-–—](?=\s))\s*|\Z)"
)
_TYPED = re.compile(
    rf"[\"'`]?({_NAME})[\"'`]?:? +([A-Za-z\[][\w<>\[\]|]{{1,40}})((?:,? (?:required|optional))?)\s*"
    r"(?:[:：]|[-–—](?=\s)|\Z)\s*"
)
_GLUED_HEAD = re.compile(
    r"(?:http|status|error|codes?|meaning|description|message|reason|when|cause|name|type|details?|solution|\s)",
    re.IGNORECASE,
)


def section(text: str) -> str:
    """Returns the section that a heading opens (`body`, `answer`, `errors`, …); empty for one of no such kind."""
    match = _SECTION.fullmatch(text.strip().rstrip(":").strip()[:80])
    return _SECTIONS[int(str(match.lastgroup)[1:])][0] if match else ""


def status(text: str) -> tuple[str, str] | None:
    """Returns the status that a line begins with and what follows it, the reason phrase left out; None for none."""
    match = _STATUS.match(text.strip().strip("`*"))
    if not match:
        return None
    code, rest = match.group(1).lower(), match.group(2).strip(" \t`*-–—:|·()")
    if code.isdigit() and int(code) in HTTPStatus._value2member_map_:
        phrase = HTTPStatus(int(code)).phrase
        if rest.lower().startswith(phrase.lower()):
            rest = rest[len(phrase) :].strip(" \t`*-–—:|·()")
    return code, rest


def bulleted(text: str, line: int) -> Field | None:
    """Returns the field that a bullet such as `name (string, required): text` describes; None where it is prose."""
    match = _BULLET.match(text) or _BOXED.match(text)
    if match:
        found = Field(match.group(1), "", line, line)
        if not all(_take(found, part.strip()) for part in re.split(r"[,;]", match.group(2)) if part.strip()):
            return None
    else:
        match = _TYPED.match(text)
        if not match or mintlify_types.read(match.group(2)) is None:
            return None
        found = Field(match.group(1), "", line, line, word=match.group(2))
        found.mark(match.group(3).strip(" ,"))
    if text[match.end() :]:
        found.prose.append((line, text[match.end() :]))
    return found


def _take(found: Field, part: str) -> bool:
    default = re.match(r"defaults?(?: to|:|=)? ?(\S.*)", part, re.IGNORECASE)
    if found.mark(part):
        return True
    if default:
        found.marks["default"] = default.group(1)
    elif not found.word and mintlify_types.read(part) is not None:
        found.word = part
    else:
        return False
    return True


class Outline:
    """Lays the parts of a page, given in order, into a sheet, each where its section says."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.section = ""
        self.status = "success"
        self.stack: list[Field] = []
        self.bullets: list[tuple[int, Field]] = []
        self.labels: list[str] = []
        self.closed: Field | None = None
        self.expects_answer = False
        self.bodiless = False

    @property
    def current(self) -> Field | None:
        """The field to which lines of text belong."""
        return self.bullets[-1][1] if self.bullets else self.stack[-1] if self.stack else None

    def heading(self, line: int, text: str, level: int = 0) -> None:
        """Opens a section; a heading of no known kind ends the field before it and no more."""
        self.stack, self.bullets, self.labels, self.closed = [], [], [], None
        found = section(text)
        self.bodiless = self.bodiless and found not in ("answer", "errors")
        code = None if found else status(text)
        if not found and self.section in ("answer", "errors", "answer header", "") and code and code[0] != "default":
            self.section = "answer"
            self.open_answer(line, code[0], code[1])
            return
        if level == 1 and self.sheet.title.startswith(text):
            self.sheet.title = ""
        if level == 1 and not self.sheet.title:
            self.sheet.title = text
            self.sheet.head.append((line, line))
            return
        if found != "example" or not self.section.startswith("answer"):
            self.section = found or self.section
        self.expects_answer = "response" in text.lower()
        if found in ("answer", "answer header"):
            self.status = "success"
            self.sheet.answer("success", line)
        elif found == "body":
            self.sheet.body.append((line, line))
        else:
            self.sheet.furniture.append((line, line, "heading"))

    def open_answer(self, line: int, code: str, rest: str) -> Answer:
        """Begins the answer of one status; the text beside it, or its media type, goes with it."""
        self.status = code
        answers = self.sheet.answers
        bare = answers[-1] if answers and answers[-1].status == "success" and not answers[-1].prose else None
        if bare is not None and self.section == "answer":
            answers.pop()
        answer = self.sheet.answer(code, line)
        if bare is not None and self.section == "answer":
            answer.lines = [*bare.lines, *answer.lines]
        media = _MEDIA.match(rest)
        if media:
            answer.media = media.group(1).lower()
        elif rest:
            answer.prose.append((line, rest))
        return answer

    def text(self, line: int, text: str) -> None:
        """Takes a line of text: a status, a media type, a part of the open field's description, or a note."""
        self.closed = None
        code = status(text)
        media = _MEDIA.match(text)
        self.bodiless = self.bodiless and not code
        if re.fullmatch(r"[1-5]\d\d", text):
            self.labels.append(text)
        elif not (code and not code[1]):
            self.labels = []
        if self.current is not None and self.current.prose and text in (":", ","):
            # Some copies put the signs between values on lines of their own.
            before = self.current.prose.pop()
            self.current.prose.append((before[0], before[1] + text))
            self.current.last = max(self.current.last, line)
        elif self.current is not None:
            self.current.prose.append((line, text))
            self.current.last = max(self.current.last, line)
        elif self.section in ("errors", "answer", "answer header") and code and code[0] != "default":
            self.open_answer(line, *code)
            # Of statuses in a row, which a page shows as tabs, the first is the one that is open.
            self.status = self.labels[0] if self.labels else self.status
        elif self.section == "body" and _GLUED_MEDIA.fullmatch(text) and text.count("/") > 1:
            self.sheet.body.append((line, line))
            self.sheet.several = True
        elif media and self.section == "body":
            self.sheet.media = media.group(1).lower()
            self.sheet.body.append((line, line))
        elif self.section in ("answer", "errors", "answer header"):
            self.answer_text(line, text, media.group(1).lower() if media else "")
        elif self.section == "" and code and code[0].isdigit() and not code[1]:
            self.labels = list(dict.fromkeys([*self.labels, code[0]]))
            self.sheet.answer(code[0], line)
        else:
            place = {"body": "request.body", "auth": "security"}.get(self.section, "operation")
            self.sheet.notes.append((line, place, text))

    def answer_text(self, line: int, text: str, media: str) -> None:
        """Adds a line to the answer that is open, the head of a table of errors aside."""
        if self.section == "errors" and len(text) < 80 and not _GLUED_HEAD.sub("", text).strip("|\t "):
            self.sheet.furniture.append((line, line, "head of a table"))
        elif self.section == "errors" and (not self.sheet.answers or self.status == "success"):
            self.sheet.notes.append((line, "operation", text))
        else:
            answer = self.sheet.answer(self.status, line)
            answer.media = answer.media or media
            if not media:
                answer.prose.append((line, text))

    def item(self, line: int, indent: int, text: str) -> None:
        """Takes a list's item: a field of the open object, a field of the section, an error, or prose."""
        while self.bullets and self.bullets[-1][0] >= indent:
            self.bullets.pop()
        found = bulleted(text, line) if self.section != "errors" else None
        untyped = mintlify_tables.untyped(text, line, self.current) if found is None and self.current else []
        if found is not None and self.closed is not None:
            # Bullets right below an object's tag are its fields.
            self.put(found, self.closed)
            self.bullets.append((indent, found))
            return
        if untyped:
            for one in untyped:
                self.add(one)
            self.bullets.append((indent, untyped[-1]))
            return
        if found is not None and (
            self.current is not None
            or self.section in ("body", "request", "query", "path", "header", "cookie", "answer")
        ):
            self.add(found)
            self.bullets.append((indent, found))
        elif self.current is not None:
            self.current.prose.append((line, f"• {text}"))
            self.current.last = max(self.current.last, line)
        else:
            self.text(line, text)

    def add(self, found: Field) -> None:
        """Puts a field below the open one, else into its section."""
        parent = self.current
        if len(self.stack) + len(self.bullets) > _DEEPEST:
            remedy = "close the tags of the fields, or part the page"
            raise Unreadable(f"line {found.first}: the fields are nested more than {_DEEPEST} deep", remedy)
        if parent is not None:
            self.put(found, parent)
            return
        if self.section in ("answer", "answer header", "errors") and found.where in ("", "body", "answer", "header"):
            # A page may describe its answers with the tags of parameters, but not the other way round.
            found.where = "answer header" if self.section == "answer header" or found.where == "header" else "answer"
            found.status = self.status
        elif found.where == "answer":
            found.status = self.status
            found.where = self.section if self.section in ("path", "query", "header", "cookie", "body") else "answer"
        elif self.section == "auth":
            found.credential = True
            found.where = found.where or "header"
        elif self.section in ("path", "query", "header", "cookie", "body"):
            found.where = found.where or self.section
        self.sheet.fields.append(found)

    def put(self, found: Field, parent: Field) -> None:
        """Puts a field below another; one named like a list of plain values, in the singular, is its items' type."""
        kind = mintlify_types.read(found.word) or {}
        single = re.sub(r"ies\Z", "y", parent.name)
        whole = single.endswith((found.name, f"{found.name}s", f"{found.name}es"))
        if parent.word == "array" and whole and kind.get("type") in ("string", "integer", "number", "boolean"):
            parent.marks["items"] = kind["type"]
            parent.last = max(parent.last, found.last)
            return
        found.where, found.status = parent.where, parent.status
        parent.children.append(found)

    def begin(self, found: Field) -> None:
        """Adds a field that stays open for the lines and fields that follow."""
        self.bullets, self.closed = [], None
        self.add(found)
        self.stack.append(found)

    def end(self, line: int) -> None:
        """Ends the innermost open field."""
        self.bullets = []
        if self.stack:
            found = self.stack.pop()
            kind = mintlify_types.read(found.word) or {}
            bare = kind.get("type") in ("array", "object") and not found.children and "items" not in kind
            self.closed = found if bare else None
            if found.children:
                self.fold(found, line)
            else:
                found.last = max(found.last, line)

    def fold(self, found: Field, line: int) -> None:
        """Counts a line that closes a fold or the field itself among those that speak of the field."""
        if line <= found.last:
            return
        if found.also and found.also[-1][1] >= line - 1:
            found.also[-1] = (found.also[-1][0], line)
        else:
            found.also.append((line, line))

    def code(self, code: Code) -> None:
        """Takes a sample; the status that was named last before it labels it."""
        if code.is_request:
            self.bodiless = code.text.lstrip().startswith(("POST", "PUT", "PATCH"))
            self.sheet.codes.append(code)
            return
        if self.bodiless:
            self.bodiless, code.body = False, True
            self.sheet.codes.append(code)
            return
        if self.labels:
            code.status = code.status or self.labels[0]
            self.labels = [label for label in self.labels if label != code.status]
        code.answer = code.answer or self.expects_answer or self.section.startswith("answer")
        if self.section.startswith("answer") and not code.status and self.status != "success":
            code.status = self.status
        self.sheet.codes.append(code)

    def table(self, block: Block) -> None:
        """Takes a table: of fields, of statuses, or of the operation's method and path; others line by line."""
        rows = block.table.rows if block.table else ()
        fields = mintlify_tables.fields(rows, self.section)
        if fields and self.section != "errors":
            for found in fields:
                self.add(found)
            self.sheet.furniture.append((rows[0][0].first, rows[0][0].last, "head of a table"))
            return
        values = mintlify_tables.values(rows) if self.current is not None else []
        if self.current is not None and values:
            self.current.prose.append((block.first, f"Available options: {', '.join(values)}"))
            self.current.last = max(self.current.last, block.last)
            return
        self.stack, self.bullets = [], []
        for number, row in enumerate(rows):
            texts = [cell.text for cell in row]
            code = status(texts[0]) if texts else None
            if number and code and code[0] != "default" and self.section in ("errors", "answer", ""):
                self.section = self.section or "errors"
                self.open_answer(row[0].first, code[0], " ".join(filter(None, (code[1], *texts[1:]))))
            elif row:
                self.sheet.notes.append((row[0].first, "operation" if number else "head", "\t".join(texts)))
