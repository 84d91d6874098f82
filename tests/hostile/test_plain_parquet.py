"""The native reader of Parquet: it reads what Arrow reads, or refuses the file."""

from __future__ import annotations

import io
from functools import partial
from typing import Any

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlocal.native.parquet import NotPlain
from flowlocal.sources.parquet.plain_file import PlainFile
from tests.hostile.parquet_files import Damage, damages
from tests.properties import examples

_values = {
    "int32": (pa.int32(), st.integers(-(2**31), 2**31 - 1) | st.sampled_from([22, 443])),
    "int64": (pa.int64(), st.integers(-(2**63), 2**63 - 1) | st.sampled_from([40, 41])),
    "string": (
        pa.string(),
        st.text("abc.-", max_size=20) | st.sampled_from(["10.0.0.1", "eni-0123456789abcdef0", "-"]),
    ),
}
_options = st.fixed_dictionaries(
    {
        "compression": st.sampled_from(["none", "gzip", "zstd"]),
        "data_page_version": st.sampled_from(["1.0", "2.0"]),
        "use_dictionary": st.booleans(),
        "write_statistics": st.booleans(),
        "store_schema": st.booleans(),
        "row_group_size": st.sampled_from([1, 3, 1000]),
        "data_page_size": st.sampled_from([1, 100, 100_000]),
        "dictionary_pagesize_limit": st.sampled_from([1, 60, 100_000]),
        "write_batch_size": st.sampled_from([1, 7, 1000]),
    }
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Return files of plain columns, with and without nulls."""
    rows, fields, arrays = draw(st.integers(0, 60)), [], []
    for name, (type_, values) in _values.items():
        optional = draw(st.booleans())
        some = (st.none() | values) if optional else values
        few = draw(st.lists(some, min_size=1, max_size=8))
        column: list[Any] = draw(st.lists(st.sampled_from(few) | some, min_size=rows, max_size=rows))
        fields.append(pa.field(name, type_, nullable=optional))
        arrays.append(pa.array(column, type_))
    return written(pa.Table.from_arrays(arrays, schema=pa.schema(fields)), **draw(_options))


def written(table: pa.Table, **options: Any) -> bytes:
    """Return a table as a Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


def plain(data: bytes) -> dict[str, list[Any]] | None:
    """Return the values by the native reader; None if they are refused."""
    file = PlainFile.of(partial(io.BytesIO, data))
    if file is None:
        return None
    try:
        names = {column.physical: column.name for column in file.columns}
        batch = file.read(range(len(file.footer.rows)), file.columns, names.values())
    except NotPlain:
        return None
    assert sum(part.rows for part in batch.slices(7)) == batch.rows
    return {names[name]: values.to_list() for name, values in batch.decoded().items()}


@given(files())
def test_values(data: bytes) -> None:
    """Whatever pages, dictionaries and nulls there are, values are those that Arrow reads."""
    assert plain(data) == pq.read_table(io.BytesIO(data)).to_pydict()


@examples(3)
@given(files(), damages())
def test_damage(data: bytes, damage: Damage) -> None:
    """A changed file is refused, or read as Arrow reads it."""
    damaged = damage(data)
    found = plain(damaged)
    if found is None:
        return
    try:
        expected = pq.read_table(io.BytesIO(damaged))
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        return
    assert {name: _bytes(values) for name, values in found.items()} == {
        name: _bytes(expected.column(name).to_pylist()) for name in found
    }


def _bytes(values: list[Any]) -> list[Any]:
    return [value.encode() if isinstance(value, str) else value for value in values]


GOOD = {"a": pa.array([1, 2], pa.int32()), "b": pa.array(["x", "y"])}
REFUSED: dict[str, tuple[pa.Array, dict[str, Any]]] = {
    **{str(type_): (pa.array([1, 2]).cast(type_), {}) for type_ in (pa.int8(), pa.uint32(), pa.uint64(), pa.float64())},
    "unsigned, of the old format": (pa.array([1, 2], pa.uint32()), {"version": "1.0"}),
    "duration": (pa.array([1, 2], pa.duration("us")), {}),
    "time": (pa.array([1, 2], pa.timestamp("ms")), {}),
    "date": (pa.array([1, 2], pa.int32()).cast(pa.date32()), {}),
    "decimal": (pa.array([1, 2]).cast(pa.decimal128(20, 0)), {"store_decimal_as_integer": True}),
    "boolean": (pa.array([True, False]), {}),
    "list": (pa.array([[1], [2]]), {}),
    "struct": (pa.array([{"x": 1}, {"x": 2}]), {}),
    "text that is not ASCII": (pa.array(["é", "x"]), {}),
    "text that is not UTF-8": (pa.array([b"\xff", b"x"]), {}),
    "categories": (pa.array(["x", "y"]).dictionary_encode(), {}),
    "other encoding": (pa.array([1, 2]), {"use_dictionary": False, "column_encoding": {"c": "DELTA_BINARY_PACKED"}}),
    "other compression": (pa.array([1, 2]), {"compression": "brotli"}),
}


@pytest.mark.parametrize("kind", sorted(REFUSED))
def test_other_kinds(kind: str) -> None:
    """Columns of other types, encodings and compressions are left to Arrow."""
    column, options = REFUSED[kind]
    options = {"compression": "gzip", **options}
    assert plain(written(pa.table({**GOOD, "c": column}), **options)) is None
    assert plain(written(pa.table(GOOD), compression="gzip")) == {"a": [1, 2], "b": ["x", "y"]}


def test_columns_of_one_name() -> None:
    """Two columns of one name are left to Arrow, which says so."""
    assert plain(written(pa.Table.from_arrays([GOOD["a"], GOOD["b"]], ["a", "a"]))) is None


def test_other_writers() -> None:
    """What Polars writes is read, with statistics or not, as views or not."""
    frame = pl.DataFrame({"a": [1, None, 3] * 100, "b": ["x", None, "a text of more than twelve bytes"] * 100})
    for compression in ("uncompressed", "gzip", "zstd"):
        buffer = io.BytesIO()
        frame.write_parquet(buffer, compression=compression, row_group_size=70)
        assert plain(buffer.getvalue()) == frame.to_dict(as_series=False)
