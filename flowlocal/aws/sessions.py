"""Sessions that clients keep open: bounded in number."""

from __future__ import annotations

from threading import Lock

from flowlocal.aws.errors import ApiError

MOST = 15
"""Sessions of Live Tail at a time (documented)."""


class Sessions:
    """Counts open sessions."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open = 0

    def enter(self) -> None:
        """Open a session.

        Raises:
            ApiError: there are too many.
        """
        with self._lock:
            if self._open >= MOST:
                raise ApiError("LimitExceededException", f"{MOST} Live Tail sessions can be open at a time.")
            self._open += 1

    def leave(self) -> None:
        """Close a session."""
        with self._lock:
            self._open -= 1
