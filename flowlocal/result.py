"""The result of a query: rows as Insights prints them, typed columns, statistics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, NamedTuple, overload

from msgspec import Struct, field
from msgspec.structs import replace

from flowlocal.extras import needed_for

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa  # type: ignore[import-untyped]

    from flowlocal.display.picture import Picture
    from flowlocal.events import ScanReport
    from flowlocal.lookups.folder import Names
    from flowlocal.notes import Note


def _no_notes(_: Result) -> tuple[Note, ...]:
    """Explain nothing."""
    return ()


class Statistics(NamedTuple):
    """What a query read, under the names of GetQueryResults.

    Attributes:
        recordsMatched: events that passed the filters before the first ``stats`` or ``limit``.
        recordsScanned: events read.
        bytesScanned: bytes of the lines read.
    """

    recordsMatched: float = 0.0  # noqa: N815 - the API's own spelling
    recordsScanned: float = 0.0  # noqa: N815
    bytesScanned: float = 0.0  # noqa: N815


class Result(Struct, frozen=True, dict=True, weakref=True):
    """The result of one query: a sequence of rows, which shows itself as a table.

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
        context: the request: ``query`` (its text), ``expanded`` (the same with parameters and saved queries in their
            places), ``log_groups`` (names), ``start`` and ``end`` (epoch milliseconds, inclusive, or None), ``fields``
            (names that the events have); filled by the library, empty if the engine was called directly.
        places: ``vpcId`` and other fields of the events of the rows, as printed, that say in which VPC their addresses
            are; None without ``names``, or if rows are not single events.
        names: the names that the query was given.
        found: the rows that there were before the given limit, if they are not single events; else None.
        totals: sums over these rows, by column, if they were asked for.
        explain: returns ``notes``.

    >>> import flowlocal
    >>> result = flowlocal.query("stats count(*) as n by action | sort n desc", "flow.log")
    >>> result.columns, result.keys, result.statistics.recordsMatched
    (('action', 'n'), ('action',), 3.0)
    >>> result
    action  n
    ─────────
    ACCEPT  2
    REJECT  1
    2 rows; 3 of 3 records matched
    >>> result[0]["n"], [row["action"] for row in result], len(result[:1])
    ('2', ['ACCEPT', 'REJECT'], 1)
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
    places: pl.DataFrame | None = None
    names: Names | None = None
    found: int | None = None
    totals: Mapping[str, float] = field(default_factory=dict)
    explain: Callable[[Result], tuple[Note, ...]] = _no_notes

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """Why the answer is empty or may not be what was meant; each has a code, a message and a fix.

        >>> import flowlocal
        >>> for note in flowlocal.query("filter action = REJECT", "flow.log").notes:
        ...     print(note.code, note.message)
        FL502 `REJECT` is read as the name of a field
        """
        return self.explain(self)

    @cached_property
    def rows(self) -> list[dict[str, str]]:
        """The rows, each a dict in column order without its missing cells, every value as Insights prints it.

        >>> import flowlocal
        >>> flowlocal.query("fields dstPort, bytes / 1000 as kb | limit 1", "flow.log").rows
        [{'dstPort': '3389', 'kb': '0.12'}]
        """
        return list(self.iter_rows())

    def iter_rows(self) -> Iterator[dict[str, str]]:
        """Yield the same rows one by one, for results that are too large to be in memory twice.

        >>> import flowlocal
        >>> result = flowlocal.query("fields dstPort | sort dstPort desc", "flow.log")
        >>> [row["dstPort"] for row in result.iter_rows()]
        ['3389', '443', '22']
        """
        for row in self.printed.iter_rows(named=True):
            yield {name: value for name, value in row.items() if value is not None}

    def to_polars(self) -> pl.DataFrame:
        """Return the rows with typed columns.

        Returns:
            A frame with the columns of the result: integers that are exact as ``Int64``, other numbers as ``Float64``,
            times as ``Datetime("ms")`` in UTC, booleans as ``Boolean``, all others as ``String``; null is missing.

        >>> import flowlocal
        >>> frame = flowlocal.query("stats avg(bytes) as mean by bin(1h)", "flow.log").to_polars()
        >>> frame.schema
        Schema([('bin(1h)', Datetime(time_unit='ms', time_zone=None)), ('mean', Float64)])
        """
        return self.typed

    def to_arrow(self) -> pa.Table:
        """Return the rows as an Arrow table.

        Returns:
            A table with the columns of ``to_polars``; times are ``timestamp[ms]`` in UTC without a zone.

        >>> import flowlocal
        >>> flowlocal.query("stats sum(bytes) as b by action", "flow.log").to_arrow().column_names
        ['action', 'b']
        """
        return self._for_arrow().to_arrow()

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows as a pandas frame; needs the extra ``pandas``.

        Returns:
            A frame with the columns of ``to_polars``. Missing values are those of pandas: ``NaN`` and ``NaT``, so that
            a column of integers with a missing one is ``float64``.

        Raises:
            MissingExtra: pandas is not installed; an ``ImportError`` whose message has the command that installs it.

        >>> import flowlocal
        >>> flowlocal.query("stats count(*) as n", "flow.log").to_pandas()["n"].tolist()
        [3]
        """
        with needed_for("to_pandas", "pandas"):
            import pandas  # noqa: F401, PLC0415 - an extra
        return self._for_arrow().to_pandas()

    def _for_arrow(self) -> pl.DataFrame:
        """Return the typed rows with names that Arrow takes: in C, a name ends at NUL."""
        return self.typed.rename(lambda name: name.replace("\0", "\ufffd"))

    def chart(self, kind: str = "auto") -> Picture:
        """Return a chart of the result of ``stats``, which notebooks show; its ``save`` writes it to a file.

        Args:
            kind: ``line``, ``bar``, ``area`` or ``pie``, for two group keys also ``heatmap`` or ``sankey``; ``auto`` is
                a line over ``bin()``, and bars without it.

        Returns:
            The chart; ``str()`` of it is a drawing for terminals.

        Raises:
            flowlocal.charts.model.NothingToDraw: the result has no rows.
            flowlocal.charts.model.ChartError: it has no groups or no numbers, or such a chart cannot show it.

        >>> import flowlocal
        >>> result = flowlocal.query("stats count(*) as n by action", "flow.log")
        >>> result.chart("bar").chart.labels
        ('REJECT', 'ACCEPT')
        """
        from flowlocal.display.picture import picture  # noqa: PLC0415 - only where it is asked for

        return picture(self, kind)

    def with_names(self, names: Names | str | PathLike[str] | None = None) -> Result:
        """Return the same result with names beside addresses and ids, in columns such as ``srcAddr.name``.

        An address is looked for in the VPC of its event first; one that several VPCs have, with different names, gets
        all of them: ``web-1 or lab-box``.

        Args:
            names: the names, or a folder with them; by default those that the query was given.

        Raises:
            ValueError: there are no names.
            UnreadableInput: there is no such folder.

        >>> import flowlocal, json
        >>> from pathlib import Path
        >>> tag = {"Key": "Name", "Value": "web-1"}
        >>> interface = {"NetworkInterfaceId": "eni-1", "PrivateIpAddress": "10.0.0.9", "TagSet": [tag]}
        >>> Path("names").mkdir(exist_ok=True)
        >>> _ = Path("names", "interfaces.json").write_text(json.dumps({"NetworkInterfaces": [interface]}))
        >>> flowlocal.query("fields dstAddr | limit 1", "flow.log").with_names("names").rows
        [{'dstAddr': '10.0.0.9', 'dstAddr.name': 'web-1'}]
        """
        from flowlocal.labelling import label_columns  # noqa: PLC0415 - only if it is asked for
        from flowlocal.lookups.folder import Names  # noqa: PLC0415

        names = Names.of(names) if isinstance(names, str | PathLike) else names or self.names
        if names is None:
            raise ValueError("give a folder with names, here or to the query: `names=FOLDER`")
        order, made = label_columns(self, names)
        printed, typed = (frame.hstack(made).select(order) for frame in (self.printed, self.typed))
        return replace(self, columns=order, printed=printed, typed=typed)

    def __len__(self) -> int:
        return self.printed.height

    def __iter__(self) -> Iterator[dict[str, str]]:
        return self.iter_rows()

    @overload
    def __getitem__(self, at: int) -> dict[str, str]: ...
    @overload
    def __getitem__(self, at: slice) -> list[dict[str, str]]: ...
    def __getitem__(self, at: int | slice) -> dict[str, str] | list[dict[str, str]]:
        return self.rows[at]

    def __repr__(self) -> str:
        """Return the first rows as a table, as wide as the terminal."""
        from flowlocal.display.text import table  # noqa: PLC0415 - only if it is shown

        return table(self)

    __rich_repr__ = None  # type: ignore[assignment] # rich shows `repr` instead of the fields of a struct

    def _repr_html_(self) -> str:
        """Return the first rows as a table for notebooks."""
        from flowlocal.display.html import table  # noqa: PLC0415 - only in notebooks

        return table(self)
