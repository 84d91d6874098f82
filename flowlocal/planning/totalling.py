"""Groups of which only totals are asked for, made by the native library, however many they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice

import polars as pl
from msgspec import Struct

from flowlocal.compiler.registry import Total
from flowlocal.memory_limits import budget
from flowlocal.native.groups import Of, Reduction
from flowlocal.native.totals import Totals, TotalsTable
from flowlocal.planning.deferred import lazy
from flowlocal.planning.first_groups import FirstGroups
from flowlocal.planning.group_columns import FIRST, SIZE
from flowlocal.planning.native_columns import REDUCTIONS, first_column, integer_columns, is_size, with_counts
from flowlocal.planning.table_pool import TablePool
from flowlocal.spilling import SpillFile

_SHARE = 1 / 3
"""The rows, or before them the groups of all threads, may take this part of what a query may hold in memory; other rows
are written to a file."""
_THREADS = 4
"""As many threads make groups of parts, at most: each holds some, and Polars has to take what they make."""
_FEW = 2**16 + 1
"""Groups that a thread of Polars may have, on the average: one for each port, and for none. Rows of far more groups,
such as pairs of addresses, take less time in parts."""


class Totalling(Struct, frozen=True):
    """Rows of which groups are made.

    Attributes:
        rows: the rows: keys, values (``Int64`` or ``UInt32``), and ``FIRST`` (or ``Int128``) if groups have it.
        keys: how many columns are keys.
        kinds: what is made of each column of values.
        made: what each column of the groups is, by name, with the number of the key or of the column of values.
        schema: the dtypes of the groups.
        count: given the number of rows whose groups are left out; None if nobody needs it.
    """

    rows: pl.LazyFrame
    keys: int
    kinds: Sequence[Reduction]
    made: Mapping[str, tuple[Of, int]]
    schema: Mapping[str, pl.DataType]
    count: Callable[[int], None] | None

    def groups(self, first: FirstGroups | None = None) -> pl.LazyFrame:
        """Return the groups, or at least those that are wanted."""
        return lazy(partial(self._frames, first), self.schema)

    def _frames(self, first: FirstGroups | None) -> Iterator[pl.DataFrame]:
        most = int(budget() * 1_000_000 * _SHARE)
        with SpillFile() as file:
            totals = Totals(self.keys, self.kinds, has_first=FIRST in self.schema, file=file, most=most)
            for rows in self._rest(totals, most):
                totals.add(rows)
            threads, reduce = min(_THREADS, pl.thread_pool_size()), None if first is None else self._reduce(first)
            left = totals.rows
            for columns in totals.groups([*self.made.values()], threads, reduce):
                frame = self._frame(self.made, columns)
                left -= int(frame[SIZE].sum())
                yield frame
        if self.count is not None:
            self.count(left)

    def _frame(self, names: Iterable[str], columns: Iterable[pl.Series]) -> pl.DataFrame:
        named = zip(names, columns, strict=True)
        return pl.DataFrame([column.cast(self.schema[name]).alias(name) for name, column in named])

    def _reduce(self, first: FirstGroups) -> Callable[[TotalsTable], None]:
        """Return what keeps the groups of a table that may be wanted."""
        known = first.known()

        def reduce(table: TotalsTable) -> None:
            def columns(names: Sequence[str]) -> pl.DataFrame:
                return self._frame(names, table.columns([self.made[name] for name in names]))

            numbers = first.numbers(known, columns)
            if len(numbers) < len(table):
                table.keep(numbers)

        return reduce

    def _rest(self, totals: Totals, most: int) -> Iterator[pl.DataFrame]:
        """Add rows, grouped by the threads of Polars, as long as their groups are few; return the other rows."""
        new = partial(TotalsTable, self.keys, self.kinds, has_first=FIRST in self.schema)
        pool = TablePool(new, lambda pool: pool.groups > _FEW * len(pool) or pool.bytes > most)
        rest = pool.rest_of(self.rows)
        first = list(islice(rest, 1))
        tables = pool.all()
        while tables:  # each is freed before the next one is added
            totals.merge(tables.pop())
        return chain(first, rest)


def totalled(
    rows: pl.LazyFrame,
    keys: Sequence[str],
    totals: Mapping[str, Total],
    schema: pl.Schema,
    count: Callable[[int], None] | None,
) -> Totalling | None:
    """Return the making of groups of rows with totals; None if the library cannot make them.

    Args:
        rows: the rows, with columns for the keys.
        keys: the names of the keys.
        totals: the totals, by name.
        schema: the dtypes of the groups: of the keys, the totals, and ``FIRST`` if they have it.
        count: given the number of rows whose groups are left out; None if nobody needs it.
    """
    values, made = _columns(totals)
    made |= {name: (Of.KEY, at) for at, name in enumerate(keys)} | {FIRST: (Of.FIRST, 0)}
    columns = integer_columns(rows, keys, [each for each, _ in values])
    if columns is None:
        return None
    taken = [*(column.alias(name) for name, column in columns.items()), *first_column(schema)]
    groups = {name: made[name] for name in schema}
    kinds = [kind for _, kind in values]
    return Totalling(rows.select(taken), len(keys), kinds, groups, with_counts(schema, totals), count)


def _columns(totals: Mapping[str, Total]) -> tuple[list[tuple[pl.Expr, Reduction]], dict[str, tuple[Of, int]]]:
    """Return columns of values, and which of them each total needs; equal ones are shared."""
    columns: list[tuple[pl.Expr, Reduction]] = []
    made: dict[str, tuple[Of, int]] = {}
    for name, total in totals.items():
        if is_size(total):
            made[name] = Of.ROWS, 0
            continue
        kind = REDUCTIONS[total.made]
        same = (at for at, (values, other) in enumerate(columns) if other is kind and values.meta.eq(total.values))
        place = next(same, len(columns))
        if place == len(columns):
            columns.append((total.values, kind))
        made[name] = Of.COUNT if total.made == "count" else Of.TOTAL, place
    return columns, made
