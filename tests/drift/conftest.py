"""A family of pages made for these tests: one row a line, so that the page of a test can be read at a glance."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from specledger import documents
from specledger.documents.reading import Fact, Operation, Page, Reading, Unreadable

SPEC = """\
openapi: 3.1.1
info: {title: Lamps, version: 1.0.0}
servers:
  - url: https://lamps.example
security:
  - key: []
paths:
  /lamps/{lamp_id}:
    patch:
      operationId: updateLamp
      parameters:
        - name: lamp_id
          in: path
          required: true
          schema:
            type: string
      requestBody:
        required: true
        content:
          application/json:
            schema:
              $ref: "#/components/schemas/LampUpdate"
      responses:
        "200":
          description: The lamp.
          content:
            application/json:
              schema:
                $ref: "#/components/schemas/Lamp"
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
  schemas:
    Colour:
      type: string
      enum: [RED, BLUE]
    LampUpdate:
      type: object
      properties:
        name:
          type: string
          pattern: ^[a-z]+$
          maxLength: 64
        colour:
          $ref: "#/components/schemas/Colour"
        watts:
          type: integer
          minimum: 1
      required: [name]
    Lamp:
      type: object
      properties:
        name:
          type: string
        colour:
          $ref: "#/components/schemas/Colour"
      required: [name]
"""

PAGE = """\
= Update a lamp
PATCH /lamps/{lamp_id}
request.path.lamp_id {"type": "string", "required": true}
request.body {"type": "object", "required": true}
request.body.name {"type": "string", "required": true, "maxLength": 64}
request.body.colour {"type": "string", "required": false, "enum": ["RED", "BLUE"]}
request.body.watts {"type": "integer", "required": false, "minimum": 1}
response.success {}
response.success.body {"type": "object"}
response.success.body.name {"type": "string"}
response.success.body.colour {"type": "string", "enum": ["RED", "BLUE"]}
"""

FACTS = """\
page:
  title: Update a lamp
  address: http://lamps.example/docs/update
  document: lamp.txt
  sha256: 0000000000000000000000000000000000000000000000000000000000000000  # written by hand
  lines: 11
  family: rows
operation: PATCH /lamps/{lamp_id}
facts:
  - at: request.path.lamp_id
    type: string
    required: true
    lines: [3, 3]
  - at: request.body
    type: object
    required: true
    effect: merge
    note: What is sent is changed.
    lines: [4, 4]
  # The name is what people call the lamp.
  - at: request.body.name
    type: string
    required: true
    pattern: ^[a-z]+$  # from the prose
    maxLength: 64
    unique: true
    lines: [5, 5]
  - at: request.body.colour
    type: string
    required: false
    enum:
      - RED
      - BLUE
    lines: [6, 6]
  - { at: request.body.watts, type: integer, required: false, minimum: 1, lines: [7, 7] }
  - at: response.success
    note: The lamp after the update.
    lines: [8, 8]
  - at: response.success.body
    type: object
    lines: [9, 9]
  - at: response.success.body.name
    type: string
    lines: [10, 10]
  - at: response.success.body.colour
    type: string
    enum: [RED, BLUE]
    lines: [11, 11]
furniture:
  - lines: [1, 2]
    why: heading
"""

RULINGS = """\
rulings:
  - id: success-is-200
    reason: The page names no status, and 200 carries a body.
    source: our reading
    rows:
      - at: response.success
        status: 200
  - id: colours-are-known
    reason: The lamp shows the colours that can be set.
    source: our reading
    rows:
      - at: request.body.colour
        note: seen
"""


def recognises(page: Page) -> float:
    """Says whether a page begins with a title of these tests."""
    return 1.0 if page.text.startswith("= ") else 0.0


def read(page: Page) -> Reading:
    """Returns the rows of a page."""
    if "nothing here" in page.text:
        raise Unreadable("the page holds nothing", "save it again")
    found: list[tuple[str, str, str, list[Fact]]] = []
    furniture: list[tuple[int, int, str]] = []
    title = edition = ""
    for number, line in enumerate(page.lines, 1):
        head, _, rest = line.partition(" ")
        if head == "=":
            title = rest
            furniture.append((number, number, "heading"))
        elif head == "edition":
            edition = rest
            furniture.append((number, number, "edition"))
        elif head.isupper():
            found.append(("", "", title, []) if head == "NOTHING" else (head, rest, title, []))
            furniture.append((number, number, "heading"))
        elif head.startswith(("request", "response", "security", "server", "operation")):
            found[-1][3].append(Fact(head, (number, number), json.loads(rest)))
        elif line:
            furniture.append((number, number, "prose"))
    operations = tuple(Operation(method, path, named, tuple(facts)) for method, path, named, facts in found)
    return Reading("rows", edition, operations, tuple(furniture))


@pytest.fixture(autouse=True)
def family(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the pages of these tests readable, beside the families that are known."""
    rows = SimpleNamespace(NAME="rows", recognises=recognises, read=read)
    monkeypatch.setattr(documents, "FAMILIES", (*documents.FAMILIES, rows))


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    """Returns a folder with the spec, the facts and the rulings of one API."""
    api = tmp_path / "specs" / "lamps"
    (api / "facts").mkdir(parents=True)
    (api / "openapi.yaml").write_text(SPEC)
    (api / "facts" / "lamp.yaml").write_text(FACTS)
    (api / "rulings.yaml").write_text(RULINGS)
    return tmp_path / "specs"


Save = Callable[..., Path]


@pytest.fixture
def page(tmp_path: Path) -> Save:
    """Returns a function that saves the page with some of its words replaced."""

    def save(*changes: Sequence[str], name: str = "lamp.txt", text: str = PAGE) -> Path:
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "pages" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return save
