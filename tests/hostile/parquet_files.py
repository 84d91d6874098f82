"""Parquet files of every Arrow type that a tool could have written for a field of flow logs, and damaged ones."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from hypothesis import strategies as st

from flowlocal.sources.records import catalog

FIELDS = ("bytes", "dstport", "start", "end", "srcaddr", "action", "account_id", "version", "interface_id")
OTHERS = ("note", "bytes", "start_time", "a.b", "", "@timestamp", "_row", "dst-port", "x\0y")
EVENTS = ("message", "@message", "timestamp", "@timestamp", "@ingestionTime", "@logStream", "bytes")
EDGES = [0, 1, 22, 255, 256, 2**16 - 1, 2**16, 2**31, 10**11, 10**14, 10**17, 2**53, 2**53 + 1, 2**62 - 1, 2**63 - 1]


def _whole(bits: int, *, signed: bool) -> st.SearchStrategy[int]:
    least, most = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    near = [edge for each in EDGES for edge in (each, -each) if least <= edge <= most]
    return st.one_of(st.sampled_from(near), st.integers(least, most))


_texts = st.one_of(
    st.sampled_from(["-", "None", "", "22", "+22", "-5", "42.0", "abc", " 22", "9" * 30, "2026-05-01T00:00:00Z", "é"]),
    st.integers(-1, 2**64).map(str),
    st.text(max_size=4),
)
_bytes = st.one_of(_texts.map(str.encode), st.binary(max_size=4))
_decimals = st.one_of(st.integers(-(10**20), 10**20), st.sampled_from(EDGES)).map(lambda number: Decimal(number) / 100)
_moments = _whole(64, signed=True)


def _lists(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(values, max_size=2)


_SIGNED = (pa.int8(), pa.int16(), pa.int32(), pa.int64())
_UNSIGNED = (pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())
TYPES: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    **{str(each): (each, _whole(each.bit_width, signed=True)) for each in _SIGNED},
    **{str(each): (each, _whole(each.bit_width, signed=False)) for each in _UNSIGNED},
    "float": (pa.float32(), st.one_of(st.floats(width=32), st.sampled_from([0.0, 22.0, 65_536.0, -1.0, 2.0**62]))),
    "double": (pa.float64(), st.one_of(st.floats(), st.sampled_from(EDGES).map(float), st.just(22.5))),
    "decimal": (pa.decimal128(30, 2), _decimals),
    "large decimal": (pa.decimal256(60, 2), _decimals),
    "string": (pa.string(), _texts),
    "large string": (pa.large_string(), _texts),
    "binary": (pa.binary(), _bytes),
    "fixed binary": (pa.binary(2), st.binary(min_size=2, max_size=2)),
    "dictionary of texts": (pa.dictionary(pa.int32(), pa.string()), _texts),
    "dictionary of integers": (pa.dictionary(pa.int8(), pa.int64()), _whole(64, signed=True)),
    "boolean": (pa.bool_(), st.booleans()),
    "null": (pa.null(), st.none()),
    "date": (pa.date32(), _whole(32, signed=True)),
    "date of milliseconds": (pa.date64(), st.integers(-(10**8), 10**8).map(lambda days: days * 86_400_000)),
    **{f"timestamp {unit}": (pa.timestamp(unit), _moments) for unit in ("ms", "us", "ns")},
    "timestamp s": (pa.timestamp("s"), st.integers(-(10**14), 10**14)),
    "timestamp with zone": (pa.timestamp("us", "Asia/Tokyo"), _moments),
    "timestamp of no zone": (pa.timestamp("us", "Mars/Phobos"), _moments),
    "time": (pa.time64("us"), st.integers(0, 86_399_999_999)),
    "duration": (pa.duration("us"), _moments),
    "list": (pa.list_(pa.int64()), _lists(_whole(64, signed=True))),
    "struct": (pa.struct([("a", pa.int64())]), st.fixed_dictionaries({"a": st.none() | st.integers(0, 5)})),
    "map": (pa.map_(pa.string(), pa.int64()), st.just([("k", 1)])),
}
"""Arrow types, and values that fit them."""
CLEAR = {
    **dict.fromkeys(("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "null"), "any"),
    **dict.fromkeys(("float", "double", "decimal", "large decimal", "string", "large string"), "any"),
    **dict.fromkeys(("binary", "fixed binary", "dictionary of texts", "dictionary of integers"), "any"),
    **dict.fromkeys(("date", "date of milliseconds", "timestamp ms", "timestamp us", "timestamp ns"), "times"),
    **dict.fromkeys(("timestamp s", "timestamp with zone", "timestamp of no zone"), "times"),
}
"""Types whose meaning is clear for any field, or for times alone."""


def array(type_: pa.DataType, values: Sequence[Any]) -> pa.Array:
    """Return values as an array; those of times are integers in the unit of the type."""
    if pa.types.is_dictionary(type_):
        return pa.array(values, type_.value_type).dictionary_encode().cast(type_)
    if pa.types.is_date32(type_):
        return pa.array(values, pa.int32()).cast(type_)
    if pa.types.is_temporal(type_):
        return pa.array(values, pa.int64()).view(type_)
    return pa.array(values, type_)


@dataclass(frozen=True)
class Table:
    """A table that is written as Parquet.

    Attributes:
        columns: names, types by their names in ``TYPES``, and values.
        options: how it is written.
    """

    columns: Sequence[tuple[str, str, Sequence[Any]]]
    options: dict[str, Any]

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.columns[0][2])

    def data(self) -> bytes:
        """Return the file."""
        arrays = [array(TYPES[type_][0], values) for _, type_, values in self.columns]
        table = pa.Table.from_arrays(arrays, names=[name for name, _, _ in self.columns])
        buffer = io.BytesIO()
        pq.write_table(table, buffer, **self.options)
        return buffer.getvalue()


_options = st.fixed_dictionaries(
    {
        "compression": st.sampled_from(["none", "snappy", "gzip", "zstd", "lz4", "brotli"]),
        "data_page_version": st.sampled_from(["1.0", "2.0"]),
        "use_dictionary": st.booleans(),
        "write_statistics": st.booleans(),
        "store_schema": st.booleans(),
        "row_group_size": st.sampled_from([1, 2, 100]),
        "write_page_checksum": st.booleans(),
    }
)


@st.composite
def tables(draw: st.DrawFn, names: st.SearchStrategy[list[str]], types: Sequence[str] = tuple(TYPES)) -> Table:
    """Return tables with columns of these names and of any type."""
    rows = draw(st.integers(0, 5))
    columns = []
    for name in draw(names):
        type_ = draw(st.sampled_from(types))
        values = draw(st.lists(st.none() | TYPES[type_][1], min_size=rows, max_size=rows))
        columns.append((name, type_, values))
    return Table(columns, draw(_options))


_fields = st.lists(st.sampled_from(FIELDS), min_size=2, max_size=5, unique=True)
records = tables(
    st.tuples(_fields, st.lists(st.sampled_from(OTHERS), max_size=2)).map(lambda found: [*found[0], *found[1]])
)
clear_records = tables(_fields, [name for name, fields in CLEAR.items() if fields == "any"])
events = tables(st.lists(st.sampled_from(EVENTS), max_size=4).map(lambda found: ["message", *found]))
Damage = Callable[[bytes], bytes]


_change = st.tuples(st.floats(0, 1), st.booleans(), st.sampled_from("=^^^-+"), st.binary(min_size=1, max_size=8))


@st.composite
def damages(draw: st.DrawFn) -> Damage:
    """Return changes of bytes, half of them in the footer, where few bytes say much."""
    changes = draw(st.lists(_change, max_size=2))

    def damage(data: bytes) -> bytes:
        for share, in_footer, how, new in changes:
            footer = int.from_bytes(data[-8:-4], "little") + 8
            start = max(4, len(data) - footer) if in_footer else 4
            at = min(start + int(share * max(0, len(data) - start)), len(data) - 1)
            data = _CHANGES[how](data, at, new)
        return data

    return damage


_CHANGES: dict[str, Callable[[bytes, int, bytes], bytes]] = {
    "=": lambda data, at, new: data[:at] + new + data[at + len(new) :],
    "^": lambda data, at, new: data[:at] + bytes([data[at] ^ (1 << new[0] % 8)]) + data[at + 1 :],
    "-": lambda data, at, new: data[:at] + data[at + new[0] % 20 :],
    "+": lambda data, at, new: data[:at] + new + data[at:],
}


MISSING = ("-", "None", "NaN", "nan", "NULL", "null", "")
WRONG = -1
"""Stands for a value of an integer field that makes a row an odd one."""


def integer(value: Any, type_: str, field: str) -> int | None:
    """Return what a value of an integer field is, ``WRONG``, or None if it is missing."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if value is None or value in MISSING or (isinstance(value, float) and math.isnan(value)):
        return None
    maximum = catalog.INTEGERS[field].maximum
    if isinstance(value, str):
        digits = value.removeprefix("+")
        return int(digits) if digits.isascii() and digits.isdigit() and int(digits) <= maximum else WRONG
    number = Decimal(_seconds(value, type_) if CLEAR[type_] == "times" else value)
    return int(number) if number.is_finite() and number == int(number) and 0 <= number <= maximum else WRONG


def _seconds(value: int, type_: str) -> int:
    if type_ == "date":
        return value * 86_400
    units = {"timestamp s": 1, "timestamp ms": 10**3, "date of milliseconds": 10**3, "timestamp ns": 10**9}
    return value // units.get(type_, 10**6)
