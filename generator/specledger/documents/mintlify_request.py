"""Method, server, path and credentials of a page, from its head or, where it has none, from its samples."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from specledger.documents import mintlify_head
from specledger.documents.mintlify_head import Head
from specledger.documents.mintlify_sheet import Sheet
from specledger.documents.sample import Request
from specledger.yaml12 import Json, JsonObject

_CALL = re.compile(
    r"\b(?:requests|httpx|axios|client|session|http)\.(get|post|put|patch|delete)\(\s*[\"'`](https?://[^\"'`\s]{1,400})"
)
_FETCH = re.compile(r"\b(?:fetch|url\s*[=:]|CURLOPT_URL\s*=>)\s*\(?\s*[\"'`](https?://[^\"'`\s]{1,400})")
_VERB = re.compile(
    r"\bmethod\s*[:=]\s*[\"'`](GET|POST|PUT|PATCH|DELETE)\b|requests\.(get|post|put|patch|delete)\(|CUSTOMREQUEST\s*=>\s*\"([A-Z]+)\""
)
_RAW = re.compile(r"^[ \t]{0,40}(GET|POST|PUT|PATCH|DELETE|HEAD) (/\S{0,400}) HTTP/[\d.]+[ \t]*$", re.MULTILINE)
_CREDENTIAL = re.compile(
    r"(?:proxy-)?authorization|(?:x-)?(?:[a-z]+-)?api[-_]?key|x-[a-z-]*(?:token|secret)|access[-_]token", re.IGNORECASE
)
_PREFIXED = re.compile(
    r"authorization[\"'`]?\s*[:=]\s*[\"'`]?([A-Za-z][\w-]{1,30}) +(?=[<${\[\"'`A-Za-z0-9*])|"
    r"(?:scheme|prefix)\s+[\"'`]([A-Za-z][\w-]{1,30})[\"'`]",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\bbearer\b", re.IGNORECASE)
_BASIC = re.compile(r"\bbasic (?:auth|<|[a-z0-9+/=]{8})|\bof the form basic\b", re.IGNORECASE)


def find(
    sheet: Sheet, requests: Sequence[Request], names: Sequence[str], text: str, values: Mapping[str, Json]
) -> Head | None:
    """Returns the operation; `names` are the path's parameters, `values` what samples hold by member name."""
    found = _written(sheet) or _sampled(requests, text) or _mentioned(sheet)
    if found is None:
        return None
    path = re.sub(r"/(?::|<)([A-Za-z_][\w-]*)>?(?=/|\Z)", r"/{\1}", found.path)
    path = path.replace("{{", "{").replace("}}", "}") if "{{" in path else path
    return Head(found.method, found.server, templated(path, names, values), found.first, found.last, found.server_line)


def _written(sheet: Sheet) -> Head | None:
    if sheet.method:
        first, last = sheet.head[0] if sheet.head else (1, 1)
        return Head(sheet.method, sheet.server, sheet.path, first, last, sheet.server_line)
    return mintlify_head.table([(line, text) for line, _, text in sheet.notes if len(text) < 500])


def _sampled(requests: Sequence[Request], text: str) -> Head | None:
    for request in requests:
        if request.url:
            url = request.url if "//" in request.url or request.url.startswith("/") else f"https://{request.url}"
            found = mintlify_head.head(
                request.method, re.sub(r"\A(?:\$\{?\w+\}?|\{\{?\w+\}?\})(?=/)", "", url), request.first, request.last
            )
            return Head(
                found.method,
                found.server,
                found.path,
                request.first,
                request.url_line,
                request.url_line if found.server else 0,
            )
    call, raw = _CALL.search(text), _RAW.search(text)
    if raw:
        return mintlify_head.head(raw.group(1), raw.group(2), *[text.count("\n", 0, raw.start(1)) + 1] * 2)
    match = call or _FETCH.search(text)
    if not match:
        return None
    verb = _VERB.search(text)
    method = call.group(1) if call else next((word for word in verb.groups() if word), "GET") if verb else "GET"
    number = text.count("\n", 0, match.start()) + 1
    return mintlify_head.head(method, match.group(2) if call else match.group(1), number, number)


