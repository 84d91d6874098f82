"""Odd input: each line stays an event, is counted and reported, and nothing beside it shifts."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from flowlocal.events import UnreadableInput
from tests.sources.conftest import ACCEPTED, HEADER, NO_DATA, REJECTED, read

ODD: dict[str, tuple[str, str]] = {
    "blank": ("", "blank line"),
    "blanks": ("   ", "blank line"),
    "comment": ("# a comment", "3 values, expected 14"),
    "one word": ("word", "1 value, expected 14"),
    "trailing words": (f"{ACCEPTED} and more", "16 values, expected 14"),
    "trailing words after blanks": (f"{ACCEPTED}    # more", "16 values, expected 14"),
    "cut off": (ACCEPTED[:60], "6 values, expected 14"),
    "cut off after an integer": (ACCEPTED.rsplit(" ", 2)[0], "12 values, expected 14"),
    "a value lost": (ACCEPTED.replace(" eni-1235b8ca", " "), "13 values, expected 14"),
    "a number lost": (ACCEPTED.replace(" 22 ", "  "), "13 values, expected 14"),
    "port too large": (
        ACCEPTED.replace(" 22 ", " 65536 "),
        "dstport is '65536', which is not an integer from 0 to 65535",
    ),
    "NaN": (ACCEPTED.replace(" 20 ", " NaN "), "packets is 'NaN', which is not an integer from 0 to 9007199254740992"),
    "negative": (
        ACCEPTED.replace(" 20 ", " -20 "),
        "packets is '-20', which is not an integer from 0 to 9007199254740992",
    ),
    "count too large": (
        ACCEPTED.replace(" 20 ", " 9007199254740993 "),
        "packets is '9007199254740993', which is not an integer from 0 to 9007199254740992",
    ),
    "decimal": (ACCEPTED.replace(" 6 ", " 6.0 "), "protocol is '6.0', which is not an integer from 0 to 255"),
    "tabs": (ACCEPTED.replace(" ", "\t"), "1 value, expected 14"),
    "JSON": ('{"a": 1}', "2 values, expected 14"),
}
RECORDS: dict[str, str] = {
    "quotes": ACCEPTED.replace("eni-1235b8ca", '"eni-1235b8ca'),
    "NUL": ACCEPTED.replace("eni-1235b8ca", "eni\0"),
    "unknown account": ACCEPTED.replace("123456789010", "unknown"),
    "short account": ACCEPTED.replace("123456789010", "12345678901"),
    "IPv6": ACCEPTED.replace("172.31.16.139", "2a02:cf40::"),
    "no version": ACCEPTED.replace("2 1", "- 1", 1),
    "no data, with values": ACCEPTED.replace("OK", "NODATA"),
    "skipped": NO_DATA.replace("NODATA", "SKIPDATA"),
    "trailing blank": f"{ACCEPTED} ",
    "leading blank": f" {ACCEPTED}",
    "other letters": ACCEPTED.replace("eni-1235b8ca", "Ω"),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_odd_lines(name: str, end: str, write: Callable[..., Path]) -> None:
    """An odd line keeps its message, and takes time, stream and log from the line before."""
    odd, reason = ODD[name]
    found = read(write("x.log", end.join([HEADER, ACCEPTED, odd, REJECTED, NO_DATA, ""])))
    assert found.column("@message") == [ACCEPTED, odd, REJECTED, NO_DATA]
    assert found.column("dstPort") == [22, None, 3389, None]
    assert found.column("srcAddr") == ["172.31.16.139", None, "172.31.9.69", "-"]
    assert found.column("_record") == [True, False, True, True]
    assert found.column("@timestamp")[1] == found.column("@timestamp")[0]
    assert found.column("@logStream")[1] == "eni-1235b8ca-all"
    assert found.column("@log")[1] == "123456789010:flowlocal"
    assert [(line.line, line.reason) for line in found.report.odd_lines] == [(3, reason)]


@pytest.mark.parametrize("name", RECORDS)
def test_unusual_records(name: str, write: Callable[..., Path]) -> None:
    """Unusual lines that are records."""
    found = read(write("x.log", [HEADER, ACCEPTED, RECORDS[name], REJECTED]))
    assert found.column("_record") == [True, True, True]
    assert found.column("@message")[1] == RECORDS[name]
    assert found.column("interfaceId")[1] == RECORDS[name].split()[2]
    assert found.report.odd_count == 0


def test_invalid_utf8(write: Callable[..., Path]) -> None:
    """Bytes that are not UTF-8 are replaced, in the message as in the field."""
    line = ACCEPTED.encode().replace(b"eni-1235b8ca", b"eni-\xff\xfe")
    found = read(write("x.log", HEADER.encode() + b"\n" + line + b"\n" + REJECTED.encode()))
    assert found.column("interfaceId") == ["eni-\ufffd\ufffd", "eni-1235b8ca"]
    assert found.column("@message")[0] == line.decode("utf-8", "replace")


@pytest.mark.parametrize("content", ["", HEADER, f"{HEADER}\n", f"{HEADER}\r\n"])
@pytest.mark.parametrize("name", ["x.log", "x.log.gz"])
def test_nothing_in_it(content: str, name: str, write: Callable[..., Path]) -> None:
    """Empty files and files with a header alone have no events, which a warning states, and that is not an error."""
    found = read(write(name, content))
    assert (len(found.frame), found.report.records) == (0, 0)
    assert found.report.warnings == [str(each) for each in found.report.skipped]
    assert len(found.report.skipped) == 1


def test_first_lines_only_are_shown(write: Callable[..., Path]) -> None:
    """All odd lines are counted, the first few are reported."""
    found = read(write("x.log", [HEADER, ACCEPTED, *["odd"] * 100]))
    assert (found.report.odd_count, len(found.report.odd_lines)) == (100, 5)


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
@pytest.mark.parametrize("small", [True, False])
def test_truncated(
    compress: Callable[[bytes], bytes], small: bool, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a file that ends too early what is whole is kept, and the report says so."""
    if not small:
        monkeypatch.setattr("flowlocal.sources.reading.lines.SMALL", 0)
    records = [REJECTED.replace("3389", str(port)) for port in range(20000)]
    data = compress("\n".join([HEADER, *records]).encode())
    found = read(write("x.log", data[: len(data) // 2]))
    assert 1000 < found.report.records < 20000
    assert found.column("dstPort")[:1000] == list(range(1000))
    assert "end too early" in found.report.warnings[0]


@pytest.mark.parametrize("small", [True, False])
def test_damaged(small: bool, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of damaged data what comes before is kept, and what follows a gzip's end is reported."""
    if not small:
        monkeypatch.setattr("flowlocal.sources.reading.lines.SMALL", 0)
    whole = gzip.compress(f"{HEADER}\n{ACCEPTED}\n".encode())
    found = read(write("x.log", whole + b"garbage"))
    assert found.report.records == 1
    assert "were ignored" in found.report.warnings[0]


def test_rows_lead_back(write: Callable[..., Path]) -> None:
    """A row leads back to its file and line."""
    one, two = write("1.log", [HEADER, ACCEPTED, REJECTED]), write("2.log.gz", [ACCEPTED, "odd"])
    found = read(one, two)
    places = [(str(one), 2), (str(one), 3), (str(two), 1), (str(two), 2)]
    assert [found.events.locate(row) for row in found.column("_row")] == places
    with pytest.raises(KeyError):
        found.events.locate(7 << 40)


def test_binary(write: Callable[..., Path], tmp_path: Path) -> None:
    """Bytes that are not text are events when named, and left alone in a directory, with a word."""
    path = write("x.bin", b"\0\1\2\n\0")
    assert len(read(path).frame) == 2
    write("x.log", [HEADER, ACCEPTED])
    found = read(tmp_path)
    assert found.report.records == 1
    assert "x.bin: skipped" in found.report.warnings[0]


def test_long_line(write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A line longer than a block is one line."""
    monkeypatch.setattr("flowlocal.sources.reading.lines.BLOCK_BYTES", 1000)
    long = "x" * 300_000
    for name in ("x.log", "x.log.gz"):
        monkeypatch.setattr("flowlocal.sources.reading.lines.SMALL", 0)
        found = read(write(name, [HEADER, ACCEPTED, long, REJECTED]))
        assert found.column("@message") == [ACCEPTED, long, REJECTED]


def test_missing_file(tmp_path: Path) -> None:
    """A missing path is named in the error."""
    with pytest.raises(UnreadableInput, match="no such file") as error:
        read(tmp_path / "nowhere")
    assert error.value.path.endswith("nowhere")


@pytest.mark.parametrize(("field", "value"), [(6, "70000"), (8, "NaN"), (9, "-1"), (10, "now")])
def test_nothing_but_odd_values(field: int, value: str, write: Callable[..., Path]) -> None:
    """A log all of whose records hold an odd integer is still known by its addresses and status."""
    values = ACCEPTED.split(" ")
    values[field] = value
    found = read(write("x.log", [" ".join(values)]))
    assert found.column("@message") == [" ".join(values)]
    assert found.report.odd_count == 1


@pytest.mark.parametrize("size", [*range(80, 420, 20), 8 << 20])
def test_the_stream_of_an_odd_line(size: int, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is that of the record before it, which may have none, wherever blocks end."""
    monkeypatch.setattr("flowlocal.sources.reading.lines.BLOCK_BYTES", size)
    monkeypatch.setattr("flowlocal.sources.reading.lines.SMALL", 0)
    monkeypatch.setattr("flowlocal.sources.reading.lines._LARGER", 1)
    interface = ACCEPTED.split(" ")[2]
    without = ACCEPTED.replace(interface, "-")
    found = read(write("x.log", ["odd", ACCEPTED, "odd", without, "odd", "odd", ACCEPTED, "odd", without, without]))
    stream = f"{interface}-all"
    assert found.column("@logStream") == [None, stream, stream, None, None, None, stream, stream, None, None]
    assert found.report.odd_count == 5
