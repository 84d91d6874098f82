"""Run plans over events: the one place where the product collects frames that read logs.

Polars calls the sources of events from threads of its own, and what they raise does not always reach the caller as it
was: a panic becomes an error of the thread that it ended, other errors come wrapped, and ``collect_batches`` ends as if
there were no more rows if its query panics. Sources therefore note what they raise, and ``collect`` raises it again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

from flowlocal.events import Events, ScanReport
from flowlocal.threaded import pushed

if TYPE_CHECKING:
    import polars as pl

_WAIT = 0.1
"""Seconds between two checks for Ctrl-C."""


@contextmanager
def recorded(report: ScanReport) -> Iterator[None]:
    """Note in a report what the reading of a source raises, whatever its class, and let it pass."""
    try:
        yield
    except GeneratorExit:  # the reader wants no more rows
        raise
    except BaseException as error:
        report.failures.append(error)
        raise


def collect(lazy: pl.LazyFrame, report: ScanReport) -> pl.DataFrame:
    """Return the rows of a plan over events, run by Polars' streaming engine.

    Args:
        lazy: the plan.
        report: the report with which its events are read.

    Raises:
        BaseException: what a source of the plan raised first, as it was; else what Polars raised.
        UnreadableInput: Polars could not read a file, and the check of its source says so.
    """
    try:
        rows = _interruptible(lazy, report.interrupted) if report.interrupted else lazy.collect(engine="streaming")
    except KeyboardInterrupt:
        raise
    except BaseException:
        _raise_recorded(report)
        for check in report.checks:
            check()
        raise
    _raise_recorded(report)
    return rows


def part(lazy: pl.LazyFrame) -> Generator[pl.DataFrame]:
    """Yield the rows of a plan in any order, for a source of the plan that ``collect`` runs.

    It runs in a thread, because only ``sink_batches``, which calls a function, raises what ends the plan.

    Raises:
        BaseException: what Polars raises.
    """
    return pushed(lambda put: lazy.sink_batches(put, engine="streaming", maintain_order=False), waits=False)


def _interruptible(lazy: pl.LazyFrame, interrupted: Sequence[Event]) -> pl.DataFrame:
    """Return the rows of a plan over streams, run in a thread, because Polars waits for a silent stream forever."""
    for stream in interrupted:
        stream.clear()
    with ThreadPoolExecutor(1) as pool:
        try:
            rows = pool.submit(lazy.collect, engine="streaming")
            while wait([rows], _WAIT).not_done:  # in steps, because another thread may receive the signal
                pass
            return rows.result()
        except KeyboardInterrupt:
            for stream in interrupted:
                stream.set()
            raise


def collect_together(
    plans: Sequence[tuple[pl.LazyFrame, ScanReport]],
    ended: Callable[[int], None],
    stop: Callable[[BaseException], None],
) -> list[pl.DataFrame]:
    """Return the rows of several plans, which run at the same time, each in a thread.

    Args:
        plans: the plans, each with the report with which its events are read.
        ended: called with the number of each plan that has ended.
        stop: called with the error of the first plan that fails, or Ctrl-C; the other plans must then end.

    Raises:
        BaseException: see ``collect``.
    """

    def run(number: int) -> pl.DataFrame:
        try:
            return collect(*plans[number])
        except BaseException as failure:
            stop(failure)
            raise
        finally:
            ended(number)

    with ThreadPoolExecutor(max(len(plans), 1)) as pool:
        try:
            running = [pool.submit(run, number) for number in range(len(plans))]
            while wait(running, _WAIT).not_done:  # in steps, because another thread may receive the signal
                pass
        except KeyboardInterrupt as failure:
            stop(failure)
            raise
    return [each.result() for each in running]


def _raise_recorded(report: ScanReport) -> None:
    if report.failures:
        raise report.failures[0] from None


def read_rows(events: Events, plan: Callable[[pl.LazyFrame], pl.LazyFrame]) -> pl.DataFrame:
    """Return the rows of a plan over events without a report of their reading."""
    report = ScanReport()
    return collect(plan(events.read(report)), report)


def limited(frames: Iterable[pl.DataFrame], n_rows: int | None) -> Iterator[pl.DataFrame]:
    """Yield the first rows of frames; all of them if no number is given."""
    left = n_rows
    for frame in frames:
        if left is None:
            yield frame
            continue
        yield frame.head(left)
        left -= min(left, len(frame))
        if not left:
            return
