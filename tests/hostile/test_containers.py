"""Every format in which logs are stored, with every fault: what decompresses is read, and what is missing is said."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import random
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lz4.frame
import pytest
import zstandard

from flowlocal.api import scan
from flowlocal.events import ScanReport, UnreadableInput
from flowlocal.importing import import_logs
from flowlocal.sources.containers.stored import bytes_opener, recognised
from flowlocal.sources.inspect import inspect_paths
from flowlocal.sources.records import catalog
from tests.hostile.command import RECORD, flowlocal

HEADER = " ".join(catalog.DEFAULT) + "\n"
LINES = 1000
RECORDS = [RECORD.replace(" 22 ", f" {port} ") for port in range(LINES)]
TEXT = "".join(f"{line}\n" for line in RECORDS).encode()
_SKIPPED_FRAME = struct.pack("<II", 0x184D2A50, 10) + b"0123456789"


def _lz4(data: bytes) -> bytes:
    return bytes(lz4.frame.compress(data, content_checksum=True))


def _zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": _zstd,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "lz4": _lz4,
}
DECOMPRESSORS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(31),
    "zstd": lambda: zstandard.ZstdDecompressor().decompressobj(),
    "bzip2": bz2.BZ2Decompressor,
    "xz": lzma.LZMADecompressor,
    "lz4": lz4.frame.LZ4FrameDecompressor,
}


def decompressed(name: str, stored: bytes) -> bytes:
    """Decompress one member byte by byte, in plain Python: all that comes out before it fails or ends."""
    decompressor, text = DECOMPRESSORS[name](), b""
    for at in range(len(stored)):
        try:
            text += decompressor.decompress(stored[at : at + 1])
        except Exception:  # noqa: BLE001 - every library has exceptions of its own
            break
        if decompressor.eof:
            break
    return text


def _flipped(data: bytes, at: int, bit: int = 0) -> bytes:
    damaged = bytearray(data)
    damaged[at] ^= 1 << bit
    return bytes(damaged)


def _faults(name: str) -> Iterator[tuple[str, bytes]]:
    """Give damaged files of a format."""
    whole = COMPRESS[name](TEXT)
    chance = random.Random(name)
    for keep in {1, 12, 40, len(whole) - 1, len(whole) - 5, *(chance.randrange(60, len(whole)) for _ in range(6))}:
        yield f"cut at {keep}", whole[:keep]
    for at in {len(whole) - 2, len(whole) - 6, *(chance.randrange(12, len(whole)) for _ in range(12))}:
        yield f"flipped at {at}", _flipped(whole, at, chance.randrange(8))


@pytest.mark.parametrize("name", COMPRESS)
def test_damaged(name: str) -> None:
    """All that comes out of damaged data is kept, to the byte, and what is missing is said."""
    for fault, stored in _faults(name):
        pieces = list(recognised(bytes_opener(stored), "x")[0].pieces())
        text = b"".join(piece.data for piece in pieces)
        if len(stored) > 1:
            assert text == decompressed(name, stored), fault
            assert pieces[-1].warning, fault


MESSAGES = [{"timestamp": 1777600000000, "message": line} for line in RECORDS[:50]]
CONTENTS: dict[str, str] = {
    "records": TEXT.decode(),
    "header": HEADER + TEXT.decode(),
    "header only": HEADER,
    "nothing": "",
    "text": "a line\nanother line\n",
    "binary": "\1\0\n\0",
    "JSON": json.dumps({"events": MESSAGES}),
    "JSON lines": "".join(json.dumps(event) + "\n" for event in MESSAGES),
    "JSON messages": '{"level": "info", "n": 1}\n' * 9,
    "CSV download": "timestamp,message\n" + "".join(f"1777600000000,{line}\n" for line in RECORDS[:50]),
    "CSV results": "@timestamp,@message\n" + "".join(f"2026-05-01 00:00:00.000,{line}\n" for line in RECORDS[:50]),
    "CSV columns": "srcaddr,dstaddr,dstport\n" + "10.0.0.1,10.0.0.2,22\n" * 50,
    "events as text": "".join(f"EVENTS\t1\t1777600000009\t{line}\t1777600000000\n" for line in RECORDS[:50]),
    "messages as text": "\t".join(RECORDS[:50]),
    "write test": "Permission Check Successful",
}
"""A file of every format, and some that are not logs."""
SHORT: dict[str, Callable[[bytes], bytes]] = {
    "gzip without its end": lambda text: gzip.compress(text)[:-5],
    "gzip without text": lambda text: gzip.compress(text)[:12],
    "zstd without its end": lambda text: _zstd(text)[:-5],
    "gzip with a wrong sum": lambda text: _flipped(gzip.compress(text), -5),
    "gzip and something else": lambda text: gzip.compress(text) + b"rubbish",
}


@pytest.mark.parametrize("small", [True, False], ids=["small", "large"])
@pytest.mark.parametrize("content", CONTENTS)
def test_no_warning_is_thrown_away(content: str, small: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a damaged file holds, and however it is read, it is reported once; under strict it is an error."""
    if not small:
        monkeypatch.setattr("flowlocal.sources.reading.lines.SMALL", 0)
    for fault, damage in SHORT.items():
        folder = tmp_path / fault
        folder.mkdir()
        path = folder / "flow.log"
        path.write_bytes(damage(CONTENTS[content].encode()))
        for named in (path, folder, str(folder / "*.log")):
            assert len(_said(flowlocal_query(named))) == 1, (fault, named)
            with pytest.raises(UnreadableInput, match=r"gzip|zstd"):
                scan(named, strict=True).query("stats count(*)")
        report = ScanReport()
        import_logs([folder], tmp_path / f"{fault} imported", report=report)
        assert len(_said(report.warnings)) == 1, fault
        assert len(_said(inspect_paths([folder]).warnings)) == 1, fault


