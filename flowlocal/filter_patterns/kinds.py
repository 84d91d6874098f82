"""The three kinds of filter patterns: terms, conditions on JSON, conditions on fields."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import repeat

import polars as pl

from flowlocal.filter_patterns.comparisons import MISSING, NUMBER, EventValue, NumberText
from flowlocal.filter_patterns.conditions import Formula, PatternCondition, evaluate
from flowlocal.filter_patterns.regex import LinearRegex


class FilterPattern(ABC):
    """Which messages are wanted."""

    @abstractmethod
    def matches(self, messages: Sequence[str]) -> list[bool]:
        """Return for each message if it matches."""

    def rows(self, frame: pl.LazyFrame, column: str) -> pl.LazyFrame:
        """Return the rows of a frame whose message in a column matches.

        Not as a condition: Polars would serialize it for sources that are written in Python, and Python functions
        are not serialized without cloudpickle.
        """

        def matching(rows: pl.DataFrame) -> pl.DataFrame:
            return rows.filter(pl.Series(self.matches(rows[column].to_list()), dtype=pl.Boolean()))

        return frame.map_batches(matching, projection_pushdown=False, slice_pushdown=False, streamable=True)

    @abstractmethod
    def extract(self, message: str) -> dict[str, str]:
        """Return the values that the pattern names, of a message that matches, under their names in TestMetricFilter.

        Of a pattern for JSON, those are the members that it mentions and that are neither objects nor lists nor null,
        under their selectors (decided); of one for fields, all fields, under ``$name`` or ``$3`` (documented); of
        terms, none (documented).
        """


@dataclass(frozen=True)
class Term:
    """A term.

    Attributes:
        sign: ``-`` for one that must not be there, ``?`` for one of which any will do, else empty.
        sought: the text or the regular expression.
    """

    sign: str
    sought: str | LinearRegex

    def found(self, column: str) -> pl.Expr:
        """Return the condition that it is in the messages of a column; a blank one is in all (documented)."""
        if isinstance(self.sought, LinearRegex):
            return pl.col(column).str.contains(self.sought.pattern)
        return pl.col(column).str.contains(self.sought, literal=True) if self.sought.strip() else pl.lit(value=True)


@dataclass(frozen=True)
class TermPattern(FilterPattern):
    """Terms: all without a sign must be there, and none with ``-``; of those with ``?``, one must.

    Terms with ``?`` beside others are ignored (documented).

    Attributes:
        terms: the terms.
    """

    terms: Sequence[Term]

    def rows(self, frame: pl.LazyFrame, column: str) -> pl.LazyFrame:
        """Return the rows of a frame whose message in a column matches."""
        return frame.filter(self._condition(column))

    def _condition(self, column: str) -> pl.Expr:
        found = {sign: [each.found(column) for each in self.terms if each.sign == sign] for sign in ("", "-", "?")}
        if found["?"] and not found[""] and not found["-"]:
            return pl.any_horizontal(found["?"])
        return pl.all_horizontal(pl.lit(value=True), *found[""], *(~each for each in found["-"]))

    def matches(self, messages: Sequence[str]) -> list[bool]:
        """Return for each message if it matches."""
        frame = pl.DataFrame({"message": messages}, schema={"message": pl.String()})
        return frame.with_columns(matches=self._condition("message"))["matches"].to_list()

    def extract(self, message: str) -> dict[str, str]:
        """Return nothing."""
        return {}


@dataclass(frozen=True)
class Selector:
    """A member of a JSON message.

    Attributes:
        text: as it is written, such as ``$.users[0].name``.
        path: names of members and numbers of elements.
    """

    text: str
    path: Sequence[str | int]

    def of(self, event: EventValue) -> EventValue:
        """Return the value that an event has there, or ``MISSING``."""
        for step in self.path:
            event = _member(event, step)
        return event


def _member(value: EventValue, step: str | int) -> EventValue:
    if isinstance(step, str):
        return value.get(step, MISSING) if isinstance(value, dict) else MISSING
    return value[step] if isinstance(value, list) and step < len(value) else MISSING


def _not_json(text: str) -> float:
    raise ValueError(text)


_loads = partial(json.loads, parse_int=NumberText, parse_float=NumberText, parse_constant=_not_json)


def _decoded(message: str) -> EventValue:
    """Return the object or the list that a message is, or ``MISSING``."""
    try:
        event = _loads(message) if message.lstrip().startswith(("{", "[")) else MISSING
    except (ValueError, RecursionError):
        return MISSING
    return event


@dataclass(frozen=True)
class JsonPattern(FilterPattern):
    """Conditions on messages that are JSON; no other message matches.

    Attributes:
        formula: the conditions.
    """

    formula: Formula[Selector]

    def matches(self, messages: Sequence[str]) -> list[bool]:
        """Return for each message if it matches."""
        events = [_decoded(message) for message in messages]
        values = {selector: [selector.of(event) for event in events] for selector in self._selectors()}
        found = evaluate(self.formula, values)
        return [event is not MISSING and each for event, each in zip(events, found, strict=True)]

    def _selectors(self) -> Iterator[Selector]:
        return (step.key for step in self.formula if isinstance(step, PatternCondition))

    def extract(self, message: str) -> dict[str, str]:
        """Return the members that the pattern mentions."""
        event = _decoded(message)
        values = {selector.text: selector.of(event) for selector in self._selectors()}
        return {text: _printed(value) for text, value in values.items() if isinstance(value, str | bool)}


def _printed(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_CLOSED = {'"': re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL), "[": re.compile(r"\[([^\]]*)\]")}
_BARE = re.compile(r"\S+")


def split_fields(message: str) -> list[str]:
    """Return the fields of a message: what blanks separate, quotation marks enclose, or brackets enclose (documented).

    A mark that opens a field and is never closed is a character like others (decided); such marks are looked up once
    for each message, so that the time is linear in its length.
    """
    fields, at, unclosed = [], 0, set()
    while at < len(message):
        if message[at].isspace():
            at += 1
            continue
        closed = None
        if message[at] in _CLOSED and message[at] not in unclosed:
            closed = _CLOSED[message[at]].match(message, at)
            if closed is None:
                unclosed.add(message[at])
        found = closed or _BARE.match(message, at)
        assert found  # noqa: S101 - the character is not blank
        fields.append(found[1] if closed else found[0])
        at = found.end()
    return fields


@dataclass(frozen=True)
class FieldsPattern(FilterPattern):
    """Conditions on the fields of a message.

    A message has as many fields as the pattern, or with ``...`` at least as many (documented).

    Attributes:
        names: names of fields, those without a name empty, without ``...``.
        ellipsis: how many of them are before ``...``; None if there is none.
        formula: the conditions, by position in ``names``; empty for none.
    """

    names: Sequence[str]
    ellipsis: int | None
    formula: Formula[int]

    def matches(self, messages: Sequence[str]) -> list[bool]:
        """Return for each message if it matches."""
        rows = [self._named(split_fields(message)) for message in messages]
        fitting = [row for row in rows if row is not None]
        columns: Mapping[int, Sequence[EventValue]] = {
            number: [_number_or_text(row[number]) for row in fitting] for number in self._numbers()
        }
        found = iter(evaluate(self.formula, columns) if self.formula else repeat(True))
        return [row is not None and next(found) for row in rows]

    def _numbers(self) -> Iterator[int]:
        return (step.key for step in self.formula if isinstance(step, PatternCondition))

    def _named(self, fields: Sequence[str]) -> Sequence[str] | None:
        """Return the fields that have a place in ``names``; None if there are too few or too many."""
        head, spare = self.ellipsis, len(fields) - len(self.names)
        if spare < 0 or (head is None and spare):
            return None
        return fields if head is None else [*fields[:head], *fields[head + spare :]]

    def extract(self, message: str) -> dict[str, str]:
        """Return all fields by name, or by number if they have none."""
        fields = split_fields(message)
        head = len(self.names) if self.ellipsis is None else self.ellipsis
        names = [*self.names[:head], *[""] * (len(fields) - len(self.names)), *self.names[head:]]
        return {f"${name or number}": field for number, (name, field) in enumerate(zip(names, fields, strict=True), 1)}


def _number_or_text(field: str) -> str:
    return NumberText(field) if NUMBER.fullmatch(field) else field
