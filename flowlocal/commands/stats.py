"""``stats``."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from msgspec.structs import replace

from flowlocal.compiler.periods import period_milliseconds
from flowlocal.compiler.registry import Function, find
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_expression, print_items
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.group_columns import FIRST
from flowlocal.planning.groups import GroupScope, is_bin
from flowlocal.planning.names import Bin, PlanNames, canonical
from flowlocal.planning.registry import Command, command
from flowlocal.planning.stage_errors import no_aggregates, quoted, redefined, unknown_symbol
from flowlocal.values import Key, Timestamp, Value

_MOST = 10
"""The largest number of ``stats`` in a query (documented)."""


@command(
    "stats",
    dependency=Dependency.GROUPED,
    syntax="stats AGGREGATE [as NAME], ... [by EXPRESSION [as NAME], ... [offset PERIOD]]",
    examples=(
        "stats count(*) as flows, sum(bytes) as total by srcAddr, dstAddr | sort total desc | limit 5",
        "stats sum(bytes) / sum(packets) as bytesPerPacket by bin(1h)",
        "stats count(*) by dstPort, action | stats count(*) as ports by action",
        "stats sum(bytes) as total by bin(12h) offset 6h",
    ),
    source="documented; columns, order and missing cells recorded",
)
class Stats(Command, frozen=True):
    """Aggregate the events, all together or by groups.

    Aggregates are allowed in expressions, ``sum(bytes) / count(*)``, and a later item can use the name of an earlier
    one. Group keys are fields, ``bin(...)`` or any expression; a missing value makes a group without a cell.

    The columns are the group keys, then the aggregates, in the order written; one without a name is called as written.
    After ``stats`` only these exist, also for another ``stats``. Groups by ``bin`` come newest first (recorded); others
    in the order in which the events, newest first, have them (decided). Over no events there is no row (decided).

    A query can contain ten ``stats``, each of which sees only the columns of the one before it; stages between them run
    in the order written (decided). ``offset`` moves the bounds of ``bin``: with ``bin(1h) offset 15m`` every bin begins
    at a quarter past (recorded; the documentation describes a shift in time for comparisons).

    The word ``stats`` can be left out before an aggregate: ``count(*) by dstPort`` (decided; the service was seen to
    refuse it, so ``flowlocal check`` warns about it).
    """

    uncompared = ("span", "bare")
    items: tuple[tree.Item, ...]
    by: tuple[tree.Item, ...] = ()
    offset: tree.Duration | None = None
    bare: bool = False

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Stats:
        """Parse ``[stats] AGGREGATE [as NAME], … [by EXPRESSION [as NAME], … [offset PERIOD]]``."""
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
        """Return one row for each group."""
        return self.aggregated(frame, made_by="stats")

    def aggregated(self, frame: Frame, *, made_by: str) -> Frame:
        """Return the groups as rows that a command made."""
        self._check_number(frame)
        self._check_names(frame)
        self._check_lost(frame)
        calls, in_order = _aggregates(self.items), not self.is_ordered_by_bins
        ranked = (self.by and in_order) or any(function.wants_context for _, function in calls)
        frame = frame if frame.rows.rank is not None or not ranked else frame.gathered()
        no_aggregates(frame, _KeysOnly(self.by, span=self.span))
        _check_alone(calls, self)
        uncounted = self.by and frame.rows.events and not frame.rows.counted
        count = frame.hooks.add_matched if uncounted else None
        frame = replace(frame, rows=replace(frame.rows, counted=True)) if count else frame.count_matched()
        frame = frame if frame.rows.rank is not None or not ranked else frame.numbered()[0]
        scope = GroupScope(frame, self.by, moved=self.moved_by(), in_order=in_order, count=count)
        values = {item.name: scope.item(item) for item in self.items}
        return self._outputs(frame.with_groups(scope.grouped()), scope.keys, values, made_by)

    @property
    def is_ordered_by_bins(self) -> bool:
        """True if bins alone determine the order of the groups, so that it does not matter which event came first."""
        return len(self.by) == 1 and is_bin(self.by[0].expression)

    def _check_number(self, frame: Frame) -> None:
        if sum(isinstance(stage, Stats) for stage in frame.stages) >= _MOST:
            raise MalformedQuery(f"a query can have at most {_MOST} `stats`", self.span)

    def _check_names(self, frame: Frame) -> None:
        seen = set(frame.names.ephemeral)
        for item in sorted((*self.by, *self.items), key=lambda each: each.aliased):
            if item.aliased and item.name in seen:
                raise redefined(item.name, item.span)
            seen.add(item.name)

    def _check_lost(self, frame: Frame) -> None:
        """Refuse a name that one ``fields`` listed and a later one defined (recorded)."""
        for node in tree.walk(self):
            if isinstance(node, tree.Name) and node.name in frame.names.lost:
                hint = f"take {quoted(node.name)} out of the first `fields`, or give the new one another name"
                raise unknown_symbol(node.name, node.span, hint=hint)

    def moved_by(self) -> int:
        """Return the milliseconds by which the bounds of bins are moved."""
        if self.offset is None:
            return 0
        bins = [node for item in self.by for node in tree.walk(item) if is_bin(node)]
        if not bins or len(bins) > sum(is_bin(item.expression) for item in self.by):
            raise MalformedQuery("`offset` moves the bounds of a key `bin(…)`, and needs one", self.offset.span)
        return period_milliseconds(self.offset)

    def _outputs(self, frame: Frame, keys: Mapping[str, Value], values: Mapping[str, Value], made_by: str) -> Frame:
        """Return the rows of a frame of groups, with names for their keys and the values of items."""
        named = dict(keys)
        for name, value in values.items():
            named[name], frame = frame.hold(value, name)
        bins = [Key(value.parts["milliseconds"], descending=True) for name, value in keys.items() if _is_bin(value)]
        first = [Key(pl.col(FIRST), descending=True)] if keys and not self.is_ordered_by_bins else []
        items, moved = (*self.by, *self.items), self.moved_by()
        names = PlanNames(
            named,
            ephemeral=frozenset(values).union(item.name for item in items if item.aliased),
            expressions={canonical(item.expression): item.name for item in items},
            bins={item.name: Bin(_period(item.expression), moved) for item in self.by if is_bin(item.expression)},
            groups=tuple(keys),
        )
        return frame.replaced_by(frame.lazy, names, (*bins, *first), made_by=made_by, groups=frame.rows.groups)

    def selected(self, names: list[str]) -> list[str]:
        """Return no columns: those before it no longer exist."""
        del names
        return []

    def __str__(self) -> str:
        by = f" by {print_items(self.by)}" if self.by else ""
        offset = f" offset {print_expression(self.offset)}" if self.offset is not None else ""
        return f"stats {print_items(self.items)}{by}{offset}"


def _aggregates(items: tuple[tree.Item, ...]) -> list[tuple[tree.Call, Function]]:
    """Return the calls of aggregates in items, with the functions that they call."""
    nodes = [node for item in items for node in tree.walk(item)]
    found = [(node, find(node.function)) for node in nodes if isinstance(node, tree.Call)]
    return [(call, function) for call, function in found if function is not None and function.aggregate]


def _check_alone(calls: list[tuple[tree.Call, Function]], stage: Stats) -> None:
    """Refuse other aggregates and keys beside an aggregate such as ``topk`` (documented)."""
    for call, function in calls:
        if function.alone and (stage.by or len(stage.items) > 1 or len(calls) > 1):
            raise MalformedQuery(
                f"{function.name} must be the only aggregate of its `stats`, without `by`",
                call.span,
                hint=f"write `stats {print_expression(call)}`",
            )


class _KeysOnly(tree.Stage, frozen=True):
    """The keys of a ``stats``, in which aggregates are not allowed."""

    by: tuple[tree.Item, ...]


def _period(node: tree.Expression) -> tree.Duration:
    """Return the period of a call of ``bin`` that has been compiled."""
    return next(each for each in tree.walk(node) if isinstance(each, tree.Duration))


def _is_bin(value: Value) -> bool:
    return isinstance(value, Timestamp) and value.bin
