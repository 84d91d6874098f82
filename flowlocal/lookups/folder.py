"""A folder with files of names: every file that is a table is taken, and for every other one it is said why not."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from os import PathLike, fspath

import polars as pl
from msgspec import Struct

from flowlocal.events import UnreadableInput
from flowlocal.lookups.documents import columns_of, is_described
from flowlocal.lookups.hosts import NAMES, names_table
from flowlocal.lookups.labels import Labels
from flowlocal.lookups.mmdb import AddressDatabase
from flowlocal.lookups.reading import NotATableError, Source, read_tables


class RefusedFile(Struct, frozen=True):
    """A file that was not taken, or not whole.

    Attributes:
        path: the file.
        reason: why, in words.
        damaged: True if it should have been a table: it is damaged or cannot be read.
    """

    path: str
    reason: str
    damaged: bool

    def __str__(self) -> str:
        return f"{self.path}: not taken as names: {self.reason}"


class Names(Struct, frozen=True, dict=True):
    """The lookup tables of folders and files.

    Attributes:
        tables: the tables by name; ``names`` has what is known about each address.
        files: the files of each table.
        refused: the files that are not tables.
    """

    tables: Mapping[str, Source]
    files: Mapping[str, tuple[str, ...]]
    refused: tuple[RefusedFile, ...] = ()

    @classmethod
    def of(cls, *paths: str | PathLike[str]) -> Names:
        """Return the tables in folders, which are walked, and in files.

        Raises:
            UnreadableInput: a path does not exist.
        """
        gathered = _Gathered()
        for path in [fspath(each) for each in paths]:
            if not os.path.exists(path):
                raise UnreadableInput("there is no such file or folder with names", path)
            folder = path if os.path.isdir(path) else None
            for file in _walk(path) if folder else [path]:
                gathered.take(file, folder)
        tables = gathered.tables()
        return cls({**tables, NAMES: names_table(tables)}, gathered.files, tuple(gathered.refused))

    @cached_property
    def labels(self) -> Labels:
        """What the tables say about addresses and ids."""
        return Labels(self.tables)

    @property
    def damaged(self) -> bool:
        """True if a file should have been a table and could not be read."""
        return any(each.damaged for each in self.refused)

    @property
    def summary(self) -> str:
        """What was taken, in words."""
        found = [f"{name} ({_size(self.tables[name], files)})" for name, files in self.files.items()]
        return f"names: {', '.join(found) if found else 'no file was taken'}"


class _Gathered:
    """Tables while files are taken."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[str, ...]] = {}
        self.refused: list[RefusedFile] = []
        self._parts: dict[str, list[Source]] = {}

    def take(self, path: str, folder: str | None) -> None:
        """Take the tables of a file, or say why not."""
        try:
            found = read_tables(path, within=None if folder is None else [folder], columns=2)
        except UnreadableInput as error:
            reason = str(error).removeprefix(f"{path}: ") + (f"; {error.hint}" if error.hint else "")
            self.refused.append(RefusedFile(path, reason, damaged=not isinstance(error, NotATableError)))
            return
        for name, table in found.items():
            if self._fits(name, table):
                self._parts.setdefault(name, []).append(table)
                self.files[name] = (*self.files.get(name, ()), path)
            else:
                other = f"{self.files[name][0]} has other columns" if name in self.files else "it has other columns"
                self.refused.append(RefusedFile(path, f"{name} is a table already, and {other}", damaged=False))

    def _fits(self, name: str, table: Source) -> bool:
        """Return True if a table can be added to those of its name."""
        if isinstance(table, AddressDatabase):
            return name not in self._parts
        if is_described(name):
            return set(columns_of(name)) <= set(table.columns)
        others = self._parts.get(name, ())
        return all(isinstance(each, pl.DataFrame) and each.columns == table.columns for each in others)

    def tables(self) -> dict[str, Source]:
        """Return the tables by name, each of the rows of all its files without duplicates."""
        return {name: _joined(parts) for name, parts in self._parts.items()}


def _joined(parts: list[Source]) -> Source:
    frames = [each for each in parts if isinstance(each, pl.DataFrame)]
    if len(frames) < 2:
        return parts[0]
    return pl.concat(frames, how="diagonal").unique(maintain_order=True)


def _size(table: Source, files: Iterable[str]) -> str:
    count = len(list(files))
    where = f" of {count} files" if count > 1 else ""
    return f"a database{where}" if isinstance(table, AddressDatabase) else f"{table.height:,} rows{where}"


def _walk(folder: str) -> Iterator[str]:
    """Yield the files of a folder in a fixed order; links to folders are not followed, hidden ones are left out."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        yield from (os.path.join(place, each) for each in sorted(files) if not each.startswith("."))
