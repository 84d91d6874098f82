"""Which columns of an answer are bytes, bits, or rates of them, by the expressions of its query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

from flowlocal.commands.display import Display
from flowlocal.commands.fields import Fields
from flowlocal.commands.stats import Stats
from flowlocal.compiler.periods import period_milliseconds
from flowlocal.engine import parse
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.templates import expand
from flowlocal.sizes import Unit


class _Other(Enum):
    """What numbers are that data is divided by."""

    SECONDS = "seconds"
    EVENTS = "events"


_Quantity = Unit | _Other
_FIELDS: dict[str, _Quantity] = {
    "bytes": Unit.BYTES,
    "packets": _Other.EVENTS,
    "start": _Other.SECONDS,
    "end": _Other.SECONDS,
    "startTime": _Other.SECONDS,
    "endTime": _Other.SECONDS,
}
_KEEPING = frozenset(
    {
        *("sum", "avg", "min", "max", "median", "pct", "percentile", "stddev", "latest", "earliest", "sortsfirst"),
        *("sortslast", "abs", "ceil", "floor", "round", "coalesce", "greatest", "least"),
    }
)
"""Functions whose value has the unit of their first argument."""
_RATES = {Unit.BYTES: Unit.BYTE_RATE, Unit.BITS: Unit.BIT_RATE}
_IN_BITS = {Unit.BYTES: Unit.BITS, Unit.BYTE_RATE: Unit.BIT_RATE}
_BITS_OF_A_BYTE = 8


def units_of(query: str, parameters: Mapping[str, str] | None = None) -> dict[str, Unit]:
    """Return the units of the columns of a query that are amounts or rates of data.

    ``bytes``, and sums, averages and the like of it, are bytes; times 8 they are bits; divided by seconds (``end -
    start``, or the length of the ``bin`` in seconds) they are rates. Divided by another number they are scaled, and
    their unit is not known.

    Args:
        query: its text; a malformed one has only fields.
        parameters: values for ``{{name}}`` in it.
    """
    try:
        stages = parse(expand(query, parameters or {}, {}).text).stages
    except MalformedQuery:
        stages = ()
    known: Mapping[str, _Quantity] = _FIELDS
    for stage in stages:
        if isinstance(stage, Fields | Display):
            known = _Scope(known).defining(stage.items)
        elif isinstance(stage, Stats):
            items = (*stage.by, *stage.items)
            made = _Scope(known, _period(stage.by)).defining(items)
            known = {item.name: made[item.name] for item in items if item.name in made}
    return {name: unit for name, unit in known.items() if isinstance(unit, Unit)}


def _period(keys: Iterable[tree.Item]) -> float | None:
    """Return the length of the first ``bin`` among some groups in seconds."""
    for key in keys:
        for node in tree.walk(key.expression):
            if isinstance(node, tree.Duration):
                try:
                    return period_milliseconds(node) / 1000
                except MalformedQuery:  # a month has no fixed length
                    return None
    return None


class _Scope:
    """The quantities of names, and the length of the groups' ``bin`` in seconds."""

    def __init__(self, known: Mapping[str, _Quantity], period: float | None = None) -> None:
        self.known = dict(known)
        self.period = period

    def defining(self, items: Iterable[tree.Item]) -> dict[str, _Quantity]:
        """Return the quantities after the items of a stage, which can use the names of earlier ones."""
        for item in items:
            quantity = self.of(item.expression)
            self.known.pop(item.name, None)
            if quantity is not None:
                self.known[item.name] = quantity
        return self.known

    def of(self, node: tree.Expression) -> _Quantity | None:
        """Return the quantity of an expression; None if it is not known, or a plain number."""
        match node:
            case tree.Name(name):
                return self.known.get(name)
            case tree.Call(function, arguments) if function.lower().replace("_", "") in _KEEPING and arguments:
                return self.of(arguments[0])
            case tree.Call(function) if function.lower() == "count":
                return _Other.EVENTS
            case tree.Arithmetic(operator, left, right):
                return self._combined(operator, left, right)
        return None

    def _combined(self, operator: str, left: tree.Expression, right: tree.Expression) -> _Quantity | None:
        first, second = self.of(left), self.of(right)
        if operator in {"+", "-"}:
            return first if first is second or second is None else None
        if operator == "*":
            data, factor = (left, right) if first else (right, left)
            of_data = self.of(data)
            is_in_bits = factor == tree.NumberLiteral(_BITS_OF_A_BYTE) and isinstance(of_data, Unit)
            return _IN_BITS.get(of_data) if is_in_bits and isinstance(of_data, Unit) else None
        if operator == "/" and isinstance(first, Unit):
            return self._divided(first, second, right)
        return None

    def _divided(self, data: Unit, second: _Quantity | None, divisor: tree.Expression) -> Unit | None:
        if second is _Other.EVENTS:
            return data
        is_period = self.period is not None and divisor == tree.NumberLiteral(self.period)
        return _RATES.get(data) if second is _Other.SECONDS or is_period else None
