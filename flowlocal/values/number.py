"""Numbers: exact integers up to 64 bits, doubles beyond and for fractions."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from flowlocal.values.printing import real_text
from flowlocal.values.value import Key, Parts, Pick, Value

INT64_MAX = 2**63 - 1


def finite(real: pl.Expr) -> pl.Expr:
    """Return Float64 with null instead of NaN and infinity (decided: such a result is missing)."""
    return pl.when(real.is_finite()).then(real)


class Number(Value, frozen=True):
    """A number: the integer if there is one, else the double.

    Attributes:
        integer: an integer dtype, or None if no value is an exact integer.
        real: Float64, used in rows in which ``integer`` is null; None if no value needs it.
        maximum: the largest magnitude of ``integer``; shows that a result of arithmetic fits in 64 bits.
        literal: the value, if it is known and the same in every row.
    """

    integer: pl.Expr | None = None
    real: pl.Expr | None = None
    maximum: int = INT64_MAX
    literal: int | float | None = None
    numeric = True
    counts = True

    @classmethod
    def of(cls, value: int | float) -> Number:
        """Return a number that is the same in every row."""
        if isinstance(value, int) and abs(value) <= INT64_MAX:
            return cls(integer=pl.lit(value, pl.Int64), maximum=abs(value), literal=value)
        return cls(real=pl.lit(float(value), pl.Float64), literal=float(value))

    @classmethod
    def whole(cls, integer: pl.Expr, maximum: int = INT64_MAX) -> Number:
        """Return a number that is always an integer."""
        return cls(integer=integer, maximum=maximum)

    @classmethod
    def fraction(cls, real: pl.Expr) -> Number:
        """Return a number that is always a double; NaN and infinity are missing."""
        return cls(real=finite(real))

    @classmethod
    def nothing(cls) -> Number:
        """Return a number that is missing in every row."""
        return cls(integer=pl.lit(None, pl.Int64), maximum=0)

    @classmethod
    def adopt(cls, value: Value) -> Number | None:
        """Return the number of a value that always is one, if it is neither a time nor a field with ``-``."""
        if value.absent:
            return cls.nothing()
        return value.number() if value.counts else None

    @classmethod
    def picked(cls, values: Sequence[Number], pick: Pick) -> Number:
        """Return one number picked from several."""
        integers = [number.parts.get("integer", pl.lit(None, pl.Int64)) for number in values]
        reals = [number.parts.get("real", pl.lit(None, pl.Float64)) for number in values]
        integer = pick(integers) if any(number.integer is not None for number in values) else None
        real = pick(reals) if any(number.real is not None for number in values) else None
        return cls(integer, real, max(number.maximum for number in values))

    @property
    def parts(self) -> Parts:
        """The columns ``integer`` and ``real``, as far as the number has them."""
        found: dict[str, pl.Expr] = {}
        if self.integer is not None:
            found["integer"] = self.integer
        if self.real is not None:
            found["real"] = self.real if self.integer is None else pl.when(self.integer.is_null()).then(self.real)
        return found

    def rebuild(self, parts: Parts) -> Number:
        """Return a number over other columns."""
        return Number(parts.get("integer"), parts.get("real"), self.maximum)

    def keys(self) -> Parts:
        """Return group keys, which are equal for equal integers and doubles."""
        if self.integer is None or self.real is None:
            return self.parts
        real = self.parts["real"]
        whole = real.cast(pl.Int64, strict=False)
        is_whole = (whole.cast(pl.Float64) == real).fill_null(value=False)
        integer = pl.coalesce(self.integer.cast(pl.Int64), pl.when(is_whole).then(whole))
        return {"integer": integer, "real": pl.when(~is_whole).then(real)}

    def number(self) -> Number:
        """Return the number itself."""
        return self

    def as_real(self) -> pl.Expr:
        """Return the nearest double (Float64)."""
        if self.integer is None:
            return self.real if self.real is not None else pl.lit(None, pl.Float64)
        whole = self.integer.cast(pl.Float64)
        return whole if self.real is None else pl.coalesce(whole, self.real)

    def as_integer(self) -> pl.Expr:
        """Return Int64 without the fraction; null if the number does not fit."""
        cut = None if self.real is None else self.real.cast(pl.Int64, strict=False)
        if self.integer is None:
            return cut if cut is not None else pl.lit(None, pl.Int64)
        whole = self.integer.cast(pl.Int64)
        return whole if cut is None else pl.coalesce(whole, cut)

    def present(self) -> pl.Expr:
        """Return a Boolean expression: True if there is a number."""
        return pl.any_horizontal([part.is_not_null() for part in (self.integer, self.real) if part is not None])

    def text(self) -> pl.Expr:
        """Return String: whole numbers in plain digits, others as recorded (see ``printing``)."""
        whole = None if self.integer is None else self.integer.cast(pl.String)
        if self.real is None:
            return whole if whole is not None else pl.lit(None, pl.String)
        return real_text(self.real) if whole is None else pl.coalesce(whole, real_text(self.parts["real"]))

    def typed(self) -> pl.Expr:
        """Return Int64 if every value is an integer, else Float64."""
        return self.integer.cast(pl.Int64) if self.integer is not None and self.real is None else self.as_real()

    def sort_keys(self) -> tuple[Key, ...]:
        """Return keys by value; integers that round to the same double still compare exactly."""
        if self.real is None and self.integer is not None:
            return (Key(self.integer),)
        real = self.as_real()
        if self.integer is None:
            return (Key(real),)
        whole = real.cast(pl.Int128, strict=False)
        return Key(real), Key(pl.coalesce(self.integer.cast(pl.Int128), whole))
