"""Generated Python as text and as tree: where an operation is declared and called, and the text with that changed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from specledger.ir import Operation
from specledger.mutate.world import World

# What stands from the first node to the last, and the text that takes its place.
Change = tuple[ast.expr, ast.expr, str]


@dataclass(frozen=True, slots=True)
class Method:
    """The method of one of both clients that calls an operation: the function, and the call that it ends with."""

    path: str
    function: ast.FunctionDef | ast.AsyncFunctionDef
    call: ast.Call

    def pairs(self, argument: str) -> list[tuple[ast.Constant, ast.Name]]:
        """Returns wire names and variables of a dict that the call is given."""
        given = _argument(self.call, argument)
        found = zip(given.keys, given.values, strict=True) if isinstance(given, ast.Dict) else ()
        return [(key, value) for key, value in found if isinstance(key, ast.Constant) and isinstance(value, ast.Name)]

    def kind(self, key: ast.Constant, value: ast.Name) -> tuple[str, bool]:
        """Returns what the method's signature says of a field, and whether it has one name on both sides."""
        known = [*self.function.args.args, *self.function.args.kwonlyargs]
        types = [ast.unparse(one.annotation) for one in known if one.arg == value.id and one.annotation]
        return "".join(types), key.value == value.id

    def may_omit(self, name: str) -> bool:
        """Says whether an argument of the method may be left out."""
        known = zip(self.function.args.kwonlyargs, self.function.args.kw_defaults, strict=True)
        return any(argument.arg == name and default is not None for argument, default in known)


@dataclass(frozen=True, slots=True)
class Called:
    """Where a client declares an operation, and both methods that call it."""

    path: str
    text: str
    declared: ast.Call
    methods: tuple[Method, ...]

    def argument(self, name: str) -> ast.expr | None:
        """Returns an argument of the declaration."""
        return _argument(self.declared, name)

    def edit(self, *changes: Change) -> dict[str, str]:
        """Returns the edit that makes these changes."""
        return {self.path: replaced(self.text, *changes)}


def called(world: World) -> Iterator[tuple[Operation, Called]]:
    """Yields where each operation of a client is declared. Raises LookupError where one is not."""
    for operation in world.api.operations:
        found = [one for path, text in world.client.items() if (one := _called(path, text, operation.id))]
        if len(found) != 1:
            raise LookupError(f"{operation.label} is declared in {len(found)} modules of the client")
        yield operation, found[0]


def _called(path: str, text: str, operation_id: str) -> Called | None:
    if "/resources/" not in path:
        return None
    tree = parsed(text)
    for statement in tree.body:
        if not isinstance(statement, ast.AnnAssign):
            continue
        made = statement.value
        if isinstance(made, ast.Call) and _constant(_argument(made, "id")) == operation_id:
            name = ast.unparse(statement.target)
            return Called(path, text, made, tuple(_methods(path, tree, name)))
    return None


def _methods(path: str, tree: ast.Module, name: str) -> Iterator[Method]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                first = node.args[0] if isinstance(node, ast.Call) and node.args else None
                if isinstance(first, ast.Name) and first.id == name and isinstance(node, ast.Call):
                    yield Method(path, function, node)


@lru_cache(maxsize=256)
def parsed(text: str) -> ast.Module:
    """Returns the tree of a module."""
    return ast.parse(text)


def replaced(text: str, *changes: Change) -> str:
    """Returns a text with other texts in the place of nodes."""
    content = text.encode()
    starts = [0]
    for line in content.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    spans = [
        (
            starts[first.lineno - 1] + first.col_offset,
            starts[(last.end_lineno or 1) - 1] + (last.end_col_offset or 0),
            new,
        )
        for first, last, new in changes
    ]
    for start, end, new in sorted(spans, reverse=True):
        content = content[:start] + new.encode() + content[end:]
    return content.decode()


def _argument(call: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in call.keywords if one.arg == name), None)


def _constant(node: ast.expr | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None
