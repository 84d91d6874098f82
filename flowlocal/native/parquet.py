"""Parquet by the compiled library: footers, and pages of flat columns of integers and ASCII texts.

Whatever is damaged or of another kind is refused: another reader then has to say what is wrong, or to read it.
"""

from __future__ import annotations

import ctypes
from enum import IntEnum
from functools import cached_property

import polars as pl
from msgspec import Struct

from flowlocal.native.arrow import Column
from flowlocal.native.library import load


class NotPlain(Exception):
    """The file is damaged, or of a kind that the library does not read."""


class PhysicalType(IntEnum):
    """How Parquet stores the values of a column, of the types that the library reads."""

    INT32 = 1
    INT64 = 2
    BYTE_ARRAY = 6


class _Leaf(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        *((name, ctypes.c_int64) for name in ("name_size", "children")),
        *((name, ctypes.c_int32) for name in ("type", "repetition", "converted", "logical", "bits", "is_signed")),
    )


class _Part(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int64) for name in ("values", "nulls", "minimum", "maximum")),
        *((name, ctypes.c_int64) for name in ("stored", "data", "dictionary", "group")),
        *((name, ctypes.c_int32) for name in ("type", "codec", "depth", "known", "is_odd")),
    )


class _Contents(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int64) for name in ("columns", "groups")),
        ("leaf", ctypes.POINTER(_Leaf)),
        ("part", ctypes.POINTER(_Part)),
        ("rows", ctypes.POINTER(ctypes.c_int64)),
        ("schema", ctypes.c_void_p),
        ("schema_size", ctypes.c_int64),
    )


class _Page(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_int32)
        for name in (
            *("type", "size", "stored", "values", "encoding"),
            *("level_encoding", "level_bytes", "repetition_bytes", "is_compressed"),
        )
    )


class Leaf(Struct, frozen=True):
    """A column of a file, with the numbers that the format gives to types.

    Attributes:
        name: its name.
        type: its physical type.
        optional: True if it may contain nulls.
        converted: its converted type, -1 if it has none.
        logical: its logical type, 0 if it has none.
        bits: the bits of a logical type of integers, 0 if it has none.
        is_signed: whether they are signed; -1 if it is not said.
    """

    name: str
    type: int
    optional: bool
    converted: int
    logical: int
    bits: int
    is_signed: int


class ColumnChunk(Struct, frozen=True):
    """The values of a column in a row group.

    Attributes:
        values: how many, with nulls.
        codec: how pages are compressed.
        start: where its pages begin in the file.
        size: their bytes.
        nulls: how many are null, as far as statistics say.
        span: the smallest and the largest integer, as far as statistics say.
    """

    values: int
    codec: int
    start: int
    size: int
    nulls: int | None
    span: tuple[int, int] | None


class Footer:
    """What a footer says.

    Args:
        data: its bytes.

    Raises:
        NotPlain: it is damaged, encrypted, or has nested columns.
    """

    def __init__(self, data: bytes) -> None:
        self._library, self._data = load(), data
        self._address = self._library.fl_footer_new(data, len(data))
        if not self._address:
            raise NotPlain
        self._contents = _Contents()
        self._library.fl_footer_report(self._address, ctypes.byref(self._contents))
        self.rows: tuple[int, ...] = tuple(self._contents.rows[: self._contents.groups])

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """The columns.

        Raises:
            NotPlain: a name is not valid UTF-8.
        """
        return tuple(_leaf(self._contents.leaf[place]) for place in range(self._contents.columns))

    @property
    def arrow_schema(self) -> bytes:
        """What Arrow noted about the types of the columns, encoded in Base64; empty if it did not write the file."""
        return ctypes.string_at(self._contents.schema, self._contents.schema_size) if self._contents.schema else b""

    def part(self, group: int, place: int) -> ColumnChunk:
        """Return where the values of a column are in a row group."""
        part = self._contents.part[group * self._contents.columns + place]
        first = part.dictionary if 0 < part.dictionary < part.data else part.data
        nulls, span = (None if part.nulls < 0 else part.nulls), (part.minimum, part.maximum)
        return ColumnChunk(part.values, part.codec, first, part.stored, nulls, span if part.known == 3 else None)

    def __del__(self) -> None:
        if getattr(self, "_address", None):
            self._library.fl_footer_free(self._address)


