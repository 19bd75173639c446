"""The models that read an API's objects: the client's own, and the mock's, which pydantic reads with."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from specledger import serve
from specledger.canonical import canonical
from specledger.fuzz.called.shape import Shape, difference
from specledger.ir import Api
from specledger.yaml12 import Json

CLIENT, PYDANTIC = "client", "pydantic"
LOST, CRASH = "lost", "crash"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a reader does not take a value: a word for the kind of reason, the whole reason, and the place it names."""

    kind: str
    reason: str
    steps: tuple[str, ...] = ()


# Reads a value; what is written again must be the second one.
Read = Callable[[Json, Json], Refusal | None]


class Model(Protocol):
    """A class of the client's that an object of the API becomes."""

    def from_dict(self, data: Json) -> Model:
        """Reads an object. Raises ValueError for what is none of its kind."""

    def to_dict(self) -> Json:
        """Writes an object."""


def client_models(module: ModuleType) -> dict[str, Model]:
    """Returns the client's models by their names in one way of writing."""
    models = importlib.import_module(f"{module.__name__}.models")
    found = {name: getattr(models, name) for name in getattr(models, "__all__", ())}
    return {plain_name(name): one for name, one in found.items() if callable(getattr(one, "from_dict", None))}


def client_readers(module: ModuleType) -> Mapping[str, Read]:
    """Returns how the client's models read, by their names in one way of writing."""
    return {name: _client(model) for name, model in client_models(module).items()}


def modelled(known: Shape, value: Json, models: Mapping[str, Model]) -> object:
    """Returns a value with models in the place of objects, as far as one is named for them."""
    names = {plain_name(str(schema["$ref"]).rpartition("/")[2]) for schema in known.schemas if "$ref" in schema}
    named = [models[name] for name in sorted(names) if name in models]
    if isinstance(value, dict) and len(named) == 1:
        with suppress(ValueError):
            return named[0].from_dict(value)
    if isinstance(value, dict):
        return {name: modelled(known.step(name), item, models) for name, item in value.items()}
    if isinstance(value, list):
        return [modelled(known.step("[]"), item, models) for item in value]
    return value


@contextmanager
def pydantic_readers(api: Api, generated: Path) -> Iterator[Mapping[str, Read]]:
    """Gives how the models of the mock distribution in `generated` read; none where there is no such module."""
    path = (generated / serve.SOURCE / serve.PACKAGE / "models" / f"{api.name}.py").resolve()
    name = f"specledger_models_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path) if path.is_file() else None
    if spec is None or spec.loader is None:
        yield {}
        return
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        own = {key: one for key, one in vars(module).items() if isinstance(one, type) and one.__module__ == name}
        yield {plain_name(key): _pydantic(one) for key, one in own.items()}
    finally:
        del sys.modules[name]


def plain_name(name: str) -> str:
    """Returns a component's name, or that of the class made of it, in one way of writing."""
    return re.sub(r"[\W_]", "", name).lower()


def named(place: str) -> tuple[str, ...]:
    """Returns the steps of a place as clients write it: `a.b[0].c`."""
    return tuple("[]" if step == "[" else step for step in re.split(r"\.|(\[)[0-9]+\]", place) if step)


def _client(model: Model) -> Read:
    def read(value: Json, wanted: Json) -> Refusal | None:
        try:
            made = model.from_dict(value)
        except ValueError as error:
            return Refusal("value", str(error), named(str(getattr(error, "place", ""))))
        except Exception as error:
            # No value of JSON may bring a model to another exception.
            return Refusal(CRASH, f"{type(error).__name__}: {error}")
        try:
            written = made.to_dict()
        except Exception as error:
            return Refusal(CRASH, f"what was read cannot be written: {type(error).__name__}: {error}")
        if canonical(written) == canonical(wanted):
            return None
        return Refusal(LOST, f"{'.'.join(difference(wanted, written))} is not written as it was read")

    return read


def _pydantic(kind: type) -> Read:
    adapter: list[TypeAdapter[object]] = []

    def read(value: Json, wanted: Json) -> Refusal | None:
        if not adapter:
            adapter.append(TypeAdapter(kind))
        try:
            adapter[0].validate_json(json.dumps(value), strict=True)
        except ValidationError as error:
            return _refusal(error)
        return None

    return read


def _refusal(error: ValidationError) -> Refusal:
    """Returns why pydantic refuses.

    `1.0` is the reason where all that is wrong is that a whole number is written so, `patternProperties` where a
    field has a name that no pattern matches.
    """
    found = error.errors(include_url=False, include_context=False)
    whole = [isinstance(one["input"], float) and one["input"].is_integer() for one in found]
    number = 0 if all(whole) else whole.index(False)
    said = f"{'.'.join(map(str, found[number]['loc']))}: {found[number]['msg']}"
    kind = "patternProperties" if found[number]["loc"][-1:] == ("[key]",) else str(found[number]["type"])
    return Refusal("1.0" if all(whole) else kind, said)
