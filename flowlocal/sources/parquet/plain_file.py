"""Read Parquet files as flow logs are delivered: flat columns of integers and ASCII texts, by the native library.

Everything else, and whatever is damaged, is refused and left to Arrow, whose import takes longer than most readings.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import BinaryIO

import polars as pl
from msgspec import Struct

from flowlocal.native.parquet import ColumnChunk, Footer, Leaf, NotPlain, Pages, PhysicalType, StoredPage
from flowlocal.sources.containers.compressions import gzip, zstd
from flowlocal.sources.containers.members import Decompressor
from flowlocal.sources.parquet.arrow_schema import check_types
from flowlocal.sources.parquet.columns import (
    LONGEST_MISSING,
    NO_VALUES,
    ColumnBatch,
    ParquetColumn,
    ValueKind,
    united,
    without_missing,
)

_MAGIC = b"PAR1"
_TAIL = 8
_LARGEST_FOOTER = 64 << 20
_LARGEST_PAGE = 64 << 20
_MOST_VALUES = 16 << 20
"""Values that are read at once, 8 bytes each."""
_CODECS: Mapping[int, Callable[[], Decompressor] | None] = {0: None, 2: gzip, 6: zstd}
_CONVERTED = {PhysicalType.INT32: 17, PhysicalType.INT64: 18, PhysicalType.BYTE_ARRAY: 0}
_NAMES = {PhysicalType.INT32: "int32", PhysicalType.INT64: "int64", PhysicalType.BYTE_ARRAY: "string"}
_STRING, _INTEGER = 1, 10
"""Logical types."""


class PlainFile(Struct, frozen=True):
    """A file that the native library reads.

    Attributes:
        opener: opens its bytes.
        footer: its footer.
        columns: its columns.
    """

    opener: Callable[[], BinaryIO]
    footer: Footer
    columns: tuple[ParquetColumn, ...]

    @classmethod
    def of(cls, opener: Callable[[], BinaryIO]) -> PlainFile | None:
        """Return the file; None if it is refused."""
        with suppress(NotPlain, OSError, MemoryError), opener() as stream:
            footer = Footer(_footer_of(stream))
            leaves = footer.leaves
            if footer.arrow_schema:
                check_types(footer.arrow_schema, leaves)
            if len({leaf.name for leaf in leaves}) < len(leaves):
                raise NotPlain
            return cls(opener, footer, tuple(_column(leaf, place) for place, leaf in enumerate(leaves)))
        return None

    def bounds(self, groups: Sequence[int], column: ParquetColumn) -> tuple[int, int] | None:
        """Return what no value of a column of integers is below, or above, as statistics say; None if they do not."""
        if column.kind is not ValueKind.INTEGER:
            return None
        return united(_bounds(self.footer.part(group, column.place)) for group in groups)

    def read(
        self, groups: Sequence[int], columns: Sequence[ParquetColumn], unchanged: Collection[str] = ()
    ) -> ColumnBatch:
        """Read some columns of row groups.

        Args:
            groups: the row groups.
            columns: the columns.
            unchanged: columns whose texts are not missing, however they read.

        Raises:
            NotPlain: the pages are damaged, of another kind, or too large to be read at once.
        """
        rows = sum(self.footer.rows[group] for group in groups)
        if rows * len(columns) > _MOST_VALUES:
            raise NotPlain
        values, texts, spans = dict[str, pl.Series](), dict[str, pl.Series](), dict[str, tuple[int, int]]()
        try:
            with self.opener() as stream:
                for column in columns:
                    pages = self._pages(stream, groups, column, rows)
                    _add(pages, column, values, texts, unchanged=column.name in unchanged)
                    span = None if column.is_text else pages.span
                    if span is not None:
                        spans[column.physical] = span
        except OSError as error:
            raise NotPlain from error
        return ColumnBatch(rows, values, texts, spans)

    def _pages(self, stream: BinaryIO, groups: Sequence[int], column: ParquetColumn, rows: int) -> Pages:
        leaf = self.footer.leaves[column.place]
        pages = Pages(PhysicalType(leaf.type), rows, optional=leaf.optional)
        for group in groups:
            part = self.footer.part(group, column.place)
            if not part.values:
                continue
            if part.codec not in _CODECS or part.start < len(_MAGIC) or part.size < 0:
                raise NotPlain
            stream.seek(part.start)
            _read_part(pages, _exactly(stream, part.size), _CODECS[part.codec])
        return pages


def _footer_of(stream: BinaryIO) -> bytes:
    size = stream.seek(0, 2)
    stream.seek(max(size - _TAIL, 0))
    tail = _exactly(stream, _TAIL)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != _MAGIC or length > min(size - _TAIL - len(_MAGIC), _LARGEST_FOOTER):
        raise NotPlain
    stream.seek(size - _TAIL - length)
    return _exactly(stream, length)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    """Read so many bytes, of which a stream may return fewer at a time."""
    pieces, left = [], size
    while left:
        piece = stream.read(left)
        if not piece:
            raise NotPlain
        pieces.append(piece)
        left -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _column(leaf: Leaf, place: int) -> ParquetColumn:
    if leaf.type not in _CONVERTED:
        raise NotPlain
    type_ = PhysicalType(leaf.type)
    is_text = type_ is PhysicalType.BYTE_ARRAY
    bits = 64 if type_ is PhysicalType.INT64 else 32
    logical = is_text and leaf.logical == _STRING
    logical |= not is_text and (leaf.logical, leaf.bits, leaf.is_signed) == (_INTEGER, bits, 1)
    if leaf.converted not in (-1, _CONVERTED[type_]) or (leaf.logical and not logical):
        raise NotPlain
    return ParquetColumn(leaf.name, ValueKind.TEXT if is_text else ValueKind.INTEGER, _NAMES[type_], place, is_text)


def _bounds(part: ColumnChunk) -> tuple[int, int] | None:
    return NO_VALUES if part.span is None and part.nulls == part.values else part.span


def _read_part(pages: Pages, stored: bytes, codec: Callable[[], Decompressor] | None) -> None:
    """Add the pages of a column in a row group."""
    pages.begin()
    at = 0
    while at < len(stored):
        page = pages.page(stored, at)
        pages.add(page, _decompressed(stored, page, codec))
        at = page.end


def _decompressed(stored: bytes, page: StoredPage, codec: Callable[[], Decompressor] | None) -> bytes:
    levels, body = stored[page.start : page.start + page.levels], stored[page.start + page.levels : page.end]
    size = page.size - page.levels
    if codec is None or not page.is_compressed or not (body or size):
        data = body
    elif size > _LARGEST_PAGE:
        raise NotPlain
    else:
        data = _inflated(codec(), body, size)
    if len(data) != size:
        raise NotPlain
    return levels + data if levels else data


def _inflated(decompressor: Decompressor, body: bytes, size: int) -> bytes:
    try:
        data = decompressor.decompress(body, size)
        rest = b"" if decompressor.eof else decompressor.decompress(b"", 1)
    except Exception as error:  # every library has exceptions of its own
        raise NotPlain from error
    if rest or not decompressor.eof or decompressor.unused_data:
        raise NotPlain
    return data


def _add(
    pages: Pages,
    column: ParquetColumn,
    values: dict[str, pl.Series],
    texts: dict[str, pl.Series],
    *,
    unchanged: bool,
) -> None:
    """Add the values of a column to those of others; texts that hardly recur are not numbered."""
    name = column.physical
    numbers = pages.numbers().alias(name)
    if not column.is_text:
        values[name] = numbers
        return
    distinct = pages.texts().alias(name)
    shortest, _ = pages.span or (0, 0)
    distinct = distinct if unchanged or shortest > LONGEST_MISSING else without_missing(distinct)
    if len(distinct) * 2 > len(numbers):
        values[name] = distinct[numbers]
    else:
        values[name], texts[name] = numbers, distinct
