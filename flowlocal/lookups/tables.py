"""Lookup tables as ``lookup`` and ``cidrlookup`` read them, by name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl
from msgspec import Struct

from flowlocal.events import UnreadableInput
from flowlocal.tables import shipped

if TYPE_CHECKING:
    from flowlocal.lookups.mmdb import AddressDatabase
    from flowlocal.lookups.reading import Source

Table: TypeAlias = "str | PathLike[str] | pl.DataFrame | AddressDatabase"


def _ignore(_finding: str) -> None:
    """Ignore a finding; a function of the module, so that tables can be pickled."""


class Tables(Struct, frozen=True):
    """The lookup tables that a query may name.

    Attributes:
        sources: by name, the path of a file (see ``reading.read_tables``), a frame or a database. A file is read when
            a query names its table.
        on_finding: called with a sentence on a table that CloudWatch Logs would not accept.
    """

    sources: Mapping[str, Table]
    on_finding: Callable[[str], Any] = _ignore

    @classmethod
    def of(cls, given: Mapping[str, Table] | None, on_finding: Callable[[str], Any] = _ignore) -> Tables:
        """Return the given tables, and those shipped with flowlocal; of two with one name, the given one."""
        return cls({**shipped(), **(given or {})}, on_finding)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all tables."""
        return tuple(self.sources)

    def read(self, name: str) -> Source:
        """Return a table, every column ``String``; an empty cell is null (decided: it is missing).

        Raises:
            KeyError: there is no table of that name.
            UnreadableInput: its file cannot be read: it does not exist, is not UTF-8 or not a table.
        """
        from flowlocal.lookups.mmdb import AddressDatabase  # noqa: PLC0415 - most queries name no table

        source = self.sources[name]
        table = source if isinstance(source, pl.DataFrame | AddressDatabase) else self._read(name, fspath(source))
        return table if isinstance(table, AddressDatabase) else _as_text(table)

    def _read(self, name: str, path: str) -> Source:
        from flowlocal.lookups.reading import LARGEST, read_tables  # noqa: PLC0415

        found = read_tables(path)
        if len(found) > 1:
            raise UnreadableInput(
                f"the file has {len(found)} lookup tables: {', '.join(found)}",
                path,
                hint="name its folder with `--names FOLDER` to have each by its own name",
            )
        (table,) = found.values()
        if isinstance(table, pl.DataFrame) and os.stat(path).st_size > LARGEST:
            size = f"more than the {LARGEST >> 20} MB that CloudWatch Logs accepts"
            self.on_finding(f"{path}: the lookup table {name} has {os.stat(path).st_size / 2**20:,.0f} MB, {size}")
        return table


def _as_text(table: pl.DataFrame) -> pl.DataFrame:
    text = table.select(pl.all().cast(pl.String))
    return text.with_columns(pl.when(pl.all() != "").then(pl.all()).name.keep())
