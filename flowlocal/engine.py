"""Plan a query against opened events and execute it."""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

import polars as pl
import polars.selectors as cs
from msgspec import Struct
from msgspec.structs import replace

from flowlocal.collecting import collect
from flowlocal.compiler import registry as functions
from flowlocal.compiler.scope import QueryContext
from flowlocal.epoch import clamped
from flowlocal.events import RECORD, ROW, UNNAMED_GROUP, Events, Field, NewestEvents, ScanReport
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery, Span
from flowlocal.language.parser import explained, parse_query
from flowlocal.language.templates import expand
from flowlocal.lookups.tables import Tables
from flowlocal.planning import registry as commands
from flowlocal.planning.frame import Frame
from flowlocal.planning.hooks import EngineHooks, LogGroups, TableCatalog
from flowlocal.planning.names import PlanNames
from flowlocal.planning.registry import Command, grammar
from flowlocal.planning.rows import EVENT_TIME, PlanRows
from flowlocal.planning.sampling import Sample
from flowlocal.query_options import DEFAULTS, QueryOptions
from flowlocal.result import Result, Statistics
from flowlocal.values import Double, FlowInteger, Key, Number, Text, Timestamp, Value
from flowlocal.values.calendar import DATETIME
from flowlocal.values.kinds import FieldKind

if TYPE_CHECKING:
    from flowlocal.lookups.folder import Names

DEFAULT_LIMIT = 10_000
_OPERATORS = frozenset(
    ["and", "or", "not", "in", "like", "as", "by", "asc", "desc", "any", "with", "for", "from", "on"]
)
_PLACE = "\0place\0"
_EARLIEST = -(2**62)
"""The rank of a missing time in the order of events: older than all others."""


def parse(query: str) -> tree.Query:
    """Return the tree of a query; raise MalformedQuery."""
    return parse_query(query, grammar())


def is_word(text: str) -> bool:
    """Return True if it is a word of the language: a command, a function, an operator; letter case does not count."""
    word, registries = text.lower(), (commands, functions)
    # first in what is loaded, because a registry loads all modules to know that a word is not its own
    is_loaded = word in _OPERATORS or any(each.is_loaded(word) for each in registries)
    return is_loaded or any(each.find(word) for each in registries)


def run(query: str, events: Events, options: QueryOptions = DEFAULTS, *, report: ScanReport | None = None) -> Result:
    """Plan a query over events and run it; see ``QueryPlan``."""
    return QueryPlan.of(query, events, options, report).run()


def looks_back(query: str, options: QueryOptions) -> bool:
    """Return True if a stage of a query may read events outside its time range; False for a malformed query."""
    try:
        parsed = parse(expand(query, options.parameters, options.saved).text)
    except (MalformedQuery, RecursionError):
        return False
    return any(isinstance(node, Command) and node.looks_back for node in tree.walk(parsed))