def flowlocal_query(path: Path | str) -> list[str]:
    """Return what is reported of a query."""
    return scan(path).query("stats count(*)").report.warnings


def _said(warnings: list[str] | tuple[str, ...]) -> list[str]:
    return [warning for warning in warnings if "the gzip data" in warning or "the zstd data" in warning]


def test_command_line(tmp_path: Path) -> None:
    """A file of which nothing is left is reported on standard error, and refused under --strict."""
    path = tmp_path / "flow.log"
    path.write_bytes(_zstd(TEXT[: len(TEXT) // 2])[:-5])
    found = flowlocal("query", "stats count(*)", path)
    assert found.code == 0
    assert "the zstd data end too early" in found.err
    strict = flowlocal("query", "stats count(*)", path, "--strict")
    assert strict.code == 3
    assert "help: without `--strict`" in strict.err


_MB = 10**6
_PEAK = 750 * _MB
"""Far more than a query takes, and far less than all of the text, as columns."""


def _zeros(write: Callable[[bytes], object]) -> None:
    for _ in range(384):
        write(bytes(1 << 20))


def _long_lines(write: Callable[[bytes], object]) -> None:
    for _ in range(12):
        write(b"x" * (24 << 20) + b"\n")


def _many_lines(write: Callable[[bytes], object]) -> None:
    for _ in range(16):
        write(f"{RECORD}\n".encode() * 100_000)


def _short_lines(write: Callable[[bytes], object]) -> None:
    write(b"version action\n")
    for _ in range(80):
        write(b"\n" * 100_000)


BOMBS: dict[str, tuple[Callable[[Callable[[bytes], object]], None], int]] = {
    "zeros": (_zeros, 1),
    "long lines": (_long_lines, 12),
    "many lines": (_many_lines, 1_600_000),
    "short lines": (_short_lines, 8_000_000),
}
"""Texts that are far larger than what is stored, by what writes them, and how many lines they have."""


@pytest.mark.parametrize(
    ("bomb", "stored"),
    [(bomb, stored) for bomb in BOMBS for stored in ("zstd", "gzip", "plain") if (bomb, stored) != ("zeros", "plain")],
)
def test_bombs(bomb: str, stored: str, tmp_path: Path) -> None:
    """However much text comes of a few bytes, only a part of it is in memory at a time."""
    write, lines = BOMBS[bomb]
    path = tmp_path / "flow.log"
    openers: dict[str, Callable[[], Any]] = {
        "zstd": lambda: zstandard.open(path, "wb"),
        "gzip": lambda: gzip.GzipFile(path, "wb", 1),
        "plain": lambda: path.open("wb"),
    }
    with openers[stored]() as file:
        write(file.write)
    columns = "count(@message) as m, count(@log) as l, count(@logStream) as s, count(@timestamp) as t"
    found = flowlocal("query", f"stats count(*) as n, {columns}", path)
    path.unlink()
    assert found.out.startswith(f'{{"n": "{lines}", ')
    assert found.peak < _PEAK
    assert ("a line is longer than 8 MiB" in found.err) == (bomb in {"zeros", "long lines"})


def test_small_bombs_together(tmp_path: Path) -> None:
    """Small files are read together only as far as their text is small, too, and their order is kept."""
    for number in range(12):
        lines = 1 if number % 4 else 200_000
        with zstandard.open(tmp_path / f"{number}.log", "wb") as file:
            file.write(f"{RECORD.replace(' 22 ', f' {number} ')}\n".encode() * lines)
    found = flowlocal("query", "stats count(*) as n by dstPort", tmp_path)
    counts = [json.loads(line) for line in found.out.splitlines()]
    assert {row["dstPort"]: row["n"] for row in counts} == {
        str(number): "1" if number % 4 else "200000" for number in range(12)
    }
    assert found.peak < _PEAK


def test_padding_between_members(tmp_path: Path) -> None:
    """NUL bytes between gzip members, as archives and disks pad them with, do not end the reading."""
    path = tmp_path / "flow.log"
    for padding in (0, 1, 512, 70_000):
        path.write_bytes(gzip.compress(TEXT) + bytes(padding) + gzip.compress(TEXT) + bytes(padding))
        result = scan(path).query("stats count(*) as n")
        assert result.rows == [{"n": str(2 * LINES)}]
        assert not result.report.warnings


@pytest.mark.parametrize("name", COMPRESS)
def test_members_and_rubbish(name: str, tmp_path: Path) -> None:
    """Members in a row are read, also empty ones; what follows them is reported."""
    path = tmp_path / "flow.log"
    pieces = [COMPRESS[name](part) for part in (TEXT[:5000], b"", TEXT[5000:])]
    pieces[1:1] = [_SKIPPED_FRAME] if name == "zstd" else []
    path.write_bytes(b"".join(pieces))
    assert scan(path).query("stats count(*) as n").rows == [{"n": str(LINES)}]
    path.write_bytes(b"".join([*pieces, b"rubbish"]))
    result = scan(path).query("stats count(*) as n")
    assert result.rows == [{"n": str(LINES)}]
    assert "were ignored" in result.report.warnings[0]


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "UTF-16 LE": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "UTF-16 BE": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "UTF-16 with CRLF": lambda text: b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le"),
    "UTF-16 LE without a mark": lambda text: text.encode("utf-16-le"),
    "UTF-16 BE without a mark": lambda text: text.encode("utf-16-be"),
    "UTF-32": lambda text: b"\xff\xfe\0\0" + text.encode("utf-32-le"),
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "CR": lambda text: text.replace("\n", "\r").encode(),
    "UTF-16 in gzip": lambda text: gzip.compress(text.encode("utf-16")),
    "gzip in gzip": lambda text: gzip.compress(gzip.compress(text.encode())),
    "CR in byte order mark in xz": lambda text: lzma.compress(b"\xef\xbb\xbf" + text.replace("\n", "\r").encode()),
    **{name: lambda text, name=name: COMPRESS[name](text.encode()) for name in COMPRESS},  # type: ignore[misc]
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("content", CONTENTS)
def test_encodings(encoding: str, content: str, tmp_path: Path) -> None:
    """Text answers the same, however it is stored."""
    if content == "binary" and ("CR" in encoding or "without" in encoding):
        pytest.skip("binary data are left as they are")
    (tmp_path / "plain.log").write_text(CONTENTS[content].replace("eni-1", "eni-ä"))
    (tmp_path / "stored.log").write_bytes(ENCODINGS[encoding](CONTENTS[content].replace("eni-1", "eni-ä")))
    answers = [scan(tmp_path / f"{name}.log").query("fields @message, interfaceId") for name in ("plain", "stored")]
    assert answers[0].rows == answers[1].rows
    assert len(answers[0].report.warnings) == len(answers[1].report.warnings)


def test_nested_without_end(tmp_path: Path) -> None:
    """Formats nested deeper than anybody means to are refused."""
    data = TEXT
    for _ in range(9):
        data = gzip.compress(data)
    (tmp_path / "flow.log").write_bytes(data)
    found = flowlocal("query", "stats count(*)", tmp_path / "flow.log")
    assert found.code == 3
    assert "nested too deeply" in found.err


REFUSED = {
    "7-Zip": b"7z\xbc\xaf\x27\x1c\0\4",
    "RAR": b"Rar!\x1a\x07\1\0",
    "compress (.Z)": b"\x1f\x9d\x90abc",
    "Snappy": b"\xff\x06\0\0sNaPpY\0",
    "encrypted Parquet": b"PARE" + bytes(99),
    "Avro": b"Obj\x01\x04\x14avro.codec",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_by_name(name: str, tmp_path: Path) -> None:
    """What is not supported is refused by name, with what to do; among others in a folder it is reported."""
    (tmp_path / "flow.log").write_bytes(TEXT)
    (tmp_path / "other").write_bytes(REFUSED[name])
    with pytest.raises(UnreadableInput, match=rf"the {re.escape(name)} format is not supported") as error:
        scan(tmp_path / "other")
    assert error.value.hint
    result = scan(tmp_path).query("stats count(*) as n")
    assert result.rows == [{"n": str(LINES)}]
    assert f"the {name} format is not supported" in result.report.warnings[0]


def test_not_text(tmp_path: Path) -> None:
    """For bytes of an unknown format, the message does not ask for the layout of records."""
    (tmp_path / "flow.log.br").write_bytes(random.Random(1).randbytes(5000))
    result = scan(tmp_path / "flow.log.br").query("stats count(*) as n")
    assert "it is not text" in result.report.warnings[0]
    assert "--log-format" not in result.report.warnings[0]
