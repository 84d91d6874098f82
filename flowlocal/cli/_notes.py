"""What is said on standard error beside a result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flowlocal.ansi import one_line

if TYPE_CHECKING:
    from flowlocal.events import ScanReport
    from flowlocal.result import Result

SHOWN = 5
"""Warnings that say the same of several files are shown up to this number."""


def notes(result: Result) -> Iterator[str]:
    """Lines on whatever a user must know in order not to be misled: odd lines, warnings, rows cut off."""
    yield from on_reading(result.report)
    if result.truncated:
        shown = len(result)
        yield (
            f"flowlocal: the first {shown:,} of {shown + result.truncated:,} rows are shown; "
            "for more add '| limit N' to the query or give --limit N"
        )


def on_reading(report: ScanReport) -> Iterator[str]:
    """Lines on warnings and on lines that were no records."""
    yield from (f"flowlocal: {one_line(warning)}" for warning in folded(report.warnings))
    if not report.odd_count:
        return
    yield f"flowlocal: {report.odd_in_words}, kept with @message alone (--strict refuses such lines):"
    yield from (one_line(f"  {odd.path}:{odd.line}: {odd.reason}") for odd in report.odd_lines)
    if more := report.odd_count - len(report.odd_lines):
        yield f"  and {more:,} more"


def folded(warnings: Sequence[str]) -> Iterator[str]:
    """The warnings; of those that say the same of many files only the first few, and then their number."""
    seen: Counter[str] = Counter()
    for warning in warnings:
        kind = _kind(warning)
        seen[kind] += 1
        if seen[kind] <= SHOWN:
            yield warning
    yield from (f"{several(count - SHOWN, 'more file')}: {kind}" for kind, count in seen.items() if count > SHOWN)


def _kind(warning: str) -> str:
    """What a warning says, without the file that it says it of."""
    path, colon, rest = warning.partition(": ")
    return rest if colon else path


def statistics(result: Result, seconds: float) -> str:
    """One line on what was done, as the console shows it above its results."""
    facts = result.statistics
    return (
        f"{several(len(result), 'row')}; {facts.recordsMatched:,.0f} of {facts.recordsScanned:,.0f} records matched, "
        f"{size(facts.bytesScanned)} in {seconds:.2f} s"
    )


def size(count: float) -> str:
    """A number of bytes for people."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def several(count: int, noun: str) -> str:
    """A number of things for people."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