class QueryPlan(Struct, frozen=True):
    """A query that was planned over events, and can be run.

    Attributes:
        frame: what its stages made.
        events: the events.
        report: receives unparsed lines and progress while the events are read.
        meter: counts the events that match.
        limit: the largest number of rows; None for the service's default.
        names: the names that the result can show.
        total: columns that are summed over all rows, before ``limit``.
    """

    frame: Frame
    events: Events
    report: ScanReport
    meter: Meter
    limit: int | None = None
    names: Names | None = None
    total: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[str, ...]:
        """Fields that say in which VPC the addresses of events are, if names are to be found for them."""
        if self.names is None or not self.frame.rows.events:
            return ()
        from flowlocal.lookups.labels import PLACES  # noqa: PLC0415 - not for a query without names

        known = self.frame.names
        return tuple(name for name in PLACES if name in known.values and name in known.discovered)

    @classmethod
    def of(cls, query: str, events: Events, options: QueryOptions, report: ScanReport | None = None) -> QueryPlan:
        """Plan a query, so that a malformed one fails before anything is read.

        Args:
            query: text in the language of CloudWatch Logs Insights.
            events: what the sources opened.
            options: the options of the query.
            report: receives unparsed lines and progress while the events are read.

        Raises:
            MalformedQuery: the query is not valid, or cannot be evaluated over these events; with its position in the
                query as it was written.
            UnreadableInput: a lookup table or a log that the query names cannot be read.
        """
        report = report or ScanReport()
        meter, now = Meter(report.on_times), time.time_ns() // 1_000_000 if options.now is None else options.now
        expansion = expand(query, options.parameters, options.saved)
        context = QueryContext(expansion.text, now, options.start, options.end)
        try:
            parsed = parse(expansion.text)
            tables = Tables.of(options.tables, report.warnings.append)
            if events.cluster is not None:  # a malformed query fails before a job starts
                rehearsed = replace(events, cluster=events.cluster.rehearsal())
                plan(parsed, open_frame(rehearsed, replace(context, called=set()), ScanReport(), Meter(), tables))
            opened = open_frame(events, context, report, meter, tables)
            return cls(plan(parsed, opened), events, report, meter, options.limit, options.names, options.total)
        except MalformedQuery as error:
            raise explained(expansion.place(error), parse) from None
        except RecursionError:
            raise MalformedQuery("this query is nested too deeply", Span(0, 1), text=expansion.written) from None

    def run(self) -> Result:
        """Collect the rows that are shown, and print them."""
        lazy, finish = self.prepared()
        return finish(collect(lazy, self.report))

    def prepared(self) -> tuple[pl.LazyFrame, Callable[[pl.DataFrame], Result]]:
        """Return the rows that are shown, and what makes the result of them once they are collected."""
        frame, counted, of_events = self.frame, self.frame.rows.counted, self.frame.rows.events
        most = DEFAULT_LIMIT if self.limit is None and not frame.output.limited else self.limit
        passed = Meter() if counted else self.meter
        # Events are cut while they are read; what aggregates made is in memory anyway, and is counted first.
        if frame.rows.remote is not None:
            frame = frame.rows.remote.limited(frame, most, passed)
        else:
            frame = self._counted(passed) if counted and of_events else frame.count_matched()

        def finish(rows: pl.DataFrame) -> Result:
            total = passed.matched if of_events else rows.height
            shown = rows.head(most) if most is not None else rows
            result = self._result(shown, total - shown.height if self.limit is None and most is not None else 0)
            return result if of_events else replace(result, found=total, totals=self._totals(rows))

        return printable(frame.head(most) if most is not None and of_events else frame, self.places), finish

    def _counted(self, passed: Meter) -> Frame:
        """Return the rows, counted as they pass, in the columns that are shown or sort them.

        Polars does not ask a source for fewer columns because of what is above a function of rows.
        """
        frame = self.frame
        order = [*(key.expression for key in frame.rows.order), pl.col(ROW)]
        needed = dict.fromkeys(
            name for each in (*_printed(frame, self.places), *order) for name in each.meta.root_names()
        )
        return frame.with_lazy(passed.watch_rows(frame.lazy.select(list(needed))))

    def _totals(self, rows: pl.DataFrame) -> dict[str, float]:
        """Return the sums of columns; integers are summed exactly."""
        known = [name for name in self.total if name in self.frame.output.columns]
        columns = rows.select(_held(name, self.frame.values[name]).number().typed().alias(name) for name in known)
        sums = columns.select(cs.integer().cast(pl.Int128).sum(), cs.float().sum())
        return sums.row(0, named=True) if known else {}

    def _result(self, rows: pl.DataFrame, truncated: int) -> Result:
        frame, report = self.frame, self.report
        shown = frame.output.columns
        held = {name: _held(name, frame.values[name]) for name in shown}
        return Result(
            columns=shown,
            printed=rows.select(value.printed().alias(name) for name, value in held.items()),
            typed=rows.select(value.typed().alias(name) for name, value in held.items()),
            pointers=_pointers(rows[ROW], self.events).to_list() if frame.rows.events else None,
            statistics=Statistics(float(self.meter.matched), float(report.records), float(report.bytes)),
            report=report,
            truncated=truncated,
            places=rows.select(pl.col(f"{_PLACE}{name}").alias(name) for name in self.places) if self.places else None,
            names=self.names,
            keys=tuple(name for name in shown if name in frame.names.groups),
            series=next((name for name, value in held.items() if isinstance(value, Timestamp) and value.bin), None),
        )


