"""The client distribution of an API: openapi-python-client reads the schemas, our templates write the code."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.openapi import Endpoint

from specledger.diagnostics import Diagnostic, Failure
from specledger.emit import client_view, escape, reference
from specledger.emit.client_calls import Calls
from specledger.emit.client_models import Models, mark_params
from specledger.emit.client_schema import Dialect, translate
from specledger.emit.client_types import Types
from specledger.ir import Api

_HERE = Path(__file__).resolve().parent.parent
_TEMPLATES = _HERE / "templates" / "client"
_RUNTIME = _HERE / "runtime" / "client"
_REMEDY = "simplify the schema, or report what openapi-python-client could not read"


def emit(api: Api) -> Mapping[str, bytes]:
    """Returns every file of generated/<api>/ but provenance.json, by its path in there.

    Raises Failure, located in the spec, for whatever openapi-python-client drops or warns about.
    """
    dialect = translate(api)
    with TemporaryDirectory(prefix="specledger-") as folder:
        root = Path(folder) / "client"
        config = Config.from_sources(
            ConfigFile(post_hooks=[], literal_enums=True, use_path_prefixes_for_title_model_names=False),
            MetaType.NONE,
            document_source="openapi.yaml",
            file_encoding="utf-8",
            overwrite=True,
            output_path=root,
        )
        data = GeneratorData.from_dict(dialect.document, config=config)
        if isinstance(data, GeneratorError):
            raise Failure([_diagnostic(api, dialect, data)])
        endpoints = _endpoints(api, data)
        _complete(api, dialect, data, endpoints)
        project = _Project(api, dialect, data, config, endpoints)
        with redirect_stdout(io.StringIO()):
            errors = project.build()
        if errors:
            raise Failure([_diagnostic(api, dialect, error) for error in errors])
        _format(root)
        files = {
            path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()
        }
    return dict(sorted(files.items()))


def _endpoints(api: Api, data: GeneratorData) -> dict[str, Endpoint]:
    """Returns openapi-python-client's endpoint of each operation, by operation id."""
    found = {str(one.name): one for group in data.endpoint_collections_by_tag.values() for one in group.endpoints}
    named = {operation.id: found.get(f"operation{number}") for number, operation in enumerate(api.operations)}
    return {key: endpoint for key, endpoint in named.items() if endpoint is not None}


def _complete(api: Api, dialect: Dialect, data: GeneratorData, endpoints: Mapping[str, Endpoint]) -> None:
    """Raises Failure where an operation, an answer, a class or a field of the spec is missing from what was read."""
    found: list[Diagnostic] = []
    errors = [error for group in data.endpoint_collections_by_tag.values() for error in group.parse_errors]
    for error in [*data.errors, *errors]:
        found.append(_diagnostic(api, dialect, error))
    for operation in api.operations:
        endpoint = endpoints.get(operation.id)
        if endpoint is None or sum(1 for _ in endpoint.iter_all_parameters()) != len(operation.parameters):
            message = "openapi-python-client dropped the operation or one of its parameters"
            found.append(
                api.document.diagnostic(
                    operation.pointer, "client-dropped", message, _REMEDY, operation=operation.label
                )
            )
    models = {str(one.class_info.name): one for one in data.models}
    enums = {str(one.class_info.name) for one in data.enums}
    for made in dialect.classes.values():
        model = models.get(made.name)
        known = [*(model.required_properties or ()), *(model.optional_properties or ())] if model else []
        lost = set(made.fields) - {one.name.get_untrusted_value() for one in known}
        if (model is None and made.name not in enums) or lost:
            what = ", ".join(sorted(made.fields[name].wire_name for name in lost)) or "the schema"
            message = f"openapi-python-client dropped {what}"
            found.append(api.document.diagnostic(made.pointer, "client-dropped", message, _REMEDY))
    if found:
        raise Failure(found)


def _diagnostic(api: Api, dialect: Dialect, error: GeneratorError) -> Diagnostic:
    said = escape.line(f"{error.header} {error.detail or ''}")[:400]
    for name, made in dialect.classes.items():
        if f"/{name}" in said or f"schema {name}" in said:
            return api.document.diagnostic(made.pointer, "client-unread", said, _REMEDY)
    for number, operation in enumerate(api.operations):
        if f"/operation{number} " in f"{said} ":
            return api.document.diagnostic(operation.pointer, "client-unread", said, _REMEDY, operation=operation.label)
    return api.document.diagnostic((), "client-unread", said, _REMEDY)


