"""Conditions of patterns in braces and in brackets, joined by ``&&``, ``||`` and parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flowlocal.filter_patterns.comparisons import ORDERS, Equal, EventValue, Matching, Ordered, ValueTest, decimal
from flowlocal.filter_patterns.errors import invalid_characters, invalid_pattern
from flowlocal.filter_patterns.regex import parse_regex
from flowlocal.filter_patterns.tokens import END, PHRASE, REGEX, WORD, PatternToken, TokenReader

K = TypeVar("K")
AND, OR, OPEN = "&&", "||", "("
_TIGHTNESS = {OPEN: 0, OR: 1, AND: 2}
_PLAIN = re.compile(r"[A-Za-z0-9_.*+-]+")


@dataclass(frozen=True)
class PatternCondition(Generic[K]):
    """A test of one value of an event.

    Attributes:
        key: which value.
        test: the test.
    """

    key: K
    test: ValueTest


Formula = Sequence[PatternCondition[K] | str]
"""Conditions, each ``AND`` and ``OR`` after the two that it joins."""


def evaluate(formula: Formula[K], values: Mapping[K, Sequence[EventValue]]) -> list[bool]:
    """Return for each event if a formula is true, given the values of all events by key."""
    stack: list[list[bool]] = []
    for step in formula:
        if isinstance(step, PatternCondition):
            stack.append(step.test.holds(values[step.key]))
        else:
            right, left = stack.pop(), stack.pop()
            pairs = zip(left, right, strict=True)
            stack.append([a and b for a, b in pairs] if step == AND else [a or b for a, b in pairs])
    return stack.pop()


def parse_formula(reader: TokenReader, condition: Callable[[TokenReader], PatternCondition[K]]) -> Formula[K]:
    """Return the formula that some tokens write; ``&&`` binds tighter than ``||`` (documented).

    Operators wait on a stack rather than in calls, for a pattern can have hundreds of parentheses.

    Args:
        reader: the tokens.
        condition: reads one condition.
    """
    formula: list[PatternCondition[K] | str] = []
    waiting: list[PatternToken] = []
    while True:
        while reader.peek().is_symbol(OPEN):
            waiting.append(reader.take())
        formula.append(condition(reader))
        while reader.peek().is_symbol(")"):
            _close(reader.take(), waiting, formula)
        joint = reader.take()
        if joint.kind == END:
            _finish(waiting, formula)
            return formula
        if not joint.is_symbol(AND, OR):
            raise invalid_characters(joint.text, joint.span, "join conditions with && or ||")
        _pop(waiting, formula, _TIGHTNESS[joint.text])
        waiting.append(joint)


def _pop(waiting: list[PatternToken], formula: list[PatternCondition[K] | str], tightness: int) -> None:
    while waiting and _TIGHTNESS[waiting[-1].text] >= tightness:
        formula.append(waiting.pop().text)


def _close(mark: PatternToken, waiting: list[PatternToken], formula: list[PatternCondition[K] | str]) -> None:
    _pop(waiting, formula, _TIGHTNESS[OR])
    if not waiting:
        raise invalid_pattern(mark.span, "this ) closes nothing")
    waiting.pop()


def _finish(waiting: list[PatternToken], formula: list[PatternCondition[K] | str]) -> None:
    _pop(waiting, formula, _TIGHTNESS[OR])
    if waiting:
        raise invalid_pattern(waiting[-1].span, "this ( is not closed")


def parse_test(sign: PatternToken, operand: PatternToken) -> ValueTest:
    """Return the test that a comparison makes.

    Args:
        sign: the operator: ``=``, ``!=`` or an order.
        operand: what it compares with: a number, a word or a phrase with wildcards, or a regular expression.
    """
    number = decimal(operand.text) if operand.kind == WORD else None
    if sign.is_symbol(*ORDERS):
        if number is None:
            raise invalid_characters(f'"{operand.text}"', operand.span, f"{sign.text} compares numbers alone")
        return Ordered(sign.text, number)
    if not sign.is_symbol("=", "!="):
        raise invalid_pattern(sign.span, "expected =, !=, <, <=, > or >=")
    negated = sign.text == "!="
    if operand.kind == REGEX:
        return Matching(parse_regex(operand.text, operand.span.start + 1), negated)
    return Equal(_operand_text(operand), number, negated)


def _operand_text(operand: PatternToken) -> str:
    if operand.kind == PHRASE or (operand.kind == WORD and _PLAIN.fullmatch(operand.text)):
        return operand.text
    if operand.kind == WORD:
        raise invalid_characters(operand.text, operand.span, "put it in double quotes")
    raise invalid_pattern(operand.span, "expected a number, a word, or a text in double quotes")
