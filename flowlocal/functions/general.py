"""General functions."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from flowlocal.compiler.registry import BadArgument, Condition, TextArg, function
from flowlocal.compiler.scope import Scope
from flowlocal.values import Boolean, Number, Value, merge

_MOST_BRANCHES = 10


@function("ispresent", examples=[("ispresent(srcAddr)", "1"), ("ispresent(nothing)", "0")])
def ispresent(field: Value) -> Boolean:
    """Return 1 if the field exists, else 0. The ``-`` of a record is present (recorded); so is an empty text."""
    return Boolean(field.present())


@function("coalesce", examples=[("coalesce(nothing, dstPort, 0)", "3389")])
def coalesce(*field: Value) -> Value:
    """Return the first value that is not missing. The last argument may be a literal text or number."""
    return merge(field, lambda parts: _pick([value.present() for value in field], parts))


@function("case", examples=[("case(dstPort = 22, 'ssh', dstPort = 3389, 'rdp', 'other')", "rdp")])
def case(condition: Condition, value: Value, *more: Value | None) -> Value:
    """Return the value after the first condition that is true: ``case(c1, v1, c2, v2, …, [default])``.

    Up to 10 conditions. If none is true and there is no default, the result is missing (decided).
    """
    rest = [each for each in more if each is not None]
    conditions = [condition, *(each.condition() for each in rest[:-1:2])]
    if len(conditions) > _MOST_BRANCHES:
        raise BadArgument(f"case takes at most {_MOST_BRANCHES} conditions", hint="put a further `case` last")
    values = [value, *rest[1::2], *(rest[-1:] if len(rest) % 2 else ())]
    return merge(values, lambda parts: _pick(conditions, parts))


@function("if", examples=[("if(action = 'REJECT', bytes, 0)", "880")])
def if_(condition: Condition, then: Value, otherwise: Value) -> Value:
    """Return the second argument if the condition is true, otherwise the third.

    All three are required; ``case(condition, value)`` is missing if the condition is not true.
    """
    return merge([then, otherwise], lambda parts: _pick([condition], parts))


def _pick(conditions: Sequence[pl.Expr], parts: Sequence[pl.Expr]) -> pl.Expr:
    """Return, row by row, the part of the first true condition; a surplus part is for rows without a true condition."""
    picked = parts[-1] if len(parts) > len(conditions) else pl.lit(None)
    for condition, part in reversed(list(zip(conditions, parts, strict=False))):
        picked = pl.when(condition).then(part).otherwise(picked)
    return picked


@function("isNumeric", examples=[("isNumeric(bytes)", "1"), ("isNumeric(srcAddr)", "0"), ("isNumeric(nothing)", "0")])
def is_numeric(field: Value) -> Boolean:
    """Return 1 if the value reads as a decimal number, else 0; 0 for a missing value (decided)."""
    return Boolean(field.number().present())


@function("messageSize", examples=[("messageSize('größe')", "7")])
def message_size(field: TextArg) -> Number:
    """Return the size of the field's text in bytes of UTF-8."""
    return Number.whole(field.str.len_bytes().cast(pl.Int64), maximum=2**32)


@function("unmask", examples=[("unmask(srcAddr)", "172.31.9.69")], source="documented; decided: nothing is masked here")
def unmask(field: Value) -> Value:
    """Return the field unchanged. The service reveals what a data protection policy masks; local files have none."""
    return field


@function("queryStartTime", examples=[("queryStartTime()", "1418529600000")])
def query_start_time(*, context: Scope) -> Number:
    """Return the start of the query's time range in epoch milliseconds; missing if the range is open (decided)."""
    return _moment(context.query.start)


@function("queryEndTime", examples=[("queryEndTime()", "1418533199999")])
def query_end_time(*, context: Scope) -> Number:
    """Return the end of the query's time range in epoch milliseconds; missing if the range is open (decided)."""
    return _moment(context.query.end)


@function("queryTimeRange", examples=[("queryTimeRange()", "3599999")])
def query_time_range(*, context: Scope) -> Number:
    """Return the length of the query's time range in milliseconds; missing if the range is open (decided)."""
    start, end = context.query.start, context.query.end
    return _moment(None if start is None or end is None else end - start)


def _moment(milliseconds: int | None) -> Number:
    return Number.whole(pl.lit(None, pl.Int64)) if milliseconds is None else Number.of(milliseconds)
