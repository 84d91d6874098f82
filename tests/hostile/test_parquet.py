"""Parquet files of any type and with any damage: read rightly, or refused by name while the others are read."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pyarrow.parquet.encryption as pe  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowlocal
from flowlocal.events import RECORD, ScanReport, UnreadableInput
from flowlocal.language.errors import MalformedQuery
from flowlocal.sources import open_events
from flowlocal.sources.records.catalog import INTEGERS
from tests.hostile.command import RECORD as LINE
from tests.hostile.command import flowlocal as run
from tests.hostile.command import here
from tests.hostile.parquet_files import (
    CLEAR,
    TYPES,
    WRONG,
    Damage,
    Table,
    array,
    clear_records,
    damages,
    events,
    integer,
    records,
)
from tests.hostile.reading import writer
from tests.properties import examples

QUERIES = [
    "limit 5",
    "stats count(*), sum(bytes), max(@timestamp) by bin(1h)",
    "fields startTime, endTime, dstPort, srcAddr, accountId, @message, note | sort startTime",
    "filter action = 'ACCEPT' and bytes > 0 | stats count(*) by srcAddr, @logStream",
]
some = examples(0.6)
GOOD = pa.table(
    {
        "srcaddr": ["10.0.0.1"] * 6,
        "dstport": pa.array([22] * 6, pa.int32()),
        "bytes": pa.array([1, 2, 4, 8, 16, 32], pa.int64()),
        "start": pa.array([1_777_600_000 + row for row in range(6)], pa.int64()),
    }
)


def written(table: pa.Table, **options: object) -> bytes:
    """Return a table as a Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], Path]:
    """Return a function that writes every file under a name of its own."""
    return writer(tmp_path_factory.mktemp("parquet"), ".parquet")


def _answers(path: Path, query: str) -> int | None:
    """Return the number of rows that a query answers with; None if the file or the query is refused by name."""
    try:
        logs = flowlocal.scan(path, partial_answer=True)
        result = logs.query(query)
    except MalformedQuery:
        return None
    except UnreadableInput as error:
        assert str(path) in str(error)  # noqa: PT017 - or none is raised
        return None
    return len(result.to_polars().rows())


@given(st.one_of(clear_records, records, events), damages(), st.sampled_from(QUERIES))
def test_damaged_files(place: Callable[[bytes], Path], table: Table, damage: Damage, query: str) -> None:
    """Whatever bytes of a file are changed, a query over it is answered, or the file is named."""
    _answers(place(damage(table.data())), query)


@some
@given(st.one_of(records, events), st.sampled_from(QUERIES))
def test_files_of_any_type(place: Callable[[bytes], Path], table: Table, query: str) -> None:
    """Columns of any type are read or refused; a row more or less there never is."""
    path = place(table.data())
    _answers(path, query)
    if _answers(path, "stats count(*)") is not None:
        found = flowlocal.query("stats count(*)", path).rows
        assert found == ([{"count(*)": str(table.rows)}] if table.rows else [])


@given(clear_records)
def test_values(place: Callable[[bytes], Path], table: Table) -> None:
    """Integers of any type are read as such, and rows with one that is wrong are odd: their fields are missing."""
    wrong = set[int]()
    expected: dict[str, list[int | None]] = {}
    for name, type_, values in table.columns:
        if name in INTEGERS:
            expected[name] = [integer(value, type_, name) for value in values]
            wrong |= {row for row, value in enumerate(expected[name]) if value == WRONG}
    report = ScanReport()
    opened = open_events([place(table.data())])
    frame = opened.read(report).collect()
    assert frame[RECORD].to_list() == [row not in wrong for row in range(table.rows)]
    assert report.odd_count == len(wrong)
    for name, values in expected.items():
        found = frame[opened.aliases[name] if name in ("dstport", "start", "end") else name].to_list()
        assert found == [None if row in wrong else value for row, value in enumerate(values)]
    for row in wrong:
        assert frame["@message"][row].count(" ") >= len(table.columns) - 1


