"""New events of groups: what was added since the last look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from flowlocal.aws.windows import Selection, api_events, file_paths, selected
from flowlocal.collecting import collect
from flowlocal.events import LINE_BITS, ROW, Events, ScanReport

MOST = 500
"""Events of an update (documented); of more, every nth is taken."""
Seen = tuple[tuple[str, int], ...]
"""Numbers of lines by file, or by group and stream, that were looked at."""


@dataclass(frozen=True)
class Added:
    """What was added.

    Attributes:
        seen: how far it was looked.
        rows: the selected events, at most ``MOST``, as Live Tail shows them.
        sampled: True if there were more.
    """

    seen: Seen
    rows: Sequence[dict[str, Any]] = ()
    sampled: bool = False


def read_added(events: Events, selection: Selection, seen: Seen | None) -> Added:
    """Read what was added to a group.

    Args:
        events: the events as they are now.
        selection: which of them are wanted.
        seen: how far it was looked before; None for the first look, which finds nothing.
    """
    now = Added(tuple(_line_counts(events).items()))
    return now if seen is None else _between(events, selection, dict(seen), now)


_LINES = 1 << LINE_BITS
_NUMBER, _LINE = pl.col(ROW) // _LINES, pl.col(ROW) % _LINES


def _line_counts(events: Events) -> dict[str, int]:
    """Return the number of lines of each file that has events."""
    paths, report = list(file_paths(events)), ScanReport()
    counts = events.read(report).group_by(_NUMBER.alias("number")).agg(lines=_LINE.max() + 1)
    return {paths[number]: lines for number, lines in collect(counts, report).iter_rows()}


def _between(events: Events, selection: Selection, seen: dict[str, int], now: Added) -> Added:
    """Return the selected events of lines that are there now and were not looked at before."""
    paths, report, lines = list(file_paths(events)), ScanReport(), dict(now.seen)
    first = _NUMBER.replace_strict(range(len(paths)), [seen.get(path, 0) for path in paths], return_dtype=pl.Int64())
    end = _NUMBER.replace_strict(range(len(paths)), [lines.get(path, 0) for path in paths], return_dtype=pl.Int64())
    added = api_events(events, report).filter(first <= _LINE, end > _LINE)
    found = collect(selected(added, selection).sort("timestamp", ROW).drop(ROW), report)
    sampled = found.height > MOST
    rows = found.gather_every(-(-found.height // MOST)) if sampled else found
    return replace(now, rows=rows.to_dicts(), sampled=sampled)
