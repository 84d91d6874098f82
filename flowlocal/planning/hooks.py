"""Functions of the engine that stages call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

import polars as pl
from msgspec import Struct

from flowlocal.compiler.scope import QueryContext
from flowlocal.language import tree

if TYPE_CHECKING:
    from flowlocal.planning.frame import Frame

Counter = Callable[[pl.LazyFrame], pl.LazyFrame]


class AddressTable(Protocol):
    """A table that cannot be listed, but searched for addresses."""

    @property
    def columns(self) -> list[str]:
        """The columns that can be asked for."""

    def cells(self, addresses: pl.Series, column: str) -> pl.Series:
        """Return a column's cell (``String``) for each address; null for one that is not known."""


class TableCatalog(Protocol):
    """The lookup tables that a query may name."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all tables."""

    def read(self, name: str) -> pl.DataFrame | AddressTable:
        """Return a table, every column ``String``, with null for empty cells; or one that is searched by address."""


class LogGroups(Struct, frozen=True):
    """The log groups that were loaded.

    Attributes:
        names: their names.
        unnamed: True if there is a single group without a given name; a query may then call it by any name.
    """

    names: tuple[str, ...]
    unnamed: bool = False

    def those(self, meant: Callable[[str], bool]) -> set[str]:
        """Return the names that are meant; the group without a name always is."""
        return {name for name in self.names if self.unnamed or meant(name)}


class EngineHooks(Struct, frozen=True):
    """Functions of the engine that stages call.

    Attributes:
        run: returns the frame of a subquery, in the time range of the query around it.
        over: returns the frame of a query over another time range, in epoch milliseconds, both ends inclusive.
        matched: adds a counter of matched events to lazy rows.
        add_matched: adds to the number of matched events; None if every single event must be seen.
        log_groups: the log groups that were loaded.
        tables: the lookup tables.
        check_readable: raises UnreadableInput for the name of a field that the events have, but that cannot be read.
        collect: returns the rows of a plan over the query's events, or raises what ended their reading.
        ask: asks the source meanwhile for no other events than so many of the newest, given all conditions on them; the
            others are added to the matched events.
    """

    run: Callable[[tree.Query, QueryContext], Frame]
    over: Callable[[tree.Query, int, int], Frame]
    matched: Counter
    add_matched: Callable[[int], None] | None
    log_groups: LogGroups
    tables: TableCatalog
    check_readable: Callable[[str], None]
    collect: Callable[[pl.LazyFrame], pl.DataFrame]
    ask: Callable[[int, Sequence[pl.Expr]], AbstractContextManager[None]]
