"""Write and verify the parts of a dataset."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import polars as pl
from msgspec import Struct, field

from flowlocal.events import LINE_BITS, RECORD, ROW, UnreadableInput
from flowlocal.sources.dataset.manifest import Part
from flowlocal.sources.dataset.stored_parts import checksum
from flowlocal.sources.records.schema import MESSAGE

PART_ROWS = 250_000
GROUP_ROWS = 125_000
"""Rows of a row group: small enough for a time range to skip most of a part."""


class PartWriter(Struct):
    """Writes events as parts and counts them by file.

    Attributes:
        root: the directory of the dataset.
        first: the number of the first part.
        offset: added to ``ROW``: the shifted number of the first file.
        layouts: the numbers of the files with flow log records; only their lines can be unparsed.
    """

    root: Path
    first: int
    offset: int
    layouts: Collection[int]
    _read: Counter[int] = field(default_factory=Counter)
    _parts: list[Part] = field(default_factory=list)

    @contextmanager
    def undone_on_error(self) -> Iterator[None]:
        """Remove the written parts if an exception is raised."""
        try:
            yield
        except BaseException:
            for name in [part.name for part in self._parts] + [_fresh(self._next)]:
                (self.root / name).unlink(missing_ok=True)
            raise

    @property
    def _next(self) -> str:
        return f"part-{self.first + len(self._parts):06d}.parquet"

    def write(self, frames: Iterable[pl.DataFrame]) -> Sequence[Part]:
        """Write all frames and return the parts."""
        for rows in _chunks(frames):
            self._read += _events_by_file(rows[ROW])
            self._parts.append(self._write(rows.with_columns(pl.col(ROW) + self.offset)))
        return self._parts

    def _write(self, rows: pl.DataFrame) -> Part:
        """Write one part, sorted by time, and rename it atomically."""
        name, fresh = self._next, self.root / _fresh(self._next)
        with _naming(fresh), fresh.open("wb") as file:
            _write_parquet(rows.sort("@timestamp", ROW), file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.root / name)
        times = rows["@timestamp"].cast(pl.Int64)
        size = int(rows["@message"].str.len_bytes().sum()) + rows.height
        first, last = (cast("int | None", each) for each in (times.min(), times.max()))
        path = self.root / name
        status = path.stat()
        stored = status.st_size, status.st_mtime_ns, checksum(path)
        return Part(name, rows.height, size, self._odd(rows), first, last, *stored)

    def _odd(self, rows: pl.DataFrame) -> int:
        """Return the number of unparsed lines."""
        files = (rows[ROW].filter(~rows[RECORD]) - self.offset) // (1 << LINE_BITS)
        return int(files.is_in(list(self.layouts)).sum())

    def check(self, paths: Sequence[str], counted: int) -> None:
        """Compare the number of events that the readers counted, that were written, and that the parts contain.

        Raises:
            UnreadableInput: events of a file are missing or duplicated.
        """
        written = Counter[int]()
        for part in self._parts:
            written += _events_by_file(
                pl.read_parquet(self.root / part.name, columns=[ROW], glob=False)[ROW] - self.offset
            )
        for number, path in enumerate(paths):
            if self._read[number] != written[number]:
                raise _lost(path, self._read[number], written[number])
        if counted != written.total():
            raise _lost(paths[0], counted, written.total())


def _lost(path: str, read: int, written: int) -> UnreadableInput:
    return UnreadableInput(
        f"{read:,} events were read and {written:,} arrived in the dataset, so the file was not imported",
        path,
        hint="import it again; if that does not help, this is a defect of flowlocal: please report it",
    )


def _events_by_file(rows: pl.Series) -> Counter[int]:
    """Return the number of rows of each file."""
    return Counter(dict((rows // (1 << LINE_BITS)).value_counts().iter_rows()))


def _chunks(frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield the rows of frames in order, ``PART_ROWS`` at a time."""
    held: list[pl.DataFrame] = []
    height = 0
    for frame in frames:
        held.append(frame)
        height += frame.height
        while height >= PART_ROWS:
            rows = pl.concat(held)
            yield rows.head(PART_ROWS)
            held, height = [rows.slice(PART_ROWS)], height - PART_ROWS
    if height:
        yield pl.concat(held)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Add the path to an OSError, which the library raises without it."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def _fresh(name: str) -> str:
    """Return the temporary name of a part."""
    return f".{name}.new"


def _write_parquet(rows: pl.DataFrame, file: BinaryIO) -> None:
    """Write rows in a format that is fast to read.

    The lines are most of a part; with lz4 they take two thirds more space than with zstd, and half the time. Nearly
    unique integers are delta-encoded; row ids then take almost nothing. Numbers are not compressed: a part is a
    twentieth larger for that, and a query of a few of them takes up to a tenth less time (measured).
    """
    # Polars' own writer has one compression and encoding for all columns.
    import pyarrow.parquet as pq  # type: ignore[import-untyped]  # noqa: PLC0415 - slow

    differences = [name for name in (ROW, "bytes") if name in rows.columns]
    pq.write_table(
        rows.to_arrow(),
        file,
        row_group_size=GROUP_ROWS,
        compression={name: _compression(name, dtype) for name, dtype in rows.schema.items()},
        use_dictionary=[name for name in rows.columns if name not in {*differences, MESSAGE}],
        column_encoding=dict.fromkeys(differences, "DELTA_BINARY_PACKED"),
    )


def _compression(name: str, dtype: pl.DataType) -> str:
    if name == MESSAGE:
        return "lz4"
    return "zstd" if dtype == pl.String else "none"
