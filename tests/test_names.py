"""Names for numbers: the tables that are shipped, and AWS's list of its ranges."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import flowlocal
from flowlocal.tables import shipped

RECORD = (
    "version srcaddr dstaddr srcport dstport protocol tcp-flags traffic-path encryption-status start end\n"
    "8 203.0.113.9 10.0.0.2 50000 443 6 18 8 1 1777600000 1777600060\n"
)
KEYS = {
    "protocols": ["protocol"],
    "ports": ["port", "protocol"],
    "tcp_flags": ["flags"],
    "traffic_paths": ["path"],
    "encryption_status": ["status"],
}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a record with every field that a shipped table has names for."""
    path = tmp_path / "flow.log"
    path.write_text(RECORD)
    return path


@pytest.mark.parametrize(
    ("lookup", "found"),
    [
        ("lookup protocols protocol OUTPUT name", {"name": "TCP"}),
        ("lookup ports port as dstPort, protocol OUTPUT service", {"service": "https"}),
        ("lookup ports port as srcPort, protocol OUTPUT service", {}),
        ("lookup tcp_flags flags as tcpFlags OUTPUT names", {"names": "SYN+ACK"}),
        ("lookup traffic_paths path as trafficPath OUTPUT name", {"name": "internet gateway"}),
        ("lookup encryption_status status as encryptionStatus OUTPUT name", {"name": "encrypted by Nitro"}),
    ],
)
def test_shipped(log: Path, lookup: str, found: dict[str, str]) -> None:
    """Every shipped table can be named without any option, and its numbers join as text."""
    output = lookup.split("OUTPUT ")[1]
    assert flowlocal.query(f"{lookup} | display {output}", log).rows == [found]


@pytest.mark.parametrize("name", sorted(shipped()))
def test_keys_are_unique(name: str) -> None:
    """A table has one row for a key, so that nothing depends on which row counts."""
    with shipped()[name].open(encoding="utf-8") as file:
        keys = [tuple(row[key] for key in KEYS[name]) for row in csv.DictReader(file)]
    assert len(keys) == len(set(keys))


def test_own_table_comes_first(log: Path) -> None:
    """A table of the user's takes the place of a shipped one."""
    own = pl.DataFrame({"protocol": ["6"], "name": ["mine"]})
    result = flowlocal.query("lookup protocols protocol OUTPUT name | display name", log, tables={"protocols": own})
    assert result.rows == [{"name": "mine"}]


def ranges(*entries: tuple[str, str]) -> dict[str, Any]:
    """Return a document like the one that AWS publishes."""
    both: dict[str, Any] = {"syncToken": "1", "createDate": "2026-05-01-00-00-00", "prefixes": [], "ipv6_prefixes": []}
    for prefix, service in entries:
        kind, key = ("ipv6_prefixes", "ipv6_prefix") if ":" in prefix else ("prefixes", "ip_prefix")
        rest = {"region": "eu-central-1", "service": service, "network_border_group": "eu-central-1"}
        both[kind].append({key: prefix, **rest})
    return both


@pytest.mark.parametrize(
    ("entries", "service"),
    [
        ([("203.0.113.0/24", "AMAZON"), ("203.0.113.0/24", "S3")], "S3"),
        ([("203.0.0.0/16", "S3"), ("203.0.113.0/24", "AMAZON"), ("2001:db8::/32", "EC2")], "AMAZON"),
        ([("198.51.100.0/24", "S3")], None),
        ([], None),
    ],
)
def test_ip_ranges(log: Path, tmp_path: Path, entries: list[tuple[str, str]], service: str | None) -> None:
    """The file of AWS is a table as it is; the smallest range counts, a service before all of Amazon."""
    file = tmp_path / "ip-ranges.json"
    file.write_text(json.dumps(ranges(*entries)))
    query = "cidrlookup aws srcAddr as prefix OUTPUT service | display service"
    assert flowlocal.query(query, log, tables={"aws": file}).rows == [{"service": service} if service else {}]


@pytest.mark.parametrize(
    "text", ["{", "{}", '{"prefixes": 5}', '{"prefixes": [{"ip_prefix": "x"}]}', '{"prefixes": ["a"]}']
)
def test_other_json(log: Path, tmp_path: Path, text: str) -> None:
    """Other JSON is refused."""
    file = tmp_path / "x.json"
    file.write_text(text)
    with pytest.raises(flowlocal.UnreadableInput, match=r"lookup table"):
        flowlocal.query("cidrlookup aws srcAddr OUTPUT service", log, tables={"aws": file})
