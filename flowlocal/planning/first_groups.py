"""The first groups of very many in an order, without rows for most of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import polars as pl
from msgspec import Struct
from msgspec.structs import replace

from flowlocal.values import Key

Steps = tuple[Sequence[pl.Expr], ...]
Maker = Callable[["FirstGroups | None"], pl.LazyFrame]
"""Makes groups; given which are wanted, it may leave out others."""


class FirstGroups(Struct, frozen=True):
    """Which groups are wanted: the first in an order, and any others.

    Attributes:
        key: the first key of the order.
        steps: the columns that it is computed from, in steps, each from columns of the groups or of steps before it.
        needed: the columns of the groups that it is computed from.
        count: how many groups are wanted.
    """

    key: Key
    steps: Steps
    needed: frozenset[str]
    count: int

    def keys(self, groups: pl.DataFrame) -> pl.Series:
        """Return the keys of groups, of which the needed columns are given."""
        for step in self.steps:
            groups = groups.with_columns(step)
        return groups.select(self.key.expression).to_series()


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

    def first(self, key: Key, count: int) -> pl.LazyFrame:
        """Return the rows of the first groups by a key, and of any others."""
        names, steps = frozenset(key.expression.meta.root_names()), list[Sequence[pl.Expr]]()
        for step in reversed(self.steps):
            made = {column.meta.output_name(): column for column in step}
            steps.append([made[name] for name in names if name in made])
            names = frozenset(_roots(names, made))
        return self.lazy(FirstGroups(key, tuple(reversed(steps)), names, count))


def _roots(names: Iterable[str], made: dict[str, pl.Expr]) -> Iterable[str]:
    """Return the columns from which columns are computed in a step."""
    return (root for name in names for root in (made[name].meta.root_names() if name in made else [name]))
