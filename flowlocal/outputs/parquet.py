"""``parquet``: the rows with typed columns."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from flowlocal.outputs import Format, Sink

if TYPE_CHECKING:
    from flowlocal.result import Result


def write(result: Result, sink: Sink) -> None:
    """Write one Parquet file: numbers as numbers, times as timestamps in milliseconds, the rest as text."""
    buffer = BytesIO()  # Polars would bypass the stream, and with it the bytes that Python has buffered
    result.typed.write_parquet(buffer)
    sink.stream.write(buffer.getbuffer())


FORMAT = Format("parquet", "typed columns, for other programs", write, (".parquet",), binary=True)