@pytest.mark.parametrize("field", ["bytes", "start", "srcaddr", "message"])
@pytest.mark.parametrize("type_", sorted(TYPES))
def test_types(place: Callable[[bytes], Path], type_: str, field: str) -> None:
    """A type that a field can have is read, any other is refused with the names of the file and the column."""
    values = {"start": 0, "bytes": 1}.get(field, 1)
    column = _column(type_, values)
    table = pa.table({field: column, "dstport": pa.array([22], pa.int32()), "dstaddr": ["10.0.0.2"]})
    path = place(written(table))
    clear = CLEAR.get(type_) == "any" or (CLEAR.get(type_) == "times" and field == "start") or field == "message"
    if clear:
        assert flowlocal.query("stats count(*)", path).rows == [{"count(*)": "1"}]
    else:
        with pytest.raises(UnreadableInput, match=f"column {field} has the type") as refused:
            flowlocal.query("stats count(*)", path)
        assert (refused.value.path, "cast" in refused.value.hint) == (str(path), True)


def _column(type_: str, value: int) -> pa.Array:
    """Return one value of a type, null if it has no integers."""
    try:
        return array(TYPES[type_][0], [value])
    except (pa.ArrowException, TypeError):
        return array(TYPES[type_][0], [None])


@pytest.mark.parametrize("type_", ["list", "struct", "int64", "boolean", "date"])
def test_messages_of_odd_types(place: Callable[[bytes], Path], type_: str) -> None:
    """A table of events whose messages are not texts is refused."""
    path = place(written(pa.table({"message": _column(type_, 1), "timestamp": [1]})))
    with pytest.raises(UnreadableInput, match=r"column message has the type .*, which is not valid for @message"):
        flowlocal.query("limit 1", path)


@pytest.mark.parametrize("type_", ["boolean", "list", "duration"])
def test_times_of_odd_types(place: Callable[[bytes], Path], type_: str) -> None:
    """So is one whose times are none."""
    path = place(written(pa.table({"message": ["x"], "timestamp": _column(type_, 1)})))
    with pytest.raises(UnreadableInput, match="column timestamp has the type"):
        flowlocal.query("limit 1", path)


def test_invalid_text(place: Callable[[bytes], Path]) -> None:
    """Bytes that are not UTF-8 are replaced in place."""
    text = pa.array([b"ok", b"\xff\xfe"], pa.binary()).view(pa.string())
    path = place(written(pa.table({"action": text, "dstport": pa.array([22, 22], pa.int32())})))
    assert [row["action"] for row in flowlocal.query("fields action", path).rows] == ["ok", "\ufffd\ufffd"]


class _Keys(pe.KmsClient):  # type: ignore[misc]
    """Keys that are not kept from anybody."""

    def __init__(self, _: object) -> None:
        pe.KmsClient.__init__(self)

    def wrap_key(self, key: bytes, _: str) -> bytes:
        """Return the key."""
        return key

    def unwrap_key(self, key: bytes, _: str) -> bytes:
        """Return the key."""
        return key


@pytest.mark.parametrize("plain_footer", [True, False])
def test_encrypted_files(plain_footer: bool, tmp_path: Path) -> None:
    """Encrypted columns and encrypted footers are called that; columns that are not encrypted are read."""
    options = {"column_keys": {"k": ["bytes"]}, "plaintext_footer": plain_footer}
    how = pe.EncryptionConfiguration(footer_key="k", **options)
    properties = pe.CryptoFactory(_Keys).file_encryption_properties(pe.KmsConnectionConfig(), how)
    path = tmp_path / "secret.parquet"
    with pq.ParquetWriter(path, GOOD.schema, encryption_properties=properties) as writer:
        writer.write_table(GOOD)
    with pytest.raises(UnreadableInput, match="encrypted"):
        flowlocal.query("stats sum(bytes)", path)
    (tmp_path / "flow.log").write_text(f"{LINE}\n", encoding="utf-8")
    done = here("query", "stats sum(bytes)", str(path), str(tmp_path / "flow.log"))
    assert (done.code, done.out, "secret.parquet: " in done.err) == (3, '{"sum(bytes)": "40"}\n', True)


