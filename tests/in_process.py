"""Run command lines in this process, which has loaded everything, in place of one of their own.

That takes a hundredth of the time. What depends on the process itself, such as signals, limits of memory, or what is
imported, is tested with ``python -m flowlocal``.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir, contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryFile
from typing import IO
from unittest.mock import patch

from flowlocal.cli._defaults import configuration
from flowlocal.cli._guard import run
from tests import terminal

STYLES = ("NO_COLOR", "FORCE_COLOR")
"""Variables that decide on colours."""


def flowlocal(
    *arguments: object,
    stdin: str = "",
    folder: Path | None = None,
    variables: Mapping[str, str] | None = None,
    without: Collection[str] = STYLES,
) -> CompletedProcess[str]:
    """Run a command line with files as its standard streams.

    Args:
        arguments: the command line after `flowlocal`.
        stdin: standard input.
        folder: working directory.
        variables: environment variables that are added.
        without: environment variables that are removed.
    """
    line = [str(argument) for argument in arguments]
    environment = {name: value for name, value in os.environ.items() if name not in without} | dict(variables or {})
    with (
        TemporaryFile("w+", encoding="utf-8") as given,
        TemporaryFile("w+", encoding="utf-8") as out,
        TemporaryFile("w+", encoding="utf-8", errors="backslashreplace") as err,
        _streams(given, out, err),
    ):
        given.write(stdin)
        given.seek(0)
        code = _code(line, folder, environment)
        return CompletedProcess(line, code, *map(_text, (out.fileno(), err.fileno())))


def on_terminal(
    *line: str, columns: int, folder: Path | None = None, variables: Mapping[str, str], messages: bool
) -> str:
    """Run a command line on a terminal of so many columns; return all that is shown.

    Args:
        *line: the command line after `flowlocal`.
        columns: of the terminal.
        folder: working directory.
        variables: environment variables that are added.
        messages: whether standard error is shown, too.
    """
    environment = terminal.environment({"COLUMNS": str(columns), **variables})
    master, slave = terminal.opened(columns)
    with ThreadPoolExecutor(1) as reader:
        shown = reader.submit(terminal.read, master)
        with (
            os.fdopen(slave, "w", encoding="utf-8") as out,
            open(os.ttyname(slave), encoding="utf-8") as given,
            open(os.devnull, "w", encoding="utf-8") as nowhere,
            _streams(given, out, out if messages else nowhere),
        ):
            _code(line, folder, environment)
        return shown.result()


def _code(line: Sequence[str], folder: Path | None, environment: Mapping[str, str]) -> int:
    """Run a command line, and return its exit code."""
    assert "--memory" not in line, "a limit of memory is one of the process"
    with (
        chdir(folder or Path.cwd()),
        patch.dict(os.environ, environment, clear=True),
        patch.object(sys, "argv", ["flowlocal", *line]),
    ):
        configuration.cache_clear()  # a process has the settings of its folder
        try:
            return run(line)
        finally:
            configuration.cache_clear()


@contextmanager
def _streams(given: IO[str], out: IO[str], err: IO[str]) -> Iterator[None]:
    """Take files for the standard streams."""
    with (
        patch.multiple(sys, stdin=given, stdout=out, stderr=err, unraisablehook=sys.unraisablehook),
        warnings.catch_warnings(action="default"),
    ):
        yield


def _text(descriptor: int) -> str:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode()
