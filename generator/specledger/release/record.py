"""What stands beside a release: its parts (CycloneDX) and what it was made of, with hashes."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from specledger import __version__
from specledger.ir import Package
from specledger.release.build import Artefacts, sha256
from specledger.yaml12 import Json, JsonObject, as_object

TOOLS = ("cyclonedx-python-lib", "griffelib", "hatchling", "mypy", "twine")


def sbom(artefacts: Artefacts, package: Package, installed: Mapping[str, str], needs: list[str], moment: int) -> str:
    """Returns the bill of materials of a wheel: itself, and what a fresh environment got along with it.

    `needs` are its own requirements; the day is that of the commit, the serial number follows from the wheel's hash.
    """
    digest = sha256(artefacts.wheel)
    bom = Bom(serial_number=uuid5(NAMESPACE_URL, f"sha256:{digest}"))
    bom.metadata.timestamp = datetime.fromtimestamp(moment, UTC)
    root = _component(package.distribution, package.version, ComponentType.LIBRARY)
    root.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=digest))
    root.licenses.add(DisjunctiveLicense(id="MIT"))
    bom.metadata.component = root
    bom.metadata.tools.components.add(_component("specledger", __version__, ComponentType.APPLICATION))
    own = canonicalize_name(package.distribution)
    parts = {
        canonicalize_name(name): _component(name, number, ComponentType.LIBRARY)
        for name, number in sorted(installed.items())
        if canonicalize_name(name) != own
    }
    for part in parts.values():
        bom.components.add(part)
    direct = [canonicalize_name(Requirement(one).name) for one in needs if "extra ==" not in one]
    bom.register_dependency(root, [parts[name] for name in direct if name in parts])
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _component(name: str, number: str, kind: ComponentType) -> Component:
    url = PackageURL("pypi", None, str(canonicalize_name(name)), number)
    return Component(name=name, version=number, type=kind, purl=url, bom_ref=str(url))


def provenance(made: Path, artefacts: Artefacts, commit: str, moment: int) -> str:
    """Returns what a release was made of: pages, facts, spec and tools by their hashes, and the artefacts' own.

    `made` is the provenance.json that generation wrote.
    """
    generated = as_object(json.loads(made.read_bytes()))
    tools: JsonObject = {name: version(name) for name in TOOLS}
    outputs: list[Json] = [{"file": path.name, "sha256": sha256(path)} for path in artefacts.files]
    record: JsonObject = {
        "artefacts": outputs,
        "commit": commit,
        "source_date_epoch": moment,
        "python": platform.python_version(),
        "tools": tools,
        "generated": generated,
    }
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"
