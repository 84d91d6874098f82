"""Ids of events, the same whatever other files and streams there are."""

from __future__ import annotations

from hashlib import blake2b


def digest(path: str) -> str:
    """Return 20 digits for a file, or for a stream written as ``group:stream``."""
    return f"{int.from_bytes(blake2b(path.encode(errors='surrogateescape'), digest_size=8).digest()):020d}"


def event_id(time: int, place: str, line: int) -> str:
    """Return the id of an event.

    Args:
        time: epoch milliseconds.
        place: the digest of its file or stream.
        line: its 0-based number there.
    """
    return f"{max(time, 0):020d}{place}{line:016d}"
