"""Bind the compiled library, whose interface and data layout are in ``native/flowlocal.h``.

Calls through ctypes release the GIL, so threads read blocks in parallel. Columns reach Polars through the Arrow C data
interface without pyarrow, whose import takes as long as reading 100 MB. All memory is allocated and released by the
library: a column can outlive every Python object, and is released on whatever thread drops it.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from msgspec import Struct

from flowlocal.native.arrow import Column

VERSION = 15
_ALL = -(2**63)
"""The time since which all lines are wanted."""
_NAME = {"win32": "flowlocal.dll", "darwin": "libflowlocal.dylib"}.get(sys.platform, "libflowlocal.so")


class ColumnKind(IntEnum):
    """What a column contains: UInt8, UInt16, Int64, String, Datetime("ms"), Boolean, Int64 and Datetime("ms").

    TIME is null only for lines before the first one that has a time; INSTANT is null for every line without one.
    """

    UINT8 = 0
    UINT16 = 1
    INT64 = 2
    TEXT = 3
    TIME = 4
    RECORD = 5
    ROW = 6
    INSTANT = 7


class Role(IntEnum):
    """What a token before the record is."""

    SKIP = 0
    TIME = 1
    TEXT = 2


class Reason(IntEnum):
    """Why a line is not a record."""

    BLANK = 1
    VALUES = 2
    INTEGER = 3
    PREFIX = 4
    NAMES = 5


class _Token(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_int32) for name in ("role", "slot", "open", "close"))


class _Value(ctypes.Structure):
    _fields_ = (("maximum", ctypes.c_int64), ("slot", ctypes.c_int32), ("time_slot", ctypes.c_int32))


class _Layout(ctypes.Structure):
    _fields_ = (("count", ctypes.c_int32), ("values", ctypes.POINTER(_Value)))


class _Plan(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int32) for name in ("tokens", "layouts", "slots", "message", "record", "row")),
        ("token", ctypes.POINTER(_Token)),
        ("layout", ctypes.POINTER(_Layout)),
        ("kind", ctypes.POINTER(ctypes.c_int32)),
        ("literal", ctypes.c_char_p),
        ("literal_size", ctypes.c_int64),
        ("since", ctypes.c_int64),
        ("counted", ctypes.c_int64),
    )


class _Line(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_uint32) for name in ("number", "start", "end")),
        ("reason", ctypes.c_int32),
    )


class _Report(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int64) for name in ("lines", "rows", "unparsed", "names", "is_ascii")),
        *((name, ctypes.c_int64) for name in ("earliest", "latest", "older")),
        ("line", ctypes.POINTER(_Line)),
    )


_pointer, _number, _word = ctypes.c_void_p, ctypes.c_int64, ctypes.c_int32
_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "fl_block_new": (_pointer, (_number,)),
    "fl_block_bytes": (_pointer, (_pointer,)),
    "fl_block_release": (None, (_pointer,)),
    "fl_table_new": (_pointer, (ctypes.POINTER(_Plan), _pointer, _number)),
    "fl_read": (_word, (_pointer, _number, _number, _number, _number)),
    "fl_table_report": (None, (_pointer, ctypes.POINTER(_Report))),
    "fl_export": (_word, (_pointer, _word, *Column.POINTERS)),
    "fl_addresses": (_number, (_pointer, _number, *Column.POINTERS)),
    "fl_distinct": (_number, (_pointer, _number, *Column.POINTERS, *Column.POINTERS)),
    "fl_matches": (_word, (_pointer, _number, _pointer, *Column.POINTERS)),
    "fl_groups_new": (_pointer, (_word, _word, _word, ctypes.c_uint64)),
    "fl_groups_add": (_word, (_pointer, ctypes.POINTER(_pointer), _number)),
    "fl_groups_merge": (_word, (_pointer, _pointer)),
    "fl_groups_count": (_number, (_pointer,)),
    "fl_groups_bytes": (_number, (_pointer,)),
    "fl_groups_export": (_word, (_pointer, _word, _word, _word, _number, _number, *Column.POINTERS)),
    "fl_groups_ranks": (_word, (_pointer, _word, _number, _number, *Column.POINTERS)),
    "fl_groups_totals": (_word, (_pointer, _word, _word, _word, *Column.POINTERS)),
    "fl_groups_free": (None, (_pointer,)),
    "fl_totals_new": (_pointer, (_word, _word, ctypes.POINTER(_word), _word, _number, ctypes.c_uint64)),
    "fl_totals_add": (_word, (_pointer, ctypes.POINTER(_pointer), _number)),
    "fl_totals_merge": (_word, (_pointer, _pointer)),
    "fl_totals_bytes": (_number, (_pointer,)),
    "fl_totals_compact": (_word, (_pointer,)),
    "fl_totals_evict": (_pointer, (_pointer, _word)),
    "fl_totals_evicted": (_number, (_pointer, _word, _pointer)),
    "fl_totals_end": (_word, (_pointer,)),
    "fl_totals_take": (_word, (_pointer, _pointer, _word)),
    "fl_totals_add_piece": (_word, (_pointer, ctypes.c_char_p)),
    "fl_totals_count": (_number, (_pointer,)),
    "fl_totals_export": (_word, (_pointer, _word, _word, *Column.POINTERS)),
    "fl_totals_keep_groups": (None, (_pointer, ctypes.POINTER(_number), _number)),
    "fl_totals_drop_groups": (None, (_pointer,)),
    "fl_totals_free": (None, (_pointer,)),
    "fl_table_free": (None, (_pointer,)),
    "fl_footer_new": (_pointer, (ctypes.c_char_p, _number)),
    "fl_footer_report": (None, (_pointer, _pointer)),
    "fl_footer_free": (None, (_pointer,)),
    "fl_page_header": (_number, (_pointer, _number, _pointer)),
    "fl_pages_new": (_pointer, (_word, _word, _number)),
    "fl_pages_begin": (None, (_pointer,)),
    "fl_pages_add": (_word, (_pointer, _pointer, ctypes.c_char_p, _number)),
    "fl_pages_rows": (_number, (_pointer,)),
    "fl_pages_bound": (_number, (_pointer, _word)),
    "fl_pages_export": (_word, (_pointer, *Column.POINTERS)),
    "fl_pages_texts": (_word, (_pointer, *Column.POINTERS)),
    "fl_pages_free": (None, (_pointer,)),
}
"""What each function returns, and takes."""


class MissingLibrary(ImportError):
    """The compiled library is missing, or does not belong to this version of flowlocal."""


@cache
def load() -> ctypes.CDLL:
    """Return the library; raise MissingLibrary."""
    return loaded(Path(__file__).with_name(_NAME))


def loaded(path: Path) -> ctypes.CDLL:
    """Return the library in a file; raise MissingLibrary."""
    advice = "install flowlocal again: pip install --force-reinstall --no-cache-dir flowlocal"
    try:
        library = ctypes.CDLL(str(path))
        library.fl_version.restype = ctypes.c_int32
    except (OSError, AttributeError) as error:
        raise MissingLibrary(f"cannot load the native reader of flowlocal ({error}); {advice}") from None
    if library.fl_version() != VERSION:
        raise MissingLibrary(f"the native reader {path} belongs to another version of flowlocal; {advice}")
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class Block:
    """Bytes of whole lines in memory of the library.

    Attributes:
        size: how many bytes.
        data: the bytes as a writable view, valid as long as this object.
    """

    def __init__(self, size: int) -> None:
        self._library = load()
        self._address = self._library.fl_block_new(size)
        if not self._address:
            raise MemoryError(f"no memory for a block of {size} bytes")
        self.size = size
        start = self._library.fl_block_bytes(self._address)
        self.data = memoryview((ctypes.c_char * size).from_address(start)).cast("B")

    @classmethod
    def of(cls, *pieces: bytes | memoryview) -> Block:
        """Return a block of copied pieces, one after the other."""
        block, at = cls(sum(map(len, pieces))), 0
        for piece in pieces:
            block.data[at : at + len(piece)] = piece
            at += len(piece)
        return block

    def __del__(self) -> None:
        if getattr(self, "_address", None):
            self._library.fl_block_release(self._address)


class FieldValue(Struct, frozen=True):
    """A value of a layout.

    Attributes:
        maximum: the largest integer it may be; None for text.
        slot: the column that takes it; None if it is not wanted.
        time_slot: the column of kind TIME that takes it as the event's time.
    """

    maximum: int | None = None
    slot: int | None = None
    time_slot: int | None = None


class PrefixToken(Struct, frozen=True):
    """A token before the record.

    Attributes:
        role: what it is.
        slot: the column that takes it; None if it is not wanted.
        brackets: the two characters around it, or none.
    """

    role: Role
    slot: int | None = None
    brackets: str = ""


class Plan:
    """How lines read, and which columns are made of them.

    Args:
        kinds: the kind of each column; the positions are the slots.
        layouts: the values of each layout, the commonest first; without any, lines are events without values.
        tokens: what stands before each record.
        message: the slot of the text after the prefix.
        literal: bytes without a newline: lines that lack it are left out, but for the last one of each file.
        since: epoch milliseconds: lines of an earlier time in a column of kind TIME are left out in the same way.
        counted: epoch milliseconds, earlier than that: ``older`` of a report counts lines of this time or later.
    """

    def __init__(
        self,
        kinds: Sequence[ColumnKind],
        layouts: Sequence[Sequence[FieldValue]],
        tokens: Sequence[PrefixToken] = (),
        message: int | None = None,
        literal: bytes | None = None,
        *,
        since: int | None = None,
        counted: int | None = None,
    ) -> None:
        self.kinds = tuple(kinds)
        values = [(_Value * len(layout))(*map(_c_value, layout)) for layout in layouts]
        pointers = [ctypes.cast(array, ctypes.POINTER(_Value)) for array in values]
        pairs = zip(values, pointers, strict=True)
        self._layouts = (_Layout * len(values))(*(_Layout(len(array), pointer) for array, pointer in pairs))
        self._tokens = (_Token * len(tokens))(*map(_c_token, tokens))
        self._kinds = (ctypes.c_int32 * len(kinds))(*kinds)
        self._kept = values, literal
        self.c = _Plan(
            len(tokens),
            len(layouts),
            len(kinds),
            _slot(message),
            _slot(self._first(ColumnKind.RECORD)),
            _slot(self._first(ColumnKind.ROW)),
            self._tokens,
            self._layouts,
            self._kinds,
            literal,
            len(literal or b""),
            _ALL if since is None else since,
            _ALL if counted is None else counted,
        )

    @property
    def keeps_lines(self) -> bool:
        """True if columns refer to the bytes of lines."""
        return ColumnKind.TEXT in self.kinds and not self.c.literal and self.c.since == _ALL

    def _first(self, kind: ColumnKind) -> int | None:
        return self.kinds.index(kind) if kind in self.kinds else None


def _slot(slot: int | None) -> int:
    return -1 if slot is None else slot


def _c_value(value: FieldValue) -> _Value:
    return _Value(-1 if value.maximum is None else value.maximum, _slot(value.slot), _slot(value.time_slot))


def _c_token(token: PrefixToken) -> _Token:
    opening, closing = map(ord, token.brackets) if token.brackets else (0, 0)
    return _Token(token.role, _slot(token.slot), opening, closing)


class Unparsed(Struct, frozen=True):
    """A line that is not a record.

    Attributes:
        line: its number, counted from the first line of the table.
        reason: why.
        start: where it begins in the block.
        end: where it ends, without its terminator.
    """

    line: int
    reason: Reason
    start: int
    end: int


class Table:
    """Columns of the lines of a block.

    Args:
        plan: how the lines read.
        block: their bytes, which must be valid UTF-8 if they are text of a column.

    Attributes:
        size: how many bytes were read.

    Raises:
        ValueError: the plan is invalid.
    """

    def __init__(self, plan: Plan, block: Block) -> None:
        self._library, self._plan, self.block, self.size = block._library, plan, block, 0
        self._address = self._library.fl_table_new(ctypes.byref(plan.c), block._address, block.size)
        if not self._address:
            raise ValueError("invalid plan")

    def read(self, start: int, end: int, row: int = 0, *, after: int = 0) -> None:
        """Append the lines between two positions of the block, numbered from ``row``.

        Args:
            start: where the first line begins.
            end: where the last one ends.
            row: the number of the first line.
            after: how many bytes of the same file will be read next. They may take the place of these lines unless
                the plan keeps lines.
        """
        if self._library.fl_read(self._address, start, end, row, after):
            raise MemoryError("no memory for the columns of a block")
        self.size += end - start

    @property
    def report(self) -> _Report:
        """How many lines, rows and unparsed lines there are; valid until the next reading."""
        report = _Report()
        self._library.fl_table_report(self._address, ctypes.byref(report))
        return report

    @property
    def span(self) -> tuple[int, int] | None:
        """The earliest and latest time of all lines, also of those left out, if a column of kind TIME is made."""
        report = self.report
        return (report.earliest, report.latest) if report.earliest <= report.latest else None

    def unparsed(self, most: int | None = None) -> list[Unparsed]:
        """Return the first lines that are not records, all of them by default."""
        report = self.report
        count = report.unparsed if most is None else min(report.unparsed, most)
        lines = (report.line[index] for index in range(count))
        return [Unparsed(line.number, Reason(line.reason), line.start, line.end) for line in lines]

    def text(self, line: Unparsed) -> str:
        """Return the text of a line of the block."""
        return str(self.block.data[line.start : line.end], "utf-8", "replace")

    def series(self, slot: int, name: str) -> pl.Series:
        """Return a column; each slot once, after the last reading."""
        column = Column()
        if self._library.fl_export(self._address, slot, *column.pointers):
            raise MemoryError("no memory for a column")
        return pl.Series(column).alias(name)

    def __del__(self) -> None:
        if getattr(self, "_address", None):
            self._library.fl_table_free(self._address)
