"""Reading a page beside parsing it: Markdown's own parser on the page, and JSON's on what was read from it."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator

from markdown_it import MarkdownIt
from rich.console import Console
from rich.table import Table

from benchmarks.commands import ROOT
from benchmarks.pages import LAYOUTS
from specledger import documents, pages
from specledger.documents import page as forms
from specledger.documents.reading import Page, Reading, Unreadable

RUNS = 7
FEW, MANY = 1_000, 10_000
SUFFIXES = (".txt", ".md", ".html", ".rst")


def milliseconds(work: Callable[[], object]) -> float:
    """Returns how long one run takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def stored() -> Iterator[Page]:
    """Yields the copies of the pages where they are at hand, else the pages of the tests."""
    folder = pages.folder(ROOT / "specs")
    folders = [folder] if folder else sorted((ROOT / "tests" / "documents").glob("*/pages"))
    for path in (path for folder in folders for path in sorted(folder.iterdir()) if path.suffix in SUFFIXES):
        yield forms.decode(path.name, path.read_bytes())


def printed(reading: Reading) -> str:
    """Returns what was read as JSON."""
    return json.dumps([[fact.row() for fact in operation.facts] for operation in reading.operations])


def _page(table: Table, page: Page) -> None:
    try:
        text = printed(documents.read(page))
    except Unreadable:
        return
    markdown = MarkdownIt()
    runs = [
        (
            milliseconds(lambda: documents.read(page)),
            milliseconds(lambda: markdown.parse(page.text)),
            milliseconds(lambda: json.loads(text)),
        )
        for _ in range(RUNS)
    ]
    median = statistics.median(ours for ours, _, _ in runs)
    over_markdown = statistics.median(ours / theirs for ours, theirs, _ in runs)
    over_json = statistics.median(ours / theirs for ours, _, theirs in runs)
    table.add_row(page.name, f"{median:.1f} ms", f"{over_markdown:.1f}x", f"{over_json:.0f}x", "50 ms")


def _growth(table: Table, name: str, few: Page, many: Page) -> None:
    runs = [
        (milliseconds(lambda: documents.read(few)), milliseconds(lambda: documents.read(many)))
        for _ in range(RUNS // 2)
    ]
    first, last = (statistics.median(times) for times in zip(*runs, strict=True))
    growth = statistics.median(more / less for less, more in runs)
    table.add_row(name, f"{first:.0f} ms", f"{last:.0f} ms", f"{growth:.1f}x", f"{MANY // FEW}x")


def main() -> None:
    """Prints each page's median beside the two parsers, and how the time grows with the fields of a page."""
    beside = Table(
        "page", "median", "over Markdown", "over JSON", "goal", title=f"reading a page, {RUNS} runs each, in turn"
    )
    for page in stored():
        _page(beside, page)
    growth = Table("layout", f"{FEW:,} fields", f"{MANY:,} fields", "growth", "linear", title="reading long pages")
    for layout, (name, make) in LAYOUTS.items():
        _growth(growth, layout, forms.decode(name, make(FEW).encode()), forms.decode(name, make(MANY).encode()))
    console = Console()
    console.print(beside)
    console.print(growth)
