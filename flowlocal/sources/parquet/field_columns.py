"""Columns of Parquet files that hold flow log fields, and the values of these."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from msgspec import Struct

from flowlocal.epoch import SECONDS_BELOW
from flowlocal.sources.parquet.columns import ParquetColumn, ValueKind, is_within
from flowlocal.sources.parquet.file import ParquetSource
from flowlocal.sources.records import catalog
from flowlocal.values.calendar import DATETIME, epoch_milliseconds

_ACCOUNT_DIGITS = 12


class FieldColumn(Struct, frozen=True):
    """A column with the values of a flow log field.

    Attributes:
        column: the column.
        field: the field, as the log spells it.
    """

    column: ParquetColumn
    field: str

    @property
    def name(self) -> str:
        """The Insights name of the field."""
        return catalog.insights_name(self.field)

    @property
    def maximum(self) -> int | None:
        """The largest value of an integer field; None for a text field."""
        integer = catalog.INTEGERS.get(self.field)
        return None if integer is None else integer.maximum

    @property
    def fits(self) -> bool:
        """True if the column's type is valid for the field."""
        kind = self.column.kind
        if self.field not in catalog.KNOWN:
            return kind is not ValueKind.NESTED
        if kind is ValueKind.TIME:
            return self.field in catalog.TIMES
        return kind not in (ValueKind.BOOLEAN, ValueKind.NESTED)

    def value(self) -> pl.Expr:
        """Return the field's values: integers in range, null for others; or texts, ``-`` for a missing one."""
        if self.maximum is not None:
            return self.column.integer(self.maximum)
        text = self.column.text()
        if self.field != "account-id":
            return text
        return pl.when(text.str.contains(r"^\d+$")).then(text.str.zfill(_ACCOUNT_DIGITS)).otherwise(text)

    def text(self) -> pl.Expr:
        """Return the field's values as text of a log line, whether valid or not."""
        return self.value() if self.maximum is None else self.column.digits()

    def is_wrong(self) -> pl.Expr:
        """Return True for each value of an integer field that is neither missing nor an integer in range."""
        return self.column.is_given() & self.value().is_null()

    def is_known_sound(self, source: ParquetSource, groups: Sequence[int]) -> bool:
        """Return True if no value in some row groups can be wrong, as far as their statistics say."""
        if self.maximum is None:
            return True
        bounds = source.bounds(groups, self.column)
        return bounds is not None and is_within(bounds, 0, self.maximum)

    def sound_value(self) -> pl.Expr:
        """Return the field's values if none of them can be wrong."""
        is_stored = self.maximum is not None and self.column.kind is ValueKind.INTEGER
        return pl.col(self.column.physical) if is_stored else self.value()

    def time(self, largest: int | None) -> pl.Expr:
        """Return a start as ``Datetime("ms")``.

        Args:
            largest: the largest of the values, which are sound; None if that is not known.
        """
        if largest is not None and largest < SECONDS_BELOW:
            return (pl.col(self.column.physical).cast(pl.Int64) * 1000).cast(DATETIME)
        is_time = self.column.kind is ValueKind.TIME
        return (self.column.milliseconds() if is_time else epoch_milliseconds(self.value())).cast(DATETIME)
