"""What a query would read, and how Polars would run it, without reading anything."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from polars.io.plugins import register_io_source

from flowlocal.collecting import collect
from flowlocal.engine import Meter, open_frame, outcome, planned
from flowlocal.events import ScanReport
from flowlocal.functions.scope import QueryContext
from flowlocal.language.templates import SavedQuery, check_length, expand
from flowlocal.lookups import Table, Tables

if TYPE_CHECKING:
    import polars as pl

    from flowlocal.events import Events


@dataclass(frozen=True)
class Explanation:
    """The plan of a query.

    Attributes:
        stages: the stages in order, as flowlocal understood them.
        columns: the columns of the logs that are parsed; all others are passed over.
        pushed: the condition that is applied while the logs are read, as Polars writes it; empty where there is none.
        shown: the columns of the answer.
        plan: the optimised plan as Polars prints it, to be read from the bottom up.
    """

    stages: tuple[str, ...]
    columns: tuple[str, ...]
    pushed: str
    shown: tuple[str, ...]
    plan: str


def explain(
    query: str,
    events: Events,
    *,
    start: int | None = None,
    end: int | None = None,
    tables: Mapping[str, Table] | None = None,
    parameters: Mapping[str, str] | None = None,
    saved: Mapping[str, SavedQuery] | None = None,
) -> Explanation:
    """The plan of a query over events.

    Args:
        query: text in the language of CloudWatch Logs Insights.
        events: what the sources opened.
        start: epoch milliseconds of the first moment of the time range; None for no bound.
        end: the same for its last moment, inclusive.
        tables: lookup tables by name.
        parameters: values for ``{{name}}`` in the query.
        saved: saved queries by name, for ``$Name(…)`` in the query.

    Raises:
        MalformedQuery: the query is not of the language, or cannot be evaluated over these events.
    """
    check_length(query)
    probe = _Probe(events)
    now = time.time_ns() // 1_000_000
    frame = planned(
        expand(query, parameters or {}, saved or {}),
        lambda text: open_frame(
            probe.events, QueryContext(text, now, start, end), ScanReport(), Meter(), Tables.of(tables)
        ),
    )
    shown, lazy = outcome(frame)
    collect(lazy, ScanReport())
    return Explanation(
        stages=tuple(str(stage) for stage in frame.stages),
        columns=tuple(column for column in probe.columns if not column.startswith("_")),
        pushed=probe.pushed,
        shown=shown,
        plan=lazy.explain(engine="streaming"),
    )


class _Probe:
    """Stands for the logs and notes what is asked of them."""

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
