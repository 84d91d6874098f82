"""Every format in which logs are stored, with every fault: what decompresses is read, and what is missing is said."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import random
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
from flowlocal.sources import catalog
from flowlocal.sources.containers.stored import bytes_opener, recognised
from flowlocal.sources.inspect import inspect_paths
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
    "binary": "\0\1\n\0",
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
"""A file of every format, and of what is no log."""
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
        monkeypatch.setattr("flowlocal.sources.lines.SMALL", 0)
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