def _leaf(leaf: _Leaf) -> Leaf:
    try:
        name = ctypes.string_at(leaf.name, leaf.name_size).decode() if leaf.name else ""
    except UnicodeDecodeError:
        raise NotPlain from None
    return Leaf(name, leaf.type, leaf.repetition == 1, leaf.converted, leaf.logical, leaf.bits, leaf.is_signed)


class StoredPage(Struct, frozen=True):
    """A page: what its header says, and where its bytes are among those of its column.

    Attributes:
        size: its bytes once decompressed.
        start: where its stored bytes begin.
        end: where they end.
        levels: how many of them, at the beginning, are never compressed.
        is_compressed: True if the others are.
    """

    size: int
    start: int
    end: int
    levels: int
    is_compressed: bool
    header: object


_KINDS = {PhysicalType.BYTE_ARRAY: 3, PhysicalType.INT64: 2, PhysicalType.INT32: 9}
_DATA_2 = 3


class Pages:
    """A column that is made of pages.

    Args:
        kind: the physical type.
        optional: whether it may contain nulls.
        rows: how many rows it has.

    Raises:
        MemoryError: there is not enough memory.
        NotPlain: there are too many rows.
    """

    def __init__(self, kind: PhysicalType, rows: int, *, optional: bool) -> None:
        self._library, self._rows = load(), rows
        self._address = self._library.fl_pages_new(_KINDS[kind], optional, rows)
        if not self._address:
            raise NotPlain

    def begin(self) -> None:
        """Begin with the pages of another row group."""
        self._library.fl_pages_begin(self._address)

    def page(self, data: bytes, at: int) -> StoredPage:
        """Return the page that begins at a place of the stored bytes of the column.

        Raises:
            NotPlain: there is no whole page.
        """
        header = _Page()
        start = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0
        size = self._library.fl_page_header(start + at, len(data) - at, ctypes.byref(header))
        levels = header.level_bytes if header.type == _DATA_2 else 0
        if size < 0 or levels > min(header.stored, header.size):
            raise NotPlain
        begin = at + size
        return StoredPage(header.size, begin, begin + header.stored, levels, bool(header.is_compressed), header)

    def add(self, page: StoredPage, data: bytes) -> None:
        """Add a page with its decompressed bytes.

        Raises:
            NotPlain: it is damaged or of another kind.
        """
        if self._library.fl_pages_add(self._address, ctypes.byref(page.header), data, len(data)):  # type: ignore[arg-type]
            raise NotPlain

    def numbers(self) -> pl.Series:
        """Return the integers (UInt16 if they have its bounds), or UInt32 numbers of texts; once.

        Raises:
            NotPlain: there are fewer than there should be.
        """
        if self._library.fl_pages_rows(self._address) != self._rows:
            raise NotPlain
        return self._export("fl_pages_export")

    @property
    def span(self) -> tuple[int, int] | None:
        """Bounds of the integers, or of the lengths of texts, also of those that only a dictionary has.

        None is returned if there are none.
        """
        least, most = (self._library.fl_pages_bound(self._address, of_most) for of_most in (0, 1))
        return (least, most) if least <= most else None

    def texts(self) -> pl.Series:
        """Return the texts that are numbered, which may occur twice; the first one is null. Once."""
        return self._export("fl_pages_texts")

    def _export(self, function: str) -> pl.Series:
        column = Column()
        if getattr(self._library, function)(self._address, *column.pointers):
            raise MemoryError("no memory for a column")
        return pl.Series(column)

    def __del__(self) -> None:
        if getattr(self, "_address", None):
            self._library.fl_pages_free(self._address)
