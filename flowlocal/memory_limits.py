"""Limits on the memory of a process that answers queries."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from flowlocal.sizes import QUERY_MEMORY, megabytes

BUDGET, DISK, FOLDER = "POLARS_OOC_MEMORY_BUDGET_MB", "POLARS_OOC_DISK_BUDGET_MB", "POLARS_OOC_SPILL_DIR"
"""Variables that Polars reads when it is loaded: megabytes that it holds in memory before it writes to files, megabytes
that it may write, and where."""
KILL = "POLARS_OOMKILL_THRESHOLD_MB"
"""The variable that makes Polars abort the process once it holds so many megabytes."""
KILLED = f"memory usage exceeded {KILL}"
"""What Polars then says on standard error."""
_FOLDERS = "/var/tmp/polars-*/spill"  # noqa: S108 - Polars' own
_INTERVAL = 0.02
"""Seconds between two looks at the memory: a query that doubles texts takes about a gigabyte a second (measured)."""


def budget() -> int:
    """Return the megabytes that a query holds in memory before it writes to files."""
    text = os.environ.get(BUDGET, "")
    return int(text) if text.isascii() and text.isdigit() else megabytes(QUERY_MEMORY)


def limit() -> int:
    """Return the megabytes at which a process that answers a query is ended.

    What Polars can write to files is bounded by the budget. The rest is for what it cannot: intermediate texts, rows
    of the result, blocks that are read ahead by each processor.
    """
    return 2 * budget() + 500 + 50 * (os.cpu_count() or 1)


def too_much() -> str:
    """Return the sentence for a query, or the reading of logs, that was ended at the limit."""
    return (
        f"more than {limit()} MB of memory are needed, the limit with --memory {budget()}MB: filter the events first, "
        "make fewer or shorter texts, or give a larger --memory"
    )


DISK_FULL = "this query holds more than it may in memory, and there is no room for the rest on the disk"
"""What is wrong where neither the memory nor the disk suffices."""


def full_disk_hint() -> str:
    """Return what to do if the disk is full."""
    return f"write a larger --memory than {budget()}MB, or name a folder with more room in {FOLDER}"


def resident() -> int | None:
    """Return the bytes of memory that this process holds, mapped files excluded; None if the system does not say."""
    try:
        pages, shared = Path("/proc/self/statm").read_text(encoding="utf-8").split()[1:3]
    except OSError:
        return _peak()
    return (int(pages) - int(shared)) * os.sysconf("SC_PAGE_SIZE")


def _peak() -> int | None:
    """Return the most that this process has held, on macOS."""
    if sys.platform != "darwin":
        return None
    import resource  # noqa: PLC0415 - not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def watch(exceeded: Callable[[], None]) -> None:
    """Call a function, in a thread of its own, once this process holds more than the limit."""
    if resident() is not None:
        Thread(target=_watch, args=(limit() * 1_000_000, exceeded), name="flowlocal-memory", daemon=True).start()


def _watch(most: int, exceeded: Callable[[], None]) -> None:
    while (resident() or 0) <= most:
        time.sleep(_INTERVAL)
    exceeded()


def remove_spilled(process: int) -> None:
    """Remove the files that Polars has written for a process that was ended; Polars itself does so much later."""
    import shutil  # noqa: PLC0415 - slow, and needed only here

    given = os.environ.get(FOLDER)
    parents = [Path(given)] if given else Path("/").glob(_FOLDERS.lstrip("/"))
    for parent in parents:
        shutil.rmtree(parent / str(process), ignore_errors=True)