def test_a_damaged_part(tmp_path: Path) -> None:
    """Of a file with a damaged page the other row groups are read, rows keep their numbers, and the exit code is 3."""
    data = bytearray(written(GOOD, row_group_size=2, compression="none", use_dictionary=False))
    page = pq.read_metadata(pa.BufferReader(bytes(data))).row_group(1).column(2).data_page_offset
    data[page : page + 8] = b"\xff" * 8
    path = tmp_path / "damaged.parquet"
    path.write_bytes(data)
    with pytest.raises(UnreadableInput, match=r"damaged.parquet: rows 3 to 4 of this Parquet file are damaged"):
        flowlocal.query("stats sum(bytes)", path)
    found = flowlocal.scan(path, partial_answer=True).query("fields bytes, @ptr | sort bytes")
    assert [row["bytes"] for row in found.rows] == ["1", "2", "16", "32"]
    frame = open_events([path]).read(ScanReport(partial_answer=True)).select("_row", "bytes").collect()
    assert frame["_row"].to_list() == [0, 1, 4, 5]
    (tmp_path / "flow.log").write_text(f"{LINE}\n", encoding="utf-8")
    for paths in ([path, tmp_path / "flow.log"], [tmp_path]):
        done = here("query", "stats sum(bytes)", *map(str, paths))
        assert (done.code, done.out) == (3, '{"sum(bytes)": "91"}\n')
        assert "damaged.parquet: rows 3 to 4 of this Parquet file are damaged" in done.err
    assert here("import", str(path), "-o", str(tmp_path / "dataset")).code == 3


def test_damage_that_is_not_read(place: Callable[[bytes], Path]) -> None:
    """A damaged column matters to queries that name it, and to those that read the whole line."""
    data = bytearray(written(GOOD, compression="none", use_dictionary=False))
    page = pq.read_metadata(pa.BufferReader(bytes(data))).row_group(0).column(2).data_page_offset
    data[page : page + 8] = b"\xff" * 8
    path = place(bytes(data))
    assert flowlocal.query("stats count(*) as n by dstPort", path).rows == [{"dstPort": "22", "n": "6"}]
    for query in ("stats sum(bytes)", "fields @message", "filter bytes > 1"):
        with pytest.raises(UnreadableInput, match="rows 1 to 6 of this Parquet file are damaged"):
            flowlocal.query(query, path)


