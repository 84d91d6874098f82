"""``stats``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from flowlocal.commands.frame import Bin, Frame, canonical
from flowlocal.commands.refusals import no_aggregates, redefined, unknown_symbol
from flowlocal.commands.registry import Command, command
from flowlocal.commands.rows import hold
from flowlocal.functions.call import call_function
from flowlocal.functions.compile import compile_expression
from flowlocal.functions.periods import period_milliseconds
from flowlocal.functions.registry import Aggregation, Function, find
from flowlocal.functions.scope import Circumstances
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery, Span
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.printer import print_expression, print_items
from flowlocal.language.suggest import did_you_mean
from flowlocal.values import Key, Timestamp, Value

_FIRST = "first"
_SIZE = "size"
_MOST = 10
"""So many ``stats`` can stand in a query (documented)."""


@command(
    "stats",
    syntax="stats AGGREGATE [as NAME], ... [by EXPRESSION [as NAME], ... [offset PERIOD]]",
    examples=(
        "stats count(*) as flows, sum(bytes) as total by srcAddr, dstAddr | sort total desc | limit 5",
        "stats sum(bytes) / sum(packets) as bytesPerPacket by bin(1h)",
        "stats count(*) by dstPort, action | stats count(*) as ports by action",
        "stats sum(bytes) as total by bin(12h) offset 6h",
    ),
    source="documented; columns, order and missing cells recorded",
)
@dataclass(frozen=True)
class Stats(Command):
    """Aggregate the events, all together or by groups.

    Aggregates may stand in expressions, ``sum(bytes) / count(*)``, and a later item may use the name of an earlier one.
    Groups are made by fields, ``bin(...)`` or any expression; a missing value makes a group of its own, without a cell.

    The columns are the group keys, then the aggregates, in the order written; one without a name is called as written.
    After ``stats`` only these exist, for a further ``stats``, too. Groups by ``bin`` stand newest first (recorded);
    others in the order in which the events, newest first, make them appear (decided). Over no events there is no row
    (decided).

    A query can have ten ``stats``, each of which sees only what the one before it made; stages between them run in
    the order written (decided). ``offset`` moves the bounds of ``bin``: with ``bin(1h) offset 15m`` every bin begins
    at a quarter past (recorded; the documentation speaks of a shift in time for comparisons).

    The word ``stats`` may be left out before an aggregate: ``count(*) by dstPort`` (decided; the service was seen to
    refuse it, so ``flowlocal check`` warns of it).
    """

    items: tuple[tree.Item, ...]
    by: tuple[tree.Item, ...] = ()
    offset: tree.Period | None = None
    bare: bool = field(default=False, compare=False)

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Stats:
        """``[stats] AGGREGATE [as NAME], … [by EXPRESSION [as NAME], … [offset PERIOD]]``."""
        bare = word.value.lower() != "stats"
        items = parser.items()
        by = parser.items() if parser.accept_word("by") else ()
        offset = parser.period() if by and parser.accept_word("offset") else None
        if not parser.at_stage_end():
            then = "`offset` and a period" if by else "`by`"
            hint = parser.misspelt("by", "as", "offset")
            raise parser.unexpected(expected=f"`,`, `as` and a name, {then}, or `|` and the next command", hint=hint)
        return cls(items, by, offset, bare, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """One row a group."""
        self._check_number(frame)
        self._check_names(frame)
        no_aggregates(frame, _KeysOnly(self.by, span=self.span))
        calls = _aggregates(self.items)
        _check_alone(calls, self)
        count = frame.services.matched_in if self.by and frame.events and not frame.counted else None
        frame = replace(frame, counted=True) if count else frame.count_matched()
        in_order = (self.by and not self.is_told_by_bins) or any(function.wants_context for _, function in calls)
        frame = frame if frame.rank is not None or not in_order else frame.numbered()[0]
        scope = _Groups(frame, self, count)
        values = {item.name: scope.item(item) for item in self.items}
        return _outputs(frame, scope.grouped(), scope.keys, values, self)

    @property
    def is_told_by_bins(self) -> bool:
        """Whether the bins alone tell the order of the groups, so that it does not matter which event came first."""
        return len(self.by) == 1 and is_bin(self.by[0].expression)

    def _check_number(self, frame: Frame) -> None:
        if sum(isinstance(stage, Stats) for stage in frame.stages) >= _MOST:
            raise MalformedQuery(f"a query can have at most {_MOST} `stats`", self.span)

    def _check_names(self, frame: Frame) -> None:
        seen = set(frame.ephemeral)
        for item in sorted((*self.by, *self.items), key=lambda each: each.aliased):
            if item.aliased and item.name in seen:
                raise redefined(item.name, item.span)
            seen.add(item.name)

    def moved_by(self) -> int:
        """Milliseconds by which the bounds of bins are moved."""
        if self.offset is None:
            return 0
        bins = [node for item in self.by for node in tree.walk(item) if is_bin(node)]
        if not bins or len(bins) > sum(is_bin(item.expression) for item in self.by):
            raise MalformedQuery("`offset` moves the bounds of a key `bin(…)`, and needs one", self.offset.span)
        return period_milliseconds(self.offset)

    def __str__(self) -> str:
        by = f" by {print_items(self.by)}" if self.by else ""
        offset = f" offset {print_expression(self.offset)}" if self.offset is not None else ""
        return f"stats {print_items(self.items)}{by}{offset}"


def is_bin(node: tree.Node) -> bool:
    """Is this a call of ``bin``?"""
    function = find(node.function) if isinstance(node, tree.Call) else None
    return function is not None and function.name == "bin"


def _aggregates(items: tuple[tree.Item, ...]) -> list[tuple[tree.Call, Function]]:
    """The calls of aggregates in items, with what they call."""
    nodes = [node for item in items for node in tree.walk(item)]
    found = [(node, find(node.function)) for node in nodes if isinstance(node, tree.Call)]
    return [(call, function) for call, function in found if function is not None and function.aggregate]


def _check_alone(calls: list[tuple[tree.Call, Function]], stage: Stats) -> None:
    """Refuse what stands beside an aggregate such as ``topk`` (documented)."""
    for call, function in calls:
        if function.alone and (stage.by or len(stage.items) > 1 or len(calls) > 1):
            raise MalformedQuery(
                f"{function.name} stands alone in its `stats`, without other aggregates and without `by`",
                call.span,
                hint=f"write `stats {print_expression(call)}`",
            )


@dataclass(frozen=True)
class _KeysOnly(tree.Stage):
    """The keys of a ``stats``, in which no aggregate can stand."""

    by: tuple[tree.Item, ...]


class _Groups:
    """The scope of the items of a ``stats``: aggregates, keys, and the names of earlier items."""

    def __init__(
        self, frame: Frame, stage: Stats, count: Callable[[pl.LazyFrame, str], pl.LazyFrame] | None = None
    ) -> None:
        self.frame = frame
        self.moved = stage.moved_by()
        self.in_order = not stage.is_told_by_bins
        self.count = count
        self.keys: dict[str, Value] = {}
        self.key_columns: dict[str, pl.Expr] = {}
        self.texts: list[str] = []
        self.holds = False
        self.made: dict[str, Value] = {}
        self.columns: dict[str, pl.Expr] = {}
        self.held: list[list[pl.Expr]] = []
        for item in stage.by:
            self.keys[item.name] = self._key(item)

    def _key(self, item: tree.Item) -> Value:
        """A group key, over columns that are equal exactly where the groups are."""
        value = self._key_value(item)
        if value.structured:
            raise MalformedQuery("maps and lists make no groups", item.span, hint="name one of their keys: `map.key`")
        keys = value.keys()
        names = {part: self.circumstances.fresh(f"{item.name}.{part}") for part in keys}
        self.key_columns |= {name: keys[part] for part, name in names.items()}
        texts = self._texts(item, names.values())
        self.texts += texts
        columns = {part: pl.col(name) for part, name in names.items()}
        # A text may stand in its column as a number by then; so it is made a text where it is used, in the rows left.
        return value.from_keys({p: each.cast(pl.String) if names[p] in texts else each for p, each in columns.items()})

    def _texts(self, item: tree.Item, columns: Iterable[str]) -> list[str]:
        """Those of a key's columns that hold the text of a field which comes back; messages and the like hardly do."""
        if not isinstance(item.expression, tree.Name) or item.expression.name.startswith("@"):
            return []
        schema = self.frame.lazy.select(self.key_columns[name].alias(name) for name in columns).collect_schema()
        return [name for name in columns if schema[name] == pl.String]

    def _key_value(self, item: tree.Item) -> Value:
        """The value of a key; the bounds of a bin are moved by moving the time there and the bin back."""
        frame = replace(self.frame, grouping=True)
        if not self.moved or not is_bin(item.expression):
            value = compile_expression(item.expression, frame)
            self.frame = self.frame.with_lazy(frame.lazy)
            return value
        time = Timestamp(frame.timestamp(item.span).milliseconds - self.moved)
        moved = frame.name("@timestamp", time)
        value = compile_expression(item.expression, moved)
        self.frame = self.frame.with_lazy(moved.lazy)
        return Timestamp(value.number().as_integer() + self.moved, bin=True)

    @property
    def circumstances(self) -> Circumstances:
        """Those of the query."""
        return self.frame.circumstances

    @property
    def grouping(self) -> bool:
        """An item is no key."""
        return False

    def position(self) -> pl.Expr:
        """Groups have no place before they are made."""
        return pl.lit(0)

    def item(self, item: tree.Item) -> Value:
        """The value of an item, over the columns of the groups."""
        value = compile_expression(item.expression, self)
        self.made[item.name] = value
        return value

    def field(self, name: str, span: Span) -> Value:
        """A key, or an earlier item; other names are no longer there in a group."""
        found = self.made.get(name) or self.keys.get(name)
        if found is not None:
            return found
        hint = did_you_mean(name, (*self.made, *self.keys))
        if self.frame.known(name) is not None or not hint:
            hint = f"aggregate it, as in `max({name})`, or group by it"
            function = find(name) if self.frame.known(name) is None else None
            hint = f"write `{function.signature}`" if function and function.aggregate else hint
        raise unknown_symbol(name, span, hint=hint)

    def column(self, _expression: tree.Expression) -> Value | None:
        """Nothing was made before."""
        return None

    def hold(self, value: Value) -> Value:
        """The value in columns of the groups."""
        names = {part: self.circumstances.fresh(f"held.{part}") for part in value.parts}
        self.held.append([column.alias(names[part]) for part, column in value.parts.items()])
        return value.rebuild({part: pl.col(name) for part, name in names.items()})

    def timestamp(self, span: Span) -> Timestamp:
        """There is no single time in a group."""
        raise MalformedQuery("there is no single @timestamp in a group", span, hint="put `bin(…)` behind `by`")

    def in_subquery(self, node: tree.InSubquery) -> Value:
        """Refused, as everywhere but in ``filter``."""
        return self.frame.in_subquery(node)

    def aggregated(self, call: tree.Call) -> Value:
        """The aggregate as columns of the groups."""
        function = find(call.function)
        if function is None:
            raise MalformedQuery(f"unknown function {call.function}", call.function_span)
        self._check_arguments(call)
        aggregation: Aggregation = call_function(function, call, self.frame, compile_expression)
        self.holds |= aggregation.holds
        names = {part: self.circumstances.fresh(f"{function.name}.{part}") for part in aggregation.columns}
        self.columns |= {names[part]: column for part, column in aggregation.columns.items()}
        return aggregation.value({part: pl.col(column) for part, column in names.items()})

    def _check_arguments(self, call: tree.Call) -> None:
        """Refuse an aggregate of what this very stage makes: it would be missing in every event."""
        for node in tree.walk(call):
            if isinstance(node, tree.Name) and node.name in self.made and self.frame.known(node.name) is None:
                raise MalformedQuery(
                    f"{node.name} is made by this `stats`, so it cannot be aggregated in it",
                    node.span,
                    hint="aggregate it in a second `stats` behind this one",
                )

    def grouped(self) -> pl.LazyFrame:
        """The groups that hold an event, with the columns of their aggregates and those held of them."""
        lazy = self._aggregated()
        for columns in self.held:
            lazy = lazy.with_columns(columns)
        return lazy

    def _aggregated(self) -> pl.LazyFrame:
        columns = [column.alias(name) for name, column in self.columns.items()]
        if not self.keys:
            size = pl.len() if self.frame.row is None else self.frame.row.count()
            return self.frame.lazy.select(*columns, size.alias(_SIZE)).filter(pl.col(_SIZE) > 0)
        lazy = self.frame.lazy.with_columns(column.alias(name) for name, column in self.key_columns.items())
        if self.in_order:
            lazy = lazy.with_columns(self.frame.position().alias(_FIRST))
            columns.append(pl.col(_FIRST).max())
        columns.append(pl.len().alias(_SIZE))
        groups = self._held_groups(lazy, columns) if self.holds else self._kept_groups(lazy, columns)
        groups = self.count(groups, _SIZE) if self.count else groups
        return groups.filter(pl.col(_SIZE) > 0)  # constant keys make a group of no events

    def _kept_groups(self, lazy: pl.LazyFrame, columns: list[pl.Expr]) -> pl.LazyFrame:
        """Groups of which only what is aggregated is kept while the events are read."""
        if len(self.texts) > 1:
            # Numbers that stand for texts save a third of the memory where there are groups of several texts, which are
            # many; elsewhere they take time and gain nothing.
            lazy = lazy.with_columns(pl.col(self.texts).cast(pl.Categorical))
        return lazy.group_by(*self.key_columns).agg(columns)

    def _held_groups(self, lazy: pl.LazyFrame, columns: list[pl.Expr]) -> pl.LazyFrame:
        """Groups whose events are all needed: they are sorted by group, on disk if need be, then taken group by group.

        Numbers stand for texts, since only these need no order of their own.
        """
        keys = list(self.key_columns)
        numbers = lazy.with_columns(pl.col(self.texts).cast(pl.Categorical).to_physical())
        # Said again, or Polars leaves out a sort whose order shows in no answer, and makes the groups in memory.
        events = numbers.sort(keys).set_sorted(keys)
        groups = events.group_by(keys, maintain_order=True).agg(columns)
        return groups.with_columns(pl.col(self.texts).cat.to(pl.Categorical))


