"""Values picked from a group.

These functions are allowed in ``stats``. Missing values are ignored; if a group has no others, the cell is left out.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from flowlocal.compiler.event_age import age
from flowlocal.compiler.registry import SHUFFLED, Aggregation, BadArgument, Columns, Merge, WrittenNumber, aggregate
from flowlocal.compiler.scope import Scope
from flowlocal.values import Key, Number, Text, Timestamp, Value
from flowlocal.values.distinct import by_distinct

_MOST = 10_000


@aggregate(
    "earliest",
    examples=[("stats earliest(dstPort)", "22"), ("stats earliest(@timestamp)", "1418530010000")],
    source="documented; printing recorded",
)
def earliest(value: Value, *, context: Scope) -> Aggregation:
    """Return the value in the earliest event that has one; of events at the same time, the first one read (decided).

    ``earliest(@timestamp)`` prints epoch milliseconds, and numbers are not rounded (both recorded).
    """
    key = age(value.present(), context)
    columns = {name: part.min_by(key) for name, part in value.parts.items()}
    return Aggregation(columns, lambda made: _raw(value, made), Merge(_earliest, {"age": key.min()}))


@aggregate(
    "latest",
    examples=[("stats latest(dstPort)", "3389"), ("stats latest(@timestamp)", "1418530020000")],
    source="documented; printing recorded",
)
def latest(value: Value, *, context: Scope) -> Aggregation:
    """Return the value in the latest event that has one; of events at the same time, the last one read (decided).

    ``latest(@timestamp)`` prints epoch milliseconds, and numbers are not rounded (both recorded).
    """
    key = age(value.present(), context)
    columns = {name: part.max_by(key) for name, part in value.parts.items()}
    return Aggregation(columns, lambda made: _raw(value, made), Merge(_latest, {"age": key.max()}))


def _earliest(made: Columns) -> Columns:
    return {name: column.min_by(made["age"]) for name, column in made.items()}


def _latest(made: Columns) -> Columns:
    return {name: column.max_by(made["age"]) for name, column in made.items()}


def _raw(value: Value, made: Columns) -> Value:
    """Return the value without the rounding of printed numbers."""
    found = value.rebuild(made)
    if isinstance(found, Timestamp):
        return found.number()
    if isinstance(found, Number) and found.real is not None:
        digits = by_distinct(found.parts["real"], lambda real: _plain(Decimal(repr(real))))
        return Text(digits if found.integer is None else pl.coalesce(found.integer.cast(pl.String), digits))
    return found


def _plain(decimal: Decimal) -> str:
    text = format(decimal, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@aggregate("sortsFirst", examples=[("stats sortsFirst(srcAddr)", "172.31.9.12")])
def sorts_first(value: Value) -> Aggregation:
    """Return the value that ``sort`` would put first: texts before numbers, texts in natural order."""
    return _first(value, reverse=False)


@aggregate("sortsLast", examples=[("stats sortsLast(srcAddr)", "172.31.16.139")])
def sorts_last(value: Value) -> Aggregation:
    """Return the value that ``sort`` would put last: numbers after texts, texts in natural order."""
    return _first(value, reverse=True)


def _first(value: Value, *, reverse: bool) -> Aggregation:
    keys = [key.reversed(reverse) for key in value.sort_keys()]
    present = value.present()
    columns = {name: _first_by(part, keys, present) for name, part in value.parts.items()}
    return Aggregation(columns, value.rebuild, SHUFFLED, holds=len(keys) > 1)


def _first_by(part: pl.Expr, keys: list[Key], present: pl.Expr) -> pl.Expr:
    if len(keys) == 1:
        key = pl.when(present).then(keys[0].expression)
        return part.max_by(key) if keys[0].descending else part.min_by(key)
    descending = [key.descending for key in keys]
    by = [key.expression.filter(present) for key in keys]
    return part.filter(present).sort_by(by, descending=descending, nulls_last=descending).first()


@aggregate("values", "collect_values", examples=[("stats values(action)", "REJECT,ACCEPT")])
def values(value: Value, *, context: Scope) -> Aggregation:
    """Return the distinct values, separated by commas, in the order in which they appear in the events, newest first.

    The order is decided. All events of a group are held in memory.
    """
    order = context.position()
    found = value.printed().sort_by(order, descending=True).drop_nulls().unique(maintain_order=True).implode()
    return Aggregation({"values": found}, _joined, SHUFFLED, holds=True)


def _joined(made: Columns) -> Text:
    return Text(pl.when(made["values"].list.len() > 0).then(made["values"].list.join(",")))


@aggregate("topk", alone=True, examples=[("stats topk(1, action)", "ACCEPT")], source="documented; decided: the answer")
def topk(count: WrittenNumber, value: Value) -> Aggregation:
    """Return the ``count`` most frequent values (at most 10,000), most frequent first, separated by commas (decided).

    It must be the only aggregate of its ``stats``, without ``by``. Of values that are equally frequent, the one with
    the smaller text comes first (decided).
    """
    if count != int(count) or not 1 <= count <= _MOST:
        raise BadArgument(f"the count of topk must be a whole number from 1 to {_MOST}", 0)
    counts = value.printed().alias("text").drop_nulls().value_counts(name="count").implode()
    text, times = (pl.element().struct.field(name) for name in ("text", "count"))
    ranked = text.sort_by(times, text, descending=[True, False])
    return Aggregation(
        {"counts": counts},
        lambda made: _joined({"values": made["counts"].list.eval(ranked).list.head(int(count))}),
        SHUFFLED,
    )
