"""Values that are kept because they are asked for again: page by page, or by every poll."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar

MOST_BYTES = 256 << 20
"""Bytes of kept values (decided)."""
_LEAST = 1 << 16
"""Bytes that a value counts at least."""
T = TypeVar("T")


class Memo:
    """Values by key; those that were not asked for longest are dropped."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of a key, which is made unless it is kept; two threads may make the same."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]  # type: ignore[return-value]  # made for this key
        value = make()
        with self._lock:
            self._kept[key] = value, max(_LEAST, getattr(value, "size", 0))
            while sum(size for _, size in self._kept.values()) > MOST_BYTES and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return value
