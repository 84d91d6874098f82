"""How lines read is found out from enough of a file, however it begins; lines that do not fit are counted exactly."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import zstandard

from flowlocal.events import SkipReason, UnreadableInput
from tests.sources.conftest import ACCEPTED, HEADER, NO_DATA, REJECTED, read
from tests.sources.test_layouts import GATEWAY

RECORDS = [ACCEPTED, REJECTED, NO_DATA] * 20
TIME = "2014-12-14T04:06:50.000Z"
CUSTOM = "dstport srcaddr action start"
CUSTOM_RECORDS = ["443 10.0.0.1 ACCEPT 1418530010"] * 60
COMMENT = "# these fourteen words of a comment are as many as a record has OK"


@dataclass(frozen=True)
class Case:
    """A text whose beginning misleads.

    Attributes:
        lines: the text.
        records: how many records it contains.
        odd: how many of its lines are events without values.
        options: how it is opened.
    """

    lines: Sequence[str]
    records: int
    odd: int
    log_format: str | None = None


CASES = {
    "many comments": Case(["# note"] * 60 + RECORDS, 60, 60),
    "long comments": Case([COMMENT * 3] * 40 + RECORDS, 60, 40),
    "comments of as many words": Case([COMMENT] * 200 + RECORDS, 60, 200),
    "comments of as many words among the records": Case([COMMENT, *RECORDS[:9], *[COMMENT] * 9, *RECORDS[9:]], 60, 10),
    "a megabyte of prose": Case(["Nothing of this is a flow log record."] * 40_000 + RECORDS, 60, 40_000),
    "comments before a header": Case(["# note"] * 500 + [HEADER, *RECORDS], 60, 500),
    "comments before a custom header": Case(["# note"] * 500 + [CUSTOM, *CUSTOM_RECORDS], 60, 500),
    "comments before a given layout": Case(["# note"] * 500 + CUSTOM_RECORDS, 60, 500, CUSTOM),
    "comments before a time": Case(["# note"] * 500 + [f"{TIME} {record}" for record in RECORDS], 60, 500),
    "comments before a time and a given layout": Case(
        ["# note"] * 500 + [f"{TIME} {record}" for record in CUSTOM_RECORDS], 60, 500, CUSTOM
    ),
    "a lone record, comments, and others": Case([GATEWAY, *["# note"] * 1_000, *RECORDS], 61, 1_000),
    "a lone record without a time": Case([ACCEPTED, *(f"{TIME} {record}" for record in RECORDS)], 60, 1),
    "a lone record with a time": Case([f"{TIME} {ACCEPTED}", *RECORDS], 60, 1),
    "a lone record with a stream": Case([f"{TIME} eni-1-all {ACCEPTED}", *(f"{TIME} {r}" for r in RECORDS)], 60, 1),
    "a port out of range": Case([ACCEPTED.replace(" 22 ", " 70000 "), *["# note"] * 300, *RECORDS], 60, 301),
    "a header that nothing follows": Case([HEADER, *["odd"] * 300, GATEWAY], 1, 300),
    "a header twice": Case([HEADER, HEADER, *RECORDS], 60, 0),
    "another layout after the header": Case([CUSTOM, *RECORDS], 60, 0),
    "two layouts": Case([HEADER, ACCEPTED, CUSTOM, *CUSTOM_RECORDS], 61, 0),
}
CONTAINERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "members": lambda data: b"".join(map(gzip.compress, _cut(data))),
    "zstd": zstandard.compress,
}


def _cut(data: bytes) -> list[bytes]:
    """Return the first line and the rest."""
    end = data.index(b"\n") + 1
    return [data[:end], data[end:]]


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("name", CASES)
def test_misleading_beginnings(name: str, container: str, write: Callable[..., Path]) -> None:
    """All records are read, and what is none is counted, in every container."""
    case = CASES[name]
    data = "".join(f"{line}\n" for line in case.lines).encode()
    path = write("x.log", CONTAINERS[container](data))
    found = read(path, log_format=case.log_format)
    assert sum(found.column("_record")) == case.records
    assert found.report.odd_count == case.odd
    assert found.report.records == case.records + case.odd


def test_a_tab_after_a_time(write: Callable[..., Path]) -> None:
    """One line with a tab between time and record changes nothing for the others."""
    for lines in ([0], [0, 1], [7], [59]):
        prefixed = [f"{TIME}\t{r}" if n in lines else f"{TIME} {r}" for n, r in enumerate(RECORDS)]
        found = read(write("x.log", prefixed))
        assert found.column("@message") == RECORDS
        assert len(RECORDS) - sum(found.column("_record")) == found.report.odd_count <= len(lines)


@pytest.mark.parametrize("name", ["end", "action", "region"])
def test_a_first_line_of_one_name(name: str, write: Callable[..., Path]) -> None:
    """A line of a field's name alone is not a header if the lines after it are not of that layout."""
    found = read(write("x.log", [name, *RECORDS]))
    assert sum(found.column("_record")) == 60
    assert found.report.odd_count + len(found.report.warnings) == 1
    assert read(write("y.log", [name])).column("@message") == [name]
    assert read(write("z.log", ["action", "ACCEPT", "REJECT"])).column("action") == ["ACCEPT", "REJECT"]


def test_times_of_other_precision(write: Callable[..., Path]) -> None:
    """The time of each line ends where it ends, however many digits those of the first lines have."""
    times = [*["2014-12-14T04:06:50.000Z"] * 60, "2014-12-14T04:06:51.5Z", "2014-12-14T04:06:52Z"]
    found = read(write("x.log", [f"{time} {ACCEPTED}" for time in times]))
    assert found.column("@message") == [ACCEPTED] * 62
    assert [time.second for time in found.column("@timestamp")[-2:]] == [51, 52]


def test_headers_of_as_many_names(write: Callable[..., Path]) -> None:
    """A second header with as many names in another order ends the run: its records would be read wrongly."""
    swapped = HEADER.replace("srcaddr dstaddr", "dstaddr srcaddr")
    for first in ([HEADER, ACCEPTED], [ACCEPTED]):
        with pytest.raises(UnreadableInput, match=f"another layout begins in line {len(first) + 1}"):
            read(write("x.log", [*first, swapped, REJECTED]))


def test_a_file_that_mentions_a_record(write: Callable[..., Path], tmp_path: Path) -> None:
    """A text in a folder that shows a record, among other lines, is not a log; named, it is read."""
    words = ["A record reads as follows."] * 200
    path = write("readme.txt", [*words, ACCEPTED, *words])
    write("x.log", [ACCEPTED])
    found = read(tmp_path)
    assert found.report.records == 1
    assert [each.reason for each in found.report.skipped] == [SkipReason.NOT_A_LOG]
    assert sum(read(path).column("_record")) == 1


def test_a_log_in_a_folder_that_begins_with_words(write: Callable[..., Path], tmp_path: Path) -> None:
    """A log in a folder is read, however it begins."""
    write("x.log", ["words"] * 10_000 + RECORDS)
    assert sum(read(tmp_path).column("_record")) == 60


@pytest.mark.parametrize("line", ["START RequestId: 1 Version: 2", '{"level": "info"}'])
def test_a_record_in_an_application_log(line: str, write: Callable[..., Path]) -> None:
    """An application's log stays one, with its fields, if it mentions a record after a while."""
    found = read(write("x.log", [line] * 300 + [ACCEPTED]))
    assert {"@requestId", "level"} & set(found.events.fields)
    assert not any(found.column("_record"))
