"""A result as text, for the prompts of Python and IPython."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from flowlocal.display.html import notes_on
from flowlocal.outputs.table import render

if TYPE_CHECKING:
    from flowlocal.result import Result

MOST_ROWS = 20


def table(result: Result) -> str:
    """Return the first rows as aligned columns, and below them notes on the result."""
    cells = [result.printed[name].head(MOST_ROWS).to_list() for name in result.columns]
    lines = list(render(result.columns, cells, width=shutil.get_terminal_size().columns)) if result.columns else []
    return "\n".join([*lines, *notes_on(result, MOST_ROWS)])
