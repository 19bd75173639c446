"""What an import of a generated package loads: nothing before it is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from specledger import spec

ROOT = Path(__file__).resolve().parents[2]
APIS = {path.parent.name: spec.load(path.parent).package for path in sorted(ROOT.glob("specs/*/openapi.yaml"))}
CLIENT = {
    "_client",
    "_runtime",
    *(
        f"_runtime.{module}"
        for module in (
            *("answers", "body", "client", "codecs", "core", "credential", "encoding", "errors", "exchange", "kinds"),
            *("log", "moments", "profile", "raw", "redirects", "retries", "spans", "transport", "wire"),
        )
    ),
}
# Each of these would cost more than all the modules of the client together.
HEAVY = {"httpx2", "httpcore2", "anyio", "asyncio", "ssl", "pyreqwest", "opentelemetry", "jsonschema_rs", "pydantic"}
HEAVY |= {"email", "secrets", "hashlib", "http", "uuid", "decimal", "tempfile", "concurrent"}


def _loaded(api: str, code: str) -> set[str]:
    """Returns the modules that some code loads after `import package as p`."""
    package = APIS[api].import_name
    program = (
        f"import sys, json; sys.path.insert(0, {str(ROOT / 'generated' / api / 'src')!r})\n"
        f"before = set(sys.modules)\nimport {package} as p\n{code}\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    run = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout))


def _own(api: str, loaded: set[str]) -> set[str]:
    package = APIS[api].import_name
    return {name.removeprefix(f"{package}.") for name in loaded if name.startswith(f"{package}.")}


@pytest.mark.parametrize("api", APIS)
def test_importing_the_package_loads_no_other_module_of_it(api: str) -> None:
    loaded = _loaded(api, "dir(p); p.__version__")
    assert APIS[api].import_name in loaded
    assert _own(api, loaded) == set()
    assert {name.split(".")[0] for name in loaded} & (HEAVY | {"dataclasses", "json", "logging", "inspect"}) == set()


@pytest.mark.parametrize("api", APIS)
def test_the_client_class_loads_the_runtime_and_neither_models_nor_a_transport(api: str) -> None:
    loaded = _loaded(api, f"p.{APIS[api].class_name}; p.Async{APIS[api].class_name}; p.UNSET; p.APIError")
    assert _own(api, loaded) == CLIENT
    assert {name.split(".")[0] for name in loaded} & HEAVY == set()


@pytest.mark.parametrize("api", APIS)
def test_the_models_are_loaded_one_by_one(api: str) -> None:
    assert _own(api, _loaded(api, "dir(p.models)")) == {"models"}
    own = _own(api, _loaded(api, "p.models.Error if hasattr(p.models, 'Error') else p.models.ErrorCode"))
    assert {name for name in own if name.startswith("models.")} <= {"models.error", "models.error_code"}


@pytest.mark.parametrize("api", APIS)
def test_every_exported_name_is_there_and_no_other(api: str) -> None:
    names = "[getattr(p, name) for name in p.__all__ if 'Fast' not in name]"
    missing = "try:\n    p.Missing\nexcept AttributeError:\n    pass\nelse:\n    raise SystemExit(1)"
    every = "[getattr(p.models, name) for name in p.models.__all__]"
    assert _own(api, _loaded(api, f"{names}; {every}\n{missing}")) > CLIENT
