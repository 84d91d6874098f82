"""Messages of errors."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import click

from flowlocal import ansi
from flowlocal.terminal import screen

if TYPE_CHECKING:
    from flowlocal.events import ScanReport, UnreadableInput
    from flowlocal.language.errors import MalformedQuery


class Refused(click.ClickException):
    """A malformed query, already worded for the terminal."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message as it is."""
        click.echo(self.message, err=True, file=file)


@contextmanager
def naming(source: str, hint: str = "") -> Iterator[None]:
    """Add to malformed queries their source and a hint."""
    from flowlocal.language.errors import MalformedQuery  # noqa: PLC0415 - not for --help

    try:
        yield
    except MalformedQuery as error:
        raise Refused(malformed(error, source) + (f"\n  {hint}" if hint else "")) from error


def malformed(error: MalformedQuery, source: str = "query") -> str:
    """Return the message of a malformed query with its line and a caret."""
    from flowlocal.language.render import render  # noqa: PLC0415 - not for --help

    return ansi.ours(render(error, color=screen.color(sys.stderr), source_name=source))


def unreadable(error: UnreadableInput) -> str:
    """Return the message of an input that could not be read, with its place."""
    return _problem(error.kind, error.in_words(), error.place, error.hint or _lost_folder())


def failed(error: OSError) -> str:
    """Return the message of an error of the operating system."""
    kind, hint = _REFUSED.get(error.errno or 0, ("unreadable input", ""))
    message = os.strerror(error.errno) if error.errno in _REFUSED else error.strerror or str(error)
    return _problem(kind, message, str(error.filename or ""), hint or _lost_folder())


_FULL = ("disk full", "free some space, or write to another disk")
_REFUSED = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: ("cannot write", "write to another folder"),
    errno.EFBIG: ("cannot write", "write to another file system, or less at a time"),
    errno.EMFILE: ("cannot open", "allow more open files with `ulimit -n`"),
    errno.ENFILE: ("cannot open", "close other programs"),
}
"""Errors of the operating system that are not caused by an input."""


def _lost_folder() -> str:
    """Return the hint for a working directory that was deleted; nothing if it exists."""
    try:
        os.getcwd()
    except FileNotFoundError:
        return "the working directory does not exist any more: change to another one"
    return ""


def code(report: ScanReport) -> int:
    """Return the exit code of a command that has read logs: 3 if one of them could not be read, else 0."""
    return 3 if report.unreadable else 0


def _problem(kind: str, message: str, place: str, hint: str) -> str:
    from flowlocal.language.render import render_problem  # noqa: PLC0415 - not for --help

    return render_problem(kind, message, ansi.one_line(place), hint, color=screen.color(sys.stderr))