def plan(query: tree.Query, frame: Frame) -> Frame:
    """Return the frame that the stages of a query make, one after the other."""
    for stage in query.stages:
        assert isinstance(stage, Command)  # noqa: S101 - the grammar contains nothing else
        if stage.first and stage is not query.stages[0]:
            raise MalformedQuery(f"`{stage.definition.name}` is only allowed at the start of a query", stage.span)
        frame = stage.follow(frame)
    return frame


class Meter:
    """Counts the events that pass a point of the plan."""

    def __init__(self, on_times: Callable[[pl.Series], None] | None = None) -> None:
        self._counts: list[int] = []
        self._on_times = on_times

    @property
    def matched(self) -> int:
        """The events that have passed."""
        return sum(self._counts)

    def add(self, events: int) -> None:
        """Add events that passed in another process, or were counted by group."""
        self._counts.append(events)

    def watch(self, lazy: pl.LazyFrame) -> pl.LazyFrame:
        """Return the same events, counted as they pass.

        They are counted in the one column that is read for every event, so that no other column is read for the count.
        """
        seen, count = (pl.struct(ROW, "@timestamp"), self._see) if self._on_times else (pl.col(ROW), self._count)
        return lazy.with_columns(seen.map_batches(count, return_dtype=pl.Int64, is_elementwise=True).alias(ROW))

    def watch_rows(self, lazy: pl.LazyFrame) -> pl.LazyFrame:
        """Return the same rows, counted as they pass.

        Several may have been made of one event: their row ids can be one value for Polars, which counts as one row.
        """

        def count(rows: pl.DataFrame) -> pl.DataFrame:
            self._counts.append(rows.height)
            return rows

        return lazy.map_batches(count, predicate_pushdown=False, slice_pushdown=False, streamable=True)

    @property
    def sees_times(self) -> bool:
        """True if the time of every single event is needed."""
        return self._on_times is not None

    def _see(self, events: pl.Series) -> pl.Series:
        assert self._on_times is not None  # noqa: S101 - watch has looked
        self._on_times(events.struct.field("@timestamp"))
        return self._count(events.struct.field(ROW))

    def _count(self, rows: pl.Series) -> pl.Series:
        self._counts.append(rows.len())
        return rows


def open_frame(
    events: Events, context: QueryContext, report: ScanReport, meter: Meter, tables: TableCatalog | None = None
) -> Frame:
    """Return the events as a frame, in the time range of the query, newest first."""
    lazy = events.read(report)
    context.taken.update(events.fields)
    order = (Key(EVENT_TIME, descending=True), Key(pl.col(ROW)))

    def subframe(query: tree.Query, within: QueryContext) -> Frame:
        return plan(query, open_frame(events, within, report.of_subquery(), Meter(), tables)).gathered()

    def over(query: tree.Query, start: int, end: int) -> Frame:
        stages = tuple(stage.in_any_range() for stage in query.stages if isinstance(stage, Command))
        return subframe(tree.Query(stages), replace(context, start=start, end=end))

    computed = EVENT_TIME.fill_null(_EARLIEST).cast(pl.Int128) * 2**64 - pl.col(ROW)
    rank = computed if (known := events.rank()) is None else known
    tables = tables or Tables.of(None)
    remote = None if events.cluster is None else events.cluster.rows(events, context, report, meter, tables)
    frame = Frame(
        rows=PlanRows(lazy, order, row=pl.col(ROW), rank=rank, remote=remote, sample=_sample(events), filters=()),
        names=_names(events),
        query=context,
        hooks=EngineHooks(
            subframe,
            over,
            meter.watch,
            None if meter.sees_times else meter.add,
            LogGroups(events.log_groups, unnamed=events.log_groups == (UNNAMED_GROUP,)),
            tables,
            lambda name: _check_readable(events, name),
            partial(collect, report=report),
            partial(_ask, report, meter, context),
        ),
    )
    for end in _ends(context):
        frame = frame.filter(end)
    return frame