def _mentioned(sheet: Sheet) -> Head | None:
    found = (mintlify_head.mention(text, line) for line, _, text in sheet.notes)
    return next((head for head in found if head), None)


def templated(path: str, names: Sequence[str], values: Mapping[str, Json]) -> str:
    """Returns the path with each listed parameter in its place, where the page wrote an example's value there."""
    steps = path.split("/")
    missing = [name for name in names if f"{{{name}}}" not in path]
    for name in missing:
        scored = [(_likeness(steps, index, name, values), index) for index in range(1, len(steps))]
        best, index = max(scored, key=lambda pair: (pair[0], pair[1]), default=(0, 0))
        if best > 0:
            steps[index] = f"{{{name}}}"
    left = [name for name in missing if f"{{{name}}}" not in steps]
    bare = [index for index in range(len(steps) - 1, 0, -1) if not steps[index].startswith("{")]
    free = [index for index in bare if _is_value(steps[index])] or [index for index in bare if index == len(steps) - 1]
    for name, index in zip(reversed(left), free, strict=False):
        steps[index] = f"{{{name}}}"
    return "/".join(steps)


def _likeness(steps: Sequence[str], index: int, name: str, values: Mapping[str, Json]) -> int:
    """Says how well a step of a path stands for the parameter; 0 where it does not."""
    step, before = steps[index], steps[index - 1]
    if not step:
        return 0
    bare, wanted = _bare(step), _bare(name)
    if step.startswith("{"):
        # A placeholder of another spelling is the parameter, unless another one claims it by name.
        return 9 if bare == wanted else 0
    if bare == wanted or bare.removeprefix("your") == wanted:
        return 8
    stem = re.sub(r"(?:id|uuid|name|slug|key)\Z", "", wanted)
    near = _bare(before)
    singular = near[:-3] + "y" if near.endswith("ies") else near.removesuffix("s")
    known = step in values.values()
    if stem and stem in (near, singular):
        # What stands right behind the collection of that name is one of its members, whatever it looks like.
        return 4 + known if near != singular or index + 1 < len(steps) or _is_value(step) else 0
    if not _is_value(step):
        return 0
    akin = stem and singular and (stem.endswith(singular) or singular.endswith(stem))
    return (2 if akin else 0) + (1 if known or not stem else 0)


def _is_value(step: str) -> bool:
    """Says whether a step of a sample's path looks like a value rather than like a part of the address."""
    if re.fullmatch(r"v\d+(?:\.\d+)*(?:(?:alpha|beta)\d*)?", step):
        return False
    return bool(re.search(r"\d|[A-Z]|[<>${}:*]|your|\.", step)) or step in ("string", "id", "example")


def _bare(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def is_credential(name: str) -> bool:
    """Says whether a header or parameter of this name carries a credential."""
    return bool(_CREDENTIAL.fullmatch(name))


def schemes(name: str, where: str, texts: Sequence[str]) -> list[JsonObject]:
    """Returns the security schemes of a credential, from what is said about it; any one of them is enough."""
    found: list[JsonObject] = []
    place = "header" if where not in ("query", "cookie") else where
    if name.lower() == "authorization":
        for text in texts:
            for match in _PREFIXED.finditer(text):
                prefix = match.group(1) or match.group(2)
                if prefix.lower() not in ("bearer", "basic", "header"):
                    found.append({"type": "apiKey", "in": place, "name": name, "prefix": f"{prefix} "})
        if any(_BEARER.search(text) for text in texts):
            found.append({"type": "http", "scheme": "bearer"})
        if any(_BASIC.search(text) for text in texts):
            found.append({"type": "http", "scheme": "basic"})
    if not found:
        found.append({"type": "apiKey", "in": place, "name": name})
    return [scheme for index, scheme in enumerate(found) if scheme not in found[:index]]
