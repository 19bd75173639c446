"""What a table's columns hold, and tables in copied text, where each cell is a paragraph or ends in a bar."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from specledger.documents import huawei_types as typewords
from specledger.documents.block import Block, Cell, Row, Table

_ROLES = {
    "name": (
        r"(?:request |response |query |path |header |body )?(?:parameters?|fields?|attributes?|elements?|"
        r"headers?|keys?|"
        r"propert(?:y|ies)|variables?|names?|arguments?)(?: names?)?|item|参数(?:名称?)?|名称|字段(?:名称?)?|"
        r"属性(?:名称?)?|元素|消息头(?:名称)?"
    ),
    "required": (
        r"mandatory(?: or optional| ?/ ?optional| \(yes/no\))?|required(?: or optional)?\??|is mandatory|"
        r"是否(?:必选|必须|必填|为?必选项|必需|可选)|必选(?:/可选)?|必填|必须|必选项|m/o"
    ),
    "optional": r"optional",
    "type": r"(?:parameter |data |value |field |参数|数据|字段|值)?(?:types?|类型)",
    "in": r"in|location|position|parameter (?:location|position)|(?:参数)?位置",
    "default": r"default(?: values?)?|默认值|缺省值|默认取值",
    "range": r"(?:value |valid )?range|valid values|取值范围|可选值",
    "constraints": r"constraints?|restrictions?|约束(?:限制)?|限制",
    "example": r"(?:example|sample)(?: values?)?|examples|示例(?:值)?|样例(?:值)?|举例",
    "status": r"(?:http )?(?:status|return(?:ed)?|response|error)? ?(?:status )?codes?|return(?:ed)? values?|"
    r"状态码|返回值|返回码|http状态码|编码",
    "value": r"(?:enum(?:eration)? |valid )?values?|options?|取值|枚举值|参数值|值",
    "description": (
        r"(?:parameter |field )?(?:descriptions?|definitions?|meanings?|explanations?|remarks?|notes?)|message|"
        r"reason|"
        r"(?:参数)?(?:说明|描述|含义|解释|备注|参数解释)|参数说明"
    ),
}
_HEAD = {role: re.compile(words, re.IGNORECASE) for role, words in _ROLES.items()}
_NAME = re.compile(
    r"[A-Za-z_$@][\w.$@:/\[\]{}<>*-]{0,200}(?:\s?[(（](?:optional|可选)[)）])?|\d{1,6}|\[[^\[\]]{1,20}\]", re.IGNORECASE
)
_FLAG = re.compile(
    r"(?:yes|no|y|n|true|false|mandatory|optional|required|not required|conditional(?:ly)?(?: mandatory|"
    r" required)?|m|o|c|"
    r"是|否|必选|可选|必填|非必填|选填|必须|条件必选|-)[.。]?",
    re.IGNORECASE,
)
_IN = re.compile(r"path|url|uri|query|header|head|body|cookie|form(?:data)?|requests?", re.IGNORECASE)
_RULE = re.compile(r"\|?\s?:?-{2,}:?\s?(?:\|\s?:?-{2,}:?\s?){1,20}\|?")
_FREE = ("description", "constraints", "range", "default", "example", "value", "status")


def role(head: str) -> str:
    """Returns what a column with this head holds, or an empty text."""
    word = " ".join(head.split()).strip(" *:：`")
    return next((name for name, pattern in _HEAD.items() if pattern.fullmatch(word)), "")


def roles(row: Row) -> tuple[str, ...]:
    """Returns the roles of a head row's cells, each given once; empty where these are no head of a table of fields."""
    found: list[str] = []
    for cell in row:
        name = role(cell.text)
        found.append(name if name not in found else "")
    known = set(found) - {""}
    if found and found[0] == "" and len(known) > 1 and "name" not in known:
        found[0] = "name"
        known.add("name")
    described = known & {"description", "type", "required", "optional"}
    return tuple(found) if known & {"name", "value", "status"} and described else ()


def copied(blocks: Sequence[Block], ends: Sequence[bool], names: frozenset[str]) -> list[Block]:
    """Returns the blocks with runs of paragraphs that are tables put together as tables.

    `ends` says of each block whether a table stops there (a caption, a section's heading); `names` are the types
    that the page defines.
    """
    found: list[Block] = []
    index = 0
    while index < len(blocks):
        table, end = _barred(blocks, ends, index)
        if table is None:
            table, end = _tabbed(blocks, ends, index)
        if table is None:
            table, end = _stacked(blocks, ends, index, names)
        if table is None:
            found.append(blocks[index])
            index += 1
        else:
            found.append(Block("table", "", table.first, table.last, table=table))
            index = end
    return found


