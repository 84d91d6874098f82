"""``json``: one array of objects, as in the console's JSON export."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flowlocal.outputs import Format, Sink

if TYPE_CHECKING:
    from flowlocal.result import Result


def write(result: Result, sink: Sink) -> None:
    """Write an array with one object per row.

    Keys are in column order, every value is a string as Insights prints it, missing cells are left out, and
    ``@ptr`` is absent (recorded: the console's JSON export).
    """
    separator = "[\n  "
    for row in result.iter_rows():
        sink.write(separator + json.dumps(row, ensure_ascii=False))
        separator = ",\n  "
    sink.write("\n]\n" if len(result) else "[]\n")


FORMAT = Format("json", "an array of objects, every value a string", write, (".json",))
