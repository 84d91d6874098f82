"""What a query would read, where it filters, and how Polars would run it, without reading anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace
from polars.io.plugins import register_io_source

from flowlocal.collecting import collect
from flowlocal.engine import QueryPlan, parse, printable
from flowlocal.events import ScanReport
from flowlocal.language.templates import expand
from flowlocal.planning.placement import Condition
from flowlocal.query_options import QueryOptions

if TYPE_CHECKING:
    import polars as pl

    from flowlocal.events import Events

WHILE_READING = "while the logs are read: other events never become rows"
IN_PART = "in part while the logs are read, the rest on the events that are left"
ON_EVENTS = "on the events, after they were read"
ON_FEW = "on the events that are left: a sample of the dataset says that they are few"
_NO_STAGE = "fields @timestamp"
_FILTER = "FILTER "
"""What Polars prints for a condition that it applies itself."""


class Explanation(Struct, frozen=True):
    """The plan of a query.

    Attributes:
        stages: the stages in order, as flowlocal understood them.
        columns: the columns of the logs that are parsed; all others are skipped.
        pushed: the condition that is applied while the logs are read, as Polars prints it; empty if there is none.
        filters: the stages that are conditions, each with where it is applied, in words.
        shown: the columns of the answer.
        fields: the number of fields that the logs have.
        files: the number of files that would be read, by the name of their format.
        bytes: their stored bytes; None if that is not known.
        plan: the optimised plan as Polars prints it, to be read from the bottom up.
    """

    stages: tuple[str, ...]
    columns: tuple[str, ...] = ()
    pushed: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    shown: tuple[str, ...] = ()
    fields: int = 0
    files: Mapping[str, int] = field(default_factory=dict)
    bytes: int | None = None
    plan: str = ""

    @classmethod
    def of(cls, plan: QueryPlan) -> Explanation:
        """Return the plan in words. Its events are read."""
        lazy = printable(plan.frame)
        collect(lazy, plan.report)
        stages = tuple(str(stage) for stage in plan.frame.stages)
        return cls(stages, shown=plan.frame.output.columns, plan=lazy.explain(engine="streaming"))


def explain(query: str, events: Events, options: QueryOptions) -> Explanation:
    """Return the plan of a query over events, which are not read.

    Args:
        query: text in the language of CloudWatch Logs Insights.
        events: what the sources opened.
        options: the options of the query.

    Raises:
        MalformedQuery: the query is not valid, or cannot be evaluated over these events.
    """
    probed = _Probed.of(query, events, options)
    return replace(
        probed.explanation,
        columns=tuple(column for column in probed.columns if not column.startswith(("_", "\0"))),
        pushed=probed.pushed,
        filters=tuple(_filters(query, events, options)),
        files=dict(events.formats),
        bytes=events.total_bytes,
        fields=len(events.fields),
    )


def _filters(query: str, events: Events, options: QueryOptions) -> Iterator[tuple[str, str]]:
    """Yield the conditions of a query, and where each is applied.

    That is observed: the query is planned up to the condition, with it and without it.
    """
    expanded = expand(query, options.parameters, options.saved).text
    stages = [str(stage) for stage in parse(expanded).stages]
    conditions = [number for number, stage in enumerate(parse(expanded).stages) if isinstance(stage, Condition)]
    for number in conditions:
        before = _Probed.of(" | ".join(stages[:number]) or _NO_STAGE, events, options)
        after = _Probed.of(" | ".join(stages[: number + 1]), events, options)
        yield stages[number], after.place_after(before)


class _Probed(Struct, frozen=True):
    """A query that was planned over a probe, and what the plan asked of it."""

    plan: QueryPlan
    explanation: Explanation
    columns: tuple[str, ...]
    pushed: str

    @classmethod
    def of(cls, query: str, events: Events, options: QueryOptions) -> _Probed:
        probe = _Probe(events)
        plan = QueryPlan.of(query, probe.events, options)
        return cls(plan, Explanation.of(plan), probe.columns, probe.pushed)

    @property
    def _are_few(self) -> bool:
        sample = self.plan.frame.rows.sample
        return sample is not None and sample.few

    def place_after(self, before: _Probed) -> str:
        """Return where the last condition is applied, given the same query without it."""
        if self.pushed == before.pushed:
            rows = before.plan.frame.rows
            on_events = ON_FEW if self._are_few else ON_EVENTS
            return on_events if rows.events else f"on the rows that `{rows.origin.command}` made"
        is_whole = self.explanation.plan.count(_FILTER) <= before.explanation.plan.count(_FILTER)
        return WHILE_READING if is_whole else IN_PART


class _Probe:
    """A reader in place of the logs that records what a plan reads."""

    def __init__(self, events: Events) -> None:
        self._report = ScanReport()
        self._schema = events.read(self._report).collect_schema()
        self.columns: tuple[str, ...] = ()
        self.pushed = ""
        self.events = replace(events, read=self._opened)

    def _opened(self, report: ScanReport) -> pl.LazyFrame:
        report.checks.extend(self._report.checks)  # a sample of the events is read, which may be damaged
        return register_io_source(self._read, schema=self._schema)

    def _read(
        self, columns: list[str] | None, predicate: pl.Expr | None, _rows: int | None, _batch: int | None
    ) -> Iterator[pl.DataFrame]:
        self.columns = tuple(self._schema if columns is None else columns)
        self.pushed = "" if predicate is None else str(predicate)
        yield self._schema.to_frame().select(self.columns)
