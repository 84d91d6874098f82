"""The first groups of very many in an order, without rows for most of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import polars as pl
from msgspec import Struct
from msgspec.structs import replace

from flowlocal.planning.first_keys import UNSORTED, FirstKeys, first_places
from flowlocal.planning.group_columns import SIZE
from flowlocal.values import Key

Steps = tuple[Sequence[pl.Expr], ...]
Maker = Callable[["FirstGroups | None"], pl.LazyFrame]
"""Makes groups; given which are wanted, it may leave out others."""


def always(groups: pl.LazyFrame) -> Maker:
    """Return what makes all groups, whichever are wanted."""
    return lambda _first: groups


class GroupOrder(Struct, frozen=True):
    """Sort keys of groups.

    Attributes:
        keys: the sort keys.
        steps: the columns that they are computed from, in steps, each from columns of the groups or of steps before it.
        needed: the columns of the groups that they are computed from.
    """

    keys: Sequence[Key]
    steps: Steps
    needed: Sequence[str]

    def of(self, groups: pl.DataFrame) -> pl.DataFrame:
        """Return the keys of groups, of which the needed columns are given, in columns whose names are their places."""
        keys = {str(place): key.expression for place, key in enumerate(self.keys)}
        for step in (*self.steps, [expression.alias(name) for name, expression in keys.items()]):
            groups = groups.with_columns(step)
        return groups.select(*keys)

    def first(self, groups: pl.DataFrame, count: int) -> pl.Series:
        """Return the numbers of the first groups, in ascending order, given the needed columns."""
        keys = self.of(groups)
        return first_places(keys, keys.columns, [key.descending for key in self.keys], count).sort()


class FirstGroups(Struct, frozen=True):
    """Which groups are wanted of very many: the first in an order.

    Attributes:
        count: how many groups are wanted.
        order: the sort keys, which no two groups share.
        first: the first of the keys.
    """

    count: int
    order: GroupOrder
    first: GroupOrder

    def known(self) -> FirstKeys:
        """Return what will be known of the first of the keys of the groups that are wanted."""
        return FirstKeys(self.count, descending=self.first.keys[0].descending)

    def numbers(self, known: FirstKeys, columns: Callable[[Sequence[str]], pl.DataFrame]) -> pl.Series:
        """Return the numbers of the groups that may be wanted, of some, in ascending order.

        Args:
            known: what is known so far.
            columns: returns columns of these groups, given their names.
        """
        numbers = known.possible(self.first.of(columns(self.first.needed)).to_series()).arg_true()
        if len(numbers) <= UNSORTED * self.count:
            return numbers
        return numbers.gather(self.order.first(columns(self.order.needed)[numbers], self.count))


class DerivedGroups(Struct, frozen=True):
    """Groups, and columns that are computed from theirs, row by row.

    Attributes:
        make: makes the groups.
        steps: the columns, in steps.
    """

    make: Maker
    steps: Steps = ()

    def with_columns(self, columns: Sequence[pl.Expr]) -> DerivedGroups:
        """Return the groups with further columns."""
        return replace(self, steps=(*self.steps, columns))

    def lazy(self, first: FirstGroups | None = None) -> pl.LazyFrame:
        """Return the rows of the groups, or at least of those that are wanted."""
        lazy = self.make(first)
        for step in self.steps:
            lazy = lazy.with_columns(step)
        return lazy

    def first(self, order: Sequence[Key], count: int) -> pl.LazyFrame:
        """Return the rows of the first groups in an order, and of any others."""
        return self.lazy(FirstGroups(count, self._order(order), self._order(order[:1])))

    def _order(self, keys: Sequence[Key]) -> GroupOrder:
        names, steps = {name for key in keys for name in key.expression.meta.root_names()}, list[Sequence[pl.Expr]]()
        for step in reversed(self.steps):
            made = {column.meta.output_name(): column for column in step}
            steps.append([made[name] for name in names if name in made])
            names = set(_roots(names, made))
        return GroupOrder(keys, tuple(reversed(steps)), [*names] or [SIZE])  # constants have no number of rows


def _roots(names: Iterable[str], made: dict[str, pl.Expr]) -> Iterable[str]:
    """Return the columns that columns are computed from in a step."""
    return (root for name in names for root in (made[name].meta.root_names() if name in made else [name]))