def _outputs(
    frame: Frame, grouped: pl.LazyFrame, keys: Mapping[str, Value], values: Mapping[str, Value], stage: Stats
) -> Frame:
    names, lazy = dict(keys), grouped
    for name, value in values.items():
        names[name], lazy = hold(lazy, value, frame.circumstances, name)
    bins = [Key(names[name].parts["milliseconds"], descending=True) for name, value in keys.items() if _is_bin(value)]
    first = [Key(pl.col(_FIRST), descending=True)] if keys and not stage.is_told_by_bins else []
    items, moved = (*stage.by, *stage.items), stage.moved_by()
    return replace(
        frame,
        lazy=lazy,
        names=names,
        order=(*bins, *first),
        groups=tuple(keys),
        bins={item.name: Bin(_period(item.expression), moved) for item in stage.by if is_bin(item.expression)},
        row=None,
        rank=None,
        shown=tuple(names),
        displayed=False,
        events=False,
        second_names={},
        before_stats=frozenset(frame.names) | frame.before_stats,
        ephemeral=frame.ephemeral | {item.name for item in items if item.aliased} | set(values),
        expressions={canonical(item.expression): item.name for item in items},
    )


def _period(node: tree.Expression) -> tree.Period:
    """The period of a call of ``bin`` that has been compiled."""
    return next(each for each in tree.walk(node) if isinstance(each, tree.Period))


def _is_bin(value: Value) -> bool:
    return isinstance(value, Timestamp) and value.bin
