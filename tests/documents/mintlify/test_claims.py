"""What the text beside a field claims, beyond its type word and flags."""

from __future__ import annotations

import pytest

from specledger.documents import mintlify
from specledger.documents.reading import Page
from specledger.yaml12 import JsonObject


def rows(text: str, form: str = "text") -> list[tuple[str, JsonObject]]:
    source = Page("page", text, "markdown" if form == "markdown" else "text")
    return [(fact.at, fact.keywords) for fact in mintlify.read(source).operations[0].facts]


def field(word: str, *lines: str) -> JsonObject:
    text = "\n".join(["POST", "/", "v1", "/", "things", "Make a thing", "", "Body", "", "thing", word, *lines])
    found = next(keywords for at, keywords in rows(text) if at == "request.body.thing")
    return {key: value for key, value in found.items() if key not in ("digest", "vendor_type", "required", "type")}


@pytest.mark.parametrize(
    ("word", "lines", "claims"),
    [
        ("integer", ("default:30", "How many."), {"default": 30}),
        ("boolean", ("default:false",), {"default": False}),
        ("string", ("default:5", "A digit."), {"default": "5"}),
        ("integer", ("Required range: `1 <= x <= 9`".replace("`", ""),), {"minimum": 1, "maximum": 9}),
        ("number", ("Required range: 0 < x < 1",), {"exclusiveMinimum": 0, "exclusiveMaximum": 1}),
        ("number", ("Required range: x >= 0.5",), {"minimum": 0.5}),
        ("string", ("Required string length: 1 - 64",), {"minLength": 1, "maxLength": 64}),
        ("string", ("Minimum string length: 2",), {"minLength": 2}),
        ("string[]", ("Maximum array length: 4",), {"items": "string", "maxItems": 4}),
        ("enum<string>", ("Available options: ", "big, ", "small "), {"enum": ["big", "small"]}),
        ("enum<integer>", ("Available options: 1, 2",), {"enum": [1, 2]}),
        ("enum<string>", ("A type word. Available options: string,", "number"), {"enum": ["string", "number"]}),
        ("string", ('Allowed value: "thing"',), {"const": "thing"}),
        ("string", ("Pattern: ^[a-z]+$",), {"pattern": "^[a-z]+$"}),
        ("string", ("Example:", '"blue"'), {"example": "blue"}),
        ("integer", ("Example: 7",), {"example": 7}),
        ("string", ("Its address, formatted {house}/{room}.",), {"pattern": "^[^/]+/[^/]+$"}),
        ("string", ("deprecated", "Do not use."), {"deprecated": True}),
        ("string", ("read-only", "Made by the server."), {"readOnly": True}),
        ("string | null", ("Where to.",), {"nullable": True}),
    ],
)
def test_a_line_below_a_field_becomes_a_keyword(word: str, lines: tuple[str, ...], claims: JsonObject) -> None:
    assert field(word, *lines) == claims


def test_a_type_word_among_the_options_begins_no_field() -> None:
    text = "POST\n/v1/x\nMake\n\nBody\n\nkind\nenum<string>\nAvailable options:\nobject,\nstring\nsize\ninteger\n"
    assert [at for at, _ in rows(text)][-2:] == ["request.body.kind", "request.body.size"]


def test_a_flag_can_be_the_name_of_a_field() -> None:
    fields = "id\nstring\nrequired\nobject\nstring\nrequired\nboolean\npath\nstring\nquery\nobject\n"
    text = f"POST\n/v1/x\nMake\n\nBody\n\n{fields}"
    assert {at: keywords["required"] for at, keywords in rows(text) if at.startswith("request.body.")} == {
        "request.body.id": True,
        "request.body.object": False,
        "request.body.required": False,
        "request.body.path": False,
        "request.body.query": False,
    }


BESIDE = """`PUT /v1/pumps`
## Body
<ParamField body="drive" type="string" required>One of `diesel`, `wind`, or `grid`.</ParamField>
<ParamField body="tank" type="string">Required for burning drives (diesel).</ParamField>
<ParamField body="meter" type="string">Required for bought power; optional for wind and diesel.</ParamField>
<ParamField body="poles" type="integer">For a grid pump, currently fixed at 3.</ParamField>
<ParamField body="valves" type="object[]">
  Supported port range: 1-90, excluding 7 and 8.
  <Expandable title="properties"><ParamField body="port" type="integer" /></Expandable>
</ParamField>
"""


@pytest.mark.parametrize(
    ("at", "claims"),
    [
        ("request.body.tank", {"when": {"drive": {"const": "diesel"}}, "required": True}),
        ("request.body.meter", {"when": {"drive": {"const": "grid"}}, "required": True}),
        ("request.body.poles", {"when": {"drive": {"const": "grid"}}, "const": 3}),
        ("request.body.valves[].port", {"minimum": 1, "maximum": 90, "not": {"enum": ["7", "8"]}}),
    ],
)
def test_a_condition_on_a_neighbour_is_a_row_of_its_own(at: str, claims: JsonObject) -> None:
    assert (at, claims) in rows(BESIDE, "markdown")


@pytest.mark.parametrize(
    ("text", "schemes"),
    [
        ("Bearer authentication header of the form Bearer <token>.", [{"type": "http", "scheme": "bearer"}]),
        ("Basic authentication header of the form Basic <encoded-value>.", [{"type": "http", "scheme": "basic"}]),
        (
            "You must specify the scheme 'Api-Key' in the Authorization header.",
            [{"type": "apiKey", "in": "header", "name": "Authorization", "prefix": "Api-Key "}],
        ),
        (
            "A key, sent as Authorization: Token $KEY (or Bearer).",
            [
                {"type": "apiKey", "in": "header", "name": "Authorization", "prefix": "Token "},
                {"type": "http", "scheme": "bearer"},
            ],
        ),
    ],
)
def test_the_text_of_the_credential_names_the_schemes(text: str, schemes: list[JsonObject]) -> None:
    page = f"GET\n/v1/x\nList\n\nAuthorizations\n\nAuthorization\nstring\nheader\nrequired\n{text}\n"
    assert dict(rows(page))["security"]["schemes"] == schemes


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://a.example/v1/boats/b-17/crew/mate?x=1", "/v1/boats/{boat_id}/crew/{rank}"),
        ("https://a.example/v1/boats/$BOAT_ID/crew/{rank}", "/v1/boats/{boat_id}/crew/{rank}"),
        ("https://a.example/v1/boats/:boat_id/crew/<rank>", "/v1/boats/{boat_id}/crew/{rank}"),
        ("https://a.example/v1/boats/albatross/crew/captain", "/v1/boats/{boat_id}/crew/{rank}"),
        ("https://a.example/v1/boats/YOUR_BOAT_ID/crew/RANK", "/v1/boats/{boat_id}/crew/{rank}"),
    ],
)
def test_an_example_in_the_path_gives_way_to_the_parameter(url: str, path: str) -> None:
    parameters = "boat_id\nstring\nrequired\nThe boat.\nrank\nstring\nrequired\nThe rank.\n"
    page = f"curl --request GET \\\n  --url {url}\n\nPath parameters\n\n{parameters}"
    assert mintlify.read(Page("page", page)).operations[0].path == path
