"""A process that answers the endpoint's queries, one after the other: ``python -m flowlocal.aws.worker``.

``flowlocal.aws.workers`` starts it and ends it, which is the only way to end a query that Polars has in hand. Orders
come on standard input, pickled; so do the steps of their answers go out, each as the name of a method of
``flowlocal.aws.queries.StartedQuery`` and its arguments.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Any, BinaryIO

from flowlocal import memory_limits
from flowlocal.aws.copies import DONE, READY, Copies, Order
from flowlocal.aws.errors import ApiError
from flowlocal.events import ScanReport
from flowlocal.sources.joining import joined

_PROGRESS = 0.5
"""Seconds between two reports of how much was read."""


class Channel:
    """Sends the steps of an answer; a ``tasks.Listener``."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = Lock()

    def send(self, step: str, *arguments: object) -> None:
        """Send one step."""
        with self._lock:
            pickle.dump((step, arguments), self._stream)
            self._stream.flush()

    def accept(self) -> None:
        """Say that the query is valid."""
        self.send("accept")

    def refuse(self, error: ApiError) -> None:
        """Say why it cannot run."""
        self.send("refuse", error)

    def complete(self, result: Any) -> None:  # noqa: ANN401 - as the job
        """Send the result."""
        self.send("complete", result)

    def fail(self, problem: str) -> None:
        """Say why there is no result."""
        self.send("fail", problem)


def main() -> None:
    """Answer orders until standard input ends."""
    _be_ended_first()
    channel, orders, copies = Channel(_output()), SimpleQueue[Order](), Copies()
    Thread(target=_receive, args=(sys.stdin.buffer, orders), daemon=True).start()
    channel.send(READY)
    while True:
        _answer(orders.get(), channel, copies)
        channel.send(DONE, _is_fresh())


def _output() -> BinaryIO:
    """Return what was standard output; whatever prints goes to standard error."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return output


def _receive(stream: BinaryIO, orders: SimpleQueue[Order]) -> None:
    """Receive orders at all times: the end of the endpoint must end a query as well."""
    with suppress(EOFError, OSError, pickle.UnpicklingError):
        while True:
            orders.put(pickle.load(stream))  # noqa: S301 - from the process that started this one
    os._exit(0)


def _answer(order: Order, channel: Channel, copies: Copies) -> None:
    groups, report = [copies.group(change) for change in order.changes], ScanReport()
    with _progress(report, channel):
        order.job.answer(lambda: joined([group.events() for group in groups]), report, channel)


@contextmanager
def _progress(report: ScanReport, channel: Channel) -> Iterator[None]:
    """Report from time to time how much was read."""
    over = Event()

    def tell() -> None:
        while not over.wait(_PROGRESS):
            channel.send("progress", report.records, report.bytes)

    thread = Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _is_fresh() -> bool:
    """Return True if this process can answer another query: it has not kept too much memory."""
    return (memory_limits.resident() or 0) < memory_limits.limit() * 500_000


def _be_ended_first() -> None:
    """Ask Linux to end this process, rather than another one, if the machine runs out of memory."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


if __name__ == "__main__":
    main()
