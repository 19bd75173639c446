"""What a program that names the old package meets in the new one, and what a type checker says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from specledger.release.annotations import takes
from specledger.release.surface import Symbol
from specledger.versions import Level

Surface = Mapping[str, Symbol]


@dataclass(frozen=True, slots=True)
class Break:
    """A public name that changed; `error` is what mypy says of a program that is not changed along."""

    symbol: Symbol
    kind: str
    level: Level
    text: str
    error: str = ""


def compared(old: Surface, new: Surface) -> list[Break]:
    """Returns the changes of the public names: what went, what came, what must be given, which types changed.

    What follows from another change is left out: the fields of a class that went, the TypedDict beside its model.
    """
    found = [*_gone(old, new), *_came(old, new)]
    for path in [path for path in old if path in new]:
        found += _changed(old[path], new[path])
    params = {one.symbol.path for one in found if _model_of(one.symbol.path) in old}
    return [one for one in found if one.symbol.path not in params]


def _model_of(path: str) -> str:
    """Returns the path of the model that a TypedDict, or a key of one, stands beside; empty for any other path."""
    steps = path.removeprefix("models.").split(".")
    is_params = path.startswith("models.") and steps[0].endswith("Params")
    return f"models.{steps[0].removesuffix('Params')}" if is_params else ""


def _around(path: str) -> Iterator[str]:
    """Yields the paths of what holds a name: its method, its class."""
    for mark in "=(.":
        if mark in path:
            yield path[: path.rindex(mark)]


def _gone(old: Surface, new: Surface) -> Iterator[Break]:
    for path, one in old.items():
        if path in new or any(around in old and around not in new for around in _around(path)):
            continue
        text = f"`{_shown(one)}` is gone."
        yield Break(one, f"{one.kind}-removed", "breaking", text, _gone_error(one))


def _gone_error(one: Symbol) -> str:
    if one.kind == "name":
        return f'Module "{one.holder}" has no attribute "{one.name}"'
    if one.kind == "keyword" or (one.kind == "field" and one.sent and not one.read):
        return f'Unexpected keyword argument "{one.name}" for {_callee(one)}'
    return f'"{one.holder}" has no attribute "{one.name}"'


def _callee(one: Symbol) -> str:
    """Returns what is called, as mypy names it."""
    path = one.path.partition("(")[0] if one.kind == "keyword" else one.holder
    name = path.rpartition(".")[2]
    return f'"{name}" of "{one.holder}"' if one.kind == "keyword" and one.holder else f'"{name}"'


def _came(old: Surface, new: Surface) -> Iterator[Break]:
    for path, one in new.items():
        if path in old or any(around in new and around not in old for around in _around(path)):
            continue
        if one.required and (one.kind == "keyword" or (one.kind == "field" and one.sent)):
            yield Break(one, f"{one.kind}-required", "breaking", f"`{_shown(one)}` must be given.", _missing(one))
        else:
            yield Break(one, f"{one.kind}-added", "compatible", f"`{_shown(one)}` is new.")


def _missing(one: Symbol) -> str:
    if one.kind == "keyword" and one.place >= 0:
        return f'Missing positional argument "{one.name}" in call to {_callee(one)}'
    return f'Missing named argument "{one.name}" for {_callee(one)}'


def _changed(old: Symbol, new: Symbol) -> Iterator[Break]:
    if new.sent and new.required and not old.required:
        yield Break(new, f"{new.kind}-required", "breaking", f"`{_shown(new)}` must be given.", _missing(new))
    if old.kind == "keyword" and old.place != new.place and old.place >= 0:
        text = f"`{_shown(new)}` stands at another place, or is given by its name alone."
        yield Break(new, "keyword-moved", "breaking", text)
    before, after = _given(old), _given(new)
    narrower = new.sent and not takes(after, before)
    wider = (new.read or new.kind == "method") and not takes(before, after)
    if narrower or wider:
        text = f"The type of `{_shown(new)}` was `{before}` and is `{after}`."
        name = f'Argument "{new.name}" to {_callee(new)} has incompatible type'
        error = name if narrower and new.kind == "keyword" else ""
        yield Break(new, f"{new.kind}-type", "breaking", text, error)
    elif before != after:
        text = f"The type of `{_shown(new)}` was `{before}` and is `{after}`."
        yield Break(new, f"{new.kind}-type", "compatible", text)


def _given(one: Symbol) -> str:
    """Returns the type of what is given: that something may be left out is told apart from it."""
    parts = [part for part in one.annotation.split(" | ") if part != "Unset" or one.read]
    return " | ".join(parts) or one.annotation


def _shown(one: Symbol) -> str:
    """Returns a name as a program writes it."""
    path = one.path.removesuffix("=")
    starts_low = path[:1].islower() and not path.startswith("models")
    return f"client.{path}" if starts_low and one.kind in ("method", "keyword") else path
