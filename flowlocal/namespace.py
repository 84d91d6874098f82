"""Queries over Polars frames: ``import flowlocal.namespace`` gives Polars frames the attribute ``insights``.

>>> import polars as pl
>>> import flowlocal.namespace
>>> frame = pl.DataFrame({"srcaddr": ["10.0.0.1", "10.0.0.2", None], "bytes": [300, 40, 5]})
>>> frame.insights.query("filter bytes > 10 | sort bytes desc | limit 1 | display srcAddr, bytes").rows
[{'srcAddr': '10.0.0.1', 'bytes': '300'}]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Unpack

import polars as pl

from flowlocal.api import Logs
from flowlocal.events import RECORD, ROW, Events, Field, ScanReport
from flowlocal.sources.records import catalog
from flowlocal.sources.records.schema import LOG, MESSAGE, SYSTEM, TIMESTAMP
from flowlocal.values.calendar import (
    DATETIME,
    PER_MILLISECOND,
    epoch_milliseconds,
    epoch_milliseconds_of_real,
    physical_milliseconds,
    possible,
    to_datetime,
)
from flowlocal.values.kinds import FieldKind

if TYPE_CHECKING:
    from flowlocal.query_options import QueryArguments
    from flowlocal.result import Result

GROUP = "flowlocal"
PLACE = "frame"
"""The path in ``@ptr``."""
_TIME_TEXT = "%Y-%m-%d %H:%M:%S%.f"
_START = "startTime"
_BELOW, _ABOVE = "_row_below", "_row_above"
_OWN = frozenset({ROW, RECORD, _BELOW, _ABOVE})
_LARGEST = 2**63 - 1
_WHOLE = (
    (pl.Boolean, 1),
    (pl.Int8, 2**7),
    (pl.Int16, 2**15),
    (pl.Int32, 2**31),
    (pl.Int64, _LARGEST),
    (pl.UInt8, 2**8),
    (pl.UInt16, 2**16),
    (pl.UInt32, 2**32),
)
"""Dtypes whose values fit in 64 bits with a sign, with their largest magnitude."""
_TEXTS = (pl.String, pl.Categorical, pl.Enum, pl.Time, pl.UInt64, pl.Int128, pl.Decimal, pl.Null)
_NAMES = {
    spelling: catalog.insights_name(name)
    for name in catalog.KNOWN
    for spelling in (name.replace("-", ""), catalog.insights_name(name).lower())
}
"""The names of flow log fields, by how they are spelt without case and hyphens."""


@pl.api.register_lazyframe_namespace("insights")
class LazyInsights:
    """``frame.insights`` of a lazy frame.

    >>> import polars as pl
    >>> import flowlocal.namespace
    >>> pl.LazyFrame({"bytes": [1, 2]}).insights.query("stats sum(bytes) as b").rows
    [{'b': '3'}]
    """

    def __init__(self, frame: pl.LazyFrame) -> None:
        self._frame = frame

    def query(self, text: str, **options: Unpack[QueryArguments]) -> Result:
        """Answer one Logs Insights query over the frame; reads no more columns of it than the query needs.

        Each row is an event, each column a field (see ``logs_of``).

        Args:
            text: the query, as written in the console.
            **options: those of ``Logs.query``.

        Returns:
            The rows as the service prints them, the same rows with typed columns, and the statistics.

        Raises:
            ValueError: as ``logs_of``, or ``start`` or ``end`` is not a valid point in time.
            MalformedQuery: the text is not a valid query.

        >>> import polars as pl
        >>> import flowlocal.namespace
        >>> frame = pl.LazyFrame({"dst_port": [22, 443, 443]})
        >>> frame.insights.query("stats count(*) as n by dstPort | sort n desc | limit 1").rows
        [{'dstPort': '443', 'n': '2'}]
        """
        return logs_of(self._frame).query(text, **options)


@pl.api.register_dataframe_namespace("insights")
class Insights(LazyInsights):
    """``frame.insights`` of a frame in memory.

    >>> import polars as pl
    >>> import flowlocal.namespace
    >>> pl.DataFrame({"bytes": [1, 2]}).insights.query("stats sum(bytes) as b").rows
    [{'b': '3'}]
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        super().__init__(frame.lazy())


