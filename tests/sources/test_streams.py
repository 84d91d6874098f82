"""Streams that can be read but once: pipes, redirected files, standard input longer than memory should hold."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from flowlocal.events import ScanReport, UnreadableInput
from flowlocal.sources.files import streams
from tests.sources.conftest import ACCEPTED, HEADER, read

LINES = 3000


@pytest.fixture(params=[1 << 10, 1 << 30], ids=["spooled", "in memory"])
def _limit(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams that are short or long."""
    monkeypatch.setattr(streams, "IN_MEMORY", request.param)


@pytest.mark.usefixtures("_limit")
@pytest.mark.parametrize("compressed", [False, True])
def test_named_pipe(tmp_path: Path, *, compressed: bool) -> None:
    """A named pipe is opened once, and read to its end however little it gives at a time."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    data = "\n".join([HEADER, *[ACCEPTED] * LINES]).encode()
    written = gzip.compress(data) if compressed else data

    def write() -> None:
        with pipe.open("wb", buffering=0) as stream:
            for at in range(0, len(written), 10_000):
                stream.write(written[at : at + 10_000])

    writer = Thread(target=write)
    writer.start()
    found = read(pipe)
    writer.join()
    assert (found.frame.height, found.report.records) == (LINES, LINES)
    assert found.events.read(ScanReport()).collect().height == LINES


@pytest.mark.usefixtures("_limit")
def test_redirected_file(write: Callable[..., Path]) -> None:
    """A file redirected to standard input is read in place; one of which something was read before, from there."""
    path = write("x.log", [HEADER, *[ACCEPTED] * LINES])
    with path.open("rb") as stream:
        assert read("-", stdin=stream).report.records == LINES
    with path.open("rb") as stream:
        stream.readline()
        stream.readline()
        assert read("-", stdin=stream).report.records == LINES - 1


def test_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a long stream cannot be kept, the message says where it was to go."""
    monkeypatch.setattr(streams, "IN_MEMORY", 1 << 10)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    pipe = subprocess.Popen([sys.executable, "-c", f"print('{ACCEPTED}\\n' * 500)"], stdout=subprocess.PIPE)
    assert pipe.stdout is not None
    with pipe, pytest.raises(UnreadableInput) as error:
        read("-", stdin=pipe.stdout)
    assert "TMPDIR" in error.value.hint
