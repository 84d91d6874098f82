"""Compare the results of one query over two periods, or two sets of logs."""

from __future__ import annotations

import polars as pl
from msgspec.structs import replace

from flowlocal.engine import parse
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.suggest import did_you_mean
from flowlocal.language.templates import expand
from flowlocal.planning.registry import Command
from flowlocal.query_options import QueryOptions
from flowlocal.result import Result, Statistics
from flowlocal.values.printing import real_text

_ALL = "\0all"
"""A key that all rows share, for rows without groups."""
STATUS = "status"
"""The column that says whether a row is ``new``, ``gone``, ``more``, ``less`` or the ``same``."""

_CHANGE = "_change"
_DRAWN = 20
"""The largest changes that a chart shows."""


def check_comparable(text: str, options: QueryOptions) -> None:
    """Refuse a query whose rows cannot be matched.

    Raises:
        MalformedQuery: it is malformed, or keeps only some of the groups.
    """
    expansion = expand(text, options.parameters, options.saved)
    try:
        for stage in parse(expansion.text).stages:
            if isinstance(stage, Command) and stage.cuts:
                hint = "leave out this stage; the option --limit shows the first changes"
                raise MalformedQuery("a comparison needs all groups, not the first ones", stage.span, hint=hint)
    except MalformedQuery as error:
        raise expansion.place(error) from None


def compare(before: Result, after: Result, *, by: str | None = None, limit: int | None = None) -> Result:
    """Return the rows of two results of one query, joined by their group keys, the largest change first.

    Args:
        before: the result of the query over the earlier period; it ends in ``stats … by``, or has one row.
        after: that over the later one.
        by: the column whose change decides the order (default: the first number).
        limit: the largest number of rows.

    Returns:
        A result with the keys, ``status`` (``new``, ``gone``, ``more``, ``less``, ``same``), and for each value ``v``
        the columns ``v_before``, ``v_after``, and of numbers ``v_change`` and ``v_percent``.

    Raises:
        ValueError: the rows have no keys, are grouped by time, or have no number; or ``by`` is not one of the numbers.
    """
    numbers = _checked(before, after, by)
    first = by or numbers[0]
    keys, values = list(after.keys), [name for name in after.columns if name not in after.keys]
    changed = _joined(before, after, keys, values).with_columns(_change(name) for name in numbers)
    changed = changed.with_columns(_status(first).alias(STATUS), *map(_percent, numbers))
    changed = changed.sort(pl.col(f"{first}_change").abs(), descending=True, nulls_last=True, maintain_order=True)
    columns = [*keys, STATUS, *(name for value in values for name in _columns(value, number=value in numbers))]
    typed = changed.select(columns).head(changed.height if limit is None else limit)
    return replace(
        after,
        columns=tuple(columns),
        printed=typed.select(map(_printed, typed.columns, typed.dtypes)),
        typed=typed,
        pointers=None,
        truncated=0,
        statistics=_both(before.statistics, after.statistics),
    )


def _joined(before: Result, after: Result, keys: list[str], values: list[str]) -> pl.DataFrame:
    """Return both results side by side: keys as printed, the values of each, and whether there is a row in each."""
    earlier, later = _side(before, keys, values, "before"), _side(after, keys, values, "after")
    return later.join(
        earlier, on=[_ALL, *keys], how="full", coalesce=True, nulls_equal=True, maintain_order="left_right"
    )


def _side(result: Result, keys: list[str], values: list[str], period: str) -> pl.DataFrame:
    names = {name: f"{name}_{period}" for name in values}
    own = pl.concat([result.printed.select(keys), result.typed.select(values).rename(names)], how="horizontal")
    return own.with_columns(pl.lit(value=True).alias(name) for name in (_ALL, _seen(period)))


def _seen(period: str) -> str:
    return f"\0{period}"


def _change(name: str) -> pl.Expr:
    """Return the change of a number; what is missing on one side counts as 0."""
    before, after = (pl.col(f"{name}_{period}") for period in ("before", "after"))
    neither = before.is_null() & after.is_null()
    return pl.when(~neither).then(after.fill_null(0) - before.fill_null(0)).alias(f"{name}_change")


def _percent(name: str) -> pl.Expr:
    """Return the change in percent of the number before; missing if that was 0 or missing."""
    before = pl.col(f"{name}_before")
    return pl.when(before != 0).then(100 * pl.col(f"{name}_change") / before.abs()).alias(f"{name}_percent")


def _status(name: str) -> pl.Expr:
    before, after = (pl.col(_seen(period)).is_null() for period in ("before", "after"))
    change = pl.col(f"{name}_change").fill_null(0)
    grown = pl.when(change > 0).then(pl.lit("more")).when(change < 0).then(pl.lit("less")).otherwise(pl.lit("same"))
    return pl.when(before).then(pl.lit("new")).when(after).then(pl.lit("gone")).otherwise(grown)


def _columns(value: str, *, number: bool) -> list[str]:
    return [f"{value}_{part}" for part in ("before", "after", *(("change", "percent") if number else ()))]


def _printed(name: str, dtype: pl.DataType) -> pl.Expr:
    """Return a column as Insights prints such values; percents with one decimal."""
    column = pl.col(name)
    if name.endswith("_percent"):
        return column.round(1).cast(pl.String).str.strip_suffix(".0")
    if dtype.is_float():
        return real_text(column.cast(pl.Float64))
    return column.dt.strftime("%F %T%.3f") if dtype.is_temporal() else column.cast(pl.String)


def _both(before: Statistics, after: Statistics) -> Statistics:
    return Statistics(
        before.recordsMatched + after.recordsMatched,
        before.recordsScanned + after.recordsScanned,
        before.bytesScanned + after.bytesScanned,
    )


def sides(result: Result, by: str | None = None) -> Result:
    """Return what a chart shows of a comparison: both sides of the number that decided the order.

    Args:
        result: the result of ``compare``.
        by: as there.
    """
    number = by or next(name for name in result.columns if name.endswith(_CHANGE)).removesuffix(_CHANGE)
    columns = (*result.keys, STATUS, f"{number}_before", f"{number}_after")
    printed, typed = (frame.head(_DRAWN).select(columns) for frame in (result.printed, result.typed))
    return replace(result, columns=columns, printed=printed, typed=typed)


def _checked(before: Result, after: Result, by: str | None) -> list[str]:
    """Return the columns of numbers, the first of which decides the order."""
    values = [name for name in after.columns if name not in after.keys]
    if after.series is not None:
        raise ValueError(f"two periods have no time in common: leave {after.series} out of the groups")
    if not after.keys and max(len(before), len(after)) > 1:
        raise ValueError("rows without groups cannot be matched: end the query with `stats … by …`")
    numbers = [name for name in values if all(_is_number(each.typed.schema[name]) for each in (before, after))]
    if not numbers:
        raise ValueError("there is no number to compare: add one to `stats`, such as `count(*) as n`")
    if by is not None and by not in numbers:
        hint = did_you_mean(by, numbers) or f"there are {', '.join(numbers)}"
        raise ValueError(f"{by} is not a column of numbers; {hint}")
    return numbers


def _is_number(dtype: pl.DataType) -> bool:
    return dtype.is_numeric() or dtype == pl.Null
