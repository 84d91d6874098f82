"""Queries on a Spark session: a ``Result`` with the rows of a local run, or a Spark data frame with typed columns.

It needs the extra ``spark`` here, and flowlocal on every executor; a session of Spark Connect is used in the same way.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

import polars as pl

from flowlocal.api import Paths, answer, looks_back
from flowlocal.cluster import tasks
from flowlocal.cluster.driver import DriverRows
from flowlocal.cluster.opening import scan
from flowlocal.cluster.protocol import Partial
from flowlocal.cluster.runners.spark import SparkRunner
from flowlocal.commands.sort import Sort
from flowlocal.engine import QueryPlan
from flowlocal.query_options import QueryArguments, QueryOptions
from flowlocal.sizes import MOST_ROWS

if TYPE_CHECKING:
    from flowlocal.result import Result

_ROWS = 100_000
"""Rows of a record batch."""


def query(
    session: Any,  # noqa: ANN401 - pyspark has no types
    text: str,
    paths: Paths | Mapping[str, Paths],
    *,
    log_format: str | None = None,
    log_group: str | None = None,
    strict: bool = False,
    **options: Unpack[QueryArguments],
) -> Result:
    """Answer one Logs Insights query in the tasks of a Spark session, with the answer of ``flowlocal.query``.

    Args:
        session: a ``SparkSession``, classic or of Spark Connect.
        text: the query, as written in the console.
        paths: files, directories, glob patterns or ``s3://`` URLs, which every executor can read; by log group or not.
        log_format: the layout of custom records, see ``flowlocal.scan``.
        log_group: the log group of the events, see ``flowlocal.scan``.
        strict: raise ``UnreadableInput`` at a line that is not a flow log record.
        **options: ``start``, ``end``, ``limit``, ``now``, ``parameters``, ``tables`` and ``saved``, see ``Logs.query``;
            tables are read by this process.

    Returns:
        The rows as the service prints them, the same rows with typed columns, and the statistics.

    Raises:
        MalformedQuery: the text is not a valid query, or collects too many rows in this process.
        UnreadableInput: a file could not be read, or Spark did not finish the query.
        ValueError: an option is out of range.
    """
    checked = QueryOptions.of(text, **options)
    logs = scan(paths, SparkRunner(session), log_format, log_group, strict=strict, span=_span(text, checked))
    return answer(logs, text, checked)


def frame(
    session: Any,  # noqa: ANN401 - pyspark has no types
    text: str,
    paths: Paths | Mapping[str, Paths],
    *,
    log_format: str | None = None,
    log_group: str | None = None,
    **options: Unpack[QueryArguments],
) -> Any:  # noqa: ANN401 - pyspark has no types
    """Return the answer of a query as a Spark data frame with typed columns; arguments are those of ``query``.

    Numbers are ``bigint`` or ``double``, times ``timestamp``, the rest ``string``. All rows are returned, not the first
    10,000. If the query selects events without aggregating, sorting or limiting them, they stay in the executors, in
    no particular order, and are read when the data frame is. Otherwise the query is answered at once.
    """
    options.setdefault("limit", MOST_ROWS)
    checked = QueryOptions.of(text, **options)
    logs = scan(paths, SparkRunner(session), log_format, log_group, span=_span(text, checked))
    plan = QueryPlan.of(text, logs.source, checked)
    rows = plan.frame.rows.remote
    if isinstance(rows, DriverRows) and not any(isinstance(stage, Sort) for stage in plan.frame.stages):
        job, schema = rows.typed(plan.frame)
        parts = [pickle.dumps(each) for each in rows.driver.slices]
        return SparkRunner(session).frame(partial(_typed, pickle.dumps(job)), parts, _columns(schema))
    return session.createDataFrame(_arrow(plan.run().to_polars()))


def _span(text: str, options: QueryOptions) -> tuple[int | None, int | None]:
    """Return the range outside which files may be left out: none if a stage looks back."""
    return (None, None) if looks_back(text, options) else (options.start, options.end)


_TYPES = {pl.Int64: "bigint", pl.Float64: "double", pl.Boolean: "boolean", pl.Datetime: "timestamp"}


def _columns(schema: pl.Schema) -> str:
    """Return the columns of typed rows as Spark declares them."""
    types = ((name.replace("`", "``"), _TYPES.get(dtype.base_type(), "string")) for name, dtype in schema.items())
    return ", ".join(f"`{name}` {dtype}" for name, dtype in types)


def _arrow(rows: pl.DataFrame) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Return typed rows as an Arrow table with the types of Spark."""
    import polars.selectors as cs  # noqa: PLC0415 - only here

    rows = rows.with_columns(cs.datetime().cast(pl.Datetime("us")).dt.replace_time_zone("UTC"))
    table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
    return table.cast(_small(table.schema))


def _small(schema: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Return the schema with texts whose offsets have 32 bits, as Spark reads them."""
    import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415 - after Polars

    return pa.schema([pa.field(f.name, pa.string() if pa.types.is_large_string(f.type) else f.type) for f in schema])


def _typed(job: bytes, task: bytes) -> Iterator[Any]:
    """Yield the typed rows of a task as record batches."""
    yield from _arrow(Partial.of(tasks.run(job, task)).rows).to_batches(_ROWS)
