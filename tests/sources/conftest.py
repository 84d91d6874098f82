"""What the tests of the sources share: records, and files made of them."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flowlocal.events import Events, ScanReport
from flowlocal.sources import open_events

HEADER = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
)
ACCEPTED = "2 123456789010 eni-1235b8ca 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK"
REJECTED = "2 123456789010 eni-1235b8ca 172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530011 1418530070 REJECT OK"
NO_DATA = "2 123456789010 eni-1235b8ca - - - - - - - 1431280876 1431280934 - NODATA"


@dataclass
class Read:
    """Events read to the end.

    Attributes:
        events: what was opened.
        frame: all their columns.
        report: what was told while reading.
    """

    events: Events
    frame: pl.DataFrame
    report: ScanReport

    def column(self, name: str) -> list[Any]:
        """Return the values of one column."""
        return self.frame[name].to_list()


def read(*paths: Path | str, **options: Any) -> Read:
    """Open paths and read all of their events."""
    events = open_events([str(path) for path in paths], **options)
    report = ScanReport()
    return Read(events, events.read(report).collect(engine="streaming"), report)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes lines or bytes to a file in the test's directory, compressed for ``.gz``."""

    def writer(name: str, content: bytes | str | Sequence[str]) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(content, bytes | str):
            content = "".join(f"{line}\n" for line in content)
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return writer
