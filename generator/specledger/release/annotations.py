"""Whether one annotation takes every value of another, by their texts."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_ANYTHING = {"Any", "object", "Json"}
_WIDER = {"bool": {"int", "float"}, "int": {"float"}}


def takes(wide: str, narrow: str) -> bool:
    """Says whether each value that fits `narrow` fits `wide`; what cannot be read takes only its like."""
    if wide == narrow:
        return True
    try:
        members = [list(_members(ast.parse(text.strip(), mode="eval").body)) for text in (wide, narrow)]
    except SyntaxError:
        return False
    return all(any(_holds(one, other) for one in members[0]) for other in members[1])


def _members(node: ast.expr) -> Iterator[ast.expr]:
    """Yields the members of a union, each literal value apart."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from _members(node.left)
        yield from _members(node.right)
    elif isinstance(node, ast.Subscript) and _head(node) == "Literal":
        yield from node.slice.elts if isinstance(node.slice, ast.Tuple) else (node.slice,)
    else:
        yield node


def _holds(wide: ast.expr, narrow: ast.expr) -> bool:
    names = [ast.unparse(one) for one in (wide, narrow)]
    if names[0] == names[1] or names[0] in _ANYTHING or names[0] in _WIDER.get(names[1], ()):
        return True
    if isinstance(narrow, ast.Constant) and names[0] == type(narrow.value).__name__:
        return True
    if not (isinstance(wide, ast.Subscript) and isinstance(narrow, ast.Subscript) and _head(wide) == _head(narrow)):
        return False
    inner = [one.slice.elts if isinstance(one.slice, ast.Tuple) else [one.slice] for one in (wide, narrow)]
    pairs = zip(*inner, strict=False)
    return len(inner[0]) == len(inner[1]) and all(takes(ast.unparse(a), ast.unparse(b)) for a, b in pairs)


def _head(node: ast.Subscript) -> str:
    return ast.unparse(node.value)
