"""Open Parquet files, and read their rows by the native library or by Arrow."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from functools import cached_property, partial
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, cast

from msgspec import Struct

from flowlocal.events import UnreadableInput
from flowlocal.native.parquet import NotPlain
from flowlocal.sources.parquet.columns import ColumnBatch, ParquetColumn
from flowlocal.sources.parquet.plain_file import PlainFile
from flowlocal.sources.parquet.runs import Run, one_by_one, runs_of
from flowlocal.sources.reading.probed_file import ProbedFile

if TYPE_CHECKING:  # plain files need nothing of Arrow
    from flowlocal.sources.parquet.arrow_file import ArrowFile

ROWS = 1 << 18
"""Rows that are read together; of few columns twice as many, because each batch costs as much as 70,000 rows of two."""
_FEW = 3


def most_rows(columns: int) -> int:
    """Return how many rows of so many columns are read together."""
    return ROWS * 2 if columns <= _FEW else ROWS


class ParquetSource(Struct, frozen=True, dict=True):
    """A Parquet file that several threads read.

    Attributes:
        path: the file as the user named it.
        opener: opens its bytes; threads cannot share them, because they seek and then read.
        plain: the file as the native library reads it; None if it does not.
    """

    path: str
    opener: Callable[[], BinaryIO]
    plain: PlainFile | None

    @classmethod
    def open(cls, file: ProbedFile) -> ParquetSource:
        """Open a file and read its footer.

        Raises:
            UnreadableInput: the footer is damaged or encrypted, or two columns have the same name.
        """
        opener = file.text.open if file.text.codecs else file.text.opener
        try:
            with opener() as stream:
                if not stream.seekable():  # cannot be read in any order: kept in memory
                    opener = cast("Callable[[], BinaryIO]", partial(BytesIO, stream.read()))
        except OSError as error:
            raise UnreadableInput(f"{file.path}: this Parquet file cannot be read: {error}", file.path) from error
        source = cls(file.path, opener, PlainFile.of(opener))
        _ = source.columns
        return source

    @cached_property
    def arrow(self) -> ArrowFile:
        """The file as Arrow reads it.

        Raises:
            UnreadableInput: Arrow cannot read the footer.
        """
        from flowlocal.sources.parquet.arrow_file import ArrowFile  # noqa: PLC0415 - slow

        return ArrowFile.open(self.path, self.opener)

    @property
    def _file(self) -> PlainFile | ArrowFile:
        return self.plain or self.arrow

    @cached_property
    def columns(self) -> Sequence[ParquetColumn]:
        """Its columns."""
        return self._file.columns

    @cached_property
    def group_rows(self) -> Sequence[int]:
        """How many rows each row group has."""
        return self.arrow.rows if self.plain is None else self.plain.footer.rows

    def bounds(self, groups: Sequence[int], column: ParquetColumn) -> tuple[int, int] | None:
        """Return bounds of a column of integers in some row groups, as statistics say; None if they do not say any."""
        return self._file.bounds(groups, column)

    def runs(self, most: int) -> Iterator[Run]:
        """Return neighbouring row groups that have up to so many rows together; a larger row group is alone."""
        return runs_of(self.group_rows, most)

    def one_by_one(self, run: Run) -> Iterator[Run]:
        """Return the row groups of a run individually, so that undamaged ones can be read."""
        return one_by_one(run, self.group_rows)

    def whole(self, run: Run, columns: Sequence[ParquetColumn], unchanged: Collection[str]) -> ColumnBatch:
        """Read some columns of row groups.

        Args:
            run: the row groups.
            columns: the columns.
            unchanged: columns whose texts are not missing, however they read.

        Raises:
            UnreadableInput: a page is damaged.
        """
        if self.plain is not None:
            with suppress(NotPlain):
                return self.plain.read(run.groups, columns, unchanged)
        return self.arrow.read(run, columns, unchanged)

    def batches(
        self, run: Run, columns: Sequence[ParquetColumn], unchanged: Collection[str] = ()
    ) -> Iterator[ColumnBatch]:
        """Read some columns of row groups, as ``whole`` does, at most ``ROWS`` rows at a time.

        Raises:
            UnreadableInput: a page is damaged; what came before it was given.
        """
        whole = None
        if self.plain is not None:
            with suppress(NotPlain):
                whole = self.plain.read(run.groups, columns, unchanged)
        yield from whole.slices(ROWS) if whole else self.arrow.batches(run, columns, unchanged, ROWS)
