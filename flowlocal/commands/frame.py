"""The frame that the stages of a query extend, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from flowlocal.commands.hooks import EngineHooks
from flowlocal.commands.refusals import redefined, unknown_name
from flowlocal.commands.rows import can_travel, hold, sort_lazy
from flowlocal.functions.registry import find
from flowlocal.functions.scope import QueryContext
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery, Span
from flowlocal.language.unparse import print_expression
from flowlocal.values import Boolean, Json, Key, Timestamp, Value, missing


@dataclass(frozen=True)
class Bin:
    """How a key of ``stats`` cuts time: the period, and how many milliseconds its bounds are moved by."""

    period: tree.Duration
    offset: int = 0


@dataclass(frozen=True)
class Frame:
    """Rows on their way through the stages. Every stage makes a new one; nothing is computed before the end.

    Attributes:
        lazy: the rows.
        names: what a query may name, and its value over columns of ``lazy``.
        circumstances: when and over what the query runs.
        hooks: what the engine does for stages.
        order: keys that give the rows their order; ties keep the order of the keys that follow.
        shown: the columns of the result in order; None while no stage has chosen any.
        default: the columns where no stage has chosen any; events then show time and message (recorded).
        events: is each row still one event? If not, only the names that the last ``stats`` made exist.
        ephemeral: names that a stage defined, which cannot be defined again.
        discovered: names that the events themselves have.
        json: those of them that are keys of JSON messages.
        listed: names that a ``fields`` listed as they are.
        lost: those of them that a later ``fields`` defined, which ``stats`` does not know (recorded).
        second_names: other names of discovered fields.
        made_by: the command whose rows took the place of the events, such as ``stats``; empty before any did.
        replacements: how often that has happened.
        earlier: names that existed before these rows took the place of others, for messages.
        expressions: columns that stand for expressions of an earlier ``stats``, by the expression printed.
        stages: the stages that made it, in order.
        before: the frame that the last stage was given; None before the first.
        groups: the names that the keys of the last ``stats`` gave.
        bins: how those of them that ``bin`` made cut time.
        row: the column that numbers the events as they were read.
        rank: an integer that is larger the earlier a row stands, while the rows are in the order of events.
        displayed: did a ``display`` choose the columns, so that further ones are not added?
        limited: did the query itself limit its rows?
        counted: have the matched events been counted?
        memberships: columns that answer the subqueries of the condition of a ``filter``.
        sides: what a ``join`` called its sides, one of which then stands before every name.
        grouping: is an expression compiled as the key of a group?
        sealed: maps and lists that the current ``fields`` made, whose paths only the next one finds (recorded).
    """

    lazy: pl.LazyFrame
    names: Mapping[str, Value]
    circumstances: QueryContext
    hooks: EngineHooks
    order: tuple[Key, ...]
    shown: tuple[str, ...] | None = None
    default: tuple[str, ...] = ("@timestamp", "@message")
    events: bool = True
    ephemeral: frozenset[str] = frozenset()
    discovered: frozenset[str] = frozenset()
    json: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    second_names: Mapping[str, str] = field(default_factory=dict)
    made_by: str = ""
    replacements: int = 0
    earlier: frozenset[str] = frozenset()
    expressions: Mapping[str, str] = field(default_factory=dict)
    stages: tuple[tree.Stage, ...] = ()
    before: Frame | None = None
    groups: tuple[str, ...] = ()
    bins: Mapping[str, Bin] = field(default_factory=dict)
    row: pl.Expr | None = None
    rank: pl.Expr | None = None
    displayed: bool = False
    limited: bool = False
    counted: bool = False
    memberships: Mapping[tree.InSubquery, pl.Expr] = field(default_factory=dict)
    sides: tuple[str, ...] = ()
    grouping: bool = False
    sealed: frozenset[str] = frozenset()

    # What expressions are compiled against

    def field(self, name: str, span: Span) -> Value:
        """The value of a name. Before ``stats`` an unknown name is a missing value; after it, an error (recorded).

        Raises:
            MalformedQuery: there is no such name after a stage that made other rows.
            UnreadableInput: the events have a field of that name that cannot be read.
        """
        self._check_readable(name)
        known = self.known(name)
        if known is not None:
            return known
        self._check_side(name, span)
        if not self.events:
            raise unknown_name(self, name, span)
        return missing()

    def _check_readable(self, name: str) -> None:
        """Ask the engine for a field of the events, with or without the side that it comes from."""
        made = name in self.ephemeral or (name in self.names and name not in self.discovered)
        if self.events and not made:
            sides = (name.removeprefix(f"{side}.") for side in self.sides if name.startswith(f"{side}."))
            self.hooks.check_readable(next(sides, name))

    def is_of_events(self, name: str) -> bool:
        """True if the events themselves have the name, and no stage has made it or a map that contains it."""
        meant = {name, self.second_names.get(name, name)}
        made = any(each in self.ephemeral for found in meant for each in bases(found))
        return self.events and not made and any(each in self.discovered for each in meant)

    def _check_side(self, name: str, span: Span) -> None:
        """Refuse a name without its side where a side has it."""
        found = [f"`{side}.{name}`" for side in self.sides if self.known(f"{side}.{name}") is not None]
        if found:
            hint = f"write {' or '.join(found)}"
            raise MalformedQuery(f"after `join` {name} is named with the side it comes from", span, hint=hint)

    def known(self, name: str) -> Value | None:
        """The value of a name, a second name, or a path into a map; None where there is none."""
        value = self.names.get(name)
        if value is None and name in self.second_names:
            value = self.names.get(self.second_names[name])
        return value if value is not None else self._path(name)

    def _path(self, name: str) -> Value | None:
        base, dot, rest = name.rpartition(".")
        while dot:
            value = self.names.get(base)
            if isinstance(value, Json):
                return missing() if base in self.sealed else value.at(rest)
            base, dot, more = base.rpartition(".")
            rest = f"{more}.{rest}"
        return None

    def column(self, expression: tree.Expression) -> Value | None:
        """The column that an earlier ``stats`` made of the very same expression, if there is one."""
        name = self.column_name(expression)
        return self.names.get(name) if name is not None else None

    def column_name(self, expression: tree.Expression) -> str | None:
        """The name of that column."""
        if self.events or not isinstance(expression, (tree.Call, tree.Arithmetic)):
            return None
        return self.expressions.get(canonical(expression))

    def hold(self, value: Value) -> Value:
        """The value in columns of its own. They join this very frame: further columns change nothing for others."""
        held, lazy = hold(self.lazy, value, self.circumstances, "held")
        object.__setattr__(self, "lazy", lazy)
        return held

    def timestamp(self, span: Span) -> Timestamp:
        """``@timestamp``; after ``stats`` only if it was carried on."""
        value = self.field("@timestamp", span)
        return value if isinstance(value, Timestamp) else Timestamp.of(value.number().as_integer())

    @property
    def aggregates(self) -> bool:
        """Rows have no aggregates."""
        return False

    def position(self) -> pl.Expr:
        """The rank, or one number for all where the rows are in no order."""
        return self.rank if self.rank is not None else pl.lit(0)

    def aggregated(self, call: tree.Call) -> Value:
        """An aggregate cannot stand outside ``stats``."""
        raise MalformedQuery(f"{call.function} takes the events of a group, so it can stand only in `stats`", call.span)

    def in_subquery(self, node: tree.InSubquery) -> Value:
        """Membership in what a subquery finds; only ``filter`` has it."""
        if node not in self.memberships:
            raise MalformedQuery("a subquery can stand only in `filter`", node.span)
        return Boolean(self.memberships[node])

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the result."""
        return self.shown or self.default

    # What stages do to rows and columns

    def with_lazy(self, lazy: pl.LazyFrame) -> Frame:
        """The same names over other rows."""
        return replace(self, lazy=lazy)

    def replaced_by(
        self,
        lazy: pl.LazyFrame,
        names: Mapping[str, Value],
        order: Iterable[Key],
        *,
        made_by: str,
        expressions: Mapping[str, str] | None = None,
        bins: Mapping[str, Bin] | None = None,
        groups: Iterable[str] = (),
    ) -> Frame:
        """Return a frame of other rows, which are no events: only what is given here is known of them.

        Args:
            lazy: the rows.
            names: the names of their columns, which are shown in this order.
            order: the keys of their order.
            made_by: the command that made them.
            expressions: as the attribute, as are ``bins`` and ``groups``.
            bins: see there.
            groups: see there.
        """
        return replace(
            self,
            lazy=lazy,
            names=names,
            order=tuple(order),
            made_by=made_by,
            replacements=self.replacements + 1,
            expressions=expressions or {},
            bins=bins or {},
            groups=tuple(groups),
            shown=tuple(names),
            displayed=False,
            events=False,
            second_names={},
            earlier=self.earlier | frozenset(self.names) | frozenset(self.second_names),
            row=None,
            rank=None,
        )

    def filter(self, condition: pl.Expr) -> Frame:
        """The rows for which a condition holds."""
        if not condition.meta.root_names():
            # A condition without columns is one value, which a filter takes for a column of the wrong length.
            condition = pl.when(pl.first().is_null() | pl.first().is_not_null()).then(condition)
        if can_travel(condition):
            return replace(self, lazy=self.lazy.filter(condition))
        kept = self.circumstances.fresh("kept")
        return replace(self, lazy=self.lazy.with_columns(condition.alias(kept)).filter(pl.col(kept)))

    def define(self, name: str, value: Value, *, keep: bool = True) -> Frame:
        """The frame with a new column behind a name; computed once, however often it is used."""
        held, lazy = hold(self.lazy, value, self.circumstances, name)
        ephemeral = self.ephemeral | {name} if keep else self.ephemeral
        return replace(self.name(name, held), lazy=lazy, ephemeral=ephemeral)

    def show(self, names: Iterable[str]) -> Frame:
        """The frame with more columns in its result, unless ``display`` chose them."""
        if self.displayed:
            return self
        shown = self.shown or ()
        return replace(self, shown=(*shown, *(name for name in dict.fromkeys(names) if name not in shown)))

    def name(self, name: str, value: Value) -> Frame:
        """The frame with one more name for a value that is there."""
        return self.with_names({name: value})

    def with_names(self, values: Mapping[str, Value]) -> Frame:
        """Return the frame with names for values that are there; a bin that gets another value is none any more."""
        kept = {name: each for name, each in self.bins.items() if values.get(name) in (None, self.names.get(name))}
        return replace(self, names={**self.names, **values}, bins=kept)

    def count_matched(self) -> Frame:
        """The frame with its events counted on their way, for the statistics; once in a query."""
        if self.counted or not self.events:
            return replace(self, counted=True)
        return replace(self, lazy=self.hooks.matched(self.lazy), counted=True)

    def check_new(self, name: str, span: Span) -> None:
        """Refuse a name that a stage has defined before (recorded)."""
        if name in self.ephemeral:
            raise redefined(name, span)

    def define_columns(self, values: Mapping[str, Value]) -> Frame:
        """The frame with names for values that are columns of its rows already; they are shown."""
        return replace(self.with_names(values), ephemeral=self.ephemeral | set(values)).show(values)

    def multiply(self, lists: pl.Expr, *, keep: bool) -> tuple[Frame, pl.Expr]:
        """One row for each element of a list, and the column of the elements.

        Args:
            lists: a list in every row.
            keep: keep a row whose list is null or empty, with a null element?
        """
        frame = self.count_matched()
        element, place = (self.circumstances.fresh(label) for label in ("element", "place"))
        lazy = frame.lazy.with_columns(lists.alias(element))
        lazy = lazy.with_columns(pl.int_ranges(pl.col(element).list.len()).alias(place))
        lazy = lazy.explode(element, place, empty_as_null=keep, keep_nulls=keep)
        order = (*frame.order, Key(pl.col(place)))
        return replace(frame, lazy=lazy, order=order, rank=None), pl.col(element)

    def sort(self, keys: Iterable[Key]) -> Frame:
        """The frame in another order; ties keep the order they had."""
        return replace(self, order=(*keys, *self.order), rank=None)

    def sorted_lazy(self) -> pl.LazyFrame:
        """The rows, put into their order."""
        return sort_lazy(self.lazy, self.order)

    def numbered(self) -> tuple[Frame, pl.Expr]:
        """The rows in their order, with a column that counts them from 0."""
        number = self.circumstances.fresh("number")
        lazy = self.sorted_lazy().with_row_index(number)
        column = pl.col(number).cast(pl.Int64)
        # The count of matched events hangs on the events' own numbers, so whoever reads the rank reads those, too.
        rank = -column if self.row is None else -column + self.row * 0
        return replace(self, lazy=lazy, order=(Key(column),), rank=rank), column

    def head(self, rows: int) -> Frame:
        """The first rows of the frame in its order."""
        return replace(self, lazy=self.sorted_lazy().head(rows))


def bases(name: str) -> Iterator[str]:
    """A name, and the names of the maps that it may lie in."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def canonical(expression: tree.Expression) -> str:
    """An expression as one text, however it was written: functions by their documented name."""
    if isinstance(expression, tree.Call):
        function = find(expression.function)
        named = replace(expression, function=function.name if function else expression.function)
        return print_expression(named)
    return print_expression(expression)
