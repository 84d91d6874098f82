"""Files are read at positions by threads that share them, also where the system has no call for it, as on Windows."""

from __future__ import annotations

import ast
import gzip
import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import flowlocal
from flowlocal import positions
from flowlocal.sources.files import streams
from flowlocal.sources.reading import lines

CALLS = ("pread", "preadv", "pwrite")
RECORD = "2 123456789012 eni-1235b8ca123456789 10.0.0.5 10.0.1.7 49152 {0} 6 10 840 {1} 1620140699 ACCEPT OK\n"
TEXT = "".join(RECORD.format(20 + number % 5, 1620140000 + number) for number in range(400)).encode()


@pytest.fixture(params=["with the calls", "without the calls"])
def _system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system have calls that read and write at positions, or none."""
    for call in CALLS if request.param == "without the calls" else ():
        monkeypatch.delattr(os, call)


@pytest.mark.usefixtures("_system")
def test_threads_share_a_file(tmp_path: Path) -> None:
    """Each reads what it asks for, and the position of the file stays."""
    path = tmp_path / "bytes"
    path.write_bytes(bytes(range(256)) * 64)
    with path.open("r+b", buffering=0) as file, ThreadPoolExecutor(4) as pool:
        file.seek(7)
        found = list(pool.map(lambda at: positions.read_at(file.fileno(), 3, at), range(0, 16_000, 5)))
        memory = memoryview(bytearray(4))
        assert positions.read_into(file.fileno(), memory, 16_382) == 2
        assert bytes(memory[:2]) == b"\xfe\xff"
        assert positions.write_at(file.fileno(), b"ab", 16_384) == 2
        assert file.tell() == 7
    assert found == [bytes((at + each) % 256 for each in range(3)) for at in range(0, 16_000, 5)]
    assert path.read_bytes()[-3:] == b"\xffab"


@pytest.mark.usefixtures("_system")
@pytest.mark.parametrize(
    "query", ["stats count(*) as n, sum(bytes) by dstPort", "fields @message | sort @message | limit 3"]
)
def test_answers_do_not_depend_on_the_calls(query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text in blocks, compressed text, and a stream that is longer than what is kept in memory."""
    (tmp_path / "flow.log").write_bytes(TEXT)
    (tmp_path / "flow.log.gz").write_bytes(gzip.compress(TEXT))
    expected = flowlocal.query(query, tmp_path / "flow.log.gz").rows
    monkeypatch.setattr(lines, "SMALL", 0)
    monkeypatch.setattr(lines, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(streams, "IN_MEMORY", 1000)
    assert flowlocal.query(query, tmp_path / "flow.log").rows == expected
    assert flowlocal.scan("-", stdin=io.BytesIO(TEXT)).query(query).rows == expected


def test_no_other_module_makes_these_calls() -> None:
    """Windows does not have them."""
    found = set()
    for path in Path(positions.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in CALLS:
                found.add(path.stem)
    assert found == {"positions"}