def logs_of(frame: pl.LazyFrame | pl.DataFrame) -> Logs:
    """Return a frame as logs that can be queried.

    A column with the name of a flow log field, in any spelling (``srcaddr``, ``interface_id``, ``dst-port``), is that
    field; its own name stays a second one. Others keep their names. Integers, floats, booleans (1 and 0) and durations
    (milliseconds) are numbers, dates and datetimes are times, lists and structs are JSON texts, and the members of a
    struct fields of their own (``struct.member``); integers past 64 bits and decimals are exact texts that count as
    numbers. Null is missing, and so is a float that is not finite. A time outside the years 1 to 9999 is missing.

    ``@timestamp`` is the column of that name (a datetime, epoch seconds, milliseconds, microseconds or nanoseconds, or
    text such as ``2026-05-01 09:30:00.000``), else ``startTime``, else missing. ``@message`` is the column of that
    name, else the row as JSON.

    Args:
        frame: the rows, one an event.

    Raises:
        ValueError: a column is of bytes or of Python objects, or has a name that is taken.

    >>> import polars as pl
    >>> from flowlocal.namespace import logs_of
    >>> logs = logs_of(pl.DataFrame({"interface_id": ["eni-1"], "note": ["mine"]}))
    >>> logs.query("fields interfaceId, interface_id, note").rows
    [{'interfaceId': 'eni-1', 'interface_id': 'eni-1', 'note': 'mine'}]
    """
    lazy = frame.lazy()
    schema = lazy.collect_schema()
    columns = dict(_columns(schema))
    made = {name: expression for name, (_, expression) in columns.items()}
    made = {**_system(schema, made), **made}
    made[TIMESTAMP] = _timestamp(made, schema)
    own = {name: field for name, (field, _) in columns.items() if name not in SYSTEM}
    fields = {**SYSTEM, **own}

    def read(report: ScanReport) -> pl.LazyFrame:
        def count(rows: pl.Series) -> pl.Series:
            report.records += len(rows)
            return rows

        counted = pl.col(_BELOW).map_batches(count, return_dtype=pl.get_index_type(), is_elementwise=True)
        # No filter moves below the making of a row number, so all rows are counted; both numbers are needed, so that
        # neither is optimised away.
        numbered = lazy.with_row_index(_BELOW).with_columns(counted).with_row_index(_ABOVE)
        row = pl.max_horizontal(_BELOW, _ABOVE).cast(pl.Int64).alias(ROW)
        made_columns = (made[name].alias(name) for name in fields)
        return numbered.select(*made_columns, row, pl.lit(value=False).alias(RECORD))

    return Logs(Events(fields, _aliases(schema), read, _place, None, (GROUP,), formats={"Polars frame": 1}))


def _place(row: int) -> tuple[str, int]:
    return PLACE, row + 1


def _columns(schema: Mapping[str, pl.DataType]) -> Iterator[tuple[str, tuple[Field, pl.Expr]]]:
    """Return the fields of a frame by name, each with the expression of its column."""
    for column, name in _named(schema):
        if column in _OWN:
            raise ValueError(f"a column cannot be called {column} here; rename it")
        yield from _fields(name, pl.col(column), schema[column])


