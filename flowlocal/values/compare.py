"""Comparison in two-valued logic: a missing value equals nothing and differs from everything (recorded, decided)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence

import polars as pl

from flowlocal.values.number import Number
from flowlocal.values.text import Text
from flowlocal.values.value import Value

Operator = Callable[[pl.Expr, pl.Expr], pl.Expr]

_ORDERINGS: dict[str, Operator] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compare(symbol: str, left: Value, right: Value) -> pl.Expr:
    """Return a Boolean expression without nulls: ``left symbol right`` with ``= != < <= > >=``.

    If both sides read as finite decimal numbers, they are compared as numbers. Otherwise ``=`` and ``!=`` compare
    texts; the orderings compare texts by code point, and are false if one side is a number (decided).
    """
    if symbol == "!=":
        return differs(compare("=", left, right), left, right)
    if left.structured or right.structured:
        return pl.lit(value=False)
    if symbol == "=":
        return _compare(operator.eq, left, right, mixed_as_text=True)
    return _compare(_ORDERINGS[symbol], left, right, mixed_as_text=False)


def differs(equal: pl.Expr, *values: Value) -> pl.Expr:
    """Return a Boolean expression: not ``equal``, and no value is a map or a list, whose comparisons are all false."""
    structures = [structure for value in values if (structure := value.structure()) is not None]
    return pl.all_horizontal([~equal, *(~structure for structure in structures)]) if structures else ~equal


def _compare(op: Operator, left: Value, right: Value, *, mixed_as_text: bool) -> pl.Expr:
    if left.numeric or right.numeric:
        return _against_number(op, left, right, mixed_as_text=mixed_as_text)
    if left.numeric is False or right.numeric is False:
        return _against_word(op, left, right, mixed_as_text=mixed_as_text)
    return _undecided(op, left, right, mixed_as_text=mixed_as_text)


def _against_number(op: Operator, left: Value, right: Value, *, mixed_as_text: bool) -> pl.Expr:
    """Compare with a side that is always a number; other texts are not spelt as printed numbers."""
    if mixed_as_text and _is_text_of_time(left, right):
        return pl.lit(value=False)
    return compare_numbers(op, left.number(), right.number()).fill_null(value=False)


def _is_text_of_time(left: Value, right: Value) -> bool:
    return left.numeric is False or right.numeric is False


def _against_word(op: Operator, left: Value, right: Value, *, mixed_as_text: bool) -> pl.Expr:
    """Compare with a side that is a text and never a number."""
    compared = op(left.text(), right.text()).fill_null(value=False)
    if mixed_as_text:
        return compared
    other = right if left.numeric is False else left
    return compared if other.numeric is False else compared & ~other.number().present()


def _undecided(op: Operator, left: Value, right: Value, *, mixed_as_text: bool) -> pl.Expr:
    """Compare row by row, as numbers or as texts."""
    one, two = left.number(), right.number()
    both = one.present() & two.present()
    texts = op(left.text(), right.text())
    words = texts if mixed_as_text else texts & ~(one.present() | two.present())
    return pl.when(both).then(compare_numbers(op, one, two)).otherwise(words).fill_null(value=False)


def compare_numbers(op: Operator, left: Number, right: Number) -> pl.Expr:
    """Return a Boolean expression: exact if both numbers are integers; null if one is missing."""
    if left.integer is None or right.integer is None:
        return op(left.as_real(), right.as_real())
    exact = op(*_literals_plain(left, right))
    if left.real is None and right.real is None:
        return exact
    return pl.coalesce(exact, op(left.as_real(), right.as_real()))


def _literals_plain(left: Number, right: Number) -> tuple[pl.Expr, pl.Expr]:
    """Return the integers to compare; literals have no dtype, so that Polars compares in the column's dtype."""
    return _plain(left), _plain(right)


def _plain(number: Number) -> pl.Expr:
    if isinstance(number.literal, int):
        return pl.lit(number.literal)
    return number.integer if number.integer is not None else pl.lit(None, pl.Int64)


def contains_any(subject: Value, items: Sequence[Value]) -> pl.Expr:
    """Return a Boolean expression without nulls: True if the subject equals one of the items."""
    if subject.structured:
        return pl.lit(value=False)
    words = [item.literal for item in items if isinstance(item, Text) and item.literal is not None and not item.numeric]
    whole = {
        value for item in items if isinstance(value := _literal_integer(item), int) and not isinstance(value, bool)
    }
    rest = [item for item in items if not _is_listed(item)]
    tests = [compare("=", subject, item) for item in rest]
    tests += [subject.text().is_in(words).fill_null(value=False)] if words and not subject.numeric else []
    tests += [_among(subject.number(), sorted(whole))] if whole else []
    return pl.any_horizontal(tests) if tests else pl.lit(value=False)


def _is_listed(item: Value) -> bool:
    word = isinstance(item, Text) and item.literal is not None and not item.numeric
    return word or isinstance(_literal_integer(item), int)


def _literal_integer(item: Value) -> int | None:
    literal = item.number().literal if item.numeric else None
    return literal if isinstance(literal, int) else None


def _among(number: Number, whole: list[int]) -> pl.Expr:
    tests = []
    if number.integer is not None:
        tests.append(number.integer.is_in(whole))
    if number.real is not None:
        tests.append(number.parts["real"].is_in([float(each) for each in whole]))
    return pl.any_horizontal([test.fill_null(value=False) for test in tests])
