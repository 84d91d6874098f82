"""Files, directories, globs and standard input."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from flowlocal.events import ScanReport, UnreadableInput
from flowlocal.importing import import_logs
from flowlocal.sources import open_events
from flowlocal.sources.files.pruning import file_may_hold, folder_may_hold
from flowlocal.sources.reading import lines as line_files
from tests.sources.conftest import ACCEPTED, HEADER, REJECTED, read


def test_export_tree(write: Callable[..., Path], tmp_path: Path) -> None:
    """An export's streams are its folders; what the task wrote for itself is passed over."""
    write("exp/task/eni-1-all/000000.gz", [f"2014-12-14T04:06:50.000Z {ACCEPTED}"])
    write("exp/task/eni-2-all/000000.gz", [f"2014-12-14T04:06:51.000Z {REJECTED}"])
    write("exp/task/eni-2-all/000001.gz", [f"2014-12-14T04:06:52.000Z {REJECTED}"])
    write("exp/aws-logs-write-test", "Permission Check Successful")
    found = read(tmp_path)
    assert found.column("@logStream") == ["eni-1-all", "eni-2-all", "eni-2-all"]
    assert [time.second for time in found.column("@timestamp")] == [50, 51, 52]
    assert found.column("@message") == [ACCEPTED, REJECTED, REJECTED]
    assert found.report.warnings == []


def test_delivery_tree(write: Callable[..., Path], tmp_path: Path) -> None:
    """A synced bucket is read in the order of its names; hidden and stray files are passed over."""
    folder = "AWSLogs/123456789010/vpcflowlogs/us-east-1/2014/12/14"
    for minute in (10, 5):
        write(f"{folder}/123456789010_vpcflowlogs_us-east-1_fl-1_20141214T04{minute:02}Z_h.log.gz", [HEADER, ACCEPTED])
    write(f"{folder}/.hidden", "x")
    write(f"{folder}/list.md5", "x")
    write("AWSLogs/readme.txt", "About these logs.")
    found = read(tmp_path)
    assert found.report.records == 2
    assert "T0405Z" in found.events.locate(found.column("_row")[0])[0]
    assert [w for w in found.report.warnings if "readme.txt" in w]


@pytest.mark.parametrize(
    ("path", "start", "end", "may"),
    [
        ("1_vpcflowlogs_us-east-1_fl-1_20141214T0405Z_h.log.gz", "2014-12-14T04:19", None, True),
        ("1_vpcflowlogs_us-east-1_fl-1_20141214T0405Z_h.log.gz", "2014-12-14T04:21", None, False),
        ("1_vpcflowlogs_us-east-1_fl-1_20141214T0405Z_h.log.parquet", None, "2014-12-13T22:06", True),
        ("1_vpcflowlogs_us-east-1_fl-1_20141214T0405Z_h.log.gz", None, "2014-12-13T22:04", False),
        ("1_vpcflowlogs_us-east-1_fl-1_20149914T0405Z_h.log.gz", None, "2014-12-13T22:04", True),
        ("mine.log", None, "1999-01-01T00:00", True),
    ],
)
def test_pruning(path: str, start: str | None, end: str | None, may: bool) -> None:
    """A delivery's file is left out if its timestamp is far from the time asked for."""
    times = [
        None if t is None else round(datetime.fromisoformat(f"{t}+00:00").timestamp() * 1000) for t in (start, end)
    ]
    assert file_may_hold(path, *times) is may


@pytest.mark.parametrize(
    ("folder", "may"),
    [
        ("b/AWSLogs/1/vpcflowlogs/us-east-1/2014", True),
        ("b/AWSLogs/1/vpcflowlogs/us-east-1/2013", False),
        ("b/AWSLogs/1/vpcflowlogs/us-east-1/2014/12", True),
        ("b/AWSLogs/1/vpcflowlogs/us-east-1/2014/11", False),
        ("b/AWSLogs/1/vpcflowlogs/us-east-1/2014/12/14", True),
        ("b/AWSLogs/1/vpcflowlogs/us-east-1/2014/12/12", False),
        ("b/aws-region=x/year=2014/month=12/day=14/hour=03", True),
        ("b/aws-region=x/year=2014/month=12/day=16", False),
        ("b/AWSLogs/2013", True),
    ],
)
def test_folders(folder: str, may: bool) -> None:
    """So is a folder whose date is."""
    noon = 1418558400_000
    assert folder_may_hold(folder, noon, noon + 60_000) is may


