"""A YAML text with new values in it: what did not change keeps its style, its order and its comments."""

from __future__ import annotations

from difflib import SequenceMatcher
from pathlib import Path

import yaml

from specledger import yaml12
from specledger.canonical import canonical
from specledger.diagnostics import Failure
from specledger.drift import notation
from specledger.yaml12 import Json, JsonObject, as_object

_Edit = tuple[int, int, str]


def rewrite(text: str, old: JsonObject, new: JsonObject) -> str:
    """Returns YAML text that means `new`; `old` is what `text` means now.

    Values are replaced where they stand. Where that does not give `new` (a value that an alias repeats, a file in
    flow style), the whole is written anew.
    """
    root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if isinstance(root, yaml.MappingNode) and not root.flow_style:
        edits = _Edits(text)
        edits.mapping(root, old, new, "")
        edited = edits.applied()
        try:
            if canonical(yaml12.parse(edited, Path("facts")).value) == canonical(new):
                return edited
        except Failure:
            pass  # what could not be edited is written anew
    return notation.file(new)


class _Edits:
    """Replacements of parts of a text, kept until all are known."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[_Edit] = []
        self.last = ""

    def applied(self) -> str:
        """Returns the text with every replacement made, the last one first."""
        text = self.text
        for start, end, words in sorted(self.found, key=lambda edit: edit[:2], reverse=True):
            text = text[:start] + words + text[end:]
        return text.rstrip("\n") + "\n" + self.last if self.last else text

    def mapping(self, node: yaml.MappingNode, old: JsonObject, new: JsonObject, section: str) -> None:
        """Changes the values of a block mapping key by key."""
        nodes = {str(key.value): (key, value) for key, value in node.value}
        for name, (key, value) in nodes.items():
            if name not in new:
                self._drop(key, value)
            elif canonical(old.get(name)) != canonical(new[name]):
                self._change(key, value, old.get(name), new[name], section or name)
        fresh = {name: value for name, value in new.items() if name not in nodes}
        if fresh:
            self._add(node, nodes, fresh, whole=not section)

    def _change(self, key: yaml.Node, node: yaml.Node, old: Json, new: Json, section: str) -> None:
        block = isinstance(node, yaml.CollectionNode) and not node.flow_style
        if block and isinstance(node, yaml.MappingNode) and isinstance(old, dict) and isinstance(new, dict):
            self.mapping(node, old, new, section)
        elif block and isinstance(old, list) and isinstance(new, list) and new and _are_rows(old) and _are_rows(new):
            self._sequence(node, old, new, section)
        elif section in ("facts", "furniture", "drafted") and isinstance(new, list) and _are_rows(new) and new:
            words = "".join(f"\n{notation.item(inner, 2, section)}" for inner in new)
            self.found.append((key.end_mark.index, self._end(node), f":{words}"))
        else:
            self.found.append((key.end_mark.index, self._end(node), f": {notation.flow(new)}"))

    def _add(
        self, node: yaml.MappingNode, nodes: dict[str, tuple[yaml.Node, yaml.Node]], fresh: JsonObject, *, whole: bool
    ) -> None:
        """Adds keys: to the whole file at its end, to a row before its `lines`."""
        if whole:
            self.last = notation.file(fresh)
            return
        before = nodes["lines"][0] if "lines" in nodes else node.value[0][0]
        indent = " " * before.start_mark.column
        words = "".join(f"{notation.flow(name)}: {notation.flow(value)}\n{indent}" for name, value in fresh.items())
        self.found.append((before.start_mark.index, before.start_mark.index, words))

    def _drop(self, key: yaml.Node, value: yaml.Node) -> None:
        start = self.text.rfind("\n", 0, key.start_mark.index) + 1
        self.found.append((start, self._line_end(self._end(value)), ""))

    def _sequence(self, node: yaml.Node, old: list[Json], new: list[Json], section: str) -> None:
        """Changes a block sequence of rows: those that mean the same place are changed where they stand."""
        indent = node.start_mark.column
        matcher = SequenceMatcher(None, _names(old), _names(new), autojunk=False)
        for tag, first, last, new_first, new_last in matcher.get_opcodes():
            items: list[yaml.Node] = node.value[first:last]
            rows = new[new_first:new_last]
            if tag == "equal":
                for item, was, now in zip(items, old[first:last], rows, strict=True):
                    self._item(item, was, now, section)
                continue
            for item in items:
                self.found.append((self._item_start(item), self._line_end(self._end(item)), ""))
            where = self._line_end(self._end(node.value[first - 1])) if first else self._item_start(node.value[0])
            if where and self.text[where - 1] != "\n":
                self.found.append((where, where, "".join(f"\n{notation.item(row, indent, section)}" for row in rows)))
            else:
                self.found.append((where, where, "".join(f"{notation.item(row, indent, section)}\n" for row in rows)))

    def _item(self, node: yaml.Node, old: Json, new: Json, section: str) -> None:
        if canonical(old) == canonical(new):
            return
        if isinstance(node, yaml.MappingNode) and not node.flow_style:
            self.mapping(node, as_object(old), as_object(new), section)
        else:
            self.found.append((node.start_mark.index, self._end(node), notation.flow(new)))

    def _item_start(self, item: yaml.Node) -> int:
        return self.text.rfind("\n", 0, item.start_mark.index) + 1

    def _line_end(self, index: int) -> int:
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found + 1

    def _end(self, node: yaml.Node) -> int:
        """Returns where a node's own text ends: a block ends only where the next token begins."""
        start, end = node.start_mark.index, node.end_mark.index
        lines = self.text[start:end].rstrip().split("\n")
        while len(lines) > 1 and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
            lines.pop()
        return start + len("\n".join(lines).rstrip())


def _are_rows(value: list[Json]) -> bool:
    return all(isinstance(row, dict) for row in value)


def _names(rows: list[Json]) -> list[str]:
    """Returns what names each row: its place and condition, else its words; never its lines."""
    objects = [as_object(row) for row in rows]
    return [
        canonical([row.get("at"), row.get("when"), row.get("from") if "at" in row else row.get("why")])
        for row in objects
    ]
