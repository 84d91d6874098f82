"""A progress bar on standard error, for work that takes long."""

from __future__ import annotations

import sys
from threading import Lock, Timer
from types import TracebackType
from typing import TYPE_CHECKING, Self

from flowlocal.sizes import Unit, in_words
from flowlocal.terminal import screen

if TYPE_CHECKING:
    from rich.progress import Progress, Task, TaskID

_PATIENCE = 1.0
"""Seconds of silence before the bar appears."""


class Bar:
    """Shows how much of the input is read, on a terminal, if the work takes longer than a second.

    Args:
        total: stored bytes of the input; None if not known.
        wanted: True to show the bar at once, False never, None as above.
    """

    def __init__(self, total: int | None, wanted: bool | None) -> None:
        self._total = total
        self._shown = screen.terminal(sys.stderr) if wanted is None else wanted
        self._timer = Timer(0.0 if wanted else _PATIENCE, self._start)
        self._timer.daemon = True
        self._lock = Lock()
        self._over = False
        self._done = 0
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def expect(self, total: int) -> None:
        """Set the number of stored bytes to read, if that is known only later."""
        with self._lock:
            self._total = total

    def advance(self, count: int) -> None:
        """Note that so many more stored bytes were read; may be called from any thread."""
        with self._lock:
            self._done += count
            if self._progress and self._task is not None:
                self._progress.update(self._task, completed=self._done)

    def __enter__(self) -> Self:
        if self._shown:
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._over = True
            if self._progress:
                self._progress.stop()

    def _start(self) -> None:
        """Show the bar; runs in the timer's thread."""
        with self._lock:
            if self._over:
                return
            self._progress = _make()
            self._task = self._progress.add_task("reading", total=self._total, completed=self._done)
            self._progress.start()


def _make() -> Progress:
    from rich import progress  # noqa: PLC0415 - only long work pays for it
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    class Amounts(progress.ProgressColumn):
        """How much is read, of how much, and how fast, in the words of every other message."""

        def render(self, task: Task) -> Text:
            return Text(_amounts(task.completed, task.total, task.finished_speed or task.speed))

    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        Amounts(),
        progress.TimeRemainingColumn(),
        console=Console(file=screen.unguarded(sys.stderr), no_color=not screen.color(sys.stderr)),
        transient=True,
    )


def _amounts(done: float, total: float | None, speed: float | None) -> str:
    of_all = "" if total is None else f" of {in_words(total)}"
    return in_words(done) + of_all + ("" if speed is None else f", {in_words(speed, Unit.BYTE_RATE)}")
