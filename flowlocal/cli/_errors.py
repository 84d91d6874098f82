"""Our errors as messages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import click

from flowlocal import ansi
from flowlocal.cli import _screen

if TYPE_CHECKING:
    from flowlocal.events import UnreadableInput
    from flowlocal.language.errors import MalformedQuery


class Refused(click.ClickException):
    """A malformed query, already worded for the terminal."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message as it is."""
        click.echo(self.message, err=True, file=file)


@contextmanager
def naming(source: str, hint: str = "") -> Iterator[None]:
    """Say of malformed queries where they came from, with a word on what may have been meant."""
    from flowlocal.language.errors import MalformedQuery  # noqa: PLC0415 - not for --help

    try:
        yield
    except MalformedQuery as error:
        raise Refused(malformed(error, source) + (f"\n  {hint}" if hint else "")) from error


def malformed(error: MalformedQuery, source: str = "query") -> str:
    """A malformed query with its line and a caret."""
    from flowlocal.language.render import render  # noqa: PLC0415 - not for --help

    return ansi.ours(render(error, color=_screen.color(sys.stderr), source_name=source))


def unreadable(error: UnreadableInput) -> str:
    """An input that could not be read, with its place."""
    place = error.path if error.line is None else f"{error.path}:{error.line}"
    message = str(error).removeprefix(f"{place}: ").removeprefix(f"{error.path}: ")
    return _problem("unreadable input", message, place, error.hint)


def failed(error: OSError) -> str:
    """What the operating system refused."""
    return _problem("unreadable input", error.strerror or str(error), str(error.filename or "-"), "")


def _problem(kind: str, message: str, place: str, hint: str) -> str:
    """A message in the shape of a malformed query's: what is wrong, where, what to do."""
    paint = ansi.painter(_screen.color(sys.stderr))
    lines = [f"{paint(kind, '1;31')}: {message}", f"  {paint('-->', '36')} {ansi.one_line(place)}"]
    lines += [f"  {paint('help', '36')}: {hint}"] if hint else []
    return "\n".join(lines)
