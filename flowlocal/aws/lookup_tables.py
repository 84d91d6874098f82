"""Lookup tables of a store, which its queries can name."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from os import PathLike, fspath

import polars as pl

from flowlocal.aws.errors import invalid
from flowlocal.events import UnreadableInput
from flowlocal.lookups.reading import LARGEST, parse_csv
from flowlocal.lookups.tables import Table, Tables
from flowlocal.result import Result

Files = Mapping[str, Table]
"""Lookup tables by name: paths of files, or tables that are read already."""


def _now() -> int:
    return int(time.time() * 1000)


@dataclass(frozen=True)
class LookupTable:
    """A lookup table.

    Attributes:
        name: its name.
        source: its rows, or the path of a file, which each query reads anew.
        description: what it is, in words.
        kms_key: a key, which is kept and not used.
        updated: epoch milliseconds of the last change.
    """

    name: str
    source: Table
    description: str = ""
    kms_key: str = ""
    updated: int = field(default_factory=_now)

    @property
    def rows(self) -> pl.DataFrame:
        """The rows, every column ``String``.

        Raises:
            UnreadableInput: its file cannot be read.
        """
        table = Tables({self.name: self.source}).read(self.name)
        if not isinstance(table, pl.DataFrame):
            raise UnreadableInput("a MaxMind database has no rows that a request can read", self.name)
        return table

    @property
    def body(self) -> str:
        """The table as CSV."""
        return self.rows.write_csv()


def tables_of_files(files: Files) -> dict[str, LookupTable]:
    """Return the lookup tables that files make, by name."""
    paths = {name: fspath(each) for name, each in files.items() if isinstance(each, str | PathLike)}
    return {name: LookupTable(name, paths.get(name, each)) for name, each in files.items()}


def parsed(text: str) -> pl.DataFrame:
    """Return the rows of a table that a request brings along.

    Raises:
        ApiError: it is too large, or not CSV with a header.
    """
    if len(text.encode()) > LARGEST:
        raise invalid(f"A lookup table can have {LARGEST} bytes")
    try:
        return parse_csv(text, "tableBody")
    except UnreadableInput as error:
        raise invalid(f"Invalid tableBody: {error}") from error


def rows_of(result: Result) -> pl.DataFrame:
    """Return the rows of a table that the result of a query makes.

    Raises:
        ApiError: it is too large.
    """
    return parsed(result.printed.write_csv())


def named_in(texts: Iterable[str], tables: Mapping[str, LookupTable]) -> dict[str, Table]:
    """Return the tables that some queries may name, as the engine takes them."""
    known = list(texts)
    return {name: table.source for name, table in tables.items() if any(name in text for text in known)}