def test_globs(write: Callable[..., Path], tmp_path: Path) -> None:
    """A quoted glob is expanded; a file named twice is read once."""
    one = write("a/1.log", [HEADER, ACCEPTED])
    write("b/2.log", [HEADER, REJECTED])
    assert read(tmp_path / "**" / "*.log", one).column("dstPort") == [22, 3389]
    with pytest.raises(UnreadableInput, match="no file matches"):
        read(tmp_path / "*.txt")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_standard_input(pack: Callable[[bytes], bytes]) -> None:
    """Standard input is read like a file, and again for the next query."""
    data = pack(f"{HEADER}\n{ACCEPTED}\n".encode())
    events = open_events(["-"], stdin=io.BytesIO(data))
    assert events.total_bytes is None
    for _ in range(2):
        assert events.read(ScanReport()).collect()["dstPort"].to_list() == [22]
    assert events.locate(1) == ("-", 2)


@pytest.mark.parametrize("small", [line_files.SMALL, 0])
def test_many_small_files(
    small: int, write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small files are read together, each with its own lines, stream and carried time."""
    monkeypatch.setattr(line_files, "SMALL", small)
    for number in range(30):
        lines = ["odd", ACCEPTED.replace(" 22 ", f" {number} "), "odd"] if number % 2 else [HEADER, ACCEPTED]
        write(f"{number}.log" + (".gz" if number % 3 else ""), "\n".join(lines))
    found = read(tmp_path)
    places = [found.events.locate(row) for row in found.column("_row")]
    assert [line for _, line in places] == [2, 1, 2, 3] * 15
    assert found.column("dstPort")[2::4] == list(range(1, 30, 2))
    assert found.column("@timestamp")[1::4] == [None] * 15
    assert found.column("@timestamp")[3::4] == found.column("@timestamp")[2::4]
    assert found.report.odd_count == 30


def test_progress(write: Callable[..., Path]) -> None:
    """The bytes reported while reading add up to those promised."""
    paths = [write("1.log", [HEADER, ACCEPTED]), write("2.log.gz", [HEADER] + [ACCEPTED] * 50)]
    events = open_events(paths)
    report, told = ScanReport(), list[int]()
    report.on_bytes = told.append
    events.read(report).collect()
    assert sum(told) == events.total_bytes == sum(path.stat().st_size for path in paths)


def test_columns_not_asked_for(write: Callable[..., Path]) -> None:
    """Only what is selected is made, and a predicate on other columns holds."""
    import polars as pl  # noqa: PLC0415 - this test alone

    events = open_events([write("1.log", [HEADER, ACCEPTED, REJECTED, "odd"])])
    report = ScanReport()
    frame = events.read(report).filter(pl.col("action") == "REJECT").select("dstPort").collect(engine="streaming")
    assert frame.to_dict(as_series=False) == {"dstPort": [3389]}
    assert (report.records, report.odd_count) == (3, 1)
    assert events.read(ScanReport()).select(pl.len()).collect().item() == 3
    assert events.read(ScanReport()).head(1).collect()["dstPort"].to_list() == [22]


def test_dataset_among_logs(write: Callable[..., Path], tmp_path: Path) -> None:
    """A dataset in a folder of logs is refused: its manifest is not a log, and its parts may be there as text."""
    write("logs/x.log", [ACCEPTED])
    import_logs([str(tmp_path / "logs" / "x.log")], tmp_path / "logs" / "imported")
    for path in (tmp_path / "logs", tmp_path / "logs" / "*", tmp_path / "logs" / "imported" / "*"):
        with pytest.raises(UnreadableInput, match="a dataset of `flowlocal import` among logs"):
            read(path)
    assert read(tmp_path / "logs" / "imported").report.records == 1


def test_import_leaves_stray_files_out(write: Callable[..., Path], tmp_path: Path) -> None:
    """What is not a log in a folder is left out by an import as by a query, and said."""
    write("logs/x.log", [ACCEPTED])
    write("logs/README.md", "# Words\n")
    imported = import_logs([str(tmp_path / "logs")], tmp_path / "imported")
    assert imported.events == 1
    assert "skipped" in imported.report.warnings[0]
