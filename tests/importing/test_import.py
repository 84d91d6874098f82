"""Datasets answer as the logs they came from, grow by new files only, and are whole at any time."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import flowlocal
from flowlocal.aws.local_groups import FileGroup
from flowlocal.engine import run
from flowlocal.events import IMPORTED_HINT, ScanReport, UnreadableInput
from flowlocal.importing import import_logs
from flowlocal.query_options import QueryOptions
from flowlocal.sources import open_events
from flowlocal.sources.dataset.manifest import load
from flowlocal.sources.files.paths import MANIFEST
from flowlocal.sources.inspect import inspect_paths

ENI = "eni-0a1b2c3d4e5f60718"
QUERIES = (
    "fields @timestamp, @message, @logStream, @log, @ptr",
    "stats count(*), sum(bytes), min(packets), count_distinct(srcAddr) by dstPort, action",
    "stats count(*) by bin(5m)",
    "filter action = 'REJECT' | sort bytes desc, @timestamp asc | limit 7",
    "filter dstPort = '-' or not ispresent(dstPort) | display @message",
    "dedup srcAddr | limit 50",
)


def _record(number: int) -> str:
    action = "REJECT" if number % 7 == 0 else "ACCEPT"
    start = 1_760_000_000 + number * 37 % 7200
    if number % 50 == 0:
        return f"2 123456789012 {ENI} - - - - - - - {start} {start + 60} - NODATA"
    return (
        f"2 123456789012 {ENI} 10.0.{number % 5}.7 10.1.0.{number % 9} {40000 + number} {(22, 443, 53)[number % 3]} "
        f"6 {number % 13 + 1} {number * 101 % 5000 + 40} {start} {start + 60} {action} OK"
    )


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Two files, plain and gzip, with odd lines among the records."""
    folder = tmp_path / "logs"
    folder.mkdir()
    lines = [_record(number) for number in range(400)]
    lines[17] = "this is no record"
    lines[300] = lines[300] + " surplus"
    (folder / "a.log").write_text("\n".join(lines[:250]) + "\n")
    (folder / "b.log.gz").write_bytes(gzip.compress(("\n".join(lines[250:]) + "\n").encode()))
    return folder


@pytest.mark.parametrize("query", QUERIES)
def test_answers_are_the_same(query: str, logs: Path, tmp_path: Path) -> None:
    """Rows, pointers, statistics and odd lines of a dataset are those of its logs."""
    import_logs([logs], tmp_path / "set")
    over_logs, over_set = ScanReport(), ScanReport()
    expected = run(query, open_events([logs]), report=over_logs)
    result = run(query, open_events([tmp_path / "set"]), report=over_set)
    assert result.rows == expected.rows
    assert result.columns == expected.columns
    assert result.statistics == expected.statistics
    assert over_set.odd_count == over_logs.odd_count == 2
    assert [odd.line for odd in over_set.odd_lines] == [odd.line for odd in over_logs.odd_lines]


def test_only_new_files_are_read(logs: Path, tmp_path: Path) -> None:
    """A second import adds what has come since, and nothing twice."""
    first = import_logs([logs / "a.log"], tmp_path / "set")
    second = import_logs([logs], tmp_path / "set")
    third = import_logs([logs], tmp_path / "set")
    assert (first.files, first.events) == (1, 250)
    assert (second.files, second.skipped, second.events) == (1, 1, 150)
    assert (third.files, third.skipped, third.events) == (0, 2, 0)
    assert run("stats count(*)", open_events([tmp_path / "set"])).rows == [{"count(*)": "400"}]


def test_a_changed_file_is_refused(logs: Path, tmp_path: Path) -> None:
    """A file that grew after it was imported cannot be distinguished from a new one, and is not read twice silently."""
    import_logs([logs], tmp_path / "set")
    with (logs / "a.log").open("a") as file:
        file.write(_record(401) + "\n")
    with pytest.raises(UnreadableInput, match="has changed"):
        import_logs([logs], tmp_path / "set")


def test_a_stopped_import_goes_on(logs: Path, tmp_path: Path) -> None:
    """The remains of a stopped import are deleted, and its files are read again."""
    import_logs([logs / "a.log"], tmp_path / "set")
    (tmp_path / "set" / "part-000001.parquet").write_bytes(b"half a file")
    (tmp_path / "set" / ".part-000002.parquet.new").write_bytes(b"half a file")
    import_logs([logs], tmp_path / "set")
    assert sorted(path.name for path in (tmp_path / "set").glob("*part*")) == [
        "part-000000.parquet",
        "part-000001.parquet",
    ]
    assert run("stats count(*)", open_events([tmp_path / "set"])).rows == [{"count(*)": "400"}]


