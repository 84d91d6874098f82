"""Work that Ctrl-C stops.

A query runs in Polars, which notices Ctrl-C only when it is done. So it runs in a thread of its own: the prompt is back
at once, and the thread ends when the query next reports what it read.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Generic, TypeVar

T = TypeVar("T")
_LEFT: list[Thread] = []
"""Threads of work that nobody waits for any more."""
_PATIENCE = 5.0
"""Seconds that they may take to notice."""


class _Abandoned(Exception):
    """Ends the reading of a query that nobody waits for."""


class Running(Generic[T]):
    """Runs a piece of work in a thread and waits for it.

    Args:
        work: what to do; it is given a function to call with the bytes read, which raises once nobody waits any more.
        on_bytes: takes the bytes read.
    """

    def __init__(self, work: Callable[[Callable[[int], None]], T], on_bytes: Callable[[int], None]) -> None:
        self._work = work
        self._on_bytes = on_bytes
        self._abandoned = Event()
        self._outcome: list[T] = []
        self._error: BaseException | None = None

    def wait(self) -> T:
        """Do the work; raises what it raises, and KeyboardInterrupt at once."""
        thread = Thread(target=self._run, daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                thread.join(0.2)  # with a time, so that Ctrl-C is noticed on every system
        except KeyboardInterrupt:
            self._abandoned.set()
            _LEFT.append(thread)
            raise
        if self._error is not None:
            raise self._error
        return self._outcome[0]

    def _run(self) -> None:
        try:
            self._outcome.append(self._work(self._read))
        except BaseException as error:  # noqa: BLE001 - raised again where the work is waited for
            self._error = error

    def _read(self, count: int) -> None:
        if self._abandoned.is_set():
            raise _Abandoned
        self._on_bytes(count)


def leave(code: int) -> None:
    """End the process now, with this exit code, if work was abandoned; else do nothing.

    Python cannot end in good order while Polars still calls it from threads of its own, as it does for a while after an
    error.
    """
    until = time.monotonic() + _PATIENCE
    for thread in _LEFT:
        thread.join(max(until - time.monotonic(), 0))
    if _LEFT:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
