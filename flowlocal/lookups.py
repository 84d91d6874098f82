"""Lookup tables as ``lookup`` and ``cidrlookup`` read them: CSV files with a header, or AWS's ip-ranges.json."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from os import PathLike, fspath

import polars as pl

from flowlocal.events import UnreadableInput
from flowlocal.small_files import read_text
from flowlocal.tables import ip_ranges, shipped

Table = str | PathLike[str] | pl.DataFrame
LARGEST = 10 * 2**20
"""Bytes that a table's file may have (documented: 10 MB)."""


@dataclass(frozen=True)
class Tables:
    """The lookup tables that a query may name.

    Attributes:
        sources: by name, the path of a CSV file, or of the ip-ranges.json of AWS, or a frame. A file is read when a
            query names its table.
    """

    sources: Mapping[str, Table]

    @classmethod
    def of(cls, given: Mapping[str, Table] | None) -> Tables:
        """Return the given tables, and those shipped with flowlocal; of two with one name, the given one."""
        return cls({**shipped(), **(given or {})})

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all tables."""
        return tuple(self.sources)

    def read(self, name: str) -> pl.DataFrame:
        """Return a table, every column ``String``; an empty cell is null (decided: it is missing).

        Raises:
            KeyError: there is no table of that name.
            UnreadableInput: its file cannot be read: it does not exist, is too large, not UTF-8 or not CSV.
        """
        source = self.sources[name]
        frame = source if isinstance(source, pl.DataFrame) else _read(fspath(source))
        text = frame.select(pl.all().cast(pl.String))
        return text.with_columns(pl.when(pl.all() != "").then(pl.all()).name.keep())


def _read(path: str) -> pl.DataFrame:
    return parse(_text(path), path)


def parse(text: str, path: str) -> pl.DataFrame:
    """Return the table that a text has, every column ``String``.

    Args:
        text: CSV with a header, or the ip-ranges.json of AWS.
        path: what errors call it.

    Raises:
        UnreadableInput: the text is neither.
    """
    try:
        if text.lstrip().startswith("{"):
            return _read_json(text, path)
        frame = pl.read_csv(text.encode(), infer_schema=False, raise_if_empty=True)
    except pl.exceptions.PolarsError as error:
        raise UnreadableInput(
            f"the lookup table is not a valid CSV file with a header: {_reason(error)}", path
        ) from error
    _check_header(text, path)
    return frame


def _read_json(text: str, path: str) -> pl.DataFrame:
    """Return the rows of AWS's own list of its address ranges, which is JSON."""
    try:
        return pl.DataFrame(ip_ranges.rows(text), schema=dict.fromkeys(ip_ranges.COLUMNS, pl.String))
    except ValueError as error:
        raise UnreadableInput(f"the lookup table is not a valid CSV file: {error}", path) from error


def _check_header(text: str, path: str) -> None:
    names = next(csv.reader(StringIO(text)))
    for name in names:
        if names.count(name) > 1:
            raise UnreadableInput(f"the lookup table has two columns {name!r}", path, 1)


def _text(path: str) -> str:
    try:
        return read_text(path, streams=True, largest=LARGEST)
    except OSError as error:
        raise UnreadableInput(f"the lookup table cannot be read: {error.strerror}", path) from error


def _reason(error: pl.exceptions.PolarsError) -> str:
    return next(iter(str(error).strip().splitlines()), "it cannot be read").rstrip(".:")