def test_time_ranges_pass_over_parts(logs: Path, tmp_path: Path) -> None:
    """A range outside all parts reads nothing; one inside finds the same events as in the logs."""
    import_logs([logs], tmp_path / "set")
    before = open_events([tmp_path / "set"], start=0, end=1000)
    result = run("stats count(*)", before, QueryOptions(0, 1000))
    assert (result.rows, result.statistics.recordsScanned) == ([], 0.0)
    start, end = 1_760_000_600_000, 1_760_001_200_999
    expected = run("stats count(*)", open_events([logs]), QueryOptions(start, end))
    assert run("stats count(*)", open_events([tmp_path / "set"]), QueryOptions(start, end)).rows == expected.rows


def test_other_directories_are_left_alone(logs: Path, tmp_path: Path) -> None:
    """A directory with something else in it is refused."""
    with pytest.raises(UnreadableInput, match="not a dataset and not empty"):
        import_logs([logs], logs)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 99}', "not json"])
def test_a_damaged_manifest_is_said(content: str, tmp_path: Path) -> None:
    """A manifest that cannot be understood is an error that says what to do."""
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(UnreadableInput) as caught:
        open_events([tmp_path])
    assert "import the logs again" in caught.value.hint


def test_a_missing_part_is_said(logs: Path, tmp_path: Path) -> None:
    """A dataset without one of its parts is not answered from the rest."""
    import_logs([logs], tmp_path / "set")
    name = json.loads((tmp_path / "set" / MANIFEST).read_text())["parts"][0]["name"]
    (tmp_path / "set" / name).unlink()
    with pytest.raises(UnreadableInput, match="missing"):
        open_events([tmp_path / "set"])


def test_records_of_an_unknown_layout(tmp_path: Path) -> None:
    """They are events of the dataset, too, and a query that names one of their fields is refused."""
    (tmp_path / "custom.log").write_text("vpc-1 eni-0a 443 ACCEPT\nvpc-1 eni-0a 22 REJECT\n")
    import_logs([tmp_path / "custom.log"], tmp_path / "dataset")
    pieces = "parse @message '* * * *' as vpc, interface, port, action | filter action = 'REJECT' | display port"
    result = flowlocal.query(pieces, tmp_path / "dataset")
    assert result.rows == [{"port": "22"}]
    assert any(IMPORTED_HINT in each for each in result.report.warnings)
    with pytest.raises(UnreadableInput, match=r"custom.log: records of an unknown layout") as error:
        flowlocal.query("stats count(*) by action", tmp_path / "dataset")
    assert error.value.hint == IMPORTED_HINT
    import_logs(
        [tmp_path / "custom.log"], tmp_path / "new", log_format="${vpc-id} ${interface-id} ${dstport} ${action}"
    )
    assert len(flowlocal.query("stats count(*) by action", tmp_path / "new").rows) == 2


def test_keys_of_json(tmp_path: Path) -> None:
    """An aggregate under the name of its key of JSON has no cell in a dataset either."""
    (tmp_path / "app.json").write_text('{"x":1}\n{"x":2}\n')
    import_logs([tmp_path / "app.json"], tmp_path / "dataset")
    query = "stats count(*) as n, sum(x) as x"
    assert flowlocal.query(query, tmp_path / "dataset").rows == [{"n": "2"}]
    assert flowlocal.query(query, tmp_path / "app.json").rows == [{"n": "2"}]


def test_files_without_events_are_looked_at_again(tmp_path: Path) -> None:
    """What is not a log yet is not registered, and not missing: it is imported once it is one."""
    logs, dataset = tmp_path / "logs", tmp_path / "set"
    logs.mkdir()
    for name, text in {"README.md": "# Words\n", "empty.log": "", "one.log": f"{_record(1)}\n"}.items():
        (logs / name).write_text(text)
    first = import_logs([logs], dataset)
    assert (first.files, first.events, first.refused) == (1, 1, ())
    assert [Path(each.path).name for each in first.report.skipped] == ["README.md", "empty.log"]
    over_set = ScanReport()
    run("stats count(*)", open_events([dataset]), report=over_set)
    assert len(over_set.warnings) == 2
    for name in ("README.md", "empty.log"):
        (logs / name).write_text(f"{_record(2)}\n")
    again = import_logs([logs], dataset)
    assert (again.files, again.skipped, again.events) == (2, 1, 2)
    over_set = ScanReport()
    assert run("stats count(*)", open_events([dataset]), report=over_set).rows == [{"count(*)": "3"}]
    assert over_set.warnings == []


def test_a_dataset_is_served(logs: Path, tmp_path: Path) -> None:
    """The endpoint answers over a dataset, and sees what is imported later."""
    import_logs([logs / "a.log"], tmp_path / "set")
    group = FileGroup("g", [str(tmp_path / "set")])
    assert run("stats count(*)", group.events()).rows == [{"count(*)": "250"}]
    assert group.stored_bytes > 1000
    import_logs([logs], tmp_path / "set")
    assert run("stats count(*)", group.events()).rows == [{"count(*)": "400"}]


