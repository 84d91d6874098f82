"""Measure `lookup` and `cidrlookup` over a large table beside the same query without them, in one run.

    python -m benchmarks.lookups benchmarks/data/1GB --blocks 500000

The logs are those of `benchmarks.generate`. A ratio is that of the processor times of one round, so that the load of
the machine counts for both; the median of the rounds is printed, and the least.
"""

from __future__ import annotations

import argparse
import time
from ipaddress import IPv4Address
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

import flowlocal

ROUNDS = 5
WITHOUT = "stats sum(bytes) as b by dstAddr | sort b desc | limit 10"
QUERIES = {
    "cidrlookup": "cidrlookup blocks dstAddr OUTPUT owner | stats sum(bytes) as b by owner | sort b desc | limit 10",
    "lookup": "lookup hosts address as dstAddr OUTPUT owner | stats sum(bytes) as b by owner | sort b desc | limit 10",
}
_OWNERS = 5_000


def write_tables(folder: Path, count: int) -> dict[str, str]:
    """Write a table of nested blocks and one of addresses, a third of both in the ranges of the logs; return paths."""
    random = Random(1)
    blocks: dict[str, None] = {}
    hosts: dict[str, None] = {}
    while len(blocks) < count or len(hosts) < count:
        near = random.random() < 1 / 3
        address = (198 << 24 | 18 << 16 | random.getrandbits(17)) if near else random.getrandbits(32)
        length = random.choice([16, 20, 22, *range(24, 33)])
        block = IPv4Address(address >> (32 - length) << (32 - length))
        if len(blocks) < count:
            blocks[f"{block}/{length}"] = None
        if len(hosts) < count:
            hosts[str(IPv4Address(address))] = None
    found = {}
    for name, head, rows in (("blocks", "cidr", blocks), ("hosts", "address", hosts)):
        path = folder / f"{name}.csv"
        lines = [f"{head},owner", *(f"{row},owner{number % _OWNERS}" for number, row in enumerate(rows))]
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")
        found[name] = str(path)
    return found


def ratios(logs: flowlocal.Logs, tables: dict[str, str], rounds: int) -> dict[str, list[float]]:
    """Return the processor time of each query over that of the query without a table, round by round."""
    found: dict[str, list[float]] = {name: [] for name in QUERIES}
    for _ in range(rounds):
        alone = _seconds(logs, WITHOUT, tables)
        for name, query in QUERIES.items():
            found[name].append(_seconds(logs, query, tables) / alone)
    return found


def _seconds(logs: flowlocal.Logs, query: str, tables: dict[str, str]) -> float:
    began = time.process_time()
    logs.query(query, tables=tables)
    return time.process_time() - began


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", type=Path)
    parser.add_argument("--blocks", type=int, default=500_000, help="rows of each table (default: 500000)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds (default: {ROUNDS})")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        tables = write_tables(Path(folder), asked.blocks)
        for name, found in ratios(flowlocal.scan(asked.logs), tables, asked.rounds).items():
            print(f"{name}: {median(found):.2f} x the query without (least {min(found):.2f})")


if __name__ == "__main__":
    main()
