"""Items that a thread makes while others are used."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from functools import partial
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, TypeVar

_T = TypeVar("_T")
_Run = Callable[[Callable[[_T], bool]], object]
_AHEAD = 2
"""Items that wait to be taken."""
_WAIT = 0.1
"""Seconds between two looks whether more are wanted."""


def pushed(*runs: _Run[_T], waits: bool = True) -> Generator[_T]:
    """Yield the items that functions hand over, each in a thread.

    Args:
        *runs: given a function that takes an item, and returns True once no more are wanted.
        waits: False if a function may wait forever, or is not to be waited for when no more are wanted.

    Raises:
        BaseException: what a function raises, after the items of all.
    """
    items: Queue[_T | None] = Queue(_AHEAD)
    stopped, failures = Event(), list[BaseException]()

    def put(item: _T | None) -> bool:
        while not stopped.is_set():
            with suppress(Full):
                items.put(item, timeout=_WAIT)
                break
        return stopped.is_set()

    def fill(run: _Run[_T]) -> None:
        try:
            run(put)
        except BaseException as failure:  # noqa: BLE001 - raised below
            failures.append(failure)
        put(None)

    threads = [Thread(target=fill, args=(run,), name="flowlocal-ahead", daemon=True) for run in runs]
    for thread in threads:
        thread.start()
    try:
        yield from _until(items, len(threads))
    finally:
        stopped.set()
        _empty(items)
        for thread in threads if waits else ():
            thread.join()
    for failure in failures:
        raise failure


def _until(items: Queue[_T | None], ends: int) -> Iterator[_T]:
    """Yield items until there were so many ends, which are None."""
    while ends:
        item = items.get()
        if item is None:
            ends -= 1
        else:
            yield item


def prefetched(*makes: Callable[[], Iterator[_T]], waits: bool = True) -> Generator[_T]:
    """Run iterators, each in a thread, a few items ahead.

    Args:
        *makes: return the iterators.
        waits: False if the next item may never come, so that no thread is waited for.
    """
    return pushed(*(partial(_push, make) for make in makes), waits=waits)


def _push(make: Callable[[], Iterator[_T]], put: Callable[[_T], bool]) -> None:
    any(map(put, make()))


def _empty(items: Queue[Any]) -> None:
    with suppress(Empty):
        while True:
            items.get_nowait()
