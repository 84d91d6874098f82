"""A terminal with a screen: the text that a program shows, after everything that it wrote and erased."""

from __future__ import annotations

import os
import select
import signal
import struct
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

_PATIENCE = 60.0
"""Seconds after which a program that does not show the expected text counts as hanging."""


class Screen:
    """Runs a program on a pseudo-terminal and follows its screen.

    Args:
        command: the program.
        columns: of the terminal.
        lines: of the terminal.
        variables: environment variables in addition to the inherited ones.
        folder: the working directory.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 80,
        lines: int = 40,
        variables: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        pty, fcntl, termios, pyte = (pytest.importorskip(name) for name in ("pty", "fcntl", "termios", "pyte"))
        self._screen: Any = pyte.HistoryScreen(columns, lines, history=1000)
        self._stream = pyte.ByteStream(self._screen)
        self.written = b""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        hidden = {"COLUMNS", "LINES", "NO_COLOR", "LESS", "PAGER"}
        inherited = {name: value for name, value in os.environ.items() if name not in hidden}
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**inherited, "TERM": "xterm-256color", **(variables or {})},
            cwd=folder,
            preexec_fn=lambda: _own_terminal(fcntl, termios),  # noqa: PLW1509 - the tests run no threads here
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self._master)

    @property
    def lines(self) -> list[str]:
        """Return the lines from top to bottom, including those that were scrolled off, without blanks at the end."""
        above = ["".join(row[x].data for x in range(self._screen.columns)) for row in self._screen.history.top]
        return [line.rstrip() for line in (*above, *self._screen.display)]

    @property
    def text(self) -> str:
        """Return all lines as one text, without the empty ones at the end."""
        return "\n".join(self.lines).rstrip()

    def color_of(self, word: str) -> str:
        """Return the colour of the first letter of a word at its last occurrence on the screen."""
        for row in range(self._screen.lines - 1, -1, -1):
            column = self._screen.display[row].rfind(word)
            if column >= 0:
                return str(self._screen.buffer[row][column].fg)
        raise AssertionError(f"{word} is not on the screen:\n{self.text}")

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def wait(self, wanted: str | Callable[[str], bool]) -> str:
        """Read until a text is on the screen, or the screen satisfies a predicate; return the text of the screen."""
        until = time.monotonic() + _PATIENCE
        is_there = wanted if callable(wanted) else lambda text: wanted in text
        while not is_there(self.text):
            assert time.monotonic() < until, f"waited in vain for {wanted!r}; the screen:\n{self.text}"
            self._read()
        return self.text

    def end(self) -> int:
        """Wait for the program to end and return its exit code."""
        until = time.monotonic() + _PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < until, f"the program does not end; the screen:\n{self.text}"
            self._read()
        self._read()
        return self.process.returncode

    def _read(self) -> None:
        ready, _, _ = select.select([self._master], [], [], 0.1)
        try:
            piece = os.read(self._master, 65_536) if ready else b""
        except OSError:  # Linux: the last writer has left
            return
        self.written += piece
        self._stream.feed(piece)
        for asked, answer in ((b"\x1b[6n", f"\x1b[{self._screen.cursor.y + 1};{self._screen.cursor.x + 1}R"),):
            if asked in piece:
                self.type(answer)


def _own_terminal(fcntl: Any, termios: Any) -> None:
    """Make the terminal the program's own, so that Ctrl-C reaches it."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