def _cell(blocks: Sequence[Block]) -> Cell:
    lines = [f"• {block.text}" if block.kind == "item" else block.text for block in blocks]
    text = "\n".join(line for line in lines if line)
    return Cell(text, blocks[0].first, blocks[-1].last) if blocks else Cell("", 0, 0)


def _barred(blocks: Sequence[Block], ends: Sequence[bool], start: int) -> tuple[Table | None, int]:
    """Reads a table whose cells stand on lines of their own, each closed by a bar; a bar alone opens a row."""
    if not blocks[start].text.endswith("|") or blocks[start].kind == "table":
        return None, start
    rule = start
    while rule < len(blocks) and rule - start < 20 and not _RULE.fullmatch(blocks[rule].text):
        if not blocks[rule].text.endswith("|"):
            return None, start
        rule += 1
    head = [block for block in blocks[start:rule] if block.text != "|"]
    if not head or rule >= len(blocks) or not _RULE.fullmatch(blocks[rule].text):
        return None, start
    opened = blocks[start].text == "|"
    rows: list[list[Cell]] = [[_cell([_bare(block)]) for block in head]]
    ends_at = [rule + 1]
    row: list[Cell] = []
    cell: list[Block] = []
    for index in range(rule + 1, len(blocks)):
        block = blocks[index]
        if ends[index] or block.kind == "table":
            break
        if _RULE.fullmatch(block.text):
            # The last row was the head of a table that follows without a caption.
            rows, ends_at = rows[: max(len(rows) - 1, 1)], ends_at[: max(len(ends_at) - 1, 1)]
            break
        if opened and not row and not cell and block.text == "|":
            continue
        cell.append(_bare(block))
        if block.text.endswith("|"):
            row.append(_cell(cell))
            cell = []
        if len(row) == len(head):
            rows.append(row)
            ends_at.append(index + 1)
            row = []
    table = Table(tuple(map(tuple, rows)), blocks[start].first, blocks[ends_at[-1] - 1].last)
    return table, ends_at[-1]


def _tabbed(blocks: Sequence[Block], ends: Sequence[bool], start: int) -> tuple[Table | None, int]:
    """Reads a table whose rows are lines with tabs between the cells; a cell's further paragraphs have none."""
    head = _tabs(blocks[start]) if "\t" in blocks[start].text else []
    if not head or not roles(tuple(_cell(cell) for cell in head)):
        return None, start
    rows: list[list[list[Block]]] = [head]
    end = start + 1
    while end < len(blocks) and not ends[end] and blocks[end].kind in ("text", "item"):
        cells = _tabs(blocks[end])
        if len(cells) == len(head) or len(rows) == 1:
            rows.append(cells)
        elif len(rows[-1]) + len(cells) - 1 > len(head):
            break
        else:
            rows[-1][-1] += cells[0]
            rows[-1] += cells[1:]
        end += 1
    if len(rows) == 1:
        return None, start
    return Table(
        tuple(tuple(_cell(cell) for cell in row) for row in rows), blocks[start].first, blocks[end - 1].last
    ), end


def _tabs(block: Block) -> list[list[Block]]:
    return [[replace(block, text=part.strip())] for part in block.text.split("\t")]


def _bare(block: Block) -> Block:
    return replace(block, text=block.text.removesuffix("|").rstrip())


def _stacked(
    blocks: Sequence[Block], ends: Sequence[bool], start: int, names: frozenset[str]
) -> tuple[Table | None, int]:
    """Reads a table whose cells are paragraphs: the head's words in a row, then the cells of each row."""
    width = 0
    while start + width < len(blocks) and width < 12 and blocks[start + width].kind in ("text", "heading"):
        word = blocks[start + width].text
        # A field may be called `code` or `value`: it is in lower case where the head is not.
        if not role(word) or (word[:1].islower() and not blocks[start].text[:1].islower()):
            break
        width += 1
    while width > 1:
        head = tuple(_cell([block]) for block in blocks[start : start + width])
        layout = roles(head)
        if layout and "" not in layout and not _repeats(layout):
            break
        width -= 1
    if width < 2:
        return None, start
    end = start + width
    words = {cell.text for cell in head}
    free = next((i for i, name in enumerate(layout) if name in _FREE and i > 0), len(layout))
    again = [block.text for block in blocks[end : end + width]] == [cell.text for cell in head]
    if not again and not _fits(blocks, end, layout[:free], names):
        return None, start
    while end < len(blocks) and blocks[end].kind not in ("table", "code"):
        # A word of the head, printed again, or a field's name reads like a section's heading too.
        within = _begins(blocks, end, layout, names) or _describes(blocks, end, layout, names)
        if ends[end] and blocks[end].text not in words and not within:
            break
        end += 1
    rows, used = _split(blocks[start + width : end], layout, names, [cell.text for cell in head])
    if not rows:
        return None, start
    table = Table((head, *rows), blocks[start].first, blocks[start + width + used - 1].last)
    return table, start + width + used