@pytest.mark.parametrize("text", ['{"level": "a"}\n{"level": "b"}\n', "no record\nat all\n"])
def test_lines_without_a_layout_are_not_odd(text: str, logs: Path, tmp_path: Path) -> None:
    """A dataset counts those lines as odd that are odd in its logs, and --strict takes both alike."""
    other = tmp_path / "other.log"
    other.write_text(text)
    import_logs([other], tmp_path / "one")
    import_logs([logs / "a.log", other], tmp_path / "two")
    assert flowlocal.scan(tmp_path / "one", strict=True).query("stats count(*)").rows == [{"count(*)": "2"}]
    over_logs, over_set = ScanReport(), ScanReport()
    run("fields @message", open_events([logs / "a.log", other]), report=over_logs)
    run("fields @message", open_events([tmp_path / "two"]), report=over_set)
    assert over_set.odd_count == over_logs.odd_count == 1
    with pytest.raises(UnreadableInput, match="not a flow log record"):
        flowlocal.scan(tmp_path / "two", strict=True).query("stats count(*)")


def test_a_dataset_whose_name_is_a_pattern(logs: Path, tmp_path: Path) -> None:
    """Wildcards in the name of a dataset are characters like others."""
    import_logs([logs], tmp_path / "[a]*?")
    assert run("stats count(*)", open_events([tmp_path / "[a]*?"])).rows == [{"count(*)": "400"}]


def test_links_to_an_imported_file(logs: Path, tmp_path: Path) -> None:
    """A file is imported once, by whatever name; a later run may name it by a link to it, or to its folder."""
    (tmp_path / "linked").symlink_to(logs)
    (tmp_path / "a.log").symlink_to(logs / "a.log")
    assert import_logs([tmp_path / "a.log"], tmp_path / "set").files == 1
    assert import_logs([logs / "a.log"], tmp_path / "set").skipped == 1
    assert import_logs([tmp_path / "linked"], tmp_path / "set").files == 1
    assert import_logs([logs], tmp_path / "set").skipped == 2
    (logs / "a.log").write_text("changed\n")
    with pytest.raises(UnreadableInput, match="has changed"):
        import_logs([tmp_path / "linked"], tmp_path / "set")


def test_a_link_to_a_file_that_is_missing_in_the_dataset(logs: Path, tmp_path: Path) -> None:
    """What an import did not finish is not missing any more after it was imported by another name."""
    import_logs([logs / "a.log"], tmp_path / "set")
    manifest = load(tmp_path / "set")
    manifest.pending = [str(logs / "b.log.gz")]
    manifest.save(tmp_path / "set")
    (tmp_path / "b.log.gz").symlink_to(logs / "b.log.gz")
    import_logs([tmp_path / "b.log.gz"], tmp_path / "set")
    assert load(tmp_path / "set").pending == []


def test_fields_of_a_dataset(logs: Path, tmp_path: Path) -> None:
    """What is in a dataset is what is in its logs; only how they are stored differs."""
    import_logs([logs], tmp_path / "set")
    stored: dict[str, Any] = {"shape": "", "container": "", "layouts": ()}
    over_logs, over_set = inspect_paths([logs]), inspect_paths([tmp_path / "set"])
    assert [replace(file, **stored) for file in over_set.files] == [replace(file, **stored) for file in over_logs.files]
    assert replace(over_set, files=()) == replace(over_logs, files=())


def test_what_was_lost_is_strictly_refused(logs: Path, tmp_path: Path) -> None:
    """Under ``strict``, a dataset with less than its files is refused as they are."""
    (logs / "a.log").write_text(f"{_record(1)}\n")
    damaged = bytearray(gzip.compress(f"{_record(2)}\n".encode()))
    damaged[-8] ^= 1  # the checksum
    (logs / "b.log.gz").write_bytes(damaged)
    import_logs([logs], tmp_path / "set")
    for path in (logs, tmp_path / "set"):
        assert flowlocal.query("stats count(*) as n", path).rows == [{"n": "2"}]
        with pytest.raises(UnreadableInput, match="gzip"):
            flowlocal.query("limit 1", path, strict=True)
    manifest = load(tmp_path / "set")
    manifest.lost, manifest.pending = [], ["b.log"]
    manifest.save(tmp_path / "set")
    with pytest.raises(UnreadableInput, match="unfinished"):
        flowlocal.query("limit 1", tmp_path / "set", strict=True)


def test_a_log_group_overrides_that_of_the_import(logs: Path, tmp_path: Path) -> None:
    """The answer is that of the logs under this name; one or several groups."""
    (logs / "0.log").write_text("no record\n\n" + _record(1) + "\n{}\n")
    import_logs([logs], tmp_path / "dataset", log_group="imported")
    for query in ("fields @log, @message, @ptr", "SOURCE 'web' | stats count(*) by @log", "filter @log like /web/"):
        found = flowlocal.query(query, tmp_path / "dataset", log_group="web")
        assert found.rows == flowlocal.query(query, logs, log_group="web").rows
        of_logs = flowlocal.scan({"web": logs, "db": logs / "a.log"}).query(query)
        assert flowlocal.scan({"web": tmp_path / "dataset", "db": logs / "a.log"}).query(query).rows == of_logs.rows
    assert flowlocal.query("SOURCE 'imported' | limit 1", tmp_path / "dataset").rows
