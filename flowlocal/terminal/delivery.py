"""Write results to the terminal, a pipe or a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flowlocal import outputs
from flowlocal.terminal import screen

if TYPE_CHECKING:
    from flowlocal.result import Result

Write = Callable[[outputs.Sink], None]
_USUAL = outputs.TableView()


def choose(name: str | None, file: str | None, usual: str | None = None) -> outputs.Format:
    """Return the given format; else that of the file's suffix; else the default, ``table`` or ``jsonl``.

    Raises:
        click.UsageError: a binary format would go to a terminal.
    """
    to_terminal = file in {None, "-"} and screen.terminal(sys.stdout)
    chosen = outputs.find(name) if name else (file and outputs.for_file(file)) or None
    chosen = chosen or outputs.find(usual or ("table" if to_terminal else "jsonl"))
    if chosen.binary and to_terminal:
        raise click.UsageError(
            f"{chosen.name} is a binary format: name a file with --output FILE, or redirect standard output"
        )
    return chosen


def write(
    result: Result, form: outputs.Format, file: str | None, *, color: bool, view: outputs.TableView = _USUAL
) -> None:
    """Write the result to a file, which appears only when it is complete, or to standard output."""
    deliver(lambda sink: form.write(result, sink._replace(view=view)), file, color=color)


def deliver(write: Write, file: str | None, *, color: bool) -> None:
    """Write by a function to a file, which appears only when it is complete, or to standard output.

    Raises:
        click.ClickException: the file or standard output cannot be written.
    """
    if file is not None and file != "-":
        _to_file(write, Path(file))
        return
    sink = outputs.Sink(
        sys.stdout.buffer,
        terminal=screen.terminal(sys.stdout),
        color=screen.color(sys.stdout, color),
        width=screen.width(sys.stdout),
        height=screen.height(sys.stdout),
    )
    try:
        write(sink)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        screen.abandon(sys.stdout)
        raise click.ClickException(f"cannot write to standard output: {error.strerror}") from error


def _to_file(write: Write, path: Path) -> None:
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):  # /dev/stdout, a pipe: these are not replaced
            with path.open("wb") as stream:
                write(outputs.Sink(stream))
            return
        _replace(write, path)
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error.strerror}") from error


def _replace(write: Write, path: Path) -> None:
    """Write to a temporary file in the same folder, then rename it."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("xb") as stream:
            write(outputs.Sink(stream))
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