def _begins(blocks: Sequence[Block], start: int, layout: tuple[str, ...], names: frozenset[str]) -> bool:
    """Says whether a row begins there, told by its flag or its type."""
    before = layout[: next((i for i, name in enumerate(layout) if name in _FREE and i > 0), len(layout))]
    return len(before) > 1 and _fits(blocks, start, before, names)


def _describes(blocks: Sequence[Block], index: int, layout: tuple[str, ...], names: frozenset[str]) -> bool:
    """Says whether a short text is what a row that just began says of its field, not the heading `错误码`."""
    before = next((i for i, name in enumerate(layout) if name in _FREE and i > 0), len(layout))
    short = len(blocks[index].text) <= 16 and not re.search(r"\d", blocks[index].text)
    return short and blocks[index].kind == "text" and _begins(blocks, index - before, layout, names)


def _repeats(layout: Sequence[str]) -> bool:
    return len(set(layout)) != len(layout)


def _split(
    blocks: Sequence[Block], layout: tuple[str, ...], names: frozenset[str], head: list[str]
) -> tuple[list[Row], int]:
    """Cuts paragraphs into rows: one begins where the columns before the free text match, after those behind it."""
    free = next((i for i, name in enumerate(layout) if name in _FREE and i > 0), len(layout))
    # Columns of free text that stand side by side cannot be told apart but by their number: one paragraph each.
    before, after = layout[:free], layout[free + 1 :]
    starts: list[int] = []
    index = 0
    while index < len(blocks):
        if [block.text for block in blocks[index : index + len(head)]] == head:
            starts.append(~index)
            index += len(head)
        elif _fits(blocks, index, before, names) and (
            not starts or starts[-1] < 0 or _fits(blocks, index - len(after), after, names)
        ):
            starts.append(index)
            index += max(len(before), 1)
        else:
            index += 1
    if not starts or (starts[0] if starts[0] >= 0 else ~starts[0]) != 0:
        return [], 0
    rows: list[Row] = []
    for position, first in enumerate(starts):
        if first < 0:
            rows.append(tuple(_cell([block]) for block in blocks[~first : ~first + len(head)]))
            continue
        following = starts[position + 1] if position + 1 < len(starts) else len(blocks)
        last = following if following >= 0 else ~following
        rows.append(_row(blocks[first:last], before, after))
    return rows, len(blocks)


def _row(blocks: Sequence[Block], before: tuple[str, ...], after: tuple[str, ...]) -> Row:
    cells = [_cell([block]) for block in blocks[: len(before)]]
    rest = blocks[len(before) :]
    tail = min(len(after), max(len(rest) - 1, 0))
    middle = rest[: len(rest) - tail]
    cells.append(_cell(middle))
    return (*cells, *(_cell([block]) for block in rest[len(rest) - tail :]))


def _fits(blocks: Sequence[Block], start: int, layout: tuple[str, ...], names: frozenset[str]) -> bool:
    if start < 0 or start + len(layout) > len(blocks):
        return False
    return all(_is(block, name, names) for block, name in zip(blocks[start : start + len(layout)], layout, strict=True))


def _is(block: Block, name: str, names: frozenset[str]) -> bool:
    text = block.text.strip()
    if block.kind not in ("text", "heading"):
        return False
    if name in ("name", "value", "status"):
        return bool(_NAME.fullmatch(text)) or (name == "status" and bool(re.match(r"\d{3}\b", text)))
    if name in ("required", "optional"):
        return bool(_FLAG.fullmatch(text))
    if name == "in":
        return bool(_IN.fullmatch(text))
    if name == "type":
        word = typewords.read(text)
        return word.known or word.name in names
    return True


def required(text: str) -> bool | None:
    """Returns whether a flag's cell says that the field is mandatory; None where it says nothing."""
    word = text.strip().lower()
    if re.match(r"(?:yes|y|true|mandatory|required|m|是|必选|必填|必须)(?![a-z])(?! (?:if|when|for))", word):
        return True
    if re.match(
        r"(?:no|n|false|optional|not|o|c|condition\w*|否|可选|非|选填|不|条件\w*|yes|mandatory|"
        r"required)(?![a-z])",
        word,
    ):
        return False
    return None
