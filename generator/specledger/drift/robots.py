"""robots.txt (RFC 9309): which paths of a host may be fetched."""

from __future__ import annotations

import re
from urllib.parse import unquote

_MAX_LINES = 20_000
_Rule = tuple[str, bool]


class Robots:
    """The rules of one host for one agent; the longest pattern that fits a path decides, `Allow` among equals."""

    def __init__(self, text: str, agent: str) -> None:
        self.rules: list[_Rule] = []
        groups = _groups(text)
        named = [rules for agents, rules in groups if agent.lower() in agents]
        for rules in named or [rules for agents, rules in groups if "*" in agents]:
            self.rules += rules

    def allows(self, path: str) -> bool:
        """Says whether a path, with its query, may be fetched."""
        path = unquote(path) or "/"
        fitting = [(len(pattern), allowed) for pattern, allowed in self.rules if _fits(pattern, path)]
        return max(fitting, default=(0, True))[1]


def _groups(text: str) -> list[tuple[set[str], list[_Rule]]]:
    groups: list[tuple[set[str], list[_Rule]]] = []
    naming = False
    for line in text.splitlines()[:_MAX_LINES]:
        key, _, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if key == "user-agent":
            if not naming:
                groups.append((set(), []))
            groups[-1][0].add(_token(value))
            naming = True
        elif key in ("allow", "disallow") and groups:
            naming = False
            if value:
                groups[-1][1].append((unquote(value), key == "allow"))
    return groups


def _token(value: str) -> str:
    found = re.match(r"[A-Za-z_-]+", value)
    return found.group(0).lower() if found else value[:1]


def _fits(pattern: str, path: str) -> bool:
    """Says whether a pattern, in which `*` is any text and a last `$` the end, fits the start of a path."""
    ends = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    position = len(first)
    for number, part in enumerate(rest):
        if ends and number == len(rest) - 1:
            return len(path) - len(part) >= position and path.endswith(part)
        found = path.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return not ends or position == len(path)
