"""Faults in a generated client, and in the models of the mock, each with what the check must name."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """A fault in the client: a text of one of its files as a pattern, what stands there instead, and what names it."""

    operation: str
    file: str
    text: str
    instead: str
    at: str
    code: str


CRATES, FILES, SHAPES = "resources/crates.py", "resources/files.py", "resources/shapes.py"
EDIT_MODEL, SLOT, CRATE = "models/crate_edit.py", "models/slot.py", "models/crate.py"
BODY, PATH, QUERY = r"request\.body", r"request\.path\.\w+", r"request\.query"

FAULTS = {
    "another method": Fault("writeCrate", CRATES, r'method="PUT"', 'method="POST"', "operation", "client-method"),
    "another path": Fault("readCrate", CRATES, r'path="/teams/', 'path="/team/', "operation", "client-path"),
    "path arguments swapped": Fault(
        "readCrate", CRATES, r'"team": team,(\s+)"crate": crate', r'"team": crate,\1"crate": team', PATH, "client-path"
    ),
    "no percent-encoding in the path": Fault(
        "readCrate",
        "_runtime/encoding.py",
        r"parts = \[_quoted\(value\)\]",
        "parts = [scalar(value)]",
        PATH,
        "client-path",
    ),
    "slashes stay in the path": Fault(
        "readCrate",
        "_runtime/encoding.py",
        r'return quote\(scalar\(value\), safe=""\)',
        'return quote(scalar(value), safe="/")',
        PATH,
        "client-path",
    ),
    "a setting of the constructor is not filled in": Fault(
        "readCrate",
        "_client.py",
        r'"request\.path\.team"|"path\.team"',
        '"path.crew"',
        r"request\.path\.team",
        "client-",
    ),
    "another server": Fault(
        "readCrate", "_client.py", "yard.example/v2", "yard.example/v1", "operation", "client-path"
    ),
    "a wire name is misspelt": Fault(
        "writeCrate", CRATES, '"crateName": ', '"crate_name": ', BODY + r"\.\w+", "client-body"
    ),
    "a wire name of a query parameter is misspelt": Fault(
        "readCrate", CRATES, r'"pageSize"', '"pagesize"', QUERY + r"\.\w+", "client-query"
    ),
    "a query parameter is not sent": Fault("readCrate", CRATES, r'"kinds": kinds,', "", QUERY + r"\.kinds", "client-"),
    "a list is joined that should be repeated": Fault(
        "readCrate",
        CRATES,
        r'Parameter\("kinds", "form", True',
        'Parameter("kinds", "form", False',
        QUERY + r"\.kinds",
        "client-query",
    ),
    "a list has another delimiter": Fault(
        "readCrate", CRATES, "pipeDelimited", "form", QUERY + r"\.sizes", "client-query"
    ),
    "a plus stands for a space": Fault(
        "readCrate",
        "_runtime/encoding.py",
        r'return quote\(scalar\(value\), safe=""\)',
        'return quote(scalar(value), safe="").replace("%20", "+")',
        r"request\.(path|query)\.\w+",
        "client-",
    ),
    "a header is lost": Fault("readCrate", CRATES, r'"X-Level": x_level,', "", r"request\.header\.X-Level", "client-"),
    "a header is not written": Fault(
        "readCrate",
        "_runtime/core.py",
        r"headers\[parameter\.wire_name\] = encoding",
        "_ = encoding",
        r"request\.header\.\S+",
        "client-header",
    ),
    "a cookie is lost": Fault("readCrate", CRATES, r'"theme": theme,', "", r"request\.cookie\.theme", "client-"),
    "the content type is another": Fault(
        "writeCrate", CRATES, r'Body\("json", "application/json"', 'Body("json", "text/json"', BODY, "client-header"
    ),
    "a prefix of the credential is lost": Fault(
        "readCrate", "_client.py", '"X-Yard-Key", "Key "', '"X-Yard-Key", ""', "security", "client-header"
    ),
    "the credential goes into another header": Fault(
        "readCrate", "_client.py", '"X-Yard-Key"', '"X-Yard-Token"', "security|operation", "client-header"
    ),
    "the credential is not sent": Fault(
        "readCrate", CRATES, r"security=\(\s*\(\"key\",\),", "security=(", "security", "client-"
    ),
    "the credential goes where nobody asks for it": Fault(
        "dropCrate",
        CRATES,
        r'(id="dropCrate",[\s\S]*?)security=\(\)',
        r'\1security=(("key",),)',
        "security",
        "client-header",
    ),
    "what is left out is sent as null": Fault(
        "writeCrate",
        "_runtime/core.py",
        r"\{name: value for name, value in content\.items\(\) if value is not wire\.UNSET\}",
        "{name: None if value is wire.UNSET else value for name, value in content.items()}",
        BODY + r"\.\w+",
        "client-body",
    ),
    "what is left out is sent as its default": Fault(
        "writeCrate",
        CRATES,
        r'"weightKg": weight_kg',
        '"weightKg": weight_kg or 1.5',
        BODY + r"\.weightKg",
        "client-body",
    ),
    "null is not sent": Fault(
        "writeCrate",
        CRATES,
        r'"note": note',
        '"note": UNSET if note is None else note',
        BODY + r"\.note",
        "client-body",
    ),
    "a field of the body is dropped": Fault("addCrate", CRATES, r'"mode": mode,', "", BODY + r"\.mode", "client-"),
    "only the asynchronous client drops a field": Fault(
        "addCrate",
        CRATES,
        r'(class AsyncCrates[\s\S]*?async def add[\s\S]*?)"mode": mode,',
        r"\1",
        BODY + r"\.mode",
        "client-",
    ),
    "the wrapping key is another": Fault(
        "writeCrate", "_client.py", r'Wrap\("crate"', 'Wrap("box"', BODY + r"\.\w+", "client-body"
    ),
    "a form is sent as JSON": Fault("postForm", SHAPES, r'Body\("form"', 'Body("json"', BODY + ".*", "client-body"),
    "bytes are changed": Fault(
        "store", "_runtime/body.py", r"return bytes\(content\)", "return bytes(content).strip()", BODY, "client-body"
    ),
    "an error is taken for success": Fault(
        "readCrate",
        "_runtime/answers.py",
        "200 <= status < 300",
        "200 <= status < 500",
        r"response\.\w+.*",
        "client-error",
    ),
    "a failure in a success is not seen": Fault(
        "readCrate", "_client.py", r'"failed"', '"fail"', r"response\.200\S*", "client-error"
    ),
    "a status raises another exception": Fault(
        "writeCrate",
        "_runtime/errors.py",
        "409: ConflictError",
        "409: NotFoundError",
        r"response\.409\S*",
        "client-error",
    ),
    "an error has no status": Fault(
        "writeCrate", "_runtime/errors.py", r"return self\._status_code", "return 0", r"response\.\S*", "client-error"
    ),
    "an error has no request id": Fault(
        "writeCrate", "_runtime/errors.py", '"x-request-id", ', "", r"response\.\S*", "client-error"
    ),
    "a documented error is not read": Fault(
        "writeCrate",
        CRATES,
        r'"409": profile\.Answer\("json", wire\.model\("Fault"\)\),',
        "",
        r"response\.409\S*",
        "client-error",
    ),
    "an undocumented success is given as a value": Fault(
        "writeCrate",
        "_runtime/answers.py",
        "if answer is None and operation.answers:",
        "if False:",
        r"response\.207",
        "client-error",
    ),
    "a field is dropped when read": Fault(
        "readCrate",
        CRATE,
        r'    weight_kg: [\s\S]*?\n    """.*"""\n|    weight_kg: .*\n',
        "",
        r"response\.200\.body\.weightKg",
        "client-answer",
    ),
    "a field is read from another": Fault(
        "readCrate", CRATE, '"crateName"', '"crate_name"', r"response\.200\.body\S*", "client-"
    ),
    "a field of an inner model is read from another": Fault(
        "readCrate", SLOT, '"slotSize"', '"slotsize"', r"response\.200\.body\S*", "client-"
    ),
    "unknown fields are dropped": Fault(
        "readCrate",
        "_runtime/wire.py",
        r"self\.additional_properties\[key\] = rest\(value\)",
        "pass",
        r"response\.200\.body\S*",
        "client-answer",
    ),
    "null is dropped": Fault(
        "readCrate",
        "_runtime/wire.py",
        r"if value is not UNSET\}\n\n    @classmethod\n    def fits",
        "if value is not UNSET and value is not None}\n\n    @classmethod\n    def fits",
        r"response\.200\.body\S*",
        "client-answer",
    ),
    "unknown values of an enum are refused": Fault(
        "readCrate",
        "_runtime/codecs.py",
        r"        self\.values = frozenset\(literals\)",
        "        self.values = frozenset(literals)\n        self.plain = frozenset()\n\n"
        "    def read(self, value: Any) -> Any:\n"
        "        return value if value in self.values else self.refuse(value)",
        r"response\.200\.body\S*\.mode",
        "client-answer",
    ),
    "a wrong type is let pass": Fault(
        "readCrate",
        CRATE,
        r"wire\.field\(wire\.text, \"crateName\"",
        'wire.field(wire.anything, "crateName"',
        r"response\.200\.body\.crateName",
        "client-error",
    ),
    "a required field may be missing": Fault(
        "readCrate",
        CRATE,
        r'wire\.field\(wire\.text, "crateName"\)',
        'wire.field(wire.text, "crateName", default=wire.UNSET)',
        r"response\.200\.body\.crateName",
        "client-error",
    ),
    "a date is cut": Fault(
        "readCrate",
        "_runtime/moments.py",
        r"        return value\n    return written if _TOO_FINE",
        "        return value.replace(microsecond=0, second=0)\n    return written if _TOO_FINE",
        r"response\.200\.body\.madeAt",
        "client-answer",
    ),
    "an empty answer is taken for a value": Fault(
        "readCrate",
        "_runtime/answers.py",
        r"raise wire\.Mismatch\(answer\.codec\.expected, wire\.UNSET\)",
        "return None",
        r"response\.200\S*",
        "client-error",
    ),
    "a call that is not idempotent is repeated": Fault(
        "addCrate", "_runtime/retries.py", r'"GET", ', '"GET", "POST", ', "operation", "client-retry"
    ),
    "a call that is idempotent is not repeated": Fault(
        "writeCrate", "_runtime/retries.py", r'"PUT", ', "", "operation", "client-retry"
    ),
    "a word about idempotence is lost": Fault(
        "touchCrate", CRATES, r"idempotent=True,", "", "operation", "client-retry"
    ),
    "what is refused for good is repeated": Fault(
        "writeCrate",
        CRATES,
        r'wire\.model\("Fault"\), True\)|, permanent=True',
        'wire.model("Fault"))',
        "operation",
        "client-retry",
    ),
    "a refusal is repeated": Fault(
        "readCrate",
        "_runtime/retries.py",
        r"status in \(408, 429\)",
        "status in (400, 408, 429)",
        "operation",
        "client-retry",
    ),
    "the credential is in a repr": Fault(
        "readCrate",
        "_runtime/credential.py",
        r'return "Credential\(\*\*\*\)" if self',
        "return str.__str__(next(iter(self._sources.values()))) if self",
        "security",
        "client-secret",
    ),
    "the credential is in the client's repr": Fault(
        "readCrate",
        "_runtime/client.py",
        r"return f\"\{type\(self\)\.__name__\}",
        'return "".join(map(str, core.credential._sources.values())) + f"{type(self).__name__}',
        "security",
        "client-secret",
    ),
    "the credential is in the log": Fault(
        "readCrate",
        "_runtime/log.py",
        r'_line\(value\) if name\.lower\(\) in SHOWN else "…"',
        "str(value)",
        "security",
        "client-secret",
    ),
    "the credential is in an exception": Fault(
        "readCrate",
        "_runtime/answers.py",
        r"self\._hide\(_reason\(error\.body\)\)",
        "_reason(error.body)",
        "security",
        "client-secret",
    ),
    "a wire name of an inner model is misspelt": Fault(
        "writeCrate", SLOT, '"slotSize"', '"slotsize"', BODY + r"\S*", "client-body|model-client"
    ),
    "a model takes any type": Fault(
        "writeCrate", SLOT, r"wire\.field\(wire\.integer", "wire.field(wire.anything", r"\S*slotSize", "model-client"
    ),
    "a model does without a field": Fault(
        "writeCrate",
        EDIT_MODEL,
        r'wire\.field\(wire\.text, "crateName"\)',
        'wire.field(wire.text, "crateName", default=wire.UNSET)',
        BODY + r"\.crateName",
        "model-client",
    ),
    "the client cannot be loaded": Fault(
        "readCrate",
        "__init__.py",
        r"from __future__",
        "import nothing_there\nfrom __future__",
        "operation",
        "client-raised",
    ),
    "the client cannot be made": Fault(
        "readCrate", "_client.py", r"self\._open\(", "self._opened(", "operation", "client-raised"
    ),
    "the own transport loses a header": Fault(
        "readCrate",
        "_runtime/httpx_transport.py",
        r"for name, value in request\.headers\.items\(\)\]\n    limits",
        "for name, value in request.headers.items() if name != 'X-Level']\n    limits",
        r"request\.header\.X-Level",
        "client-header",
    ),
}


MOCK_FAULTS = {
    "a type is wider": (r"slotSize: int", "slotSize: int | str", r"\S*slotSize", "model-pydantic"),
    "a type is another": (r"slotSize: int", "slotSize: str", r"\S*", "model-pydantic"),
    "a required field may be missing": (
        r"crateName: ([^\n]*)\n",
        r"crateName: \1 = 'x'\n",
        r"\S*crateName",
        "model-pydantic",
    ),
    "a choice is missing": (r"    locked = 'locked'\n", "", r"\S*", "model-pydantic"),
}