def _ask(
    report: ScanReport, meter: Meter, context: QueryContext, count: int, filters: Sequence[pl.Expr]
) -> AbstractContextManager[None]:
    """Ask for the newest events, see ``EngineHooks``; for all of them if the time of every single one is needed."""
    if meter.sees_times:
        return nullcontext()
    start = None if context.start is None else clamped(context.start)
    return report.asked_for(NewestEvents(count, filters, meter.add, start, _ends(context)))


def _sample(events: Events) -> Sample | None:
    return None if events.sample is None or events.cluster is not None else Sample(events.sample)


def _names(events: Events) -> PlanNames:
    """Return the names of events and their values."""
    values = {name: _value(each) for name, each in events.fields.items()}
    values["@ptr"] = Text(pl.col(ROW).map_batches(lambda rows: _pointers(rows, events), return_dtype=pl.String))
    return PlanNames(
        values,
        aliases=events.aliases,
        discovered=frozenset(values) | (events.hidden.names if events.hidden else frozenset()),
        json=frozenset(name for name, each in events.fields.items() if each.json),
    )


def _check_readable(events: Events, name: str) -> None:
    """Refuse the name of a field that some records may have, if their layout is unknown.

    Raises:
        UnreadableInput: it is such a name.
    """
    if events.hidden is not None and name in events.hidden.names:
        raise events.hidden.refusal(name)


def _ends(context: QueryContext) -> list[pl.Expr]:
    """Return the conditions on events within the time range of a query."""
    time_, start, end = pl.col("@timestamp"), context.start, context.end
    after = [] if start is None else [time_ >= pl.lit(clamped(start), DATETIME)]
    return after if end is None else [*after, time_ <= pl.lit(clamped(end), DATETIME)]


def _value(field: Field) -> Value:
    column = pl.col(field.name)
    match field.kind:
        case FieldKind.TIME:
            return Timestamp(column.cast(pl.Int64))
        case FieldKind.INTEGER:
            return FlowInteger(column, pl.col(RECORD), field.maximum)
        case FieldKind.DOUBLE:
            return Double(column)
        case FieldKind.WHOLE:
            return Number.whole(column, field.maximum)
        case FieldKind.REAL:
            return Number.fraction(column)
        case FieldKind.TEXT:
            return Text(column)


def _pointers(rows: pl.Series, events: Events) -> pl.Series:
    return pl.Series([_pointer(row, events) for row in rows], dtype=pl.String)


def _pointer(row: int, events: Events) -> str:
    path, line = events.locate(row)
    return urlsafe_b64encode(f"{line}:{path}".encode(errors="surrogateescape")).decode()


def printable(frame: Frame, places: Sequence[str] = ()) -> pl.LazyFrame:
    """Return the rows of a frame in their order, with the parts of the values that it shows."""
    return frame.rows.sorted().select(*_printed(frame, places), *([ROW] if frame.rows.events else []))


def _printed(frame: Frame, places: Sequence[str]) -> list[pl.Expr]:
    columns = [
        part.alias(f"{name}\x00{key}")
        for name in frame.output.columns
        for key, part in frame.values[name].parts.items()
    ]
    return [*columns, *(frame.values[name].printed().alias(f"{_PLACE}{name}") for name in places)]


def _held(name: str, value: Value) -> Value:
    return value.rebuild({key: pl.col(f"{name}\x00{key}") for key in value.parts})
