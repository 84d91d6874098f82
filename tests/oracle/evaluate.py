"""Expressions and stages, evaluated one event at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flowlocal.commands.dedup import Dedup
from flowlocal.commands.display import Display
from flowlocal.commands.fields import Fields
from flowlocal.commands.filter import Filter
from flowlocal.commands.limit import Limit
from flowlocal.commands.sort import Sort
from flowlocal.commands.stats import Stats
from flowlocal.language import tree
from tests.oracle import model, periods
from tests.oracle.functions import AGGREGATES, SCALARS, deviation, percentile
from tests.oracle.model import Moment, Value, condition, figure, printed
from tests.oracle.order import ascending, group_of

Event = Mapping[str, Value]
_ARITHMETIC = {
    "+": model.add,
    "-": model.subtract,
    "*": model.multiply,
    "/": model.divide,
    "%": model.remainder,
    "^": model.power,
}
_COMPARISONS: dict[str, Callable[[Value, Value], bool]] = {
    "=": model.equal,
    "!=": model.differ,
    "<": lambda left, right: model.less(left, right, or_equal=False),
    "<=": lambda left, right: model.less(left, right, or_equal=True),
    ">": lambda left, right: model.less(right, left, or_equal=False),
    ">=": lambda left, right: model.less(right, left, or_equal=True),
}


def plain(name: str) -> str:
    """Return a function's name as it is looked up."""
    return name.replace("_", "").lower()


@dataclass(frozen=True)
class Group:
    """What the items of a ``stats`` see: keys and earlier items by name, and the events for the aggregates."""

    names: Event
    events: Sequence[Event]


def evaluate(node: tree.Expression, event: Event | Group) -> Value:  # noqa: C901 - one case a node
    """Return the value of an expression for an event, or for a group of them."""
    match node:
        case tree.NumberLiteral():
            return model.exact(node.value, float(node.value)) if isinstance(node.value, int) else node.value
        case tree.String():
            return node.value
        case tree.Name():
            return (event.names if isinstance(event, Group) else event).get(node.name)
        case tree.Unary("-"):
            return model.subtract(0, figure(evaluate(node.operand, event)))
        case tree.Unary():
            return not condition(evaluate(node.operand, event))
        case tree.Arithmetic():
            return _ARITHMETIC[node.operator](figure(evaluate(node.left, event)), figure(evaluate(node.right, event)))
        case tree.Comparison():
            return _COMPARISONS[node.operator](evaluate(node.left, event), evaluate(node.right, event))
        case tree.Logical():
            results = [condition(evaluate(each, event)) for each in node.operands]
            return all(results) if node.operator == "and" else any(results)
        case tree.Like():
            return _like(node, event) != node.negated
        case tree.In():
            return _in(node, event)
        case tree.Call():
            return _call(node, event)
    raise NotImplementedError(type(node).__name__)


def _like(node: tree.Like, event: Event | Group) -> bool:
    subject = model.text(evaluate(node.subject, event))
    if isinstance(node.pattern, tree.Regex):
        return subject is not None and re.search(node.pattern.pattern, subject) is not None
    wanted = model.text(evaluate(node.pattern, event))
    return subject is not None and wanted is not None and wanted in subject


def _in(node: tree.In, event: Event | Group) -> bool:
    subject = evaluate(node.subject, event)
    found = any(model.equal(subject, evaluate(item, event)) for item in node.items)
    return found != node.negated and not isinstance(subject, model.Document)


def _call(node: tree.Call, event: Event | Group) -> Value:
    name = plain(node.function)
    if isinstance(event, Group) and name in (*AGGREGATES, "pct", "stddev", "variance"):
        return _aggregate(name, node.arguments, event.events)
    if name in ("bin", "datefloor", "dateceil"):
        return _rounded(name, node.arguments, event)
    return SCALARS[name](*(evaluate(each, event) for each in node.arguments))


def _rounded(name: str, arguments: Sequence[tree.Expression], event: Event | Group) -> Value:
    period = arguments[-1]
    assert isinstance(period, tree.Duration)
    when = figure(evaluate(tree.Name("@timestamp") if name == "bin" else arguments[0], event))
    if when is None:
        return None
    move = periods.ceiling if name == "dateceil" else periods.floor
    start = move(int(when), int(period.amount), period.unit)
    return None if start is None else Moment(start, bin=name == "bin")


def _aggregate(name: str, arguments: Sequence[tree.Expression], events: Sequence[Event]) -> Value:
    if not arguments or isinstance(arguments[0], tree.Star):
        return len(events)
    values = [evaluate(arguments[0], event) for event in events]
    if name == "pct":
        percent = arguments[1]
        assert isinstance(percent, tree.NumberLiteral)
        return percentile(values, percent.value)
    if name in ("stddev", "variance"):
        return deviation(values, squared=name == "variance")
    return AGGREGATES[name](values)


