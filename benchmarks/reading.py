"""Read files of lines with the native reader alone, on one core; prints gigabytes a second of processor time."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from flowlocal.native.library import Block, Plan, Table
from flowlocal.sources.records.layout import DEFAULT
from flowlocal.sources.records.line_plan import LinePlan
from flowlocal.sources.records.schema import SYSTEM, LineFormat, Origin

BLOCK_BYTES = 8 << 20
ROUNDS = 5


def main(*paths: str) -> None:
    """Read the beginnings of the files several times; the best time counts."""
    plan = LinePlan(LineFormat((DEFAULT,)), Origin("logs"), SYSTEM | DEFAULT.fields, ["dstPort"]).native
    blocks: list[Block] = []
    for path in paths:
        with Path(path).open("rb") as stream:
            while len(blocks) < 32 and (data := stream.read(BLOCK_BYTES)):
                blocks.append(Block.of(data + stream.readline()))
    seconds = min(_seconds(plan, blocks) for _ in range(ROUNDS))
    print(f"{sum(block.size for block in blocks) / seconds / 1e9:.2f} GB/s")


def _seconds(plan: Plan, blocks: list[Block]) -> float:
    began = time.process_time()
    for block in blocks:
        table = Table(plan, block)
        table.read(0, block.size)
        del table
    return time.process_time() - began


if __name__ == "__main__":
    main(*sys.argv[1:])
