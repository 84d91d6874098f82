"""``csv``: comma-separated values with a header."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flowlocal.outputs import Format, Sink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flowlocal.result import Result

_ROWS = 50_000
_FEW = 1_000
"""Rows that take less time than Polars' writer needs to be loaded."""
_SPECIAL = re.compile('[",\r\n]')


def write(result: Result, sink: Sink) -> None:
    """Write a header of column names, then one line per row, as in the console's CSV export.

    A missing cell is empty, an empty text is ``""``; a value is quoted if it contains a comma, a quote or a line
    break (decided: the console's quoting is unknown; spreadsheets read RFC 4180).
    """
    sink.write(_line(result.printed.columns))
    for part in result.printed.iter_slices(_ROWS):
        few = len(part) <= _FEW
        sink.write("".join(map(_line, part.iter_rows())) if few else part.write_csv(include_header=False))


def _line(values: Sequence[str | None]) -> str:
    return ",".join(map(_cell, values)) + "\n"


def _cell(value: str | None) -> str:
    if value is None:
        return ""
    return '"' + value.replace('"', '""') + '"' if value == "" or _SPECIAL.search(value) else value


FORMAT = Format("csv", "a header and comma-separated values, for spreadsheets", write, (".csv",))
