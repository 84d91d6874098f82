"""``jsonl``: one object per line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flowlocal.outputs import Format, Sink

if TYPE_CHECKING:
    from flowlocal.result import Result


def write(result: Result, sink: Sink) -> None:
    """Write one object per row, each on its own line; keys and values are those of ``json``."""
    for row in result.iter_rows():
        sink.write(json.dumps(row, ensure_ascii=False) + "\n")


FORMAT = Format("jsonl", "one object per line, for pipes", write, (".jsonl", ".ndjson"))
