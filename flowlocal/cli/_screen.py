"""What is known of the terminal, and how messages look on it."""

from __future__ import annotations

import os
from typing import IO, Any


def terminal(stream: IO[Any]) -> bool:
    """Is a person looking at this stream?"""
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def color(stream: IO[Any], wanted: bool = True) -> bool:
    """Are colours wanted on this stream? As no-color.org and force-color.org say, and never in a pipe by itself."""
    if not wanted or os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (terminal(stream) and os.environ.get("TERM") != "dumb")


def width(stream: IO[Any]) -> int | None:
    """The columns of the terminal behind this stream; None where there is none."""
    import shutil  # noqa: PLC0415 - slow, and of no use in a pipe

    return shutil.get_terminal_size().columns if terminal(stream) else None


def abandon(stream: IO[Any]) -> None:
    """Send what is still buffered for this stream nowhere; Python would fail on it once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
