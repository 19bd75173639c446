"""What the models are known to judge otherwise than a validator of JSON Schema does, and why."""

from __future__ import annotations

from specledger.fuzz.called.readers import CLIENT, PYDANTIC

_LENIENT = "a client reads what a server sends: types, and what must be there; bounds are the server's to hold"
_KEPT = "values that the vendor adds later are kept as they are"
_CONDITIONAL = "a class has one list of required fields, whatever the others hold"
_COUNTED = "the generator of the classes writes no rule for how many fields or items there are"
_LOST = "the generator of the classes leaves the keyword out"

_BOUNDS = (
    "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern "
    "minItems maxItems uniqueItems minContains minProperties maxProperties propertyNames not allOf"
)

_CONDITIONS = ("then", "else", "dependentRequired", "dependentSchemas")

# By reader, verdict and keyword: a `takes` is of a value that the schema refuses, a `refuses` of one that it takes.
KNOWN: dict[tuple[str, str, str], str] = {
    **{(CLIENT, "takes", keyword): _LENIENT for keyword in _BOUNDS.split()},
    **{(CLIENT, "takes", keyword): _KEPT for keyword in ("enum", "const", "additionalProperties", "items")},
    (CLIENT, "takes", "format"): "text that is no date stays text, and other formats are text",
    (CLIENT, "takes", "anyOf"): "among several types the first that reads the value does, and bounds are not its part",
    (CLIENT, "takes", "oneOf"): "an object that is none of the models is kept as a plain dict",
    (CLIENT, "takes", "x-specledger-coerce"): "what may come as a number or as text is read as text",
    **{(CLIENT, "takes", keyword): _CONDITIONAL for keyword in _CONDITIONS},
    **{(PYDANTIC, "takes", keyword): _CONDITIONAL for keyword in _CONDITIONS},
    **{(PYDANTIC, "takes", keyword): _COUNTED for keyword in ("minProperties", "maxProperties", "minContains")},
    **{(PYDANTIC, "takes", keyword): _LOST for keyword in ("not", "uniqueItems", "unevaluatedProperties")},
    (PYDANTIC, "takes", "additionalProperties"): "the models are told to keep further fields, so that none is lost",
    (PYDANTIC, "takes", "allOf"): "of several schemas for one text or number the generator keeps the first",
    (PYDANTIC, "takes", "oneOf"): "a union is content with the first member that fits, and does not ask the others",
    (PYDANTIC, "takes", "null"): "what may be left out is written as a field that may be None",
    (PYDANTIC, "takes", "boolean"): "in Python True equals 1, also as a member of an enum of numbers",
    (PYDANTIC, "takes", "format"): "pydantic reads a number in text as a moment, and asks nothing of other formats",
    (PYDANTIC, "refuses", "1.0"): "JSON Schema counts 1.0 as an integer, strict pydantic does not",
}
