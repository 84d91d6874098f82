"""Build a chart from a result.

The console draws the results of ``stats``: bars for any group keys, at most a hundred; lines, areas and pies for
groups by ``bin()`` and one more field (documented: visualizing log data in graphs). For more keys, several values, and
pies without ``bin()``, which it does not support, the rules are decided here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from flowlocal.charts.matrix import Matrix, matrix_chart
from flowlocal.charts.model import MATRICES, Chart, ChartError, NothingToDraw, Series

if TYPE_CHECKING:
    from flowlocal.result import Result

MOST_BARS = 100
"""Maximum number of bars of the console (documented)."""
MOST_SERIES = 10
"""Maximum number of series; people cannot distinguish more lines or colours (decided)."""
MOST_SLICES = 12
_LARGEST = 1e290
"""Largest magnitude of which the sum of a few values is still finite."""
_JOIN = " · "
_NO_NUMBERS = ("the result has no column of numbers to draw", "let `stats` count or sum: `stats count(*) by …`")


def chart_of(result: Result, kind: str = "auto") -> Chart:
    """Return the chart of a result.

    Args:
        result: the result of a query with ``stats``.
        kind: one of ``KINDS``; ``auto`` is a line over ``bin()``, and bars without it.

    Raises:
        NothingToDraw: the result has no rows.
        ChartError: the result has no groups or no numbers, or such a chart cannot show it; the ``hint`` says what
            to write instead.
    """
    if result.pointers is not None:
        raise ChartError("only results of `stats` can be drawn", "end the query with `| stats count(*) by bin(1h)`")
    if not len(result):
        raise NothingToDraw("the query found no rows, so there is nothing to draw")
    if kind in MATRICES:
        return _matrix(result, kind)
    parts = _Parts.of(result)
    if kind == "auto":
        kind = "line" if parts.time is not None and result.series else "bar"
    if kind in {"line", "area"} and parts.time is None:
        raise ChartError(f"{_AN[kind]} chart shows values over time", "group by time: `stats … by bin(1h)`, or use bar")
    made = _over_time(parts, kind) if parts.time is not None else _by_label(parts, kind)
    _check_values(made, kind)
    return _pie(made) if kind == "pie" else made


def _check_values(chart: Chart, kind: str) -> None:
    values = [value for series in chart.series for value in series.values if value is not None]
    if kind in {"area", "pie"} and any(value < 0 for value in values):
        raise ChartError(f"{_AN[kind]} chart cannot show negative values", "use line or bar")
    if any(abs(value) > _LARGEST for value in values):
        raise ChartError("the numbers are too large to draw", "divide them in `stats`")


_AN = {"line": "a line", "area": "an area", "pie": "a pie"}


@dataclass(frozen=True)
class _Parts:
    """The columns of a result by their role in a chart.

    Attributes:
        values: columns of numbers, which become heights.
        time: epoch milliseconds of each row if one of the keys is a time.
        time_name: the column of that key.
        names: the other keys, and texts that depend on them only, joined for each row.
        keys: the names of all group keys.
    """

    values: Mapping[str, Sequence[float | None]]
    time: Sequence[int | None] | None
    time_name: str
    names: Sequence[str]
    keys: tuple[str, ...]

    @classmethod
    def of(cls, result: Result) -> _Parts:
        typed = result.to_polars()
        time = _time_column(result, typed)
        values = {name: number for name in result.columns if (number := _numbers(result, typed, name)) is not None}
        if not values:
            raise ChartError(*_NO_NUMBERS)
        named = _naming_columns(result, typed, time, values)
        cells = [result.printed[name].fill_null("").to_list() for name in named]
        names = [_JOIN.join(filter(None, row)) for row in zip(*cells, strict=True)] if named else [""] * len(result)
        moments = None if time is None else typed[time].cast(pl.Int64).to_list()
        return cls(values, moments, time or "", names, result.keys)

    def series_of(self, row: int) -> Iterator[tuple[str, float | None]]:
        """Yield the name of the series and the value for each value of a row."""
        name = self.names[row]
        for column, numbers in self.values.items():
            yield _JOIN.join(filter(None, [name, column if len(self.values) > 1 or not name else ""])), numbers[row]

    @property
    def title(self) -> str:
        """Values and keys, as the query names them."""
        values = ", ".join(self.values)
        return f"{values} by {', '.join(self.keys)}" if self.keys else values


def _time_column(result: Result, typed: pl.DataFrame) -> str | None:
    """Return the first ``bin()`` column; else the first key that is a time."""
    times = [name for name in result.keys if isinstance(typed.schema[name], pl.Datetime)]
    return result.series if result.series in result.columns else next(iter(times), None)


def _numbers(result: Result, typed: pl.DataFrame, name: str) -> Sequence[float | None] | None:
    """Return a column as numbers; None if it is a key or contains anything else."""
    column = typed[name]
    if name in result.keys or column.is_null().all():
        return None
    if column.dtype == pl.String:
        number = column.cast(pl.Float64, strict=False)
        column = number if number.null_count() == column.null_count() else column
    if not column.dtype.is_numeric():
        return None
    return [value if value is not None and math.isfinite(value) else None for value in column.cast(pl.Float64)]


def _naming_columns(result: Result, typed: pl.DataFrame, time: str | None, values: Mapping[str, object]) -> list[str]:
    """Return the keys other than time, and text columns that depend on them only, such as names from a lookup."""
    keys = [name for name in result.keys if name != time]
    rest = [name for name in result.columns if name not in {*result.keys, *values, time}]
    if time is None and not keys:
        return [name for name in rest if typed.schema[name] == pl.String]
    groups = result.printed.n_unique(keys) if keys else 1
    return keys + [name for name in rest if result.printed.n_unique([*keys, name]) == groups]


def _over_time(parts: _Parts, kind: str) -> Chart:
    assert parts.time is not None  # noqa: S101 - the caller has looked
    moments = tuple(sorted({moment for moment in parts.time if moment is not None}))
    if not moments:
        raise ChartError("no row has a time", f"look at {parts.time_name}: it is missing in every row")
    place = {moment: number for number, moment in enumerate(moments)}
    found: dict[str, list[float | None]] = {}
    seen = set()
    for row, (moment, name) in enumerate(zip(parts.time, parts.names, strict=True)):
        if (moment, name) in seen:
            raise ChartError("several rows have the same time and name", "keep every group key in the result")
        seen.add((moment, name))
        if moment is not None:
            for series, value in parts.series_of(row):
                found.setdefault(series, [None] * len(moments))[place[moment]] = value
    largest, notes = _largest(found)
    labels = tuple(str(moment) for moment in moments)
    return Chart(kind, parts.title, parts.time_name, labels, moments, largest, notes)


def _largest(found: Mapping[str, list[float | None]]) -> tuple[tuple[Series, ...], tuple[str, ...]]:
    """Return the series with the largest totals, and a note if there are others."""
    series = sorted((Series(name, tuple(values)) for name, values in found.items()), key=lambda each: -each.total)
    more = len(series) - MOST_SERIES
    notes = (f"the {MOST_SERIES} largest of {len(series):,} series are drawn",) if more > 0 else ()
    return tuple(series[:MOST_SERIES]), notes


def _by_label(parts: _Parts, kind: str) -> Chart:
    if not any(parts.names):
        return _single(parts, kind)
    most = len(parts.names) if kind == "pie" else MOST_BARS
    series = tuple(Series(name, tuple(numbers[:most])) for name, numbers in parts.values.items())
    if len(series) > MOST_SERIES:
        raise ChartError(f"{len(series)} columns of numbers are too many to draw", f"`display` {MOST_SERIES} at most")
    more = len(parts.names) - most
    notes = (f"the first {most} of {len(parts.names):,} rows are drawn",) if more > 0 else ()
    axis = ", ".join(parts.keys)
    return Chart(
        kind, parts.title, axis, tuple(name or "(missing)" for name in parts.names[:most]), None, series, notes
    )


def _matrix(result: Result, kind: str) -> Chart:
    """Return a chart of two group keys; a time is the second of them."""
    typed = result.to_polars()
    time = _time_column(result, typed)
    keys = sorted((name for name in result.keys if name in result.columns), key=lambda name: name == time)
    if len(keys) != 2 or len(result.keys) != 2:
        drawn = f"a {kind} shows two group keys, and the result has {len(result.keys)}"
        raise ChartError(drawn, "group by two: `stats sum(bytes) as b by srcAddr, dstAddr`, or use bar")
    found = ((name, _numbers(result, typed, name)) for name in result.columns)
    value, numbers = next(((name, each) for name, each in found if each is not None), ("", None))
    if numbers is None:
        raise ChartError(*_NO_NUMBERS)
    texts = [result.printed[name].fill_null("(missing)").str.strip_suffix(".000").to_list() for name in keys]
    cells = {(one, other): number for one, other, number in zip(*texts, numbers, strict=True) if number is not None}
    title, axis = f"{value} by {', '.join(keys)}", ", ".join(keys)
    return matrix_chart(kind, Matrix(title, axis, cells, _times(texts[1], typed[time]) if time in keys else {}))


def _times(names: Sequence[str], moments: pl.Series) -> Mapping[str, int]:
    """Return times by their names, ascending; one that is missing is none."""
    known = zip(names, moments.cast(pl.Int64).to_list(), strict=True)
    return dict(sorted(((name, at) for name, at in known if at is not None), key=lambda each: each[1]))


def _single(parts: _Parts, kind: str) -> Chart:
    """Return the values of a single row without keys, one bar each."""
    if len(parts.names) > 1:
        raise ChartError("the rows have no group key as a label", "keep the keys of `stats … by` in the result")
    values = Series("", tuple(numbers[0] for numbers in parts.values.values()))
    return Chart(kind, parts.title, "", tuple(parts.values), None, (values,))


def _pie(chart: Chart) -> Chart:
    """Return shares of the whole: of several series, each over all times; of one series, of its positions."""
    if chart.times is not None and len(chart.series) > 1:
        slices = [(series.name, series.total) for series in chart.series]
    elif len(chart.series) > 1:
        hint = f"keep one of {', '.join(series.name for series in chart.series)}, or use bar"
        raise ChartError("a pie chart shows the shares of one column of numbers", hint)
    else:
        slices = [(_moment_or(chart, i), value or 0.0) for i, value in enumerate(chart.series[0].values)]
    slices.sort(key=lambda each: -each[1])
    rest = slices[MOST_SLICES:]
    slices = [*slices[:MOST_SLICES], *([(f"{len(rest):,} others", sum(value for _, value in rest))] if rest else [])]
    if not sum(value for _, value in slices):
        raise ChartError("all values are 0, so no shares can be drawn", "use bar")
    shares = Series("", tuple(value for _, value in slices))
    return Chart("pie", chart.title, chart.axis, tuple(name for name, _ in slices), None, (shares,), chart.notes)


def _moment_or(chart: Chart, place: int) -> str:
    from flowlocal.charts.scales import moment_text  # noqa: PLC0415 - only pies over time need it

    return chart.labels[place] if chart.times is None else moment_text(chart.times[place])