def _named(columns: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield columns and the names of their fields; of two for one field, that of its exact name, else the first."""
    columns = list(columns)
    taken = set(columns)
    for column in columns:
        name = _NAMES.get(catalog.canonical(column).replace("-", ""), column) if not column.startswith("@") else column
        name = column if name != column and name in taken else name
        taken.add(name)
        yield column, name


def _aliases(columns: Iterable[str]) -> dict[str, str]:
    return {column: name for column, name in _named(columns) if column != name}


def _fields(name: str, column: pl.Expr, dtype: pl.DataType) -> Iterator[tuple[str, tuple[Field, pl.Expr]]]:
    """Yield the field of a column, and those of its members if it is a struct."""
    kind, expression, maximum = _typed(name, column, dtype)
    yield name, (Field(name, kind, maximum), expression)
    if isinstance(dtype, pl.Struct):
        for member in dtype.fields:
            yield from _fields(f"{name}.{member.name}", column.struct.field(member.name), _instance(member.dtype))


def _instance(dtype: pl.DataType | pl.datatypes.DataTypeClass) -> pl.DataType:
    return dtype() if isinstance(dtype, type) else dtype


def _typed(name: str, column: pl.Expr, dtype: pl.DataType) -> tuple[FieldKind, pl.Expr, int]:
    """Return the kind of a column, and its largest magnitude if it has integers."""
    maximum = next((most for whole, most in _WHOLE if dtype == whole), None)
    if maximum is not None:
        return FieldKind.WHOLE, column.cast(pl.Int64), maximum
    kind, expression = _other(name, column, dtype)
    return kind, expression, _LARGEST


def _other(name: str, column: pl.Expr, dtype: pl.DataType) -> tuple[FieldKind, pl.Expr]:
    """Return the kind of a column without integers."""
    if dtype in {pl.Float32, pl.Float64}:
        return FieldKind.REAL, column.cast(pl.Float64)
    if isinstance(dtype, pl.Duration):
        return FieldKind.REAL, column.to_physical() / PER_MILLISECOND[dtype.time_unit]
    if isinstance(dtype, pl.Datetime | pl.Date):
        return FieldKind.TIME, to_datetime(physical_milliseconds(column, dtype))
    if dtype in _TEXTS:
        return FieldKind.TEXT, column.cast(pl.String)
    if isinstance(dtype, pl.Struct | pl.List | pl.Array):
        return FieldKind.TEXT, _json(possible(column, dtype))
    raise ValueError(f"the column {name} is {dtype}, which no query can read; drop it or convert it to text")


def _json(column: pl.Expr) -> pl.Expr:
    """Return a list or a struct as JSON."""
    wrapped = pl.struct(column.alias("v")).struct.json_encode()
    return pl.when(column.is_not_null()).then(wrapped.str.slice(len('{"v":')).str.head(-1))


def _system(schema: Mapping[str, pl.DataType], made: Mapping[str, pl.Expr]) -> dict[str, pl.Expr]:
    """Return the system fields for which the frame has no columns."""
    found: dict[str, pl.Expr] = {
        name: pl.lit(None, DATETIME if field.kind is FieldKind.TIME else pl.String()) for name, field in SYSTEM.items()
    }
    found |= {LOG: pl.lit(GROUP)}
    members = [possible(pl.col(name), dtype).alias(name) for name, dtype in schema.items()]
    found |= {MESSAGE: pl.struct(members).struct.json_encode()} if members else {}
    return {name: expression for name, expression in found.items() if name not in made}


def _timestamp(made: Mapping[str, pl.Expr], schema: Mapping[str, pl.DataType]) -> pl.Expr:
    """Return the time of each event."""
    names = {name: column for column, name in _named(schema)}
    for name in (TIMESTAMP, _START):
        if name in names:
            return _moment(made[name], schema[names[name]])
    return made[TIMESTAMP]


def _moment(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype.is_temporal():
        return column
    if dtype.is_numeric():
        whole = dtype.is_integer()
        time = epoch_milliseconds(column.cast(pl.Int64, strict=False)) if whole else _of_real(column)
        return time.cast(DATETIME)
    text = column.cast(pl.String).str.replace("T", " ", literal=True).str.strip_suffix("Z")
    return to_datetime(text.str.to_datetime(_TIME_TEXT, time_unit="ms", strict=False).to_physical())


def _of_real(column: pl.Expr) -> pl.Expr:
    return epoch_milliseconds_of_real(column.cast(pl.Float64))