@pytest.mark.parametrize("rows", [16, 3])
def test_numbers_of_no_text(rows: int, place: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that refers to no entry of its dictionary is damage, whether a row group is read at once or in parts."""
    monkeypatch.setattr("flowlocal.sources.parquet.file.ROWS", rows)
    texts = [text for text in "abc" for _ in range(16)]
    table = pa.table({"srcaddr": texts, "dstport": pa.array([22] * 48, pa.int32())})
    data = written(table, compression="none")
    changed = data.replace(bytes([2, 32, 0, 32, 1, 32, 2]), bytes([2, 32, 0, 32, 1, 32, 3]))
    assert changed != data
    with pytest.raises(UnreadableInput, match=r"rows 1 to 48 of this Parquet file are damaged"):
        flowlocal.query("stats count(*) by srcAddr", place(changed))


def test_long_texts_that_come_back(tmp_path: Path) -> None:
    """A long text that a dictionary holds once is held once, however many rows have it."""
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), ["a" * 1_000_000])
    pq.write_table(pa.table({"srcaddr": text, "dstport": pa.array([22] * 100_000, pa.int32())}), tmp_path / "x.parquet")
    query = "filter srcAddr like /^a/ and dstPort = 22 | stats count(*) as n"
    assert run("query", query, "x.parquet", "-o", "jsonl", folder=tmp_path).out == '{"n": "100000"}\n'


def test_a_damaged_footer(tmp_path: Path) -> None:
    """A file with a damaged footer is named, and the others are read, wherever it was found."""
    (tmp_path / "bad.parquet").write_bytes(written(GOOD)[:-9] + b"\xff" * 5 + b"PAR1")
    (tmp_path / "good.parquet").write_bytes(written(GOOD))
    for paths in (["bad.parquet", "good.parquet"], ["."], ["*.parquet"]):
        for command in (["query", "stats sum(bytes)"], ["fields"]):
            done = here(*command, *paths, folder=tmp_path)
            assert (done.code, "bad.parquet: " in done.err, done.out != "") == (3, True, True)
    done = here("query", "stats sum(bytes)", "bad.parquet", folder=tmp_path)
    assert (done.code, done.out) == (3, "")
    assert "this Parquet file is damaged" in done.err


def test_columns_of_one_field(place: Callable[[bytes], Path]) -> None:
    """Of two columns for one field the first is read, and a warning names both."""
    table = GOOD.append_column("start_time", pa.array([0] * 6)).append_column("src-addr", ["x"] * 6)
    result = flowlocal.query("stats min(startTime), max(srcAddr)", path := place(written(table)))
    assert result.rows == [{"min(startTime)": "1777600000", "max(srcAddr)": "10.0.0.1"}]
    assert result.report.warnings == [
        f"{path}: columns start and start_time both hold startTime; start is read",
        f"{path}: columns srcaddr and src-addr both hold srcAddr; srcaddr is read",
    ]


def test_statistics_that_lie(place: Callable[[bytes], Path]) -> None:
    """A number that the statistics deny is not summed."""
    data = written(GOOD.set_column(2, "bytes", pa.array([3] * 6)), compression="none", use_dictionary=False)
    changed = data.replace((3).to_bytes(8, "little") * 6, (-5).to_bytes(8, "little", signed=True) * 6)
    assert changed != data
    result = flowlocal.query("stats sum(bytes), count(*)", place(changed))
    assert result.rows == [{"count(*)": "6"}]
    assert result.report.odd_count == 6
    assert isinstance(result.to_polars(), pl.DataFrame)


@pytest.mark.parametrize("plain", [True, False])
def test_start_times_outside_of_statistics(plain: bool, tmp_path: Path) -> None:
    """Groups would be in another order: an error names the file; what is not ordered by statistics is answered."""
    start = GOOD.schema.get_field_index("start")
    table = GOOD.set_column(start, "start", pa.array([1_777_600_003] * 6))
    table = table if plain else table.append_column("more", pa.array([[1]] * 6))
    data = written(table, compression="none", use_dictionary=False)
    earlier = 1_777_600_003 - 86_400
    changed = data.replace((1_777_600_003).to_bytes(8, "little") * 6, earlier.to_bytes(8, "little") * 6)
    assert changed != data
    path = tmp_path / "x.parquet"
    path.write_bytes(changed)
    with pytest.raises(flowlocal.UnreadableInput, match="start times are not within the statistics") as error:
        flowlocal.query("stats sum(bytes) by srcAddr", path)
    assert error.value.path == str(path)
    for query in ("stats count(*) as n", "stats sum(bytes) as n", "filter start > 5 | stats count(start) as n"):
        assert len(flowlocal.query(query, path).rows) == 1
    (tmp_path / "text.log").write_text(LINE)
    result = flowlocal.query("stats sum(bytes) by srcAddr", tmp_path)
    assert (len(result.rows), result.report.records) == (1, 7)
    assert run("import", "-o", "dataset", path.name, folder=tmp_path).code == 0


@pytest.mark.parametrize("line", [["query", "fields @message"], ["fields"], ["import", "-o", "dataset"]], ids=" ".join)
def test_a_page_that_is_far_larger_than_the_file(line: list[str], tmp_path: Path) -> None:
    """A page of kilobytes that decompresses to a value of gigabytes is an error in one sentence, with every command."""
    table = pa.table({"message": pa.array(["0" * 400_000_000], pa.large_string()), "timestamp": [1777600000000]})
    pq.write_table(table, tmp_path / "x.parquet", compression="zstd", use_dictionary=False, write_statistics=False)
    assert (tmp_path / "x.parquet").stat().st_size < 100_000
    done = run(*line, "x.parquet", "--memory", "1MB", folder=tmp_path, seconds=120)
    assert done.code == 3
    assert "of memory are needed" in done.err
