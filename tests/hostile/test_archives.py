"""Zip and tar: every file in them is read as one of its own, damaged ones as far as possible, bombs in parts."""

from __future__ import annotations

import base64
import gzip
import io
import json
import lzma
import random
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from flowlocal.api import scan
from flowlocal.events import UnreadableInput
from flowlocal.importing import import_logs
from flowlocal.sources.containers import archives
from flowlocal.sources.inspect import inspect_paths
from tests.hostile.command import RECORD, flowlocal

LINES = 300
TEXT = "".join(f"{RECORD.replace(' 22 ', f' {port} ')}\n" for port in range(LINES)).encode()
FILES: dict[str, bytes] = {
    "logs/2.log": TEXT,
    "logs/10.log.gz": gzip.compress(TEXT),
    "events.json": json.dumps({"events": [{"timestamp": 1777600000000, "message": RECORD}] * 9}).encode(),
    "windows.log": RECORD.encode("utf-16"),
}
EVENTS = 2 * LINES + 10


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(files: Mapping[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """Return a tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def streamed(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive written to a pipe: sizes are noted after each file."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.data += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return bytes(pipe.data)


PACKED: dict[str, Callable[[Mapping[str, bytes]], bytes]] = {
    "zip": zipped,
    "zip, stored": lambda files: zipped(files, zipfile.ZIP_STORED),
    "zip, bzip2": lambda files: zipped(files, zipfile.ZIP_BZIP2),
    "zip, streamed": streamed,
    "tar": tarred,
    "tar, GNU": lambda files: tarred(files, tarfile.GNU_FORMAT),
    "tar, ustar": lambda files: tarred(files, tarfile.USTAR_FORMAT),
    "tar in gzip": lambda files: gzip.compress(tarred(files)),
    "tar in xz": lambda files: lzma.compress(tarred(files)),
    "tar in zip": lambda files: zipped({"a.tar": tarred(files)}),
    "zip in tar": lambda files: tarred({"a.zip": zipped(files)}),
}


def count(path: Path) -> tuple[int, list[str]]:
    """Return how many events are read, and what is reported."""
    result = scan(path).query("stats count(*) as n")
    return int(result.rows[0]["n"]) if result.rows else 0, result.report.warnings


@pytest.mark.parametrize("name", PACKED)
def test_read(name: str, tmp_path: Path) -> None:
    """Every file is read, whatever its format, and has its own path."""
    path = tmp_path / "logs.bin"
    path.write_bytes(PACKED[name](FILES))
    assert count(path) == (EVENTS, [])
    within = str(path) + {"tar in zip": "/a.tar", "zip in tar": "/a.zip"}.get(name, "")
    found = {file.path: file.events for file in inspect_paths([path]).files if "archive" not in file.shape}
    names = ("events.json", "logs/2.log", "logs/10.log.gz", "windows.log")
    assert list(found) == [f"{within}/{each}" for each in names]
    assert list(found.values()) == [9, LINES, LINES, 1]


def test_standard_input() -> None:
    """Archives are read from a pipe, too."""
    for name in ("zip", "tar in gzip"):
        found = flowlocal("query", "stats count(*) as n", stdin=PACKED[name](FILES))
        assert (found.out, found.err) == (f'{{"n": "{EVENTS}"}}\n', "")


@pytest.mark.parametrize("name", ["zip", "zip, streamed", "tar", "tar in gzip", "zip in tar"])
def test_cut(name: str, tmp_path: Path) -> None:
    """Of an archive that is cut, what comes before the cut is read, and what is missing is said."""
    path, chance = tmp_path / "logs.bin", random.Random(name)
    files = {f"{number}.log": TEXT[:5000] for number in range(9)}
    whole = PACKED[name](files)
    before, end = 0, len(whole) if "gzip" in name else len(whole.rstrip(b"\0"))
    for keep in sorted(chance.randrange(200, end - 30) for _ in range(12)):
        path.write_bytes(whole[:keep])
        try:
            events, warnings = count(path)
        except UnreadableInput:
            events, warnings = 0, ["refused"]
        assert warnings, keep
        assert events >= before or name == "zip, streamed", keep
        before = max(events, before)
    assert before > 0


@pytest.mark.parametrize("name", ["zip", "zip, stored", "tar", "tar in xz"])
def test_flipped(name: str, tmp_path: Path) -> None:
    """A damaged archive is read as far as it can be; its checksum shows that a file was changed."""
    path, chance = tmp_path / "logs.bin", random.Random(name)
    whole = PACKED[name]({f"{number}.log": TEXT for number in range(4)})
    for _ in range(40):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            events, warnings = count(path)
        except UnreadableInput:
            continue
        assert events == 4 * LINES or warnings


def test_archives_in_a_row(tmp_path: Path) -> None:
    """A tar archive after another is read; what follows and is none is reported."""
    path = tmp_path / "logs.tar"
    path.write_bytes(tarred(FILES) * 2)
    assert count(path) == (2 * EVENTS, [])
    path.write_bytes(tarred(FILES) + b"rubbish")
    events, warnings = count(path)
    assert events == EVENTS
    assert "bytes after its end were ignored" in warnings[0]


def test_names_lead_nowhere(tmp_path: Path) -> None:
    """Absolute names and names with .. are names in the archive."""
    names = ["/etc/passwd", "../../up.log", "C:\\flow.log", "a/./b.log"]
    for make in (zipped, tarred):
        path = tmp_path / "logs.bin"
        path.write_bytes(make(dict.fromkeys(names, TEXT)))
        found = {file.path for file in inspect_paths([path]).files if file.events}
        assert found == {f"{path}/{name}" for name in ("etc/passwd", "up.log", "C:/flow.log", "a/b.log")}


def test_what_is_not_read_is_named(tmp_path: Path) -> None:
    """Hidden files, links, devices, encrypted files and unknown methods are named; the others are read."""
    path = tmp_path / "logs.tar"
    with tarfile.open(path, "w") as archive:
        for name, kind in {"link": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "pipe": tarfile.FIFOTYPE}.items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "flow.log"
            archive.addfile(entry)
        for name in ("flow.log", "._flow.log", "old/flow.log.tmp", "readme"):
            data = b"about\n" if name == "readme" else TEXT
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    events, warnings = count(path)
    assert events == LINES
    assert len(warnings) == 6
    assert all(str(path) in warning and "skipped" in warning for warning in warnings)

    changed = bytearray(zipped({"a.log": TEXT, "b.log": TEXT, "c.log": TEXT}))
    listed = [at for at in range(len(changed)) if changed[at : at + 4] == b"PK\x01\x02"]
    changed[listed[0] + 8] |= 1  # encrypted
    struct.pack_into("<H", changed, listed[1] + 10, 9)  # Deflate64
    path.write_bytes(changed)
    events, warnings = count(path)
    assert events == LINES
    assert [warning.rpartition(": ")[2] for warning in warnings] == [
        "it is encrypted; unpack it first",
        "it is stored with Deflate64, which is not supported; unpack it first",
    ]


def test_nothing_can_be_read(tmp_path: Path) -> None:
    """An archive of which no file can be read is refused like such a file."""
    data = bytearray(zipped({"flow.log": TEXT}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "logs.zip").write_bytes(data)
    found = flowlocal("query", "stats count(*)", tmp_path / "logs.zip")
    assert found.code == 3
    assert "it is encrypted; unpack it first" in found.err
    assert "logs.zip/flow.log" in found.err


_BOMBS = {"a.log": (bytes(64 << 10), 2400), "b.log": (f"{RECORD}\n".encode() * 1000, 600)}


def _zip_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (data, times) in _BOMBS.items():
            with archive.open(name, "w") as file:
                for _ in range(times):
                    file.write(data)


def _tar_bomb(path: Path) -> None:
    with gzip.GzipFile(path, "wb", 1) as file:
        for name, (data, times) in _BOMBS.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data) * times
            file.write(entry.tobuf())
            for _ in range(times):
                file.write(data)
            file.write(bytes(-entry.size % 512))
        file.write(bytes(1024))


@pytest.mark.parametrize("make", [_zip_bomb, _tar_bomb])
def test_bombs(make: Callable[[Path], None], tmp_path: Path) -> None:
    """Files in archives are read in parts; archives in compressed files are kept on the disk, up to a limit."""
    path = tmp_path / "logs.bin"
    make(path)
    found = flowlocal("query", "stats count(*) as n", path)
    assert found.out == '{"n": "600000"}\n'
    assert "a.log: skipped" in found.err
    assert found.peak < 750 * 10**6
    if make is _tar_bomb:
        found = flowlocal("query", "stats count(*) as n", path, "--spool", "100MB")
        assert found.code == 3
        assert "the limit of --spool" in found.err


def test_hostile_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Overlapping files, headers of gigabytes, any number of files, archives in archives without end."""
    path = tmp_path / "logs.bin"

    def refused(data: bytes, reason: str) -> None:
        path.write_bytes(data)
        with pytest.raises(UnreadableInput, match=reason):
            scan(path, strict=True).query("stats count(*)")

    overlapping = bytearray(zipped({"a.log": TEXT, "b.log": TEXT}, zipfile.ZIP_STORED))
    second = overlapping.rindex(b"PK\x01\x02")
    struct.pack_into("<I", overlapping, second + 42, 10)
    refused(bytes(overlapping), "overlap")

    huge = tarfile.TarInfo("a.log")
    huge.type, huge.size = tarfile.XHDTYPE, 8 << 30
    refused(huge.tobuf(tarfile.GNU_FORMAT) + bytes(4 << 20), "a header is too large")

    monkeypatch.setattr(archives, "MOST_MEMBERS", 10)
    for make in (zipped, tarred):
        refused(make({f"{number}.log": b"" for number in range(20)}), "more than 10 files")

    nested = TEXT
    for _ in range(6):
        nested = zipped({"a.zip": nested})
    refused(nested, "archives are nested too deeply")


def test_import(tmp_path: Path) -> None:
    """A dataset has the files of an archive, and knows the archive the next time."""
    logs, imported = tmp_path / "logs", tmp_path / "imported"
    logs.mkdir()
    (logs / "1.log").write_bytes(TEXT)
    (logs / "2.zip").write_bytes(zipped({**FILES, "readme": b"about\n"}))
    (logs / "3.log").write_bytes(TEXT.splitlines(keepends=True)[0])
    query = "filter dstPort = 0 or isblank(dstPort) | fields @message, @ptr | sort @message"
    import_logs([logs], imported)
    answers = [scan(path).query(query) for path in (logs, imported)]
    assert [row["@message"] for row in answers[0].rows] == [row["@message"] for row in answers[1].rows]
    pointers = [{base64.urlsafe_b64decode(row["@ptr"]) for row in answer.rows} for answer in answers]
    assert pointers[0] == pointers[1]
    assert f"1:{logs}/2.zip/logs/10.log.gz".encode() in pointers[1]
    again = import_logs([logs], imported)
    assert (again.files, again.events) == (0, 0)
