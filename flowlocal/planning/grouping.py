"""Rows with group keys, and how they become groups: at once, or in parts that are merged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import polars as pl
from msgspec import Struct, field
from msgspec.structs import replace

from flowlocal.compiler.registry import Rank, Total
from flowlocal.planning.first_groups import Maker, always
from flowlocal.planning.group_columns import FIRST, SIZE, PackedKeys, bundled
from flowlocal.values.text_numbers import TextNumbers


class Grouping(Struct, frozen=True):
    """Rows with group keys, and the columns that are made of each group.

    Attributes:
        lazy: the rows, with a column for each key.
        keys: the columns of the keys; none if all rows are one group.
        columns: expressions that give one value per group, by name; ``SIZE`` is one of them.
        merge: expressions that make the same columns of the parts of a group; None if the rows of a group are needed.
        texts: the keys that contain texts which are likely to recur.
        holds: True if all rows of a group must be in memory at once.
        count: adds to the number of matched events, which the rows of the groups are; None if they were counted.
        numbers: the numbers of the texts in the groups, which become texts in the rows that are left; None if the
            groups have texts.
        native: the columns that the native library can make in this process.
    """

    lazy: pl.LazyFrame
    keys: tuple[str, ...]
    columns: Mapping[str, pl.Expr]
    merge: Mapping[str, pl.Expr] | None
    texts: tuple[str, ...] = ()
    holds: bool = False
    count: Callable[[int], None] | None = None
    numbers: TextNumbers | None = None
    native: dict[str, Rank | Total] = field(default_factory=dict)

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns of the rows that the groups are made of."""
        roots = (root for column in self.columns.values() for root in column.meta.root_names())
        return tuple(dict.fromkeys((*self.keys, *roots)))

    def groups(self) -> pl.LazyFrame:
        """Return the groups that contain a row."""
        return self.maker()(None)

    def maker(self) -> Maker:
        """Return what makes the groups that contain a row."""
        columns = [column.alias(name) for name, column in self.columns.items()]
        make = self._maker(columns) if self.keys else always(self.lazy.select(columns))
        # constant keys make a group of no rows
        return lambda first: self._counted(make(first)).filter(pl.col(SIZE) > 0)

    def _counted(self, groups: pl.LazyFrame) -> pl.LazyFrame:
        """Return the same groups, whose rows are counted; nothing may be pushed below the count."""
        if self.count is None:
            return groups
        return groups.map_batches(
            partial(_count_rows, self.count),
            predicate_pushdown=False,
            projection_pushdown=False,
            slice_pushdown=False,
            streamable=True,
        )

    def parts(self) -> pl.LazyFrame:
        """Return the groups in columns that do not depend on this process, to be merged with those of others."""
        return replace(self, numbers=None).groups()

    def merged(self, parts: pl.LazyFrame) -> pl.LazyFrame:
        """Return the groups that parts of them make, in the columns of ``parts``."""
        assert self.merge is not None  # noqa: S101 - the caller has looked
        columns = [column.alias(name) for name, column in self.merge.items()]
        return parts.group_by(*self.keys).agg(columns) if self.keys else parts.select(columns).filter(pl.col(SIZE) > 0)

    def over(self, rows: pl.LazyFrame) -> Grouping:
        """Return the same grouping of other rows, which have the needed columns."""
        return replace(self, lazy=rows)

    def _maker(self, columns: list[pl.Expr]) -> Maker:
        """Return what makes the groups."""
        holds = self.holds and self._holds_values(columns)
        if not holds and not self._may_be_native():
            return always(self.lazy.group_by(self.keys).agg(columns))
        numbers = self.numbers or TextNumbers()
        rows = self.lazy.with_columns(numbers.number_of(pl.col(name)) for name in self.texts)
        make = self._natively(rows, columns)
        if make is None and not holds and len(self.texts) < 2:
            return always(self.lazy.group_by(self.keys).agg(columns))
        make = always(self._of_integers(rows, columns, holds=holds)) if make is None else make
        if self.numbers is not None:
            return make
        texts = [numbers.text_of(pl.col(name)).alias(name) for name in self.texts]
        return lambda first: make(first).with_columns(texts)

    def _may_be_native(self) -> bool:
        """Return True if groups by integers, a text's number among them, may take less time than Polars needs as it is.

        Polars hashes one text, or two integers, in less time than the library takes for them. It also counts rows by an
        integer, and finds the largest values, as quickly; but its sums have 128 bits, and take longer.
        """
        if self.texts:
            return len(self.keys) > 1
        has_sums = any(isinstance(each, Total) and each.made == "sum" for each in self.native.values())
        return has_sums and len(self.keys) == 1

    def _of_integers(self, rows: pl.LazyFrame, columns: list[pl.Expr], *, holds: bool) -> pl.LazyFrame:
        """Return groups by Polars of rows whose texts are numbers."""
        keys = PackedKeys.of(self.keys, self.texts)
        rows = keys.pack(rows)
        rows, lists = bundled(rows, keys.names, columns) if holds else (rows, [])
        return keys.unpack(_held(rows, keys.names, lists, columns) if holds else _kept(rows, keys.names, columns))

    def _natively(self, rows: pl.LazyFrame, columns: list[pl.Expr]) -> Maker | None:
        """Return what makes the groups by the native library; None if it cannot make them."""
        if self.columns.keys() - self.native.keys() - {SIZE, FIRST} or not self.columns[SIZE].meta.eq(pl.len()):
            return None
        made = self.native | {SIZE: Total("rows")}
        schema = rows.group_by(self.keys).agg(columns).collect_schema()
        if any(isinstance(each, Rank) for each in made.values()):
            from flowlocal.planning.gathering import gathered  # noqa: PLC0415 - only for percentiles

            groups = gathered(rows, self.keys, made, schema, self._of_numbered)
            return None if groups is None else always(groups)
        from flowlocal.planning.totalling import totalled  # noqa: PLC0415 - only for totals

        totals = {name: each for name, each in made.items() if isinstance(each, Total)}
        totalling = totalled(rows, self.keys, totals, schema, self.count)
        return None if totalling is None else totalling.groups

    def _of_numbered(self, rows: pl.LazyFrame, columns: list[pl.Expr]) -> pl.LazyFrame:
        """Return groups, with all their values, by Polars of rows whose keys are Int64."""
        return self._of_integers(rows.cast(dict.fromkeys(self.texts, pl.UInt32)), columns, holds=True)

    def _holds_values(self, columns: list[pl.Expr]) -> bool:
        """Return True if an aggregate has a value of the events, and not only constants."""
        return any(name not in (*self.keys, FIRST) for column in columns for name in column.meta.root_names())


def _count_rows(count: Callable[[int], None], groups: pl.DataFrame) -> pl.DataFrame:
    count(int(groups[SIZE].cast(pl.Int64).sum()))
    return groups


def _kept(rows: pl.LazyFrame, keys: list[str], columns: list[pl.Expr]) -> pl.LazyFrame:
    """Return groups for which only the aggregates are kept while the events are read."""
    return rows.group_by(keys).agg(columns)


def _held(bundles: pl.LazyFrame, keys: list[str], lists: list[str], columns: list[pl.Expr]) -> pl.LazyFrame:
    """Return groups that need all their events: lists are sorted by group, on disk if necessary, then aggregated.

    Args:
        bundles: rows with lists of values.
        keys: the columns by which they are grouped.
        lists: the columns of lists.
        columns: the aggregates of the values.
    """
    # Without `set_sorted` Polars drops a sort that no result depends on, and makes the groups in memory.
    events = bundles.sort(keys).explode(lists)
    return events.set_sorted(keys).group_by(keys, maintain_order=True).agg(columns)
