"""Ids of events, the same whatever other files and streams there are."""

from __future__ import annotations

from hashlib import blake2b

import polars as pl


def digest(path: str) -> str:
    """Return 20 digits for a file, or for a stream written as ``group:stream``."""
    return f"{int.from_bytes(blake2b(path.encode(errors='surrogateescape'), digest_size=8).digest()):020d}"


def event_id(time: pl.Expr, place: pl.Expr, line: pl.Expr) -> pl.Expr:
    """Return the ids of events.

    Args:
        time: epoch milliseconds.
        place: the digest of their file or stream.
        line: their 0-based number there.
    """
    return pl.concat_str(_digits(time.clip(0), 20), place, _digits(line, 16))


def _digits(number: pl.Expr, width: int) -> pl.Expr:
    return number.cast(pl.String()).str.zfill(width)
