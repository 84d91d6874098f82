"""Markdown pages for a terminal."""

from __future__ import annotations

import re

_FENCE = "```"
_MARKS = re.compile(r"^#+ |\*\*|``?")


def plain(page: str) -> str:
    """Return a page without its markup; fenced blocks are indented."""
    lines, fenced = list[str](), False
    for line in page.split("\n"):
        if line.startswith(_FENCE):
            fenced = not fenced
        else:
            lines.append(f"    {line}" if fenced else _MARKS.sub("", line))
    return "\n".join(lines)
