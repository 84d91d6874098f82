"""``csv``: comma-separated values with a header."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowlocal.outputs import Format, Sink

if TYPE_CHECKING:
    from flowlocal.result import Result

_ROWS = 50_000


def write(result: Result, sink: Sink) -> None:
    """Write a header of column names, then one line per row, as in the console's CSV export.

    A missing cell is empty, an empty text is ``""``; a value is quoted if it contains a comma, a quote or a line
    break (decided: the console's quoting is unknown; spreadsheets read RFC 4180).
    """
    sink.write(result.printed.clear().write_csv())
    for part in result.printed.iter_slices(_ROWS):
        sink.write(part.write_csv(include_header=False))


FORMAT = Format("csv", "a header and comma-separated values, for spreadsheets", write, (".csv",))
