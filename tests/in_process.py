"""Run command lines in this process, which has loaded everything, in place of one of their own.

That takes a hundredth of the time. What depends on the process itself, such as signals, limits of memory, or what is
imported, is tested with ``python -m flowlocal``.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import chdir, contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryFile
from unittest.mock import patch

from flowlocal.cli._defaults import configuration
from flowlocal.cli._guard import run

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
    assert "--memory" not in line, "a limit of memory is one of the process"
    environment = {name: value for name, value in os.environ.items() if name not in without} | dict(variables or {})
    with (
        chdir(folder or Path.cwd()),
        patch.dict(os.environ, environment, clear=True),
        patch.object(sys, "argv", ["flowlocal", *line]),
        _streams(stdin) as written,
    ):
        configuration.cache_clear()  # a process has the settings of its folder
        try:
            code = run(line)
        finally:
            configuration.cache_clear()
        return CompletedProcess(line, code, *map(_text, written))


@contextmanager
def _streams(stdin: str) -> Iterator[tuple[int, int]]:
    """Take files for the standard streams; yield the descriptors of output and error."""
    with (
        TemporaryFile("w+", encoding="utf-8") as given,
        TemporaryFile("w+", encoding="utf-8") as out,
        TemporaryFile("w+", encoding="utf-8", errors="backslashreplace") as err,
        patch.multiple(sys, stdin=given, stdout=out, stderr=err, unraisablehook=sys.unraisablehook),
        warnings.catch_warnings(action="default"),
    ):
        given.write(stdin)
        given.seek(0)
        yield out.fileno(), err.fileno()


def _text(descriptor: int) -> str:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode()