class _Project(Project):
    """openapi-python-client's project with our templates: the tree of templates/client is the tree of the output."""

    def __init__(
        self, api: Api, dialect: Dialect, data: GeneratorData, config: Config, endpoints: Mapping[str, Endpoint]
    ) -> None:
        super().__init__(openapi=data, config=config, custom_template_path=_TEMPLATES)
        self.api = api
        self.env = _environment()
        models = {str(one.class_info.name): one for one in data.models}
        maps = {name: one for name, one in models.items() if dialect.classes[name].kind == "map"}
        types = Types(dialect, maps)
        calls = Calls(api, dialect, types, endpoints)
        mark_params(dialect, models, types, calls.sent())
        self.models = Models(api, dialect, types)
        self.wanted = [one for name, one in sorted(models.items()) if name not in maps]
        self.enum_names = sorted(str(one.class_info.name) for one in data.enums)
        self.view = client_view.of(api, tuple(calls.resources()))
        self.source = self.project_dir / "src" / api.package.import_name
        self.env.globals.update(
            api=api,
            package=api.package,
            client=self.view,
            header=_header(f"specs/{api.name}/openapi.yaml"),
            reference=reference.of(api, self.view, dialect),
            classes=dialect.classes,
        )

    def _write(self, template: str, path: Path, **values: object) -> None:
        text = self.env.get_template(template).render(**values)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")

    def _create_package(self) -> None:
        self._write("src/package/__init__.py.jinja", self.source / "__init__.py")
        (self.source / "py.typed").write_bytes(b"")
        runtime = self.source / "_runtime"
        runtime.mkdir(parents=True)
        for path in sorted(_RUNTIME.glob("*.py")):
            head = _header(f"generator/specledger/runtime/client/{path.name}")
            (runtime / path.name).write_bytes(f"{head}\n".encode() + path.read_bytes())

    def _build_metadata(self) -> None:
        for name in ("pyproject.toml", "README.md", "reference.md", "CHANGELOG.md", "LICENSE"):
            self._write(f"{name}.jinja", self.project_dir / name)
        document = json.dumps(self.api.document.value, ensure_ascii=False, indent=2)
        (self.project_dir / "openapi.json").write_bytes(f"{document}\n".encode("utf-8", "backslashreplace"))

    def _build_models(self) -> None:
        exports: list[tuple[str, str]] = []
        folder = self.source / "models"
        for prop in self.wanted:
            model = self.models.model(prop)
            self._write("src/package/models/model.py.jinja", folder / f"{model.module}.py", model=model)
            exports += [(model.name, model.module), *([(model.params, model.module)] if model.params else [])]
        for name in self.enum_names:
            enum = self.models.enum(name)
            self._write("src/package/models/enum.py.jinja", folder / f"{enum.module}.py", enum=enum)
            exports.append((enum.name, enum.module))
        self._write("src/package/models/__init__.py.jinja", folder / "__init__.py", exports=sorted(exports))

    def _build_api(self) -> None:
        self._write("src/package/_client.py.jinja", self.source / "_client.py")
        folder = self.source / "resources"
        self._write("src/package/resources/__init__.py.jinja", folder / "__init__.py")
        for resource in self.view.resources:
            path = folder / f"{resource.module}.py"
            self._write("src/package/resources/resource.py.jinja", path, resource=resource)


def _header(edit: str) -> str:
    return f"# Generated by specledger; what is edited here is lost.\n# Edit {edit}, then run: specledger generate"


@cache
def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  # no HTML here; escape.py is the way in
    )
    for name in ("cell", "code", "comment", "docstring", "line", "link", "literal", "markdown", "prose", "toml"):
        env.filters[name] = getattr(escape, name)
    return env


def _format(root: Path) -> None:
    """Sorts imports, drops unused ones and lays the code out. Raises Failure where the code does not parse."""
    shared = ["--isolated", "--no-cache", "--quiet", "--target-version", "py311", "--line-length", "120"]
    imports = ["--fix", "--select", "I,F401"]
    for command in (["check", *shared, *imports], ["format", *shared]):
        run = subprocess.run(
            [sys.executable, "-m", "ruff", *command, str(root / "src")], capture_output=True, text=True
        )
        if run.returncode:
            said = escape.line(run.stdout + run.stderr)[-400:]
            raise Failure(
                [Diagnostic("templates/client", 0, "client-format", said, "mend the template that wrote this")]
            )
