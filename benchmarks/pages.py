"""Pages with as many fields as one asks for, in each family's layout."""

from __future__ import annotations

from collections.abc import Callable

Layout = Callable[[int], str]


def tables(count: int) -> str:
    """Returns a help centre's page as its text is copied: one cell a line."""
    rows = "".join(
        f"field_{n}\nNo\nString\nThe value {n}. The value contains 1 to {n + 2} characters.\n" for n in range(count)
    )
    head = "Keeping Things\nFunction\nKeeps things.\nURI\nPUT /v1/{project_id}/things\nRequest Parameters\n"
    return f"{head}Table 1 Request body parameters\nParameter\nMandatory\nType\nDescription\n{rows}Status Codes\n"


def html_tables(count: int) -> str:
    """Returns a help centre's page as HTML."""
    cells = ("Parameter", "Mandatory", "Type", "Description")
    rows = "".join(
        f"<tr><td><p>field_{n}</p></td><td><p>No</p></td><td><p>String</p></td><td><p>The value {n}.</p></td></tr>\n"
        for n in range(count)
    )
    head = f"<caption>Table 1 Request body parameters</caption><tr><th>{'</th><th>'.join(cells)}</th></tr>"
    uri = "<h1>Keeping Things</h1><h4>URI</h4><p>PUT /v1/{project_id}/things</p>"
    return f"<html><body>{uri}<table>{head}{rows}</table></body></html>"


def components(count: int) -> str:
    """Returns a documentation site's page as Markdown with components."""
    fields = "".join(
        f'<ParamField body="field_{n}" type="string">\n'
        f"  The value {n}. Length limit: 1-{n + 2} characters.\n</ParamField>\n\n"
        for n in range(count)
    )
    return f'---\ntitle: "Keep things"\nopenapi: "PUT /v1/things"\n---\n\n# Keep things\n\n## Request Body\n\n{fields}'


def lines(count: int) -> str:
    """Returns a documentation site's page as its text is copied: name, type and flag on lines of their own."""
    fields = "".join(f"field_{n}\nstring\nrequired\nThe value {n}, 1-{n + 2} characters.\n\n" for n in range(count))
    return f"Keep things\n\nPUT\nhttps://api.example.com\n/\nv1\n/\nthings\n\nBody\n\n{fields}"


def bullets(count: int) -> str:
    """Returns an API explorer's page as its text is copied: glued badges in bullets, and all fields in the sample."""
    fields = "".join(
        f"  • field{n}StringRequired\n\n    The value {n}, 1 to {n + 2} characters.\n\n" for n in range(count)
    )
    return f"PUTThing APIsSince 1.0Synchronous\n\nKeepThings\n\nTry It Out\n\nBody Fields\n\n{fields}{_samples(count)}"


def flat(count: int) -> str:
    """Returns an API explorer's page in the copy that has lost bullets and breaks."""
    fields = "".join(f"field{n}StringRequiredThe value {n}.\n" for n in range(count))
    return f"KeepThings\nTry It Out\nRequest Inputs\nBody Fields\n{fields}{_samples(count)}"


def _samples(count: int) -> str:
    members = ", ".join(f'"field{n}": "<field{n}>"' for n in range(count))
    curl = f"curl -X PUT 'http://{{host}}/v1/things' -d '{{{members}}}'"
    return f"Endpoint\nPUT/v1/things\nRequest Example\n{curl}\nResponse Example\n200\n{{{members}}}\n"


LAYOUTS: dict[str, tuple[str, Layout]] = {
    "tables": ("tables.txt", tables),
    "tables in HTML": ("tables.html", html_tables),
    "components": ("components.md", components),
    "lines": ("lines.txt", lines),
    "bullets": ("bullets.txt", bullets),
    "flat": ("flat.txt", flat),
}
