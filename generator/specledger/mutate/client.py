"""Faults of a generated client, as if its templates had them; those of its runtime are in `runtime`."""

# ruff: noqa: E501  # a line for each operator
from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from specledger.emit.client_schema import ClassField, translate
from specledger.ir import Operation
from specledger.mutate import runtime
from specledger.mutate.mutant import Fault, Operator
from specledger.mutate.sources import Called, Change, Method, called, parsed, replaced
from specledger.mutate.world import Spot, World
from specledger.places import Place
from specledger.yaml12 import as_list, as_object

_OTHER_NAME = "another_name"

# Yields what is changed of one operation's declaration or methods: where in the contract, which one, how.
Pieces = Callable[[World, Operation, Called], Iterator[tuple[tuple[str, ...], str, list[Change]]]]


def _each(pieces: Pieces) -> Callable[[World], Iterator[Fault]]:
    def faults(world: World) -> Iterator[Fault]:
        for operation, found in called(world):
            for places, name, changes in pieces(world, operation, found):
                spots = tuple((operation.label, at) for at in places)
                yield Fault(spots, f"{operation.id}: {name}", found.edit(*changes))

    return faults


def _declared(argument: str, changed: Callable[[ast.expr], str], at: str) -> Pieces:
    """Returns the one change of an argument of an operation's declaration; an empty text makes none."""

    def pieces(_: World, operation: Operation, found: Called) -> Iterator[tuple[tuple[str, ...], str, list[Change]]]:
        node = found.argument(argument)
        new = changed(node) if node is not None else ""
        if node is not None and new:
            yield (at,), f"{argument} {new}", [(node, node, new)]

    return pieces


