"""What schemathesis writes or reads in its own way is no finding: parameter styles, tuples, hidden fields."""

from __future__ import annotations

from pathlib import Path

from specledger.emit import mock as mock_emitter
from specledger.fuzz.run import run

from .conftest import read, serving, write

SPEC = """
openapi: 3.1.1
info: { title: Kinds, version: "1" }
paths:
  /points/{one}/{many}/{spread}:
    get:
      operationId: points
      parameters:
        - { name: one, in: path, required: true, style: label, schema: { type: integer } }
        - name: many
          in: path
          required: true
          style: label
          explode: true
          schema: &many { type: array, minItems: 1, items: { type: integer } }
        - { name: spread, in: path, required: true, style: matrix, explode: true, schema: *many }
        - name: piped
          in: query
          style: pipeDelimited
          explode: false
          schema: &named
            type: object
            required: [r, g]
            properties: { r: { type: integer }, g: { type: integer } }
            additionalProperties: false
      responses:
        "200":
          description: A word, a number and then truths; what is big has a size.
          content:
            application/json:
              schema:
                type: array
                prefixItems:
                  - { type: string }
                  - { type: integer }
                  - { type: object, if: { required: [big] }, then: { required: [size] } }
                items: { type: boolean }
        "400": { description: Wrong. }
  /query:
    get:
      operationId: query
      parameters: [{ name: piped, in: query, style: pipeDelimited, explode: false, schema: *named }]
      responses: { "200": { description: Read. }, "400": { description: Wrong. } }
  /label/{many}:
    get:
      operationId: label
      parameters: [{ name: many, in: path, required: true, style: label, explode: true, schema: *many }]
      responses: { "200": { description: Read. }, "400": { description: Wrong. } }
"""


def test_styles_and_tuples_give_no_false_finding_and_a_wrong_tuple_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "specs" / "kinds"
    folder.mkdir(parents=True)
    (folder / "openapi.yaml").write_text(SPEC)
    known = read(folder)
    write(dict(mock_emitter.emit([(known.api, known.behavior)])), tmp_path / "mock_server")
    with serving(tmp_path) as target:
        outcome = run(known.api, known.behavior, known.ledger, target, max_examples=40)
    assert [found.message for found in outcome.failures] == []
    assert outcome.accepted > 20
    contract = tmp_path / "mock_server" / "src" / "specledger_mock" / "apis" / "kinds.json"
    text = contract.read_text()
    assert '"type": "boolean"' in text
    contract.write_text(text.replace('"prefixItems": [', '"prefixItems": [ true, '))
    with serving(tmp_path) as target:
        outcome = run(known.api, known.behavior, known.ledger, target, max_examples=5)
    assert {found.code for found in outcome.failures} == {"response-schema-conformance"}
