"""A pseudo-terminal to run commands on, where the system has them."""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest


def on_terminal(
    command: Sequence[str],
    *,
    columns: int = 80,
    variables: Mapping[str, str] | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
    folder: Path | None = None,
) -> tuple[int, str]:
    """Run a command on a terminal of so many columns: its exit code, and all that it showed.

    Standard output and standard error go to the terminal, unless they are given another place.
    """
    master, slave = opened(columns)
    with subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave if stdout is None else stdout,
        stderr=slave if stderr is None else stderr,
        env=environment(variables or {}),
        cwd=folder,
    ) as process:
        os.close(slave)
        shown = read(master)
    return process.returncode, shown


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a program on a terminal, with variables that are added."""
    inherited = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
    return {**inherited, "TERM": "xterm-256color", **variables}


def opened(columns: int) -> tuple[int, int]:
    """Return the two ends of a new terminal of so many columns: what reads it, and what a program has."""
    pty, fcntl, termios = (pytest.importorskip(name) for name in ("pty", "fcntl", "termios"))
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    return master, slave


def read(master: int) -> str:
    """Return all that is written until the last writer leaves, which Linux reports by an error."""
    shown = b""
    try:
        while piece := os.read(master, 65_536):
            shown += piece
    except OSError:
        pass
    os.close(master)
    return shown.decode().replace("\r\n", "\n")
