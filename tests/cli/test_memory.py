"""``--memory``: what a query holds beyond it goes to files, and the answer stays the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import flowlocal
from flowlocal.events import DiskFull
from flowlocal.native.totals import Totals, TotalsTable
from flowlocal.sizes import megabytes
from flowlocal.spilling import SpillFile

SPILLING = {"POLARS_OOC_SPILL_MIN_BYTES": "1", "POLARS_OOC_DRIFT_THRESHOLD": "1", "POLARS_OOC_LOG_METRICS": "1"}
"""Polars lets go of the smallest frames, and says on standard error how much it wrote."""
QUERIES = [
    "stats sum(bytes) as total by srcAddr, dstPort | sort total desc, srcAddr, dstPort | limit 50",
    "stats pct(bytes, 95) as p by srcAddr | sort srcAddr",
    "stats pct(bytes, 50), median(packets), values(action), count(*) as n by dstPort, action | sort n desc, dstPort",
    "stats pct(bytes, 95) by srcAddr, bin(1h)",
    "stats sortsFirst(dstAddr), sortsLast(dstAddr) by srcAddr",
    "sort bytes desc, srcPort | limit 20",
    "fields srcAddr, bytes | dedup srcAddr",
    "stats sum(bytes), count(*) by srcPort",
    "stats sum(bytes) as total by bin(1m) as t | sort t",
]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a log of sixty thousand records."""
    path = tmp_path_factory.mktemp("memory") / "flow.log"
    path.write_text("".join(map(_record, range(60_000))))
    return path


def _record(number: int) -> str:
    mixed = number * 2654435761 % 2**32
    source, destination, action = mixed % 211, mixed // 211 % 97, ("ACCEPT", "REJECT")[mixed % 3 == 0]
    port, size, start = (22, 443, 53, 3389)[mixed % 4], mixed % 99_991, 1777593600 + number % 7200
    return (
        f"2 123456789012 eni-0123456789abcdef0 10.0.0.{source} 10.0.1.{destination} {20000 + mixed % 40000} {port} 6 "
        f"{size // 40 + 1} {size} {start} {start + 60} {action} OK\n"
    )


def ask(query: str, log: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the query in a process of its own: Polars reads its settings when it is loaded."""
    command = [sys.executable, "-m", "flowlocal", "query", query, str(log), "--format", "json", *options]
    environment = {**os.environ, **variables}
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, env=environment, timeout=60)


@pytest.mark.parametrize("query", QUERIES)
def test_the_answer_is_the_same(query: str, log: Path) -> None:
    """With a megabyte of memory, and with as much as there is."""
    done = ask(query, log, "--memory", "1MB", **SPILLING)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == flowlocal.query(query, log).rows


def test_files_are_written(log: Path) -> None:
    """The groups do go to files."""
    done = ask(QUERIES[2], log, "--memory", "1MB", **SPILLING)
    written = [line.partition("file_mb(written=")[2] for line in done.stderr.splitlines()]
    assert any(float(text.partition(",")[0]) > 0 for text in written if text)


def test_no_room(log: Path) -> None:
    """If the disk is full, too, the message says what to do."""
    done = ask(QUERIES[2], log, "--memory", "1MB", POLARS_OOC_DISK_BUDGET_MB="0", **SPILLING)
    assert done.returncode == 3
    assert not done.stdout
    assert "no room for the rest on the disk" in done.stderr
    assert "--memory" in done.stderr


@pytest.mark.parametrize("text", ["", "7", "0MB", "1.5GB", "-1MB", "9999999MB", "GB", "1TB"])
def test_no_size(text: str, log: Path) -> None:
    """An invalid size is wrong usage."""
    done = ask("stats count(*)", log, "--memory", text)
    assert done.returncode == 2
    assert "such as 600MB or 4GB" in done.stderr


@pytest.mark.parametrize(("text", "size"), [("600MB", 600), ("4GB", 4000), ("4 gb", 4000), (" 1mb ", 1)])
def test_sizes(text: str, size: int) -> None:
    """Sizes as people write them."""
    assert megabytes(text) == size


def test_no_room_for_rows_of_groups(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same is said where flowlocal itself writes rows."""

    def full(totals: Totals, _table: TotalsTable) -> None:
        totals._file.append(memoryview(bytes(9)))

    monkeypatch.setattr(Totals, "merge", full)
    monkeypatch.setenv("POLARS_OOC_DISK_BUDGET_MB", "0")
    with pytest.raises(DiskFull, match="no room for the rest on the disk") as raised:
        flowlocal.query(QUERIES[0], log)
    assert "--memory" in raised.value.hint


def test_a_spill_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes come back as they were, from a file that no folder lists; a folder that cannot be is named."""
    monkeypatch.setenv("POLARS_OOC_SPILL_DIR", str(tmp_path))
    with SpillFile() as file:
        assert file.read(0, 3) == b""
        file.append(memoryview(b"first"))
        file.append(memoryview(b"second"))
        assert (file.read(5, 6), file.read(9, 100)) == (b"second", b"nd")
        assert sys.platform == "win32" or not list(tmp_path.iterdir())
        file.append(memoryview(b"third"))
        assert file.read(0, 99) == b"firstsecondthird"
    (tmp_path / "taken").write_text("a file")
    monkeypatch.setenv("POLARS_OOC_SPILL_DIR", str(tmp_path / "taken" / "below"))
    with SpillFile() as file, pytest.raises(DiskFull, match="taken"):
        file.append(memoryview(b"more"))
