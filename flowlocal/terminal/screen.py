"""Properties of the terminal, and the one place where text for it is made harmless."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, TextIO

from flowlocal import ansi
from flowlocal.github import inert

_WIDEST = 1000
"""Maximum number of columns; ``COLUMNS`` can have any value."""


def terminal(stream: IO[Any]) -> bool:
    """Return True if this stream is a terminal."""
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def color(stream: IO[Any], wanted: bool = True) -> bool:
    """Return True if colours are wanted on this stream (no-color.org, force-color.org); by default not in a pipe."""
    if not wanted or os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (terminal(stream) and os.environ.get("TERM") != "dumb")


def width(stream: IO[Any]) -> int | None:
    """Return the columns of the stream's terminal; None if it is not a terminal."""
    return min(_size().columns, _WIDEST) if terminal(stream) else None


def height(stream: IO[Any]) -> int:
    """Return the lines of the stream's terminal; 0 if it is not a terminal."""
    return _size().lines if terminal(stream) else 0


def _size() -> os.terminal_size:
    import shutil  # noqa: PLC0415 - slow, and of no use in a pipe

    return shutil.get_terminal_size()


def abandon(stream: IO[Any]) -> None:
    """Discard what is still buffered for this stream; Python would fail on it once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def guarded() -> Iterator[None]:
    """Escape in all output whatever a terminal or a CI system would interpret.

    On a terminal, both standard streams show control characters as escapes, whoever writes to them; only the styles of
    ``ansi.paint`` have effect. Standard error does so in a pipe, too, and breaks the workflow commands of CI
    systems: it has messages for people, never data. Standard output in a pipe is not changed.
    """
    before = sys.stdout, sys.stderr
    with ansi.guarded():
        sys.stdout = _guard(sys.stdout, ansi.harmless if terminal(sys.stdout) else None)
        sys.stderr = _guard(sys.stderr, ansi.harmless if terminal(sys.stderr) else _message)
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before


def unguarded(stream: TextIO) -> TextIO:
    """Return the stream itself, for libraries that steer the terminal: a prompt, a progress bar."""
    return stream.inner if isinstance(stream, _Guarded) else stream


def _message(text: str) -> str:
    return inert(ansi.harmless(text))


def _guard(stream: TextIO, shown: Callable[[str], str] | None) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):  # such as a notebook's
        return stream
    stream.flush()
    stream.reconfigure(errors="backslashreplace")  # neither a file name nor a locale ends a command
    return _Guarded(stream, shown) if shown or color(stream) else stream


def _encoding(stream: TextIO) -> str:
    """Return the encoding of a stream: UTF-8 instead of ASCII, which systems without a locale have."""
    return "utf-8" if codecs.lookup(stream.encoding).name == "ascii" else stream.encoding


class _Guarded(io.TextIOWrapper):
    """A text stream, and its ``buffer`` for UTF-8, whose output goes through a function.

    Attributes:
        inner: the stream that is written to.
    """

    def __init__(self, inner: io.TextIOWrapper, shown: Callable[[str], str] | None) -> None:
        encoding = "utf-8" if shown else _encoding(inner)
        super().__init__(_Filter(inner, shown), encoding, "backslashreplace", line_buffering=True, write_through=True)
        self.inner = inner


class _Filter(io.RawIOBase):
    """The bytes of such a stream; without a function only our own styles are changed."""

    def __init__(self, inner: io.TextIOWrapper, shown: Callable[[str], str] | None) -> None:
        self.name = getattr(inner, "name", "")
        self._inner = inner
        self._shown = shown

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return terminal(self._inner)

    def fileno(self) -> int:
        return self._inner.fileno()

    def write(self, data: Any) -> int:  # noqa: ANN401 - whatever bytes() takes
        whole = bytes(data)
        if self._shown is not None:
            text = self._shown(whole.decode("utf-8", "backslashreplace"))
            whole = text.encode(_encoding(self._inner), "backslashreplace")
        self._inner.buffer.write(ansi.styled_bytes(whole))
        return len(data)

    def flush(self) -> None:
        if not self.closed:
            self._inner.buffer.flush()