def _text(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _other_method(node: ast.expr) -> str:
    return repr("POST" if _text(node) != "POST" else "PUT")


def _other_path(node: ast.expr) -> str:
    steps = _text(node).split("/")
    last = next(number for number in range(len(steps) - 1, -1, -1) if steps[number] and "{" not in steps[number])
    return repr("/".join([*steps[:last], f"{steps[last]}s", *steps[last + 1 :]]))


def _other_media_type(node: ast.expr) -> str:
    return ast.unparse(node).replace("'application/json'", "'text/plain'")


def _path_parameters(
    _: World, operation: Operation, found: Called
) -> Iterator[tuple[tuple[str, ...], str, list[Change]]]:
    """Yields the path in which one parameter is written as it is called."""
    node = found.argument("path")
    for one in operation.parameters:
        if one.location == "path" and node is not None:
            new = repr(_text(node).replace("{" + one.wire_name + "}", one.wire_name))
            yield (str(Place(("request", "path", one.wire_name))),), f"path {new}", [(node, node, new)]


def _paths_swapped(
    _: World, operation: Operation, found: Called
) -> Iterator[tuple[tuple[str, ...], str, list[Change]]]:
    """Yields each two neighbours of a path, each in the other's place."""
    pairs = [method.pairs("path") for method in found.methods]
    for number in range(len(pairs[0]) - 1 if pairs else 0):
        changes: list[Change] = []
        for given in pairs:
            one, other = given[number][1], given[number + 1][1]
            changes += [(one, one, other.id), (other, other, one.id)]
        names = [str(key.value) for key, _ in pairs[0][number : number + 2]]
        yield tuple(str(Place(("request", "path", name))) for name in names), " and ".join(names), changes


def _fields(change: Callable[[Method, ast.Constant, ast.Name], Change | None], argument: str = "content") -> Pieces:
    """Returns the changes of the fields of a body, or of the parameters of a path, in both methods: one of each kind.

    What a template makes of a field depends on its type, and on whether Python calls it as the wire does.
    """

    def pieces(_: World, __: Operation, found: Called) -> Iterator[tuple[tuple[str, ...], str, list[Change]]]:
        rows = [method.pairs(argument) for method in found.methods]
        kinds: set[tuple[str, bool]] = set()
        for number in range(min((len(row) for row in rows), default=0)):
            kind = found.methods[0].kind(*rows[0][number])
            if kind in kinds:
                continue
            kinds.add(kind)
            made = [change(method, *row[number]) for method, row in zip(found.methods, rows, strict=True)]
            changes = [one for one in made if one is not None]
            if changes:
                name = str(rows[0][number][0].value)
                root = ("request", "body") if argument == "content" else ("request", argument)
                yield (str(Place((*root, name))),), name, changes

    return pieces


def _renamed(_: Method, key: ast.Constant, value: ast.Name) -> Change:
    """Returns the wire name as another habit writes it."""
    name = str(key.value)
    other = "".join(part.title() if number else part for number, part in enumerate(name.split("_")))
    if other == name:
        other = name[:1].swapcase() + name[1:]
    return key, key, repr(other)


def _dropped(_: Method, key: ast.Constant, value: ast.Name) -> Change:
    return key, value, "**{}"


def _omitted(instead: str, *, only_async: bool = False) -> Callable[[Method, ast.Constant, ast.Name], Change | None]:
    def change(method: Method, _: ast.Constant, value: ast.Name) -> Change | None:
        if not method.may_omit(value.id) or (only_async and isinstance(method.function, ast.FunctionDef)):
            return None
        return value, value, f"{instead} if {value.id} is UNSET else {value.id}"

    return change


def _lowered(_: Method, __: ast.Constant, value: ast.Name) -> Change:
    return value, value, f"{value.id}.lower() if isinstance({value.id}, str) else {value.id}"


def _rows(world: World, operation: Operation, found: Called) -> Iterator[tuple[str, ast.Constant, ast.Call]]:
    """Yields each documented answer of a declaration: its status, the key and the row."""
    given = found.argument("answers")
    for key, row in zip(given.keys, given.values, strict=True) if isinstance(given, ast.Dict) else ():
        if isinstance(key, ast.Constant) and isinstance(row, ast.Call):
            yield str(key.value), key, row


def _answer_lost(
    world: World, operation: Operation, found: Called
) -> Iterator[tuple[tuple[str, ...], str, list[Change]]]:
    for status, key, row in _rows(world, operation, found):
        yield (f"response.{status}",), f"{status} lost", [(key, row, "**{}")]


def _answer_untyped(
    world: World, operation: Operation, found: Called
) -> Iterator[tuple[tuple[str, ...], str, list[Change]]]:
    for status, _, row in _rows(world, operation, found):
        if len(row.args) > 1:
            yield (f"response.{status}.body",), f"{status} untyped", [(row.args[1], row.args[1], "wire.anything")]


def _answer_bytes(
    world: World, operation: Operation, found: Called
) -> Iterator[tuple[tuple[str, ...], str, list[Change]]]:
    for status, _, row in _rows(world, operation, found):
        if _text(row.args[0]) == "json":
            yield (f"response.{status}.body",), f"{status} as text", [(row.args[0], row.args[0], repr("text"))]


def _permanent_lost(
    world: World, operation: Operation, found: Called
) -> Iterator[tuple[tuple[str, ...], str, list[Change]]]:
    for status, _, row in _rows(world, operation, found):
        for one in row.keywords:
            if one.arg == "permanent":
                yield (f"response.{status}", "operation"), status, [(one.value, one.value, "False")]


def _body_optional(
    world: World, operation: Operation, found: Called
) -> Iterator[tuple[tuple[str, ...], str, list[Change]]]:
    """Yields a body that is left out where none of its fields is given, and where none of them must be."""
    node = found.argument("body")
    schemas = [world.api.resolve(media.schema) for media in operation.body.content] if operation.body else []
    free = schemas and not any(as_list(as_object(schema).get("required")) for schema in schemas)
    if isinstance(node, ast.Call) and free and operation.body and operation.body.required:
        yield ("request.body",), "body left out", [(node.args[2], node.args[2], "False")]


def _profile(
    change: Callable[[World, ast.Call], Iterator[tuple[ast.expr, str, str]]], at: str
) -> Callable[[World], Iterator[Fault]]:
    """Returns the changes of what a client is made with, which concern every operation."""

    def faults(world: World) -> Iterator[Fault]:
        path, text, made = _made(world)
        for node, new, name in change(world, made):
            for operation in world.api.operations:
                yield Fault(
                    ((operation.label, at),), f"{operation.id}: {name}", {path: replaced(text, (node, node, new))}
                )

    return faults


def _made(world: World) -> tuple[str, str, ast.Call]:
    """Returns the module that says what a client is made with, its text, and the call that makes it."""
    ((path, text),) = ((path, text) for path, text in world.client.items() if path.endswith("/_client.py"))
    made = next(
        one.value
        for one in parsed(text).body
        if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "_PROFILE" and isinstance(one.value, ast.Call)
    )
    return path, text, made


def _calls(made: ast.Call, name: str) -> list[ast.Call]:
    found = [node for node in ast.walk(made) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    return [node for node in found if isinstance(node.func, ast.Attribute) and node.func.attr == name]


def _scheme(
    number: int, other: Callable[[str], str]
) -> Callable[[World, ast.Call], Iterator[tuple[ast.expr, str, str]]]:
    def change(_: World, made: ast.Call) -> Iterator[tuple[ast.expr, str, str]]:
        for row in _calls(made, "Scheme"):
            new = repr(other(_text(row.args[number])))
            yield row.args[number], new, f"{_text(row.args[1])}{_text(row.args[2])} {new}"

    return change


def _server(_: World, made: ast.Call) -> Iterator[tuple[ast.expr, str, str]]:
    for one in made.keywords:
        if one.arg == "server":
            other = _text(one.value).replace("://", "://eu.", 1)
            yield one.value, repr(other), f"server {other}"


def _wrap(world: World) -> Iterator[Fault]:
    """Yields the faults of the key around an operation's body, which stands by the operation's id."""
    path, text, made = _made(world)
    labels = {operation.id: operation.label for operation in world.api.operations}
    for table in (node for node in ast.walk(made) if isinstance(node, ast.Dict)):
        for key, row in zip(table.keys, table.values, strict=True):
            if isinstance(row, ast.Call) and ast.unparse(row.func).endswith(".Wrap") and key is not None:
                known, wrapped = _text(key), row.args[0]
                changed = replaced(text, (wrapped, wrapped, repr(_text(wrapped).title())))
                yield Fault(((labels[known], "request.body"),), f"{known}: wrap {_text(wrapped)}", {path: changed})


def _models(
    change: Callable[[ast.Call, ClassField], tuple[ast.expr, str] | None],
) -> Callable[[World], Iterator[Fault]]:
    """Returns the changes of the fields of each model, one of each kind, at its places in the contract."""

    def faults(world: World) -> Iterator[Fault]:
        for one in translate(world.api).classes.values():
            path = next((path for path in world.client if path.endswith(f"/models/{one.module}.py")), "")
            statements = _statements(world.client.get(path, ""), one.name)
            kinds: set[tuple[str, int, bool]] = set()
            for known in one.fields.values():
                statement = statements.get(known.name)
                spots: tuple[Spot, ...] = world.spots(known.pointer)
                if statement is None or not spots:
                    continue
                kind = (ast.unparse(statement.args[0]), len(statement.args), known.required)
                made = change(statement, known) if kind not in kinds else None
                kinds.add(kind)
                if made is not None:
                    node, new = made
                    if _OTHER_NAME in new:
                        # A client that misses the field names it as it calls it.
                        spots += tuple((label, f"{at.rpartition('.')[0]}.{_OTHER_NAME}") for label, at in spots)
                    yield Fault(
                        spots, f"{one.name}.{known.name}", {path: replaced(world.client[path], (node, node, new))}
                    )

    return faults


def _statements(text: str, name: str) -> dict[str, ast.Call]:
    """Returns what the fields of a model are made by, by their names."""
    found: dict[str, ast.Call] = {}
    for one in parsed(text).body:
        for statement in one.body if isinstance(one, ast.ClassDef) and one.name == name else ():
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.value, ast.Call):
                found[ast.unparse(statement.target)] = statement.value
    return found


def _field_renamed(made: ast.Call, known: ClassField) -> tuple[ast.expr, str] | None:
    if len(made.args) > 1:
        return made.args[1], repr(_OTHER_NAME)
    return made.args[0], f"{ast.unparse(made.args[0])}, {_OTHER_NAME!r}"


def _field_plain(made: ast.Call, _: ClassField) -> tuple[ast.expr, str] | None:
    """Returns a field whose objects are left as they come."""
    return (made.args[0], "wire.anything") if "wire.model(" in ast.unparse(made.args[0]) else None


def _field_optional(made: ast.Call, known: ClassField) -> tuple[ast.expr, str] | None:
    return (made.args[-1], f"{ast.unparse(made.args[-1])}, default=wire.UNSET") if known.required else None


def _operator(name: str, says: str, faults: Callable[[World], Iterator[Fault]]) -> Operator:
    return Operator(f"client-{name}", "client", says, faults)


_OPERATIONS = (
    _operator("method", "another method is sent", _each(_declared("method", _other_method, "operation"))),
    _operator("path", "another path is sent", _each(_declared("path", _other_path, "operation"))),
    _operator("path-unfilled", "a parameter of the path is not filled in", _each(_path_parameters)),
    _operator("path-swapped", "two parameters of the path stand in each other's place", _each(_paths_swapped)),
    _operator("path-lowered", "a parameter of the path is lowered", _each(_fields(_lowered, "path"))),
    _operator("security-lost", "an operation is called without credential", _each(_declared("security", lambda _: "()", "security"))),
    _operator("media-type", "a body is sent under another media type", _each(_declared("body", _other_media_type, "request.body"))),
    _operator("body-optional", "an empty body is not sent", _each(_body_optional)),
    _operator("wire-name", "a field is sent under another name", _each(_fields(_renamed))),
    _operator("field-dropped", "a field is not sent", _each(_fields(_dropped))),
    _operator("omitted-as-null", "a field that is left out is sent as null", _each(_fields(_omitted("None")))),
    _operator("async-default", "the asynchronous client alone sends a default for a field that is left out", _each(_fields(_omitted("''", only_async=True)))),
    _operator("answer-lost", "a documented status is not known", _each(_answer_lost)),
    _operator("answer-untyped", "an answer is not read as its model", _each(_answer_untyped)),
    _operator("answer-as-text", "an answer of JSON is read as text", _each(_answer_bytes)),
    _operator("permanent-lost", "a refusal that lasts is not known as one", _each(_permanent_lost)),
)  # fmt: skip

_SETTINGS = (
    _operator("scheme-name", "the credential goes into another header", _profile(_scheme(1, lambda name: f"X-{name}"), "security")),
    _operator("scheme-location", "the credential goes into the query", _profile(_scheme(0, lambda where: "query" if where != "query" else "header"), "security")),
    _operator("scheme-prefix", "another word stands before the credential", _profile(_scheme(2, lambda prefix: "" if prefix else "Token "), "security")),
    _operator("server", "calls go to another server by default", _profile(_server, "server")),
    _operator("wrap-key", "an option wraps the body in another key", _wrap),
)  # fmt: skip

_MODELS = (
    _operator("model-wire-name", "a model has a field under another name", _models(_field_renamed)),
    _operator("model-plain", "a model leaves the objects of a field as they come", _models(_field_plain)),
    _operator("model-optional", "a model does without a required field", _models(_field_optional)),
)  # fmt: skip

OPERATORS: tuple[Operator, ...] = (*_OPERATIONS, *_SETTINGS, *_MODELS, *runtime.OPERATORS)
