"""What the samples of a Mintlify page hold: requests as curl or as raw text, bodies, answers by status."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from specledger.documents import mintlify_code, sample
from specledger.documents.mintlify_sheet import Code, Sheet
from specledger.documents.sample import Node, Request
from specledger.yaml12 import Json

_MOST = 200


@dataclass(slots=True)
class Samples:
    """What the page's samples hold: requests, bodies of requests, and bodies of answers by status."""

    requests: list[Request] = field(default_factory=list)
    bodies: list[Node] = field(default_factory=list)
    answers: list[tuple[str, Node]] = field(default_factory=list)

    def values(self) -> dict[str, Json]:
        """Returns the members of the answers' samples that a path could hold."""
        return {
            name: member.value
            for _, node in self.answers
            for name, member in node.members.items()
            if member.kind == "string"
        }


def read(sheet: Sheet) -> Samples:
    """Returns the page's samples with their values read."""
    found = Samples()
    asked = {one.name for one in sheet.fields if one.where in ("", "body")}
    told = {one.name for one in sheet.fields if one.where == "answer"}
    for code in sheet.codes[:_MOST]:
        if code.is_request:
            request = _request(code)
            if request is not None:
                found.requests.append(request)
            continue
        node = _value(code)
        if node is None:
            continue
        if code.body and found.requests:
            request = found.requests[-1]
            found.requests[-1] = replace(request, body=node, last=max(request.last, node.last))
        elif (
            told
            and not code.status
            and node.members
            and asked >= node.members.keys()
            and not told >= node.members.keys()
        ):
            found.bodies.append(node)
        elif code.answer or code.status or found.requests or not sheet.body:
            found.answers.append((code.status, node))
        else:
            found.bodies.append(node)
    found.bodies = [request.body for request in found.requests if request.body is not None] + found.bodies
    return found


def _request(code: Code) -> Request | None:
    if not mintlify_code.head(code.text):
        return sample.curl([*[""] * (code.first - 1), *code.text.split("\n")], code.first)
    first, *rest = code.text.split("\n")
    method, url = first.split()[:2]
    headers: list[tuple[str, str, int]] = []
    host = ""
    for number, line in enumerate(rest, code.first + 1):
        name, _, value = line.partition(":")
        if name.strip().lower() == "host":
            host = value.strip()
        elif value.strip():
            headers.append((name.strip(), value.strip(), number))
    url = f"https://{host}{url}" if re.fullmatch(r"[\w.:-]+", host) and url.startswith("/") else url
    return Request(method, url, code.first, code.last, tuple(headers), None, code.first)


def _value(code: Code) -> Node | None:
    start = len(code.text) - len(code.text.lstrip())
    read = sample.json_at(code.text, start, code.first + code.text.count("\n", 0, start))
    return read[0] if read and read[0].kind in ("object", "array") else None
