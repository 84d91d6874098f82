"""What a query would read, and how Polars would run it, without reading anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from polars.io.plugins import register_io_source

from flowlocal.engine import Explanation, QueryPlan
from flowlocal.events import ScanReport
from flowlocal.query_options import QueryOptions

if TYPE_CHECKING:
    import polars as pl

    from flowlocal.events import Events


def explain(query: str, events: Events, options: QueryOptions) -> Explanation:
    """Return the plan of a query over events, which are not read.

    Args:
        query: text in the language of CloudWatch Logs Insights.
        events: what the sources opened.
        options: the options of the query.

    Raises:
        MalformedQuery: the query is not valid, or cannot be evaluated over these events.
    """
    probe = _Probe(events)
    explanation = QueryPlan.of(query, probe.events, options).explain()
    columns = tuple(column for column in probe.columns if not column.startswith("_"))
    return replace(explanation, columns=columns, pushed=probe.pushed)


class _Probe:
    """A reader in place of the logs that records what a plan reads."""

    def __init__(self, events: Events) -> None:
        self._schema = events.read(ScanReport()).collect_schema()
        self.columns: tuple[str, ...] = ()
        self.pushed = ""
        self.events = replace(events, read=lambda _report: register_io_source(self._read, schema=self._schema))

    def _read(
        self, columns: list[str] | None, predicate: pl.Expr | None, _rows: int | None, _batch: int | None
    ) -> Iterator[pl.DataFrame]:
        self.columns = tuple(self._schema if columns is None else columns)
        self.pushed = "" if predicate is None else str(predicate)
        yield self._schema.to_frame().select(self.columns)
