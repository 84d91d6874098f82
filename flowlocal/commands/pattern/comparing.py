"""Compare the patterns of two time ranges, as ``diff`` and ``logcompare`` do."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta

import polars as pl

from flowlocal.commands.pattern.mining import COUNT, PATTERN, SEVERITY, SHAPE, patterns
from flowlocal.compiler.scope import QueryContext
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery, Span
from flowlocal.planning.frame import Frame
from flowlocal.planning.names import PlanNames
from flowlocal.values import Key, Number, Text

Range = tuple[int, int]
"""Epoch milliseconds, both ends inclusive."""

_DAY = 86_400_000
_LENGTHS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": _DAY, "w": 7 * _DAY}
_MONTHS = {"mo": 1, "q": 3, "y": 12}
_BEFORE, _CHANGE, _WORDS = "before", "change", "words"
_SCHEMA = {
    PATTERN: pl.String(),
    COUNT: pl.Int64(),
    _CHANGE: pl.Int64(),
    _WORDS: pl.String(),
    SEVERITY: pl.String(),
}


def time_range(query: QueryContext, stage: str, span: Span) -> Range:
    """Return the time range of the query; an open end is the present.

    Raises:
        MalformedQuery: it has no start, so that nothing can be before it.
    """
    start, end = query.start, query.end
    if start is None:
        raise MalformedQuery(
            f"{stage} compares the time range of the query with an earlier one, and this query has none",
            span,
            hint="give one: `--start` and `--end` on the command line, `start=` and `end=` in Python",
        )
    return start, query.now if end is None else end


def shifted(times: Range, period: tree.Duration) -> Range:
    """Return a time range moved back by a duration; months, quarters and years follow the calendar.

    Raises:
        MalformedQuery: the result is before the year 1.
    """
    try:
        start, end = (_earlier(time, period) for time in times)
    except (OverflowError, ValueError):
        raise MalformedQuery("this duration goes back beyond the year 1", period.span) from None
    return start, end


def _earlier(time: int, period: tree.Duration) -> int:
    if period.unit in _MONTHS:
        return _months_earlier(time, int(period.amount) * _MONTHS[period.unit])
    return time - int(period.amount * _LENGTHS[period.unit])


def _months_earlier(time: int, months: int) -> int:
    """Return the same day and time a number of months earlier, or the last day of that month."""
    date = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time)
    year, month = divmod(date.year * 12 + date.month - 1 - months, 12)
    last = monthrange(year, month + 1)[1]
    found = date.replace(year=year, month=month + 1, day=min(date.day, last))
    return time - (date - found) // timedelta(milliseconds=1)


def compared(frame: Frame, now: pl.LazyFrame, before: pl.LazyFrame, *, made_by: str) -> Frame:
    """Return the frame with one row for each pattern of either range, the largest change first.

    Args:
        frame: whose events are compared.
        now: ``shape`` and ``count`` of its events.
        before: the same for the earlier range.
        made_by: the command that compares.
    """
    both = pl.concat(
        [
            now.select(SHAPE, COUNT, pl.lit(0, pl.Int64).alias(_BEFORE)),
            before.select(SHAPE, pl.lit(0, pl.Int64).alias(COUNT), pl.col(COUNT).alias(_BEFORE)),
        ]
    )
    found = both.map_batches(
        _table, schema=_SCHEMA, projection_pushdown=False, predicate_pushdown=False, slice_pushdown=False
    )
    names = {
        "@pattern": Text(pl.col(PATTERN)),
        "@sampleCount": Number.whole(pl.col(COUNT)),
        "@differenceCount": Number.whole(pl.col(_CHANGE)),
        "@differenceDescription": Text(pl.col(_WORDS)),
        "@severityLabel": Text(pl.col(SEVERITY)),
    }
    order = (
        Key(pl.col(_CHANGE).abs(), descending=True),
        Key(pl.col(COUNT), descending=True),
        Key(pl.col(PATTERN)),
    )
    return frame.replaced_by(found, PlanNames(names), order, made_by=made_by)


def _table(both: pl.DataFrame) -> pl.DataFrame:
    """Return the patterns of both ranges together, so that they are the same in both."""
    sums = both.group_by(SHAPE).agg(pl.col(COUNT, _BEFORE).sum())
    found = patterns(sums.select(SHAPE, (pl.col(COUNT) + pl.col(_BEFORE)).alias(COUNT))).drop(COUNT)
    table = found.join(sums, on=SHAPE, maintain_order="left")
    table = table.group_by(PATTERN, SEVERITY, maintain_order=True).agg(pl.col(COUNT, _BEFORE).sum())
    table = table.with_columns((pl.col(COUNT) - pl.col(_BEFORE)).alias(_CHANGE))
    return table.with_columns(_described().alias(_WORDS)).select(_SCHEMA.keys())


def _described() -> pl.Expr:
    """Return String: ``new``, ``gone``, ``unchanged``, or the change in per cent of the earlier count."""
    share = (pl.col(_CHANGE) * 100 / pl.col(_BEFORE)).round(1)
    sign = pl.when(share > 0).then(pl.lit("+")).otherwise(pl.lit(""))
    return (
        pl.when(pl.col(_BEFORE) == 0)
        .then(pl.lit("new"))
        .when(pl.col(COUNT) == 0)
        .then(pl.lit("gone"))
        .when(pl.col(_CHANGE) == 0)
        .then(pl.lit("unchanged"))
        .otherwise(pl.concat_str(sign, share.cast(pl.String).str.strip_suffix(".0"), pl.lit("%")))
    )
