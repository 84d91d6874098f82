"""The groups of a ``stats``: their keys, their aggregates, and their aggregation in Polars."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl

from flowlocal.compiler.call import call_function
from flowlocal.compiler.compile import compile_expression
from flowlocal.compiler.registry import Aggregation, Columns, Merge, Rank, Total, find
from flowlocal.compiler.scope import QueryContext
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery, Span
from flowlocal.language.unparse import print_name
from flowlocal.planning.evaluation import RowScope
from flowlocal.planning.first_groups import DerivedGroups, Maker, always
from flowlocal.planning.frame import Frame
from flowlocal.planning.group_columns import FIRST, SIZE
from flowlocal.planning.grouping import Grouping
from flowlocal.planning.stage_errors import did_you_mean, unknown_symbol
from flowlocal.values import Timestamp, Value, missing
from flowlocal.values.text_numbers import TextNumbers

_LOST = frozenset({"sum", "avg", "min", "max", "pct", "median", "stddev", "countDistinct"})
"""Aggregates that have no cell if they are named as the JSON key that they aggregate (recorded for ``sum``)."""


def is_bin(node: tree.Node) -> bool:
    """Return True if this is a call of ``bin``."""
    function = find(node.function) if isinstance(node, tree.Call) else None
    return function is not None and function.name == "bin"


class GroupScope:
    """The scope of the items of a ``stats``: aggregates, keys, and the names of earlier items."""

    def __init__(
        self,
        frame: Frame,
        by: Iterable[tree.Item],
        *,
        moved: int,
        in_order: bool,
        count: Callable[[int], None] | None,
    ) -> None:
        """Prepare the groups of a frame's rows.

        Args:
            frame: the rows.
            by: the keys.
            moved: milliseconds by which the bounds of bins are moved.
            in_order: True if each group needs the rank of its first row, in ``FIRST``.
            count: adds to the number of matched events; None if they were counted before.
        """
        self.rows = RowScope(frame)
        self.moved = moved
        self.in_order = in_order
        self.count = count
        self.keys: dict[str, Value] = {}
        self.key_columns: dict[str, pl.Expr] = {}
        self.texts: list[str] = []
        self.holds = False
        self.made: dict[str, Value] = {}
        self.columns: dict[str, pl.Expr] = {}
        self.native: dict[str, Rank | Total] = {}
        self.merge: dict[str, pl.Expr] | None = {}
        self.held: list[list[pl.Expr]] = []
        found = {item.name: self._key(item) for item in by}
        self.numbers = TextNumbers() if len(self.texts) > 1 and frame.rows.remote is None else None
        for name, (value, columns) in found.items():
            self.keys[name] = value.from_keys({part: self._key_column(column) for part, column in columns.items()})

    def _key(self, item: tree.Item) -> tuple[Value, dict[str, str]]:
        """Return a group key, and the names of its columns, which are equal if and only if the groups are."""
        value = self._key_value(item)
        if value.structured:
            raise MalformedQuery("maps and lists make no groups", item.span, hint="name one of their keys: `map.key`")
        keys = value.keys()
        names = {part: self.query.fresh(f"{item.name}.{part}") for part in keys}
        self.key_columns |= {name: keys[part] for part, name in names.items()}
        self.texts += self._texts(item, names.values())
        return value, names

    def _key_column(self, name: str) -> pl.Expr:
        """Return a column of the groups; numbers become texts where they are used, in the rows that are left."""
        number = pl.col(name)
        return number if self.numbers is None or name not in self.texts else self.numbers.text_of(number)

    def _texts(self, item: tree.Item, columns: Iterable[str]) -> list[str]:
        """Return the columns of a key that contain texts which are likely to recur; messages hardly do."""
        if not isinstance(item.expression, tree.Name) or item.expression.name.startswith("@"):
            return []
        schema = self.frame.lazy.select(self.key_columns[name].alias(name) for name in columns).collect_schema()
        return [name for name in columns if schema[name] == pl.String]

    def _key_value(self, item: tree.Item) -> Value:
        """Return the value of a key; the bounds of a bin are moved by moving the time there and the bin back."""
        moved = bool(self.moved) and is_bin(item.expression)
        scope = RowScope(self._with_moved_time(item.span) if moved else self.frame, grouping=True)
        value = compile_expression(item.expression, scope)
        self.rows.frame = self.frame.with_lazy(scope.frame.lazy)
        return Timestamp.of(value.number().as_integer() + self.moved, bin=True) if moved else value

    def _with_moved_time(self, span: Span) -> Frame:
        time = self.frame.timestamp(span).milliseconds - self.moved
        return self.frame.name({"@timestamp": Timestamp.of(time)})

    @property
    def frame(self) -> Frame:
        """The rows, with the columns that keys and arguments of aggregates need."""
        return self.rows.frame

    @property
    def query(self) -> QueryContext:
        """The query-wide context."""
        return self.frame.query

    @property
    def aggregates(self) -> bool:
        """True: items call aggregates."""
        return True

    @property
    def grouping(self) -> bool:
        """False: an item is not a group key."""
        return False

    def position(self) -> pl.Expr:
        """Return one number: groups have no order before they are made."""
        return pl.lit(0)

    def item(self, item: tree.Item) -> Value:
        """Return the value of an item; an aggregate that is named as its JSON key is missing (recorded)."""
        value = compile_expression(item.expression, self)
        self.made[item.name] = missing() if self._is_lost(item) else value
        return self.made[item.name]

    def _is_lost(self, item: tree.Item) -> bool:
        """Return True if an aggregate has the name of the JSON key that it aggregates."""
        call, name = item.expression, item.name
        of_events = name in self.frame.names.json and name not in self.frame.names.ephemeral
        if not of_events or not isinstance(call, tree.Call) or call.arguments[:1] != (tree.Name(name),):
            return False
        function = find(call.function)
        return function is not None and function.name in _LOST

    def field(self, name: str, span: Span) -> Value:
        """Return a key or an earlier item; a group has no other names."""
        found = self.made.get(name) or self.keys.get(name)
        if found is not None:
            return found
        hint = did_you_mean(name, (*self.made, *self.keys))
        if self.frame.names.known(name) is not None or not hint:
            hint = f"aggregate it, as in `max({print_name(name)})`, or group by it"
            function = find(name) if self.frame.names.known(name) is None else None
            hint = f"write `{function.signature}`" if function and function.aggregate else hint
        raise unknown_symbol(name, span, hint=hint)

    def column(self, _expression: tree.Expression) -> Value | None:
        """Return None: nothing was made before."""
        return None

    def hold(self, value: Value) -> Value:
        """Return the value in columns of the groups."""
        names = {part: self.query.fresh(f"held.{part}") for part in value.parts}
        self.held.append([column.alias(names[part]) for part, column in value.parts.items()])
        return value.rebuild({part: pl.col(name) for part, name in names.items()})

    def timestamp(self, span: Span) -> Timestamp:
        """Refuse ``@timestamp``."""
        raise MalformedQuery("a group has no single @timestamp", span, hint="write `bin(…)` after `by`")

    def in_subquery(self, node: tree.InSubquery) -> Value:
        """Refuse a subquery, as everywhere except in ``filter``."""
        return self.rows.in_subquery(node)

    def aggregated(self, call: tree.Call) -> Value:
        """Return the aggregate as columns of the groups."""
        function = find(call.function)
        if function is None:
            raise MalformedQuery(f"unknown function {call.function}", call.function_span)
        self._check_arguments(call)
        aggregation: Aggregation = call_function(function, call, self.rows, compile_expression)
        self.holds |= aggregation.holds
        made = self._columns(function.name, aggregation.expressions)
        for part, column in aggregation.columns.items():
            if isinstance(column, Rank | Total):
                self.native[made[part].meta.output_name()] = column
        self._add_merge(function.name, aggregation.merge, made)
        return aggregation.value(made)

    def _columns(self, label: str, columns: Columns) -> Columns:
        """Return columns of the groups that are made of each group by expressions."""
        names = {part: self.query.fresh(f"{label}.{part}") for part in columns}
        self.columns |= {names[part]: column for part, column in columns.items()}
        return {part: pl.col(name) for part, name in names.items()}

    def _add_merge(self, label: str, merge: Merge | None, made: Columns) -> None:
        """Note how the columns of an aggregate are merged, if tasks of a cluster make parts of groups."""
        if self.frame.rows.remote is None:
            return
        if merge is None or self.merge is None:
            self.merge = None
            return
        made = {**made, **self._columns(label, merge.further)}
        self.merge |= {made[part].meta.output_name(): column for part, column in merge.merged(made).items()}

    def _check_arguments(self, call: tree.Call) -> None:
        """Refuse an aggregate of what the same stage makes: it would be missing in every event."""
        for node in tree.walk(call):
            if isinstance(node, tree.Name) and node.name in self.made and self.frame.names.known(node.name) is None:
                raise MalformedQuery(
                    f"{node.name} is made by this `stats`, so it cannot be aggregated in it",
                    node.span,
                    hint="aggregate it in a second `stats` after this one",
                )

    def grouped(self) -> DerivedGroups:
        """Return the groups that contain an event, with their aggregates and the columns held for items."""
        return DerivedGroups(self._maker(), tuple(self.held))

    def _maker(self) -> Maker:
        grouping, remote = self._grouping(), self.frame.rows.remote
        return grouping.maker() if remote is None else always(remote.groups(grouping))

    def _grouping(self) -> Grouping:
        """Return the rows with their keys, and what is made of each group."""
        size = pl.len() if self.count else self.frame.rows.size()
        lazy = self.frame.lazy.with_columns(column.alias(name) for name, column in self.key_columns.items())
        further = {SIZE: size}
        if self.in_order and self.keys:
            lazy = lazy.with_columns(self.rows.position().alias(FIRST))
            further[FIRST] = pl.col(FIRST).max()
        merge = {FIRST: pl.col(FIRST).max(), SIZE: pl.col(SIZE).cast(pl.Int64).sum()}
        return Grouping(
            lazy,
            tuple(self.key_columns),
            self.columns | further,
            None if self.merge is None else self.merge | {name: merge[name] for name in further},
            tuple(self.texts),
            self.holds,
            self.count if self.keys else None,
            self.numbers,
            {} if self.frame.rows.remote is not None else self.native,
        )
