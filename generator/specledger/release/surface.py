"""What a program may name of a generated package: classes, methods, keywords and fields, read without importing it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import griffe

Kind = Literal["name", "method", "keyword", "field"]

_PRIVATE = "_runtime"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A public name; `holder` is the class or module it belongs to, `place` where a positional keyword stands.

    `sent` says that callers make such a value, `read` that they meet it in answers.
    """

    path: str
    kind: Kind
    name: str
    holder: str = ""
    annotation: str = ""
    required: bool = False
    place: int = -1
    sent: bool = False
    read: bool = False


def surface(source: Path, package: str) -> dict[str, Symbol]:
    """Returns the public names of the package that lies in `source`, by their path.

    Twins are left out: the asynchronous class and the one with raw responses follow from the plain one.
    """
    loader = griffe.GriffeLoader(search_paths=[source], allow_inspection=False)
    root = loader.load(package, try_relative_path=False)
    loader.resolve_aliases(implicit=False, external=False)
    found: dict[str, Symbol] = {}
    for symbol in _package(root):
        found.setdefault(symbol.path, symbol)
    sent = _reached(found, [one.annotation for one in found.values() if one.kind == "keyword"])
    read = _reached(found, [one.annotation for one in found.values() if one.kind == "method"])
    for path, one in found.items():
        if one.kind == "field" and path.startswith("models."):
            found[path] = replace(one, sent=one.holder in sent, read=one.holder in read)
    return found


def _reached(found: dict[str, Symbol], annotations: list[str]) -> set[str]:
    """Returns the names of the models that annotations lead to, through the fields of models."""
    fields: dict[str, list[str]] = {}
    for one in found.values():
        if one.kind == "field" and one.path.startswith("models."):
            fields.setdefault(one.holder, []).append(one.annotation)
    reached: set[str] = set()
    while annotations:
        names = {name for text in annotations for name in re.findall(r"\w+", text)} & fields.keys()
        annotations = [text for name in names - reached for text in fields[name]]
        reached |= names
    return reached


def _package(root: griffe.Object | griffe.Alias) -> Iterator[Symbol]:
    for name in _exported(root):
        member = root.members.get(name)
        if _is_twin(name, root):
            continue
        yield Symbol(name, "name", name, root.name)
        if isinstance(member, griffe.Alias) and f".{_PRIVATE}." not in member.target_path:
            yield from _inside(member, name)
    models = root.members.get("models")
    for name in _exported(models) if models is not None else ():
        yield Symbol(f"models.{name}", "name", name, f"{root.name}.models")
        if models is not None and name in models.members:
            yield from _inside(models.members[name], f"models.{name}")
    resources = root.members.get("resources")
    for module in resources.members.values() if resources is not None else ():
        for name, member in module.members.items() if module.is_module else ():
            if not member.is_alias and member.is_class and not _is_twin(name, module):
                yield from _inside(member, module.name)


def _exported(module: griffe.Object | griffe.Alias) -> list[str]:
    return [str(name) for name in module.exports or ()]


def _is_twin(name: str, module: griffe.Object | griffe.Alias) -> bool:
    plain = name.removeprefix("Async")
    return name.endswith("WithRawResponse") or (plain != name and plain in module.members)


def _inside(member: griffe.Object | griffe.Alias, path: str) -> Iterator[Symbol]:
    """Yields the fields and methods of a class, and the value of a type alias as a field of its own name."""
    target = member.final_target if isinstance(member, griffe.Alias) else member
    if isinstance(target, griffe.Attribute):
        yield Symbol(f"{path}=", "field", target.name, target.name, str(target.value or ""))
    if not isinstance(target, griffe.Class):
        return
    keys = any("TypedDict" in str(base) for base in target.bases)
    is_client = target.name == path
    for name, inner in target.members.items():
        if isinstance(inner, griffe.Function) and name == "__init__" and is_client:
            yield from _keywords(inner, path, "")
        elif name.startswith("_") or name == "with_raw_response":
            continue
        elif isinstance(inner, griffe.Function):
            yield Symbol(f"{path}.{name}", "method", name, target.name, str(inner.returns or ""))
            yield from _keywords(inner, f"{path}.{name}", target.name)
        elif isinstance(inner, griffe.Attribute):
            yield _field(inner, path, target.name, keys=keys)


def _keywords(function: griffe.Function, path: str, holder: str) -> Iterator[Symbol]:
    place = 0
    for parameter in function.parameters:
        if parameter.name != "self":
            is_positional = parameter.kind is not griffe.ParameterKind.keyword_only
            at = place if is_positional else -1
            annotation = str(parameter.annotation or "")
            name, required = parameter.name, parameter.required
            yield Symbol(f"{path}({name})", "keyword", name, holder, annotation, required, at, sent=True)
            place += is_positional


def _field(attribute: griffe.Attribute, path: str, holder: str, *, keys: bool) -> Symbol:
    """Returns a field of a model or a key of a TypedDict; a model's is required where UNSET is no value of it."""
    annotation = str(attribute.annotation or "").replace("wire.", "")
    name = attribute.name
    if not keys:
        required = "Unset" not in annotation.split(" | ")
        return Symbol(f"{path}.{name}", "field", name, holder, annotation, required)
    required = annotation.startswith("Required[")
    plain = annotation.removeprefix("Required[").removesuffix("]") if required else annotation
    return Symbol(f"{path}.{name}", "field", name, holder, plain, required)
