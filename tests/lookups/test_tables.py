"""Lookup tables: which files are tables, and what is in them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from flowlocal.events import UnreadableInput
from flowlocal.lookups.reading import LARGEST
from flowlocal.lookups.tables import Table, Tables


def read(source: Table) -> pl.DataFrame:
    """Return a table of rows."""
    table = Tables.of({"t": source}).read("t")
    assert isinstance(table, pl.DataFrame)
    return table


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"a,b\n1,x\n", [{"a": "1", "b": "x"}]),
        (b"\xef\xbb\xbfa,b\r\n1,x\r\n", [{"a": "1", "b": "x"}]),
        (b'a,b\n"1,5","say ""x"""\n', [{"a": "1,5", "b": 'say "x"'}]),
        (b"a,b\n1,\n,2\n", [{"a": "1", "b": None}, {"a": None, "b": "2"}]),
        (b"a,b\n1\n", [{"a": "1", "b": None}]),
        (b"a,b\n007,1e3\n", [{"a": "007", "b": "1e3"}]),
        (b"a\n", []),
        ("ä,b\nö,1\n".encode(), [{"ä": "ö", "b": "1"}]),
    ],
)
def test_table(tmp_path: Path, data: bytes, rows: list[dict[str, str | None]]) -> None:
    """Every cell is text as written; an empty one is missing."""
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    assert read(path).rows(named=True) == rows


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a valid CSV file with a header"),
        (b"a,b\n\xff,1\n", "not UTF-8 text"),
        (b"a,a\n1,2\n", "two columns 'a'"),
        (b"a,b\n1,2,3\n", "not a valid CSV file with a header"),
    ],
)
def test_no_table(tmp_path: Path, data: bytes, message: str) -> None:
    """A file that is not a table is refused with its name."""
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(UnreadableInput, match=message) as caught:
        Tables({"t": str(path)}).read("t")
    assert caught.value.path == str(path)


def test_large(tmp_path: Path) -> None:
    """A table that CloudWatch Logs would not accept is read, and reported."""
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" + b"x,%s\n" % (b"y" * 1000) * (LARGEST // 1000))
    found: list[str] = []
    Tables({"t": path}, found.append).read("t")
    assert found == [f"{path}: the lookup table t has 10 MB, more than the 10 MB that CloudWatch Logs accepts"]
    assert read(path).height == LARGEST // 1000


def test_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing file is named."""
    with pytest.raises(UnreadableInput, match="No such file"):
        Tables({"t": tmp_path / "none.csv"}).read("t")


def test_frame() -> None:
    """A frame is a table, its cells as text."""
    frame = pl.DataFrame({"a": [1, None], "b": ["", "x"]})
    assert read(frame).rows() == [("1", None), (None, "x")]


def test_shipped_tables_give_way() -> None:
    """A table given takes the place of the one of its name that comes with flowlocal."""
    own = pl.DataFrame({"protocol": ["6"], "name": ["mine"]})
    given, usual = Tables.of({"protocols": own}).read("protocols"), Tables.of(None).read("protocols")
    assert given.columns == ["protocol", "name"]
    assert "description" in usual.columns
