"""Streams that are silent, late or endless: what they may use, and how much of them is read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.hostile.command import RECORD, flowlocal

_MANY = 600_000
"""Records that fill more blocks than are read ahead."""


def test_endless_streams(tmp_path: Path) -> None:
    """An endless stream is refused at the limit, which the message names, and no file remains."""
    for command in ("query", "fields"):
        arguments = ["limit 1"] if command == "query" else []
        found = flowlocal(
            command, *arguments, "/dev/zero", "--spool", "40MB", variables={"TMPDIR": str(tmp_path)}, folder=tmp_path
        )
        assert found.code == 3
        assert "longer than 40 MB, the limit of --spool" in found.err
        assert list(tmp_path.iterdir()) == []


def _endless(tmp_path: Path, query: str, pipe: str = "") -> subprocess.CompletedProcess[str]:
    """Run a query over an endless standard input."""
    with subprocess.Popen(
        f"yes '{RECORD}' {pipe}", shell=True, stdout=subprocess.PIPE, start_new_session=True
    ) as endless:
        try:
            return subprocess.run(
                [sys.executable, "-m", "flowlocal", "query", query],
                stdin=endless.stdout,
                capture_output=True,
                env={**os.environ, "TMPDIR": str(tmp_path), "FLOWLOCAL_SPOOL": "40MB"},
                timeout=60,
                check=False,
                text=True,
            )
        finally:
            os.killpg(endless.pid, signal.SIGKILL)


def test_endless_input(tmp_path: Path) -> None:
    """Endless standard input is refused as well; a variable sets the limit, and the message names the alternatives."""
    found = _endless(tmp_path, "limit 1")
    assert found.returncode == 3
    assert "-->" in found.stderr
    assert "the limit of --spool" in found.stderr
    assert "`limit any N`" in found.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("pipe", ["", "| gzip -1"])
@pytest.mark.parametrize(
    "query", ["fields dstPort | limit any 1", "filter dstPort = 22 | limit any 1 | display dstPort"]
)
def test_first_rows_of_endless_input(query: str, pipe: str, tmp_path: Path) -> None:
    """A query that needs only the first rows found stops reading when it has them."""
    found = _endless(tmp_path, query, pipe)
    assert (found.stdout, found.returncode) == ('{"dstPort": "22"}\n', 0), found.stderr


def test_first_rows_of_an_endless_pipe(tmp_path: Path) -> None:
    """A query over a named pipe stops reading as well."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(f"exec yes '{RECORD}' > '{pipe}'", shell=True, start_new_session=True) as endless:
        try:
            found = flowlocal("query", "fields dstPort | limit any 1", pipe, "--spool", "40MB")
        finally:
            endless.kill()
    assert (found.out, found.code) == ('{"dstPort": "22"}\n', 0)


@contextmanager
def _silent(tmp_path: Path, arguments: Sequence[str], named: str, records: int) -> Iterator[subprocess.Popen[str]]:
    """Run a command over a stream that is silent, but does not end, after some records."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # the command holds it too, so that a record finds a reader
    os.set_blocking(reader, True)
    command = [sys.executable, "-m", "flowlocal", *arguments, named.format(pipe)]
    with (
        pipe.open("wb", buffering=0) as stream,
        subprocess.Popen(command, stdin=reader, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running,
    ):
        os.close(reader)
        try:
            with suppress(BrokenPipeError):
                stream.write(f"{RECORD}\n".encode() * records)
            yield running
        finally:
            running.kill()


@pytest.mark.parametrize("named", ["-", "{}"])
@pytest.mark.parametrize("arguments", [["query", "stats count(*)"], ["query", "limit any 99999"], ["fields"]])
def test_interrupt_of_a_silent_stream(arguments: Sequence[str], named: str, tmp_path: Path) -> None:
    """Ctrl-C ends the wait for a silent stream."""
    with _silent(tmp_path, arguments, named, 20_000) as running:
        running.send_signal(signal.SIGINT)
        _, messages = running.communicate(timeout=30)
        assert (running.returncode, messages) == (130, "")


@pytest.mark.parametrize("named", ["-", "{}"])
def test_first_rows_of_a_silent_stream(named: str, tmp_path: Path) -> None:
    """A query that has its rows does not wait for the end of the stream."""
    with _silent(tmp_path, ["query", "fields dstPort | limit any 1"], named, _MANY) as running:
        rows, messages = running.communicate(timeout=30)
        assert (running.returncode, rows, messages) == (0, '{"dstPort": "22"}\n', "")
