"""Bars as SVG, drawn from figures alone: the same figures give the same bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TypeAlias

from benchmarks.rows import shown

WIDTH, LABEL, BAR, GAP, VALUE = 860, 250, 14, 30, 70
INK, OURS, OTHERS, GOAL = "#3d3d3d", "#2b6cb0", "#b8c4d0", "#c05621"
Group: TypeAlias = tuple[str, float | None, Sequence[tuple[str, float]], str]
"""A title, the goal, each contender's figure (ours first), and their unit."""


def draw(groups: Sequence[Group]) -> str:
    """Returns an SVG with a group of bars for each measure; a line marks the goal."""
    parts: list[str] = []
    top = 8
    for group in groups:
        top = _group(parts, group, top) + GAP // 2
    style = f'font-family="sans-serif" font-size="11" fill="{INK}"'
    size = f'width="{WIDTH}" height="{top}" viewBox="0 0 {WIDTH} {top}"'
    background = f'<rect width="{WIDTH}" height="{top}" fill="#ffffff"/>'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>', background, *parts, "</svg>", ""])


def _group(parts: list[str], group: Group, top: int) -> int:
    """Adds a title and its bars; returns where the next group begins."""
    title, goal, figures, unit = group
    room = WIDTH - LABEL - VALUE
    scale = room / max([value for _, value in figures] + [goal or 0, math.ulp(1)])
    parts.append(f'<text x="8" y="{top + 12}" font-weight="bold">{escape(title)}</text>')
    start = top = top + 20
    for number, (name, value) in enumerate(figures):
        length = max(1.0, value * scale)
        parts.append(f'<text x="{LABEL - 8}" y="{top + 11}" text-anchor="end">{escape(name)}</text>')
        colour = OTHERS if number else OURS
        parts.append(f'<rect x="{LABEL}" y="{top}" width="{length:.1f}" height="{BAR - 2}" fill="{colour}"/>')
        parts.append(f'<text x="{LABEL + length + 6:.1f}" y="{top + 10}">{shown(value, unit)}</text>')
        top += BAR
    if goal is not None:
        x = LABEL + goal * scale
        line = f'x1="{x:.1f}" y1="{start - 3}" x2="{x:.1f}" y2="{top + 1}"'
        parts.append(f'<line {line} stroke="{GOAL}" stroke-width="1.5" stroke-dasharray="3 2"/>')
    return top
