"""Several log groups read as one."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import flowlocal
from flowlocal.events import ROW, Events, ScanReport
from flowlocal.sources import open_events
from flowlocal.sources.joining import MOST, joined
from flowlocal.values.kinds import FieldKind

RECORD = "2 123456789010 eni-1 10.0.0.1 10.0.0.2 1 22 6 20 100 1418530010 1418530070 ACCEPT OK"
NO_DATA = "2 123456789010 eni-1 - - - - - - - 1418530010 1418530070 - NODATA"


def opened(folder: Path, group: str, *lines: str, log_format: str | None = None) -> Events:
    """Return a log group of one file."""
    path = folder / f"{group}.log"
    path.write_text("".join(f"{line}\n" for line in lines))
    return open_events([path], log_group=group, log_format=log_format)


def test_fields_that_one_group_lacks_are_text(tmp_path: Path) -> None:
    """An integer that a group lacks is missing there, and a dash is still a dash."""
    default = opened(tmp_path, "default", RECORD, NO_DATA)
    short = opened(tmp_path, "short", "10.0.0.7 99", log_format="${srcaddr} ${tcp-flags}")
    both = joined([default, short])
    assert both.log_groups == ("default", "short")
    assert both.fields["dstPort"].kind is FieldKind.TEXT
    frame = both.read(ScanReport()).select("srcAddr", "dstPort", "tcpFlags").collect()
    assert frame.rows() == [("10.0.0.1", "22", None), ("-", "-", None), ("10.0.0.7", None, "99")]


def test_a_group_without_readable_files_keeps_its_name(tmp_path: Path) -> None:
    """A group is there, though no file of it can be read, alone and among others."""
    logs, empty, unreadable = tmp_path / "logs", tmp_path / "empty", tmp_path / "unreadable"
    for folder in (logs, empty, unreadable):
        folder.mkdir()
    (logs / "flow.log").write_text(f"{RECORD}\n")
    (unreadable / "flow.bin").write_bytes(bytes(8))
    for folder in (empty, unreadable):
        for groups in ({"b": folder}, {"a": logs, "b": folder}):
            scanned = flowlocal.scan(groups)
            assert scanned.source.log_groups == tuple(groups)
            assert scanned.query("SOURCE 'b' | fields @log").rows == []


def test_same_fields_keep_their_kind(tmp_path: Path) -> None:
    """Groups of one layout are read as fast as one group."""
    both = joined([opened(tmp_path, "a", RECORD), opened(tmp_path, "b", NO_DATA)])
    assert both.fields["dstPort"].kind is FieldKind.INTEGER
    assert both.read(ScanReport()).select(pl.col("dstPort").sum()).collect().item() == 22


def test_every_row_leads_to_its_line(tmp_path: Path) -> None:
    """Rows of different groups differ, and lead back to file and line."""
    both = joined([opened(tmp_path, "a", RECORD, NO_DATA), opened(tmp_path, "b", RECORD)])
    rows = both.read(ScanReport()).select(ROW).collect()[ROW].to_list()
    assert len(set(rows)) == 3
    places = [(Path(path).name, line) for path, line in map(both.locate, rows)]
    assert places == [("a.log", 1), ("a.log", 2), ("b.log", 1)]
    with pytest.raises(KeyError):
        both.locate(5 << 57)


def test_too_many_groups(tmp_path: Path) -> None:
    """More groups than can be numbered are refused, and so are none."""
    with pytest.raises(ValueError, match="log groups can be read together"):
        joined([opened(tmp_path, "a", RECORD)] * (MOST + 1))
    with pytest.raises(ValueError, match="log groups can be read together"):
        joined([])


def test_scan_of_groups(tmp_path: Path) -> None:
    """The library opens paths by the names of log groups, and an answer names them."""
    (tmp_path / "a.log").write_text(RECORD + "\n")
    (tmp_path / "b.log").write_text(NO_DATA + "\n")
    logs = flowlocal.scan({"a": tmp_path / "a.log", "b": [tmp_path / "b.log"]})
    result = logs.query("SOURCE 'a' | SOURCE 'b' | fields @log | sort @log")
    assert [row["@log"] for row in result.rows] == ["123456789010:a", "123456789010:b"]
    assert result.context["log_groups"] == ("a", "b")
    with pytest.raises(ValueError, match="leave log_group out"):
        flowlocal.scan({"a": tmp_path}, log_group="b")


def test_odd_lines_of_every_group_are_reported(tmp_path: Path) -> None:
    """Unparsed lines of any group are reported once."""
    paths = {name: tmp_path / f"{name}.log" for name in "ab"}
    for path in paths.values():
        path.write_text(f"{RECORD}\n{RECORD} extra\n")
    assert flowlocal.scan(paths).query("stats count(*)").report.odd_count == 2
    with pytest.raises(flowlocal.UnreadableInput, match="not a flow log record"):
        flowlocal.scan(paths, strict=True).query("stats count(*)")
