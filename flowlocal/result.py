"""The result of a query: rows as Insights prints them, typed columns, statistics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from flowlocal.display.picture import Picture
    from flowlocal.events import ScanReport
    from flowlocal.notes import Note


def _no_notes(_: Result) -> tuple[Note, ...]:
    """Explain nothing."""
    return ()


@dataclass(frozen=True)
class Statistics:
    """What a query read, under the names of GetQueryResults.

    Attributes:
        recordsMatched: events that passed the filters before the first ``stats`` or ``limit``.
        recordsScanned: events read.
        bytesScanned: bytes of the lines read.
    """

    recordsMatched: float = 0.0  # noqa: N815 - the API's own spelling
    recordsScanned: float = 0.0  # noqa: N815
    bytesScanned: float = 0.0  # noqa: N815


@dataclass(frozen=True)
class Result:
    """The result of one query.

    Attributes:
        columns: names in the order Insights shows them.
        printed: a frame with those columns, every one ``String``, as Insights prints the values; null is missing.
        typed: returns the same rows with typed columns.
        pointers: ``@ptr`` of each row, or None if rows are not single events (after ``stats``, for example).
        statistics: the statistics of the query.
        report: unparsed lines and warnings of the reading.
        truncated: rows that the default limit of 10,000 cut off.
        keys: the columns that are group keys of the last ``stats``.
        series: the name of the first ``bin()`` column, if there is one (for charts).
        context: the request: ``query`` (its text), ``log_groups`` (names), ``start`` and ``end`` (epoch
            milliseconds, inclusive, or None), ``fields`` (names that the events have); filled by the library, empty
            if the engine was called directly.
        explain: returns ``notes``.
    """

    columns: tuple[str, ...]
    printed: pl.DataFrame
    typed: pl.DataFrame
    pointers: Sequence[str] | None
    statistics: Statistics
    report: ScanReport
    truncated: int = 0
    keys: tuple[str, ...] = ()
    series: str | None = None
    context: Mapping[str, object] = field(default_factory=dict)
    explain: Callable[[Result], tuple[Note, ...]] = field(default=_no_notes, repr=False, compare=False)

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """Why the answer is empty or may not be what was meant; each has a code, a message and a fix.

        >>> import flowlocal
        >>> result = flowlocal.query("filter action = REJECT", "sample_logs/article/flow.log")
        >>> print(result.notes[0])
        `REJECT` is read as the name of a field; write `"REJECT"` (a shell takes double quotes away: put single quotes \
around the query)
        """
        return self.explain(self)

    @cached_property
    def rows(self) -> list[dict[str, str]]:
        """The rows, each a dict in column order without its missing cells, every value as Insights prints it."""
        return list(self.iter_rows())

    def iter_rows(self) -> Iterator[dict[str, str]]:
        """Yield the same rows one by one, for results that are too large to be in memory twice."""
        for row in self.printed.iter_rows(named=True):
            yield {name: value for name, value in row.items() if value is not None}

    def to_polars(self) -> pl.DataFrame:
        """Return rows with typed columns: numbers as numbers, times as ``Datetime("ms")``, the rest as ``String``."""
        return self.typed

    def chart(self, kind: str = "auto") -> Picture:
        """Return a chart of the result of ``stats``, which notebooks show; its ``save`` writes it to a file.

        Args:
            kind: ``line``, ``bar``, ``area`` or ``pie``; ``auto`` is a line over ``bin()``, and bars without it.

        Raises:
            flowlocal.charts.model.NothingToDraw: the result has no rows.
            flowlocal.charts.model.ChartError: it has no groups or no numbers, or is nothing that such a chart can show.
        """
        from flowlocal.display.picture import picture  # noqa: PLC0415 - only where it is asked for

        return picture(self, kind)

    def __len__(self) -> int:
        return self.printed.height

    def _repr_html_(self) -> str:
        """Return the first rows as a table for notebooks."""
        from flowlocal.display.html import table  # noqa: PLC0415 - only in notebooks

        return table(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ANN401 - IPython's
        """Print the first rows as a table in IPython on a terminal."""
        from flowlocal.display.text import table  # noqa: PLC0415 - only in IPython

        printer.text(table(self))
