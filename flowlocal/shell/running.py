"""Run work that Ctrl-C interrupts.

A query runs in Polars, which notices Ctrl-C only at its end. Therefore it runs in a thread: the prompt returns
at once, and the thread ends when the query next reports the bytes it has read.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Generic, TypeVar

T = TypeVar("T")
_ABANDONED: list[Thread] = []
"""Threads of interrupted work."""
_TIMEOUT = 5.0
"""Seconds to wait for them at exit."""


class _Abandoned(Exception):
    """Ends the reading of an interrupted query."""


class Running(Generic[T]):
    """Runs work in a thread, which can be abandoned.

    Args:
        work: the work; it receives a function to call with the number of bytes read, which raises after an interrupt.
        on_bytes: is called with the number of bytes read.
    """

    def __init__(self, work: Callable[[Callable[[int], None]], T], on_bytes: Callable[[int], None]) -> None:
        self._work = work
        self._on_bytes = on_bytes
        self._abandoned = Event()
        self._outcome: list[T] = []
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Start the work."""
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """True if the work has ended."""
        return not self._thread.is_alive()

    def abandon(self) -> None:
        """Let the work end when it next reads; its outcome is not wanted any more."""
        self._abandoned.set()
        _ABANDONED.append(self._thread)

    def outcome(self) -> T:
        """Return the result of work that is over, or raise its error."""
        if self._error is not None:
            raise self._error
        return self._outcome[0]

    def wait(self) -> T:
        """Run the work and return its result; raise its error, and KeyboardInterrupt at once."""
        self.start()
        try:
            while not self.is_over:
                self._thread.join(0.2)  # with a timeout, so that Ctrl-C is noticed on every system
        except KeyboardInterrupt:
            self.abandon()
            raise
        return self.outcome()

    def _run(self) -> None:
        try:
            self._outcome.append(self._work(self._read))
        except BaseException as error:  # noqa: BLE001 - raised again in the waiting thread
            self._error = error

    def _read(self, count: int) -> None:
        if self._abandoned.is_set():
            raise _Abandoned
        self._on_bytes(count)


def leave(code: int) -> None:
    """End the process now, with this exit code, if work was interrupted; else do nothing.

    Python cannot exit normally while Polars still calls it from its own threads, as it does for a while after an
    error.
    """
    until = time.monotonic() + _TIMEOUT
    for thread in _ABANDONED:
        thread.join(max(until - time.monotonic(), 0))
    if _ABANDONED:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
