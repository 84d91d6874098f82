"""General functions."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from flowlocal.functions.registry import BadArgument, Condition, Words, function
from flowlocal.functions.scope import Scope
from flowlocal.values import Boolean, Number, Value, merge

_MOST_BRANCHES = 10


@function("ispresent", examples=[("ispresent(srcAddr)", "1"), ("ispresent(nothing)", "0")])
def ispresent(field: Value) -> Boolean:
    """1 where the field exists, else 0. The ``-`` of a flow log record is present (recorded); so is an empty text."""
    return Boolean(field.present())


@function("coalesce", examples=[("coalesce(nothing, dstPort, 0)", "3389")])
def coalesce(*field: Value) -> Value:
    """The first of the values that is not missing. Texts and numbers in the query itself may stand last."""
    return merge(field, lambda parts: _pick([value.present() for value in field], parts))


@function("case", examples=[("case(dstPort = 22, 'ssh', dstPort = 3389, 'rdp', 'other')", "rdp")])
def case(condition: Condition, value: Value, *more: Value | None) -> Value:
    """The value behind the first condition that holds: ``case(c1, v1, c2, v2, …, [default])``.

    Up to 10 conditions; missing where none holds and there is no default (decided).
    """
    rest = [each for each in more if each is not None]
    conditions = [condition, *(each.condition() for each in rest[:-1:2])]
    if len(conditions) > _MOST_BRANCHES:
        raise BadArgument(f"case takes at most {_MOST_BRANCHES} conditions", hint="put a further `case` last")
    values = [value, *rest[1::2], *(rest[-1:] if len(rest) % 2 else ())]
    return merge(values, lambda parts: _pick(conditions, parts))


@function("if", examples=[("if(action = 'REJECT', bytes, 0)", "880")])
def if_(condition: Condition, then: Value, otherwise: Value) -> Value:
    """The second argument where the condition holds, the third where it does not.

    All three must be given; ``case(condition, value)`` is missing where the condition does not hold.
    """
    return merge([then, otherwise], lambda parts: _pick([condition], parts))


def _pick(conditions: Sequence[pl.Expr], parts: Sequence[pl.Expr]) -> pl.Expr:
    """Row by row, the part that belongs to the first condition that holds; a part more is for where none does."""
    picked = parts[-1] if len(parts) > len(conditions) else pl.lit(None)
    for condition, part in reversed(list(zip(conditions, parts, strict=False))):
        picked = pl.when(condition).then(part).otherwise(picked)
    return picked


@function("isNumeric", examples=[("isNumeric(bytes)", "1"), ("isNumeric(srcAddr)", "0"), ("isNumeric(nothing)", "0")])
def is_numeric(field: Value) -> Boolean:
    """1 where the value reads as a decimal number, else 0; 0 for a missing value (decided)."""
    return Boolean(field.number().present())


@function("messageSize", examples=[("messageSize('größe')", "7")])
def message_size(field: Words) -> Number:
    """The size of the field's text in bytes of UTF-8."""
    return Number.whole(field.str.len_bytes().cast(pl.Int64), maximum=2**32)


@function("unmask", examples=[("unmask(srcAddr)", "172.31.9.69")], source="documented; decided: nothing is masked here")
def unmask(field: Value) -> Value:
    """The field as it is. The service shows what a data protection policy masks; local files are not masked."""
    return field


@function("queryStartTime", examples=[("queryStartTime()", "1418529600000")])
def query_start_time(*, context: Scope) -> Number:
    """The start of the query's time range in epoch milliseconds; missing where the range is open (decided)."""
    return _moment(context.circumstances.start)


@function("queryEndTime", examples=[("queryEndTime()", "1418533199999")])
def query_end_time(*, context: Scope) -> Number:
    """The end of the query's time range in epoch milliseconds; missing where the range is open (decided)."""
    return _moment(context.circumstances.end)


@function("queryTimeRange", examples=[("queryTimeRange()", "3599999")])
def query_time_range(*, context: Scope) -> Number:
    """The length of the query's time range in milliseconds; missing where the range is open (decided)."""
    start, end = context.circumstances.start, context.circumstances.end
    return _moment(None if start is None or end is None else end - start)


def _moment(milliseconds: int | None) -> Number:
    return Number.whole(pl.lit(None, pl.Int64)) if milliseconds is None else Number.of(milliseconds)
