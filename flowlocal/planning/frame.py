"""The plan of a query so far, extended by each of its stages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import polars as pl
from msgspec import Struct
from msgspec.structs import replace

from flowlocal.compiler.scope import QueryContext
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery, Span
from flowlocal.planning.first_groups import DerivedGroups
from flowlocal.planning.hooks import EngineHooks
from flowlocal.planning.names import PlanNames
from flowlocal.planning.rows import PlanRows, Replacement, can_be_pushed
from flowlocal.planning.stage_errors import redefined, unknown_name
from flowlocal.values import Key, Timestamp, Value, missing


class PlanOutput(Struct, frozen=True):
    """The columns and the number of rows of the result.

    Attributes:
        shown: the columns in order; None as long as no stage has chosen any.
        default: the columns if no stage has chosen any; events then show time and message (recorded).
        fixed: True if ``display`` chose the columns, so that no others are added.
        limited: True if the query itself limits its rows.
    """

    shown: tuple[str, ...] | None = None
    default: tuple[str, ...] = ("@timestamp", "@message")
    fixed: bool = False
    limited: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the result."""
        return self.shown or self.default


class Frame(Struct, frozen=True):
    """Rows, names and output of a plan. Every stage returns a new one; nothing is computed before the end.

    Attributes:
        rows: the rows, with their order.
        names: what expressions may name.
        output: what the result shows.
        query: the query-wide context.
        hooks: functions of the engine.
        stages: the stages that made it, in order.
        before: the frame that the last stage was given; None before the first.
    """

    rows: PlanRows
    names: PlanNames
    query: QueryContext
    hooks: EngineHooks
    output: PlanOutput = PlanOutput()
    stages: tuple[tree.Stage, ...] = ()
    before: Frame | None = None

    @property
    def lazy(self) -> pl.LazyFrame:
        """The rows as a lazy frame."""
        return self.rows.lazy

    @property
    def values(self) -> Mapping[str, Value]:
        """The values of the names."""
        return self.names.values

    def field(self, name: str, span: Span) -> Value:
        """Return the value of a name. An unknown name of an event is missing; of other rows it is an error (recorded).

        Raises:
            MalformedQuery: rows that replaced the events have no such name.
            UnreadableInput: the events have a field of that name that cannot be read.
        """
        self._check_readable(name)
        known = self.names.known(name)
        if known is not None:
            return known
        self._check_side(name, span)
        if not self.rows.events:
            raise unknown_name(self, name, span)
        return missing()

    def _check_readable(self, name: str) -> None:
        """Ask the engine for a field of the events, with or without the name of its side of a join."""
        names = self.names
        made = name in names.ephemeral or (name in names.values and name not in names.discovered)
        if self.rows.events and not made:
            sides = (name.removeprefix(f"{side}.") for side in names.sides if name.startswith(f"{side}."))
            self.hooks.check_readable(next(sides, name))

    def _check_side(self, name: str, span: Span) -> None:
        """Refuse a name without its side if a side has it."""
        sides = [f"{side}.{name}" for side in self.names.sides]
        found = [f"`{each}`" for each in sides if self.names.known(each) is not None]
        if found:
            hint = f"write {' or '.join(found)}"
            raise MalformedQuery(f"after `join` {name} is named with the side it comes from", span, hint=hint)

    def check_new(self, name: str, span: Span) -> None:
        """Refuse a name that a stage has defined before (recorded)."""
        if name in self.names.ephemeral:
            raise redefined(name, span)

    def column(self, expression: tree.Expression) -> Value | None:
        """Return the column that the last ``stats`` made of the same expression, or None."""
        name = self.names.column_name(expression)
        return self.values.get(name) if name is not None else None

    def timestamp(self, span: Span) -> Timestamp:
        """Return ``@timestamp``; after ``stats`` it exists only if it is one of the columns."""
        value = self.field("@timestamp", span)
        return value if isinstance(value, Timestamp) else Timestamp.of(value.number().as_integer())

    def gathered(self) -> Frame:
        """Return the frame with its rows in this process."""
        return self if self.rows.remote is None else self.rows.remote.gathered(self)

    # Names and output

    def define(self, name: str, value: Value, *, keep: bool = True) -> Frame:
        """Return the frame with a named column, computed once.

        Args:
            name: its name.
            value: its value.
            keep: True if the name cannot be defined again.
        """
        held, frame = self.hold(value, name)
        return frame.name({name: held}, ephemeral=[name] if keep else ())

    def name(self, values: Mapping[str, Value], *, ephemeral: Iterable[str] = ()) -> Frame:
        """Return the frame with names for values over columns that its rows have.

        Args:
            values: the values by their names.
            ephemeral: those names that cannot be defined again.
        """
        names = self.names.with_values(values)
        return replace(self, names=replace(names, ephemeral=names.ephemeral.union(ephemeral)))

    def show(self, names: Iterable[str]) -> Frame:
        """Return the frame with more columns in its result, unless ``display`` chose them."""
        if self.output.fixed:
            return self
        shown = tuple(dict.fromkeys((*(self.output.shown or ()), *names)))
        return replace(self, output=replace(self.output, shown=shown))

    # Rows

    def with_lazy(self, lazy: pl.LazyFrame) -> Frame:
        """Return the frame with the same names over other rows."""
        return replace(self, rows=self.rows.over(lazy))

    def with_columns(self, columns: Sequence[pl.Expr]) -> Frame:
        """Return the frame with further columns of its rows; see ``PlanRows.with_columns``."""
        return replace(self, rows=self.rows.with_columns(columns))

    def with_groups(self, groups: DerivedGroups) -> Frame:
        """Return the frame over the rows of groups."""
        return replace(self, rows=replace(self.rows, lazy=groups.lazy(), groups=groups))

    def hold(self, value: Value, label: str) -> tuple[Value, Frame]:
        """Return a value over columns of its own, and the frame with these columns."""
        columns = {part: self.query.fresh(f"{label}.{part}") for part in value.parts}
        frame = self.with_columns([value.parts[part].alias(column) for part, column in columns.items()])
        held = value.rebuild({part: pl.col(column) for part, column in columns.items()})
        return held, frame

    def filter(self, condition: pl.Expr) -> Frame:
        """Return the frame with the rows for which a condition holds."""
        if not condition.meta.root_names():
            # Polars takes a condition without columns for a column of length 1.
            condition = pl.when(pl.first().is_null() | pl.first().is_not_null()).then(condition)
        sample = None if self.rows.sample is None else self.rows.sample.tried(self.hooks.collect)
        if can_be_pushed(condition) and not (sample and sample.few):
            lazy = self.lazy.filter(condition)
        else:  # Polars does not push a filter by a column below what makes the column
            kept = self.query.fresh("kept")
            lazy = self.lazy.with_columns(condition.alias(kept)).filter(pl.col(kept))
        return replace(self, rows=replace(self.rows.filter(lazy, condition), sample=sample and sample.after(condition)))

    def count_matched(self) -> Frame:
        """Return the frame with its events counted for the statistics, once in a query."""
        count = self.rows.events and not self.rows.counted
        lazy = self.hooks.matched(self.lazy) if count else self.lazy
        return replace(self, rows=replace(self.rows, lazy=lazy, counted=True))

    def multiply(self, lists: pl.Expr, *, keep: bool) -> tuple[Frame, pl.Expr]:
        """Return the frame with one row for each element of a list, and the column of the elements.

        Args:
            lists: a list in every row.
            keep: True to keep a row whose list is null or empty, with a null element.
        """
        frame = self.count_matched()
        element, place = (self.query.fresh(label) for label in ("element", "place"))
        lazy = frame.lazy.with_columns(lists.alias(element))
        lazy = lazy.with_columns(pl.int_ranges(pl.col(element).list.len()).alias(place))
        lazy = lazy.explode(element, place, empty_as_null=keep, keep_nulls=keep)
        order = (*frame.rows.order, Key(pl.col(place)))
        return replace(frame, rows=replace(frame.rows.over(lazy), order=order, rank=None)), pl.col(element)

    def sort(self, keys: Iterable[Key]) -> Frame:
        """Return the frame in another order; rows with equal keys keep their order."""
        return replace(self, rows=replace(self.rows, order=(*keys, *self.rows.order), rank=None))

    def numbered(self) -> tuple[Frame, pl.Expr]:
        """Return the frame with its rows sorted, and a column that numbers them from 0."""
        number = self.query.fresh("number")
        lazy = self.rows.sorted().with_row_index(number)
        column = pl.col(number).cast(pl.Int64)
        # Matched events are counted where their row ids pass, so an expression of the rank has to read the row ids.
        rank = -column if self.rows.row is None else -column + self.rows.row * 0
        return replace(self, rows=replace(self.rows.over(lazy), order=(Key(column),), rank=rank)), column

    def head(self, rows: int) -> Frame:
        """Return the frame with its first rows."""
        if not self.rows.events or self.rows.remote is not None:
            return self.with_lazy(self.rows.first(rows))
        from flowlocal.planning.first_rows import FirstRows  # noqa: PLC0415 - only for events

        return self.with_lazy(FirstRows(self.rows.lazy, self.rows.order, rows, self._asking(rows)).lazy())

    def _asking(self, count: int) -> Callable[[], AbstractContextManager[None]]:
        """Return what asks the source for no other events than the newest, if these rows are made of one event each."""
        rows = self.rows
        if rows.filters is None or not rows.counted or not rows.newest_first:
            return nullcontext
        return partial(self.hooks.ask, count, rows.filters)

    def replaced_by(
        self,
        lazy: pl.LazyFrame,
        names: PlanNames,
        order: Iterable[Key],
        *,
        made_by: str,
        row: pl.Expr | None = None,
        groups: DerivedGroups | None = None,
    ) -> Frame:
        """Return a frame over rows that are not the events: all that is known of them is given here.

        Args:
            lazy: the rows.
            names: the names of their columns, shown in this order.
            order: the sort keys of the rows.
            made_by: the command that made them.
            row: the column of the events' row ids, if each row is still one event.
            groups: the groups that the rows are, if they are groups.
        """
        earlier = self.rows.origin.earlier.union(self.names.values, self.names.aliases)
        origin = Replacement(made_by, earlier)
        rows = PlanRows(lazy, tuple(order), row, counted=self.rows.counted, origin=origin, groups=groups)
        output = replace(PlanOutput(), shown=tuple(names.values), limited=self.output.limited)
        return replace(self, rows=rows, names=names.after(self.names), output=output)
