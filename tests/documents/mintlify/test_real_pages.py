"""The real pages, where they lie beside the checkout, against the facts that a person read from them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from specledger.documents import mintlify, page

ROOT = Path(__file__).parents[3]
DOCUMENTS = ROOT.parent / "shared" / "documents"
FACTS = sorted(
    path for path in (ROOT / "specs").glob("*/facts/*.yaml") if "family: mintlify" in path.read_text("utf-8")
)
COMPARED = (
    "type", "vendor_type", "required", "items", "enum", "const", "default", "minimum", "maximum", "minLength",
    "maxLength", "minItems", "maxItems", "pattern", "format", "nullable", "credential", "url", "mediaType", "schemes",
)  # fmt: skip


@pytest.mark.skipif(not DOCUMENTS.exists(), reason="the real pages are not kept in this repository")
@pytest.mark.parametrize("path", FACTS, ids=lambda path: path.stem)
def test_a_real_page_is_read_as_a_person_read_it(path: Path) -> None:
    known = yaml.safe_load(path.read_text("utf-8"))
    document = known["page"]["document"]
    (operation,) = mintlify.read(page.decode(document, (DOCUMENTS / document).read_bytes())).operations
    read = {
        (fact.at, key): value
        for fact in reversed(operation.facts)
        for key, value in fact.keywords.items()
        if "when" not in fact.keywords
    }
    wanted = {
        (row["at"], key): row[key] for row in known["facts"] for key in COMPARED if key in row and "when" not in row
    }
    assert {place: read.get(place) for place in wanted} == wanted
    assert {row["at"] for row in known["facts"]} <= {fact.at for fact in operation.facts}