Row = dict[str, Value]


@dataclass
class State:
    """The rows in their order, and the columns to show.

    A ``limit`` acts after the filters that follow it, so it is remembered with the order in which it found the rows.
    """

    rows: list[Row]
    cuts: list[tuple[int, list[Row]]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    displayed: bool = False

    def cut(self) -> list[Row]:
        """Keep the rows that every ``limit`` leaves."""
        for most, order in self.cuts:
            there = set(map(id, self.rows))
            kept = {id(row) for row in [row for row in order if id(row) in there][:most]}
            self.rows = [row for row in self.rows if id(row) in kept]
        self.cuts = []
        return self.rows


def answer(query: tree.Query, events: Sequence[Event]) -> list[dict[str, str]]:
    """Return the rows that a query answers with, as they print."""
    rows = sorted((dict(event) for event in events), key=_newest_first)
    state, limited = State(rows), any(isinstance(stage, Limit) for stage in query.stages)
    for stage in _placed(query.stages):
        _run(stage, state)
    shown = state.shown or ["@timestamp", "@message"]
    rows = state.cut()[: None if limited else 10_000]
    return [{name: cell for name in shown if (cell := printed(row.get(name))) is not None} for row in rows]


def _placed(stages: Sequence[tree.Stage]) -> list[tree.Stage]:
    """Return the stages; a filter after the only ``stats`` that uses none of its columns comes before it."""
    placed = list[tree.Stage]()
    for stage in stages:
        aggregations = [each for each in placed if isinstance(each, Stats)]
        names = {node.name for node in tree.walk(stage) if isinstance(node, tree.Name)}
        if isinstance(stage, Filter) and len(aggregations) == 1 and names:
            place = placed.index(aggregations[0])
            made = {node.name for each in placed[place:] for node in tree.walk(each) if isinstance(node, tree.Item)}
            placed.insert(place if names.isdisjoint(made) else len(placed), stage)
        else:
            placed.append(stage)
    return placed


def _newest_first(event: Event) -> float:
    when = figure(event.get("@timestamp"))
    return float("inf") if when is None else -when


def _run(stage: tree.Stage, state: State) -> None:
    match stage:
        case Filter():
            state.rows = [row for row in state.rows if condition(evaluate(stage.condition, row))]
        case Fields() | Display():
            _define(stage, state)
        case Sort():
            _sort(stage, state)
        case Limit():
            state.cuts.append((stage.rows, list(state.rows)))
        case Dedup():
            state.rows = _deduplicated(stage, state.cut())
        case Stats():
            _stats(stage, state)
        case _:
            raise NotImplementedError(type(stage).__name__)


def _define(stage: Fields | Display, state: State) -> None:
    for row in state.rows:
        for item in stage.items:
            row[item.name] = evaluate(item.expression, row)
    names = list(dict.fromkeys(item.name for item in stage.items))
    if isinstance(stage, Display):
        state.shown, state.displayed = names, True
    elif not state.displayed:
        state.shown += [name for name in names if name not in state.shown]


def _sort(stage: Sort, state: State) -> None:
    for key in reversed(stage.keys):
        by_name = partial(_sort_key, key.field.name)
        state.rows.sort(key=by_name, reverse=key.descending)


def _sort_key(name: str, row: Event) -> Any:
    return ascending(row.get(name))


def _deduplicated(stage: Dedup, rows: list[dict[str, Value]]) -> list[dict[str, Value]]:
    kept, seen = [], set[Hashable]()
    for row in rows:
        values = [row.get(each.name) for each in stage.fields]
        key = tuple(map(group_of, values))
        if None in values or key not in seen:
            kept.append(row)
        seen.add(key)
    return kept


def _stats(stage: Stats, state: State) -> None:
    groups: dict[Hashable, tuple[list[Value], list[Event]]] = {}
    for row in state.cut():
        keys = [evaluate(item.expression, row) for item in stage.by]
        groups.setdefault(tuple(map(group_of, keys)), (keys, []))[1].append(row)
    state.rows = [_group_row(stage, keys, events) for keys, events in groups.values()]
    bins = [item.name for item in stage.by if _is_bin(item.expression)]
    state.rows.sort(key=lambda row: tuple(_newest_first({"@timestamp": row[name]}) for name in bins))
    state.shown = [item.name for item in (*stage.by, *stage.items)]
    state.displayed = False


def _group_row(stage: Stats, keys: list[Value], events: list[Event]) -> dict[str, Value]:
    row = dict(zip((item.name for item in stage.by), keys, strict=True))
    for item in stage.items:
        row[item.name] = evaluate(item.expression, Group(row, events))
    return row


def _is_bin(node: tree.Expression) -> bool:
    return isinstance(node, tree.Call) and plain(node.function) == "bin"
