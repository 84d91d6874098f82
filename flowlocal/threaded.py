"""Items that a thread makes while others are used."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, TypeVar

_T = TypeVar("_T")
_AHEAD = 2
"""Items that wait to be taken."""
_WAIT = 0.1
"""Seconds between two looks whether more are wanted."""


def pushed(run: Callable[[Callable[[_T], bool]], object], *, waits: bool = True) -> Generator[_T]:
    """Yield the items that a function hands over in a thread.

    Args:
        run: given a function that takes an item, and returns True once no more are wanted.
        waits: False if the function may wait forever, or is not to be waited for when no more are wanted.

    Raises:
        BaseException: what the function raises, after its items.
    """
    items: Queue[_T | None] = Queue(_AHEAD)
    stopped, failures = Event(), list[BaseException]()

    def put(item: _T | None) -> bool:
        while not stopped.is_set():
            with suppress(Full):
                items.put(item, timeout=_WAIT)
                break
        return stopped.is_set()

    def fill() -> None:
        try:
            run(put)
        except BaseException as failure:  # noqa: BLE001 - raised below
            failures.append(failure)
        put(None)

    thread = Thread(target=fill, name="flowlocal-ahead", daemon=True)
    thread.start()
    try:
        while (item := items.get()) is not None:
            yield item
    finally:
        stopped.set()
        _empty(items)
        if waits:
            thread.join()
    for failure in failures:
        raise failure


def prefetched(make: Callable[[], Iterator[_T]], *, waits: bool = True) -> Generator[_T]:
    """Run an iterator in a thread, a few items ahead.

    Args:
        make: returns the iterator.
        waits: False if the next item may never come, so that the thread is not waited for.
    """
    return pushed(lambda put: any(map(put, make())), waits=waits)


def _empty(items: Queue[Any]) -> None:
    with suppress(Empty):
        while True:
            items.get_nowait()
